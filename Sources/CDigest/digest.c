#include "digest.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>
#include <sys/types.h>
#include <sha2.h>

static bool has_sha_instructions(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3)) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29));
}

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// Intel SDM, SHA256RNDS2: the state is kept as two vectors, ABEF and CDGH from the highest word to the lowest.
__attribute__((target("sha,sse4.1,ssse3"))) static void compress_with_instructions(
    uint32_t *state, const uint8_t *bytes, size_t blocks) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
  const __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8);
  __m128i cdgh = _mm_blend_epi16(hgfe, dcba, 0xf0);

  for (; blocks > 0; blocks--, bytes += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i words[4];
    for (int i = 0; i < 4; i++)
      words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), big_endian);
    // Four rounds a step; words[i % 4] holds W[4i .. 4i + 3].
    for (int i = 0; i < 16; i++) {
      if (i >= 4) {
        const __m128i w7 = _mm_alignr_epi8(words[(i + 3) % 4], words[(i + 2) % 4], 4);
        const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(words[i % 4], words[(i + 1) % 4]), w7);
        words[i % 4] = _mm_sha256msg2_epu32(sum, words[(i + 3) % 4]);
      }
      const __m128i keyed = _mm_add_epi32(words[i % 4], _mm_loadu_si128((const __m128i *)(round_constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }

  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static void compress(struct halite_sha256 *hash, const uint8_t *bytes, size_t blocks) {
  if (hash->uses_instructions) {
    compress_with_instructions(hash->state, bytes, blocks);
    return;
  }
  for (; blocks > 0; blocks--, bytes += 64) SHA256Transform(hash->state, bytes);
}

void halite_sha256_init(struct halite_sha256 *hash, bool allows_instructions) {
  static const uint32_t initial[8] = {
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(hash->state, initial, sizeof initial);
  hash->count = 0;
  hash->uses_instructions = allows_instructions && has_sha_instructions();
}

void halite_sha256_update(struct halite_sha256 *hash, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  size_t waiting = hash->count % 64;
  hash->count += count;
  if (waiting > 0) {
    size_t taken = count < 64 - waiting ? count : 64 - waiting;
    memcpy(hash->block + waiting, next, taken);
    if (waiting + taken < 64) return;
    compress(hash, hash->block, 1);
    next += taken;
    count -= taken;
  }
  compress(hash, next, count / 64);
  if (count % 64 > 0) memcpy(hash->block, next + count / 64 * 64, count % 64);
}

void halite_sha256_final(struct halite_sha256 *hash, uint8_t *digest) {
  static const uint8_t padding[64] = {0x80};
  uint64_t bits = __builtin_bswap64(hash->count * 8);
  size_t waiting = hash->count % 64;
  halite_sha256_update(hash, padding, (waiting < 56 ? 56 : 120) - waiting);
  halite_sha256_update(hash, &bits, sizeof bits);
  for (int i = 0; i < 8; i++) {
    uint32_t word = __builtin_bswap32(hash->state[i]);
    memcpy(digest + 4 * i, &word, 4);
  }
}

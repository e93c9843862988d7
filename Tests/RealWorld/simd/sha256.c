// SHA-256 of four messages at a time, one in each lane; without wasm SIMD one after the other.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
typedef v128_t word;
enum { LANES = 4 };
#define SPLAT(x) wasm_i32x4_splat((int)(x))
#define ADD(a, b) wasm_i32x4_add(a, b)
#define XOR(a, b) wasm_v128_xor(a, b)
#define CHOOSE(m, a, b) wasm_v128_bitselect(a, b, m)
#define SHR(a, n) wasm_u32x4_shr(a, n)
#define ROTR(a, n) wasm_v128_or(wasm_u32x4_shr(a, n), wasm_i32x4_shl(a, 32 - (n)))
#define LANE(a, i) lane(a, i)
static uint32_t lane(v128_t a, int i) {
  uint32_t lanes[4];
  wasm_v128_store(lanes, a);
  return lanes[i];
}
// Big-endian words of four blocks.
static word load(const uint8_t *const *block, int word_index) {
  v128_t v = wasm_v128_load32_zero(block[0] + 4 * word_index);
  v = wasm_v128_load32_lane(block[1] + 4 * word_index, v, 1);
  v = wasm_v128_load32_lane(block[2] + 4 * word_index, v, 2);
  v = wasm_v128_load32_lane(block[3] + 4 * word_index, v, 3);
  return wasm_i8x16_shuffle(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}
#else
typedef uint32_t word;
enum { LANES = 1 };
#define SPLAT(x) ((uint32_t)(x))
#define ADD(a, b) ((a) + (b))
#define XOR(a, b) ((a) ^ (b))
#define CHOOSE(m, a, b) (((m) & (a)) | (~(m) & (b)))
#define SHR(a, n) ((a) >> (n))
#define ROTR(a, n) (((a) >> (n)) | ((a) << (32 - (n))))
#define LANE(a, i) ((void)(i), (a))
static word load(const uint8_t *const *block, int i) {
  const uint8_t *p = block[0] + 4 * i;
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
#endif

static void compress(word state[8], const uint8_t *const *block) {
  word w[64], v[8];
  for (int i = 0; i < 16; i++) w[i] = load(block, i);
  for (int i = 16; i < 64; i++) {
    word low = XOR(XOR(ROTR(w[i - 15], 7), ROTR(w[i - 15], 18)), SHR(w[i - 15], 3));
    word high = XOR(XOR(ROTR(w[i - 2], 17), ROTR(w[i - 2], 19)), SHR(w[i - 2], 10));
    w[i] = ADD(ADD(w[i - 16], low), ADD(w[i - 7], high));
  }
  for (int i = 0; i < 8; i++) v[i] = state[i];
  for (int i = 0; i < 64; i++) {
    word s1 = XOR(XOR(ROTR(v[4], 6), ROTR(v[4], 11)), ROTR(v[4], 25));
    word t1 = ADD(ADD(v[7], s1), ADD(CHOOSE(v[4], v[5], v[6]), ADD(SPLAT(K[i]), w[i])));
    word s0 = XOR(XOR(ROTR(v[0], 2), ROTR(v[0], 13)), ROTR(v[0], 22));
    word t2 = ADD(s0, CHOOSE(XOR(v[0], v[1]), v[2], v[1]));
    for (int j = 7; j > 0; j--) v[j] = v[j - 1];
    v[4] = ADD(v[4], t1);
    v[0] = ADD(t1, t2);
  }
  for (int i = 0; i < 8; i++) state[i] = ADD(state[i], v[i]);
}

enum { MESSAGES = 32, LENGTH = 4000, PADDED = (LENGTH + 9 + 63) / 64 * 64 };
static uint8_t messages[MESSAGES][PADDED];

int main(void) {
  uint32_t seed = 1;
  for (int m = 0; m < MESSAGES; m++) {
    for (int i = 0; i < LENGTH; i++) messages[m][i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    messages[m][LENGTH] = 0x80;
    for (int i = 0; i < 8; i++) messages[m][PADDED - 1 - i] = (uint8_t)((uint64_t)LENGTH * 8 >> 8 * i);
  }
  for (int m = 0; m < MESSAGES; m += LANES) {
    word state[8];
    for (int i = 0; i < 8; i++) state[i] = SPLAT(START[i]);
    for (int offset = 0; offset < PADDED; offset += 64) {
      const uint8_t *blocks[LANES];
      for (int i = 0; i < LANES; i++) blocks[i] = messages[m + i] + offset;
      compress(state, blocks);
    }
    for (int i = 0; i < LANES; i++) {
      for (int j = 0; j < 8; j++) printf("%08x", LANE(state[j], i));
      printf("\n");
    }
  }
  return 0;
}

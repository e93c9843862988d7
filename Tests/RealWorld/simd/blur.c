// Blur, edges and a threshold of a grey image, sixteen pixels at a time; without wasm SIMD one at a time.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 512, HEIGHT = 256 };
static uint8_t image[HEIGHT][WIDTH], rows[HEIGHT][WIDTH], blurred[HEIGHT][WIDTH], edges[HEIGHT][WIDTH];

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
enum { STEP = 16 };

// (a + 2 b + c + 2) / 4 in words.
static void smooth(uint8_t *out, const uint8_t *a, const uint8_t *b, const uint8_t *c) {
  v128_t x = wasm_v128_load(a), y = wasm_v128_load(b), z = wasm_v128_load(c), two = wasm_i16x8_splat(2);
  v128_t low = wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(x), wasm_u16x8_extend_low_u8x16(z));
  v128_t high = wasm_i16x8_add(wasm_u16x8_extend_high_u8x16(x), wasm_u16x8_extend_high_u8x16(z));
  v128_t factor = wasm_i8x16_splat(2);
  low = wasm_i16x8_add(wasm_i16x8_add(low, two), wasm_u16x8_extmul_low_u8x16(y, factor));
  high = wasm_i16x8_add(wasm_i16x8_add(high, two), wasm_u16x8_extmul_high_u8x16(y, factor));
  wasm_v128_store(out, wasm_u8x16_narrow_i16x8(wasm_u16x8_shr(low, 2), wasm_u16x8_shr(high, 2)));
}

// |a - b| + |c - d|, saturating, and dark where the mean of all is below 64.
static void edge(uint8_t *out, const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d) {
  v128_t p = wasm_v128_load(a), q = wasm_v128_load(b), r = wasm_v128_load(c), s = wasm_v128_load(d);
  v128_t x = wasm_v128_or(wasm_u8x16_sub_sat(p, q), wasm_u8x16_sub_sat(q, p));
  v128_t y = wasm_i8x16_sub(wasm_u8x16_max(r, s), wasm_u8x16_min(r, s));
  v128_t sum = wasm_u8x16_add_sat(x, y);
  v128_t mean = wasm_u8x16_avgr(wasm_u8x16_avgr(p, q), wasm_u8x16_avgr(r, s));
  v128_t dark = wasm_u8x16_lt(mean, wasm_i8x16_splat(64));
  wasm_v128_store(out, wasm_v128_bitselect(wasm_u8x16_shr(sum, 1), sum, dark));
}

static int bright(const uint8_t *p) {
  v128_t v = wasm_v128_load(p);
  return __builtin_popcount(wasm_i8x16_bitmask(wasm_u8x16_gt(v, wasm_u8x16_splat(100))));
}

static unsigned bits(const uint8_t *p) {
  v128_t counts = wasm_i8x16_popcnt(wasm_v128_load(p));
  v128_t words = wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(counts));
  return (unsigned)(wasm_i32x4_extract_lane(words, 0) + wasm_i32x4_extract_lane(words, 1) +
                    wasm_i32x4_extract_lane(words, 2) + wasm_i32x4_extract_lane(words, 3));
}
#else
enum { STEP = 1 };
static void smooth(uint8_t *out, const uint8_t *a, const uint8_t *b, const uint8_t *c) {
  *out = (uint8_t)((*a + 2 * *b + *c + 2) >> 2);
}
static int mean2(int a, int b) { return (a + b + 1) >> 1; }
static void edge(uint8_t *out, const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d) {
  int sum = abs(*a - *b) + abs(*c - *d);
  if (sum > 255) sum = 255;
  *out = (uint8_t)(mean2(mean2(*a, *b), mean2(*c, *d)) < 64 ? sum >> 1 : sum);
}
static int bright(const uint8_t *p) { return *p > 100; }
static unsigned bits(const uint8_t *p) { return (unsigned)__builtin_popcount(*p); }
#endif

static uint32_t checksum(uint8_t (*pixels)[WIDTH]) {
  uint32_t sum = 2166136261u;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) sum = (sum ^ pixels[y][x]) * 16777619u;
  return sum;
}

int main(void) {
  uint32_t seed = 7;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      image[y][x] = (uint8_t)(((x * y) >> 6) + ((seed = seed * 1103515245 + 12345) >> 28) * (x > 200));
  for (int round = 0; round < 8; round++) {
    // Columns 16 to WIDTH - 17, so that every access lies in the image; unaligned on both sides.
    for (int y = 1; y < HEIGHT - 1; y++)
      for (int x = 16; x < WIDTH - 16; x += STEP) smooth(&rows[y][x], &image[y][x - 1], &image[y][x], &image[y][x + 1]);
    for (int y = 1; y < HEIGHT - 1; y++)
      for (int x = 16; x < WIDTH - 16; x += STEP) smooth(&blurred[y][x], &rows[y - 1][x], &rows[y][x], &rows[y + 1][x]);
    for (int y = 1; y < HEIGHT - 1; y++)
      for (int x = 16; x < WIDTH - 16; x += STEP)
        edge(&edges[y][x], &blurred[y][x - 1], &blurred[y][x + 1], &blurred[y - 1][x], &blurred[y + 1][x]);
    unsigned lit = 0, ones = 0;
    for (int y = 0; y < HEIGHT; y++)
      for (int x = 0; x < WIDTH; x += STEP) lit += (unsigned)bright(&blurred[y][x]), ones += bits(&edges[y][x]);
    printf("%d: %08x %08x %u %u\n", round, checksum(blurred), checksum(edges), lit, ones);
    for (int y = 0; y < HEIGHT; y++)
      for (int x = 0; x < WIDTH; x++) image[y][x] = (uint8_t)(blurred[y][x] + edges[y][x]);
  }
  return 0;
}

// Loops that the C compiler vectorises by itself: products of matrices, integers of all widths, conversions, minima, selections.
// Printed are bits; no sum of floats depends on the order of its terms.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 96, COUNT = 4096 };
static float a[N][N], b[N][N], c[N][N];
static double da[COUNT], db[COUNT], dc[COUNT];
static int32_t ia[COUNT], ib[COUNT], ic[COUNT];
static int64_t la[COUNT], lb[COUNT];
static uint16_t ha[COUNT], hb[COUNT], hc[COUNT];
static int8_t ba[COUNT], bb[COUNT];
static uint8_t bc[COUNT];
static uint32_t seed = 42;

static uint32_t next(void) { return seed = seed * 1664525 + 1013904223; }

static void print(const char *name, const void *data, size_t size) {
  const uint8_t *bytes = data;
  uint32_t sum = 2166136261u;
  for (size_t i = 0; i < size; i++) sum = (sum ^ bytes[i]) * 16777619u;
  printf("%-12s %08x\n", name, sum);
}

static void multiply(void) {
  for (int i = 0; i < N; i++)
    for (int k = 0; k < N; k++)
      for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
}

int main(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) a[i][j] = (float)(int32_t)next() / 1e6f, b[i][j] = (float)(next() >> 8) / 1e5f;
  for (int i = 0; i < COUNT; i++) {
    ia[i] = (int32_t)next(), ib[i] = (int32_t)next() >> (i % 31), ha[i] = (uint16_t)(next() >> 16), hb[i] = (uint16_t)(next() >> 20);
    ba[i] = (int8_t)(next() >> 24), bb[i] = (int8_t)(next() >> 24), la[i] = (int64_t)next() << 31 ^ next();
    da[i] = (double)ia[i] / 1024, db[i] = i % 97 ? (double)ib[i] * 1e3 : -0.0;
  }
  multiply();
  print("matrix", c, sizeof c);

  for (int i = 0; i < COUNT; i++) ic[i] = ia[i] * ib[i] + (ia[i] >> 3) - (ib[i] << 5);
  print("i32", ic, sizeof ic);
  for (int i = 0; i < COUNT; i++) ic[i] = ia[i] < ib[i] ? ia[i] : ib[i] & 0xffff;
  print("select", ic, sizeof ic);
  for (int i = 0; i < COUNT; i++) lb[i] = la[i] * 0x9e3779b97f4a7c15 + (la[i] >> 17) - (int64_t)ia[i] * ib[i];
  print("i64", lb, sizeof lb);
  for (int i = 0; i < COUNT; i++) hc[i] = (uint16_t)((ha[i] * hb[i]) >> 16) + (ha[i] > hb[i] ? ha[i] : hb[i]);
  print("u16", hc, sizeof hc);
  for (int i = 0; i < COUNT; i++) bc[i] = (uint8_t)((ba[i] >> 2) + (bb[i] << 1) - (ba[i] < 0 ? -ba[i] : ba[i]));
  print("i8", bc, sizeof bc);
  int32_t dot = 0;
  uint64_t sum = 0;
  for (int i = 0; i < COUNT; i++) dot += ba[i] * bb[i], sum += ha[i];
  print("dot", &dot, sizeof dot);
  print("sum", &sum, sizeof sum);
  for (int i = 0; i < COUNT; i++) dc[i] = sqrt(fabs(da[i])) + floor(db[i]) * 0.5 - ceil(da[i] / 3);
  print("f64", dc, sizeof dc);
  for (int i = 0; i < COUNT; i++) dc[i] = da[i] < db[i] ? trunc(da[i]) : rint(db[i]) / (da[i] + 0.25);
  print("f64 select", dc, sizeof dc);
  float narrow[COUNT];
  for (int i = 0; i < COUNT; i++) narrow[i] = (float)da[i] + (float)(uint32_t)ia[i] - (float)ib[i];
  print("f32", narrow, sizeof narrow);
  for (int i = 0; i < COUNT; i++) ic[i] = (int32_t)(narrow[i] / 4), ib[i] = (int32_t)(da[i] / 2);
  print("to int", ic, sizeof ic);
  print("to int 2", ib, sizeof ib);
  for (int i = 0; i < COUNT; i++) ic[i] = __builtin_popcount((uint32_t)ia[i]) + __builtin_bswap32((uint32_t)ia[i]);
  print("bits", ic, sizeof ic);
  return 0;
}

// Indirect calls of small functions through a table, in an order that data decides.
#include "workload.h"

enum { count = 4096 };
typedef uint32_t operation(uint32_t, uint32_t);

static uint32_t plus(uint32_t a, uint32_t b) { return a + b; }
static uint32_t minus(uint32_t a, uint32_t b) { return a - b; }
static uint32_t times(uint32_t a, uint32_t b) { return a * (b | 1); }
static uint32_t exclusive(uint32_t a, uint32_t b) { return a ^ b; }
static uint32_t turned(uint32_t a, uint32_t b) { return a << (b & 31) | a >> (-b & 31); }
static uint32_t mixed(uint32_t a, uint32_t b) { return mix(a, b); }
static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b + 1; }
static uint32_t halved(uint32_t a, uint32_t b) { return (a >> 1) + b; }

static operation *const operations[8] = {plus, minus, times, exclusive, turned, mixed, larger, halved};
static operation *calls[count];

int main(int argc, char **argv) {
  uint64_t random = 13;
  for (int i = 0; i < count; i++) calls[i] = operations[next_random(&random) >> 61];
  uint32_t value = 1;
  for (int round = rounds(argc, argv); round > 0; round--)
    for (int i = 0; i < count; i++) value = calls[i](value, (uint32_t)(i + round));
  printf("%u\n", value);
}

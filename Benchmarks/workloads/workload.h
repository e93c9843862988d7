// What the workloads share: how often to repeat, reproducible input, and a checksum that keeps results alive.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The first argument; 0 does everything but the work, which measures start-up.
static inline int rounds(int argc, char **argv) { return argc > 1 ? atoi(argv[1]) : 1; }

// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled".
static inline uint64_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return x * 0x2545f4914f6cdd1dull;
}

static inline uint32_t mix(uint32_t hash, uint32_t value) { return (hash ^ value) * 16777619u; }

static inline uint32_t mix_bytes(uint32_t hash, const void *bytes, size_t count) {
  const unsigned char *byte = bytes;
  for (size_t i = 0; i < count; i++) hash = mix(hash, byte[i]);
  return hash;
}

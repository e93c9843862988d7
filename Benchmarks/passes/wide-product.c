// The 128-bit product of a multiply-and-fold hash, out of 32-bit pieces as compiler-rt writes it.
#include "program.h"

static u64 upper(u64 a, u64 b) {
  u64 mask = 0xffffffff, bottom = (a & mask) * (b & mask), first = (a >> 32) * (b & mask) + (bottom >> 32);
  u64 second = (first & mask) + (b >> 32) * (a & mask);
  return (a >> 32) * (b >> 32) + (first >> 32) + (second >> 32);
}

void _start(void) {
  u64 state = 1, hash = 0xa0761d6478bd642f;
  for (int round = 0; round < 60000000; round++) {
    state += 0xe7037ed1a0b428db;
    hash = (state * hash) ^ upper(state, hash);
  }
  result = hash;
}

// Unpredictable choices between two values, kept as branches by a statement that clang does not look into.
#include "program.h"

void _start(void) {
  u64 state = 1, low = 0, high = 0;
  for (int round = 0; round < 60000000; round++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    u64 value = state & 0xffff;
    u64 other = state >> 48;
    u64 smaller = value;
    if (other < value) {
      smaller = other;
      __asm__ volatile("" : "+r"(smaller));
    }
    low += smaller;
    high += value + other - smaller;
  }
  result = low * 3 + high;
}

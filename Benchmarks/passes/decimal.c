// Digits of 64-bit numbers and a hash table's remainder: divisions by constants that are no powers of two.
#include "program.h"

static unsigned digits(u64 value) {
  unsigned sum = 0;
  do sum += value % 10; while (value /= 10);
  return sum;
}

void _start(void) {
  u64 state = 1, sum = 0;
  for (int round = 0; round < 1500000; round++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    sum += digits(state) + state % 1000003;
  }
  result = sum;
}

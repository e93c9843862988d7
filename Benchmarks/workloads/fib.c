// Calls: naive recursion, nothing else.
#include "workload.h"

__attribute__((noinline)) static uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(int argc, char **argv) {
  uint32_t sum = 0;
  for (int round = rounds(argc, argv); round > 0; round--) sum = mix(sum, fib(35 + (round & 1)));
  printf("%u\n", sum);
}

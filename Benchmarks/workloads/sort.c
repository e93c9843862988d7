// Unpredictable branches and short loops over an array of integers: quicksort, insertion sort below 16.
#include "workload.h"

enum { count = 1 << 19 };
static uint32_t values[count];

static void sort(uint32_t *first, uint32_t *last) {
  while (last - first > 16) {
    uint32_t a = first[0], b = first[(last - first) / 2], c = last[-1];
    uint32_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
    uint32_t *left = first, *right = last - 1;
    for (;;) {
      while (*left < pivot) left++;
      while (pivot < *right) right--;
      if (left >= right) break;
      uint32_t swapped = *left;
      *left++ = *right;
      *right-- = swapped;
    }
    sort(first, left);
    first = left;
  }
  for (uint32_t *next = first + 1; next < last; next++) {
    uint32_t value = *next, *hole = next;
    for (; hole > first && value < hole[-1]; hole--) *hole = hole[-1];
    *hole = value;
  }
}

int main(int argc, char **argv) {
  uint64_t state = 42;
  uint32_t hash = 0;
  for (int round = rounds(argc, argv); round > 0; round--) {
    for (int i = 0; i < count; i++) values[i] = (uint32_t)(next_random(&state) >> 32);
    sort(values, values + count);
    for (int i = 0; i < count; i += 1021) hash = mix(hash, values[i]);
  }
  printf("%u\n", hash);
}

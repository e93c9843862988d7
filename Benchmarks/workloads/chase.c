// Dependent loads: one random cycle through 256 KiB of nodes, so that the load's latency and its confinement are all there is.
#include "workload.h"

enum { count = 1 << 14 };
struct node {
  struct node *next;
  uint32_t value;
};
static struct node nodes[count];
static uint32_t order[count];

int main(int argc, char **argv) {
  uint64_t random = 11;
  for (uint32_t i = 0; i < count; i++) order[i] = i;
  for (uint32_t i = count - 1; i > 0; i--) {
    uint32_t j = (uint32_t)(next_random(&random) >> 33) % (i + 1), swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  for (uint32_t i = 0; i < count; i++) {
    nodes[order[i]].next = &nodes[order[(i + 1) % count]];
    nodes[order[i]].value = i;
  }
  uint32_t sum = 0;
  struct node *node = &nodes[order[0]];
  for (int round = rounds(argc, argv); round > 0; round--)
    for (uint32_t i = 0; i < count * 16; i++) {
      sum += node->value;
      node = node->next;
    }
  printf("%u\n", sum);
}

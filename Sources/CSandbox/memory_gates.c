#include "CSandbox.h"

#include <string.h>

// MEMORY_FILL and MEMORY_COPY up to one chunk (docs/ABI.md, P3): called by trampolines.S on the host's stack, with the
// sandbox's MXCSR and gs.base. Every argument is hostile. Each returns true if it has done the operation; false leaves
// everything as it was: whatever traps, is longer, or has to be explained is the runtime's.

enum { longest_at_once = 1 << 20 };

// All ones if `value` < `limit`, else 0, without a branch that could be mispredicted: what is computed with it is
// confined in speculation too (the kernel's array_index_mask_nospec).
static inline uint64_t mask_below(uint64_t value, uint64_t limit) {
  uint64_t mask;
  __asm__ volatile("cmp %2, %1\n\tsbb %0, %0" : "=r"(mask) : "r"(value), "r"(limit) : "cc");
  return mask;
}

// The address of [start, start + count) in memory `index`, or NULL. Clears `count` where that is not inside.
static inline char *checked(const halite_activation *activation, uint32_t index, uint64_t start, uint64_t *count) {
  if (index >= activation->memory_count) return NULL;
  const halite_memory *memory = &activation->memories[index & mask_below(index, activation->memory_count)];
  // Sizes are far below 2^64 - 1. If `count` is too large the second mask means nothing, and the first is 0.
  uint64_t mask = mask_below(*count, memory->size + 1) & mask_below(start, memory->size - *count + 1);
  *count &= mask;
  return mask ? memory->base + (start & mask) : NULL;
}

__attribute__((visibility("hidden"))) bool halite_fill_at_once(uint64_t start, uint32_t value, uint64_t count,
                                                                uint32_t memory, uint32_t unused,
                                                                const halite_activation *activation) {
  (void)unused;
  if (count > longest_at_once) return false;
  char *target = checked(activation, memory, start, &count);
  if (!target) return false;
  memset(target, (int)(value & 0xff), count);
  return true;
}

__attribute__((visibility("hidden"))) bool halite_copy_at_once(uint64_t start, uint64_t source_start,
                                                                uint64_t count, uint32_t memory,
                                                                uint32_t source_memory,
                                                                const halite_activation *activation) {
  if (count > longest_at_once) return false;
  char *source = checked(activation, source_memory, source_start, &count);
  if (!source) return false;
  char *target = checked(activation, memory, start, &count);
  if (!target) return false;
  memmove(target, source, count);
  return true;
}

// The border between host and sandbox: activation records, the switch between the two stacks, gate stubs.
//
// A sandbox runs as a coroutine. halite_switch() leaves the host stack for the sandbox's own stack and comes back when
// the code returns from its export or calls a gate; the gate's handler runs on the host stack, in the caller of
// halite_switch(), and another halite_switch() goes on behind the gate. Gates that are called often are served within
// halite_switch(), on the host stack too. No host frame ever lies between two sandbox frames, so a trap, an exit or a kill is nothing but not switching again, and a suspended activation resumes on any
// thread.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Why halite_switch() came back. The gates are numbered as in docs/NEXE.md ("Gates"), from 0.
enum {
  HALITE_GATE_COUNT = 16,
  HALITE_RETURNED = 16,
};

// A memory as the gates that are served without the runtime see it.
typedef struct halite_memory {
  char *base;
  uint64_t size;  // present size in bytes; the owner of the table keeps it
} halite_memory;

// Offsets are used by trampolines.S; sandbox.c asserts them.
// Host memory: the sandbox never sees this record.
typedef struct halite_activation {
  // General registers by their hardware numbers: 0 rax, 1 rcx, 2 rdx, 3 rbx, 5 rbp, 6 rsi, 7 rdi, 8 to 15. Number 4 is
  // the sandbox's rsp, which only the trampolines write. Number 15, r15, is written once, before the first switch.
  uint64_t gpr[16];        // 0
  uint64_t xmm[32];        // 128: xmm0 low, high, xmm1 low, ...
  uint64_t host_rsp;       // 384
  uint64_t gs_base;        // 392: base of memory 0, for the model seg32
  uint64_t host_gs_base;   // 400
  uint32_t uses_gs;        // 408
  uint32_t has_avx;        // 412
  uint32_t mode;           // 416: what the next switch does: 0 begin or go on behind a gate, 1 go on behind INTERRUPT
  uint32_t gate;           // 420: the last result of halite_switch()
  struct halite_activation *outer;  // 424: the activation that ran on this thread before
  uint64_t entry_rsp;      // 432: address of the return word that leads back to the host
  const halite_memory *memories;  // 440: the instance's, by index
  uint64_t memory_count;   // 448
  // Serves HOSTCALL within halite_switch(): true if the sandbox goes on. NULL: halite_switch() comes back, as it does
  // for other gates.
  bool (*host_call)(struct halite_activation *);  // 456
} halite_activation;

// The processor and the kernel let user code write the base of gs (the model seg32 needs it).
bool halite_has_fsgsbase(void);
bool halite_has_avx(void);
// Whether every instruction of the level may be used: 2 is x86-64-v2, 3 is x86-64-v3.
bool halite_supports_level(int level);

// The address to store in the context's word for gate `number`.
uint64_t halite_gate_address(uint32_t number);

// Prepares `activation` (all zero before) to call `target`: the return word will be the one below `stack_top`, the target is
// the one below that.
void halite_prepare(halite_activation *activation, uint64_t target, uint64_t stack_top, uint64_t r15, uint64_t gs_base,
                    bool uses_gs);

// Runs the sandbox until it returns or calls a gate: the gate's number, or HALITE_RETURNED.
uint32_t halite_switch(halite_activation *activation);

// Ends an activation that will not run again: clears its return word, a host address, from the sandbox's stack.
void halite_finish(halite_activation *activation);

// Gives the calling thread an alternate signal stack if it has none: a host's SA_ONSTACK handlers must never run on a
// sandbox's stack. Freed when the thread ends. False if there is no memory for it.
bool halite_prepare_thread(void);

// Makes every byte of [base, base + size), page-aligned private anonymous memory, zero again. False if the kernel
// refused.
bool halite_wipe(void *base, size_t size);

// Entries into sandboxes on the calling thread that have not ended: adds `change`, returns the sum.
int halite_nesting(int change);

// Bytes left on the calling thread's own stack.
size_t halite_host_stack_left(void);

static inline uint64_t *halite_gpr(halite_activation *activation) { return activation->gpr; }
static inline uint64_t *halite_xmm(halite_activation *activation) { return activation->xmm; }

// Words that another thread may write: LIMIT and request words.
static inline uint64_t halite_exchange(uint64_t *word, uint64_t value) {
  return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}
static inline void halite_store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }
static inline uint64_t halite_load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

#endif

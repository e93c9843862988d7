// Pieces of sandbox code for tests of the trampolines: what the validator would accept, without a module around it.
#ifndef SANDBOX_FIXTURES_H
#define SANDBOX_FIXTURES_H

#include <stdint.h>

// Stores rax, rcx, rdx, rbx, 0, rbp, rsi, rdi, r8 to r14, mxcsr, then xmm0 to xmm15 at [r15], returns rdi + rsi.
void fixture_store_state(void);
// Calls the gate whose word is at [r15 - 24], returns rax + rdx of its results.
void fixture_gate(void);
// Gives every register a value of its own, calls the gate at [r15 - 16], then stores the state like
// fixture_store_state.
void fixture_interrupt(void);
// Calls the gate at [r15 - 24] with its own arguments and something in every other register, then stores the state like
// fixture_store_state.
void fixture_memory_gate(void);
// Returns gs:[0].
void fixture_gs(void);
// Sets DF and spoils MXCSR's sticky flags by a division, calls the gate at [r15 - 24].
void fixture_spoil(void);

// The host's own state.
uint32_t fixture_host_mxcsr(void);
uint64_t fixture_host_flags(void);
uint64_t fixture_host_gs_base(void);

static inline uint64_t fixture_address(void (*function)(void)) { return (uint64_t)function; }

#endif

// The registers of hostile code, shared by switch.S (which has the offsets), the run loop and the signal handlers.
#ifndef PROBE_STATE_H
#define PROBE_STATE_H

#include "CProbe.h"

struct probe_state {
  uint64_t gpr[16];
  uint64_t xmm[32];
  uint64_t rip, flags, gs_base;
  uint32_t uses_gs, mxcsr, stop;
};
extern struct probe_state probe_state;

extern void probe_enter(void);
extern const char probe_entering[], probe_gate_stubs[], probe_return_stub[];

enum { TRAP_FLAG = 0x100, DIRECTION_FLAG = 0x400, ALIGNMENT_FLAG = 0x40000 };

// The job and run that this child is at.
struct probe_child {
  const probe_job *job;
  const probe_run *run;
  probe_result *result;
  const uint8_t *starts;
  volatile bool is_running;
  volatile bool is_requested;  // LIMIT says stop
  uint64_t limit, floor, top;  // true LIMIT, lowest rsp of S4, stack top
  uint64_t entry_rsp;
  int ticks;
  double requested_at;  // CPU seconds
  // Single-stepping.
  uint32_t steps_left;
  uint64_t previous_pc;  // 0: none
  uint32_t depth;
  uint64_t return_addresses[1024];
};
extern struct probe_child probe_child;

// Writes the escape down and ends the child.
_Noreturn void probe_escaped(enum probe_escape escape, uint64_t pc, uint64_t address, int signal);
void probe_request(void);
// Handlers, alternate stack, timer, system call filter.
bool probe_watch(void);

#endif

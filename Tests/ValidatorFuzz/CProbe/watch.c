// The child's watchers: signals, the clock that asks running code to stop, single steps, system calls from text.
#define _GNU_SOURCE
#include "state.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

// A request follows in the second tick of a run. What P2 bounds, 2^14 bytes for each word of stack and 2^22 more, takes some tens
// of milliseconds; a tenth of a second of the processor's time more is an escape.
enum { tick_microseconds = 2000, ticks_to_request = 2 };
static const double stop_seconds = 0.5;

_Noreturn void probe_escaped(enum probe_escape escape, uint64_t pc, uint64_t address, int signal) {
  probe_result *result = probe_child.result;
  result->escape = escape;
  result->run = (uint32_t)(probe_child.run - probe_child.job->runs);
  result->signal = signal;
  result->pc = pc >= PROBE_TEXT && pc < PROBE_TEXT_LIMIT ? pc - PROBE_TEXT : pc;
  result->address = address;
  result->is_done = 1;
  _exit(1);
}

static double processor_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void probe_request(void) {
  probe_child.is_requested = true;
  probe_child.requested_at = processor_seconds();
  probe_child.result->requests++;
  *(volatile uint64_t *)(PROBE_ORIGIN - 8) = UINT64_MAX;
}

static void on_tick(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  if (!probe_child.is_running) return;
  const mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
  if (probe_child.is_requested) {
    if (processor_seconds() - probe_child.requested_at > stop_seconds)
      probe_escaped(PROBE_NO_STOP, (uint64_t)machine->gregs[REG_RIP], 0, 0);
  } else if (++probe_child.ticks == ticks_to_request) {
    probe_request();
  }
}

static void on_fault(int signal, siginfo_t *info, void *context) {
  const mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
  probe_escaped(PROBE_SIGNAL, (uint64_t)machine->gregs[REG_RIP], (uint64_t)info->si_addr, signal);
}

static bool is_start(uint64_t pc) {
  uint64_t offset = pc - PROBE_TEXT;
  return offset < probe_child.job->text_size && probe_child.starts[offset];
}

// Whether the instruction at `pc` is a call or a ret, by its bytes: text has one REX at most before these opcodes.
static bool is_ret(uint64_t pc) { return *(const uint8_t *)pc == 0xC3; }
static bool is_call(uint64_t pc) {
  const uint8_t *code = (const uint8_t *)pc;
  if ((code[0] & 0xF0) == 0x40) code++;
  return code[0] == 0xE8 || (code[0] == 0xFF && (code[1] >> 3 & 7) == 2);
}

static bool is_way_out(uint64_t pc) {
  if (pc == (uint64_t)probe_return_stub) return true;
  uint64_t offset = pc - (uint64_t)probe_gate_stubs;
  return offset < 16 * PROBE_GATE_COUNT && offset % 16 == 0;
}

static void on_step(int signal, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  uint64_t pc = (uint64_t)registers[REG_RIP], rsp = (uint64_t)registers[REG_RSP];
  if (info->si_code != TRAP_TRACE || probe_child.steps_left == 0 || !probe_child.is_running)
    probe_escaped(PROBE_SIGNAL, pc, 0, signal);  // int3 and its like
  if (pc >= (uint64_t)probe_entering && pc < (uint64_t)probe_gate_stubs) return;

  uint64_t previous = probe_child.previous_pc;
  probe_child.previous_pc = pc;
  probe_child.result->steps++;
  // An edit may have moved the start of its instruction by a few bytes.
  if (pc - PROBE_TEXT - probe_child.job->edited < 8) probe_child.result->has_reached_edit = 1;
  if ((uint64_t)registers[REG_R15] != PROBE_ORIGIN) probe_escaped(PROBE_R15, previous, (uint64_t)registers[REG_R15], 0);
  if (rsp < probe_child.floor || rsp > probe_child.top) probe_escaped(PROBE_RSP, previous, rsp, 0);
  if (registers[REG_EFL] & (DIRECTION_FLAG | ALIGNMENT_FLAG)) probe_escaped(PROBE_DIRECTION_FLAG, previous, 0, 0);
  if (previous != 0 && is_ret(previous)) {
    uint64_t expected = probe_child.depth > 0 ? probe_child.return_addresses[--probe_child.depth] : (uint64_t)probe_return_stub;
    if (pc != expected) probe_escaped(PROBE_RETURN_ADDRESS, previous, pc, 0);
  }
  if (is_way_out(pc)) {
    registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
    return;
  }
  if (!is_start(pc)) probe_escaped(PROBE_PC, previous, pc, 0);
  enum { capacity = sizeof probe_child.return_addresses / sizeof probe_child.return_addresses[0] };
  if (previous != 0 && is_call(previous)) {
    if (probe_child.depth == capacity) probe_child.steps_left = 1;  // too deep to follow: run on freely
    else probe_child.return_addresses[probe_child.depth++] = *(const uint64_t *)rsp;
  }
  if (--probe_child.steps_left == 0) registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
}

// A system call is an escape if it comes from text: the filter sees where it stands.
static bool filter_system_calls(void) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(PROBE_TEXT >> 32), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool probe_watch(void) {
  static uint8_t handler_stack[64 * 1024];
  stack_t alternate = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  if (sigaltstack(&alternate, NULL) != 0) return false;
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  action.sa_sigaction = on_fault;
  const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGABRT};
  for (size_t index = 0; index < sizeof faults / sizeof faults[0]; index++)
    if (sigaction(faults[index], &action, NULL) != 0) return false;
  action.sa_sigaction = on_step;
  if (sigaction(SIGTRAP, &action, NULL) != 0) return false;
  action.sa_sigaction = on_tick;
  if (sigaction(SIGALRM, &action, NULL) != 0) return false;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  struct rlimit seconds = {.rlim_cur = 60, .rlim_max = 60}, no_core = {0};
  setrlimit(RLIMIT_CPU, &seconds);
  setrlimit(RLIMIT_CORE, &no_core);
  struct itimerval timer = {{0, tick_microseconds}, {0, tick_microseconds}};
  return setitimer(ITIMER_REAL, &timer, NULL) == 0 && filter_system_calls();
}

#define _GNU_SOURCE
#include "CSandbox.h"

#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#define ASSERT_OFFSET(field, value) _Static_assert(offsetof(halite_activation, field) == (value), #field)
ASSERT_OFFSET(gpr, 0);
ASSERT_OFFSET(xmm, 128);
ASSERT_OFFSET(host_rsp, 384);
ASSERT_OFFSET(gs_base, 392);
ASSERT_OFFSET(host_gs_base, 400);
ASSERT_OFFSET(uses_gs, 408);
ASSERT_OFFSET(has_avx, 412);
ASSERT_OFFSET(mode, 416);
ASSERT_OFFSET(gate, 420);
ASSERT_OFFSET(outer, 424);
ASSERT_OFFSET(entry_rsp, 432);
ASSERT_OFFSET(host_call, 456);

// The activation that runs on this thread. The stubs read it through fs, which no sandbox code can touch, so that
// nothing in the sandbox's own memory leads the host to its state.
__attribute__((tls_model("initial-exec"), visibility("hidden"))) _Thread_local halite_activation *halite_current;

bool halite_has_fsgsbase(void) {
  // The kernel says so only if the processor has it too (Documentation/arch/x86/elf_auxvec: HWCAP2_FSGSBASE).
  return (getauxval(AT_HWCAP2) & 2) != 0;
}

bool halite_has_avx(void) { return __builtin_cpu_supports("avx"); }

bool halite_supports_level(int level) {
  switch (level) {
  case 2: return __builtin_cpu_supports("x86-64-v2");
  case 3: return __builtin_cpu_supports("x86-64-v3");
  default: return false;
  }
}

void halite_prepare(halite_activation *activation, uint64_t target, uint64_t stack_top, uint64_t r15, uint64_t gs_base,
                    bool uses_gs) {
  ((uint64_t *)stack_top)[-2] = target;
  activation->entry_rsp = stack_top - 8;
  activation->gpr[4] = stack_top;
  activation->gpr[15] = r15;
  activation->gs_base = gs_base;
  activation->uses_gs = uses_gs;
  activation->has_avx = halite_has_avx();
  activation->mode = 0;
}

void halite_finish(halite_activation *activation) { *(uint64_t *)activation->entry_rsp = 0; }

// MARK: Threads

int halite_nesting(int change) {
  static _Thread_local int nesting;
  nesting += change;
  return nesting;
}

enum { alternate_stack_size = 64 * 1024 };

static _Thread_local bool thread_is_prepared;
static _Thread_local uintptr_t stack_low;
static pthread_key_t alternate_stack_key;
static pthread_once_t alternate_stack_once = PTHREAD_ONCE_INIT;
static bool has_alternate_stack_key;

static void free_alternate_stack(void *stack) {
  stack_t current;
  if (sigaltstack(NULL, &current) == 0 && current.ss_sp == stack) {
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
  }
  munmap(stack, alternate_stack_size);
}

static void make_alternate_stack_key(void) {
  has_alternate_stack_key = pthread_key_create(&alternate_stack_key, free_alternate_stack) == 0;
}

bool halite_prepare_thread(void) {
  if (thread_is_prepared) return true;
  stack_t current;
  if (sigaltstack(NULL, &current) != 0) return false;
  if (current.ss_flags & SS_DISABLE) {
    pthread_once(&alternate_stack_once, make_alternate_stack_key);
    if (!has_alternate_stack_key) return false;
    void *stack =
        mmap(NULL, alternate_stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return false;
    stack_t alternate = {.ss_sp = stack, .ss_size = alternate_stack_size};
    if (pthread_setspecific(alternate_stack_key, stack) != 0 || sigaltstack(&alternate, NULL) != 0) {
      pthread_setspecific(alternate_stack_key, NULL);
      munmap(stack, alternate_stack_size);
      return false;
    }
  }
  thread_is_prepared = true;
  return true;
}

size_t halite_host_stack_left(void) {
  if (stack_low == 0) {
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    stack_low = (uintptr_t)low;
  }
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  return here > stack_low ? here - stack_low : 0;
}

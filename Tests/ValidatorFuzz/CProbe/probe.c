// Batches in the parent, runs in the child.
#define _GNU_SOURCE
#include "state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(offsetof(struct probe_state, xmm) == 128, "switch.S");
_Static_assert(offsetof(struct probe_state, rip) == 384, "switch.S");
_Static_assert(offsetof(struct probe_state, uses_gs) == 408, "switch.S");
_Static_assert(offsetof(struct probe_state, stop) == 416, "switch.S");

struct probe_state probe_state;
struct probe_child probe_child;

enum {
  page = 4096,
  canary_size = 64 * 1024,
  canary = 0xA5,
  filled = 64 * 1024,         // how much of either end of a region is hostile; the rest is zero
  small_region = 1024 * 1024  // up to here all of it
};

struct probe_batch {
  uint32_t capacity;
  size_t code_size, arena_size;
  int code_file;
  uint8_t *code, *arena;
  probe_job *jobs;
  probe_result *results;
};

static void *shared(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static void make_patterns(void);

probe_batch *probe_create(uint32_t jobs, size_t code, size_t arena) {
  make_patterns();
  probe_batch *batch = shared(sizeof *batch);
  if (!batch) return NULL;
  *batch = (probe_batch){.capacity = jobs, .code_size = code, .arena_size = arena};
  batch->code_file = memfd_create("probe", MFD_CLOEXEC);
  if (batch->code_file < 0 || ftruncate(batch->code_file, (off_t)code) != 0) return NULL;
  void *view = mmap(NULL, code, PROT_READ | PROT_WRITE, MAP_SHARED, batch->code_file, 0);
  batch->code = view == MAP_FAILED ? NULL : view;
  batch->arena = shared(arena);
  batch->jobs = shared(jobs * sizeof *batch->jobs);
  batch->results = shared(jobs * sizeof *batch->results);
  // The child must not be able to write text.
  if (!batch->code || !batch->arena || !batch->jobs || !batch->results || madvise(batch->code, code, MADV_DONTFORK) != 0) return NULL;
  return batch;
}

void probe_destroy(probe_batch *batch) {
  munmap(batch->code, batch->code_size);
  munmap(batch->arena, batch->arena_size);
  munmap(batch->jobs, batch->capacity * sizeof *batch->jobs);
  munmap(batch->results, batch->capacity * sizeof *batch->results);
  close(batch->code_file);
  munmap(batch, sizeof *batch);
}

probe_job *probe_jobs(probe_batch *batch) { return batch->jobs; }
const probe_result *probe_results(probe_batch *batch) { return batch->results; }
uint8_t *probe_code(probe_batch *batch) { return batch->code; }
uint8_t *probe_arena(probe_batch *batch) { return batch->arena; }
uint64_t probe_gate_address(uint32_t number) { return (uint64_t)probe_gate_stubs + 16 * number; }

// MARK: What memory holds

static uint8_t patterns[PROBE_PATTERNS][filled + PROBE_PAD];
static uint8_t canaries[canary_size];

static uint64_t next_random(uint64_t *state) {
  *state += 0x9E3779B97F4A7C15;
  uint64_t mixed = (*state ^ (*state >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

// Zeros, ones, anything, small numbers, addresses in and around the slot, and a mixture.
static void make_patterns(void) {
  memset(canaries, canary, sizeof canaries);
  memset(patterns[1], 0xFF, sizeof patterns[1]);
  const uint64_t addresses[] = {PROBE_ORIGIN, PROBE_ORIGIN - 8, PROBE_ORIGIN - 16, PROBE_ORIGIN - 4096, PROBE_ORIGIN - 0x20000,
                                PROBE_ORIGIN + 0x10000, PROBE_ORIGIN + 0x20000, PROBE_TEXT, PROBE_HOST_PAGE, PROBE_REGION(0)};
  uint64_t state = 1;
  for (size_t at = 0; at < sizeof patterns[0]; at += 8) {
    uint64_t random = next_random(&state);
    uint64_t small = random & 0x3F0000003F;
    uint64_t address = addresses[random % (sizeof addresses / sizeof addresses[0])] + (random >> 60);
    const uint64_t kinds[] = {0, UINT64_MAX, random, small, address, (uint64_t)1 << (random >> 58)};
    memcpy(&patterns[2][at], &random, 8);
    memcpy(&patterns[3][at], &small, 8);
    memcpy(&patterns[4][at], &address, 8);
    memcpy(&patterns[5][at], &kinds[random >> 40 & 3 ? 2 + (random >> 50) % 4 : random >> 50 & 1], 8);
  }
}

// Hostile bytes at both ends of [base, base + size); what lies between is zero again.
static void fill(uint64_t base, uint64_t size, uint32_t pattern) {
  uint8_t *bytes = (uint8_t *)base;
  if (size <= small_region) {
    for (uint64_t at = 0; at < size; at += filled) memcpy(bytes + at, patterns[pattern], size - at < filled ? size - at : filled);
    return;
  }
  madvise(bytes, size & ~(uint64_t)(page - 1), MADV_DONTNEED);
  memcpy(bytes, patterns[pattern], filled);
  memcpy(bytes + size - filled, patterns[pattern], filled);
}

// MARK: The child's address space

struct range {
  uint64_t base, size;  // size 0: none
};

// What this child has mapped: the slot and the other regions, with canaries around each unless they are guarded.
static struct {
  uint64_t memory_size, context_size, stack_size;
  uint64_t region_size[PROBE_MAX_REGIONS];
  bool has_guards;
  struct range mapped[1 + PROBE_MAX_REGIONS];  // canaries included
} layout;

static uint64_t pages(uint64_t size) { return (size + page - 1) & ~(uint64_t)(page - 1); }

static bool map(struct range *range, uint64_t base, uint64_t size) {
  uint64_t around = layout.has_guards ? 0 : canary_size;
  *range = (struct range){base - around, size + 2 * around};
  void *at = mmap((void *)range->base, range->size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (at != (void *)range->base) return false;
  madvise(at, range->size, MADV_NOHUGEPAGE);
  if (around) {
    memset((void *)range->base, canary, around);
    memset((void *)(base + size), canary, around);
  }
  return true;
}

static uint64_t slot_base(void) { return PROBE_ORIGIN - layout.context_size - layout.stack_size - PROBE_SLACK_SIZE; }

static bool lay_out(const probe_job *job) {
  bool is_same = layout.memory_size == job->memory_size && layout.context_size == job->context_size &&
                 layout.stack_size == job->stack_size && layout.has_guards == (job->has_guards != 0) &&
                 memcmp(layout.region_size, job->region_size, sizeof layout.region_size) == 0;
  if (is_same) return true;
  for (size_t index = 0; index < sizeof layout.mapped / sizeof layout.mapped[0]; index++)
    if (layout.mapped[index].size) munmap((void *)layout.mapped[index].base, layout.mapped[index].size);
  memset(&layout, 0, sizeof layout);
  layout.memory_size = job->memory_size;
  layout.context_size = job->context_size;
  layout.stack_size = job->stack_size;
  layout.has_guards = job->has_guards != 0;
  memcpy(layout.region_size, job->region_size, sizeof layout.region_size);

  if (!map(&layout.mapped[0], slot_base(), PROBE_ORIGIN - slot_base() + job->memory_size + PROBE_PAD)) return false;
  memset((void *)slot_base(), canary, PROBE_SLACK_SIZE - PROBE_SLACK_REACH);
  memset((void *)(PROBE_ORIGIN + job->memory_size + PROBE_PAD_REGION), canary, PROBE_PAD - PROBE_PAD_REGION);
  for (size_t index = 0; index < PROBE_MAX_REGIONS; index++) {
    uint64_t size = job->region_size[index];
    if (!size) continue;
    if (!map(&layout.mapped[1 + index], PROBE_REGION(index), pages(size))) return false;
    memset((void *)(PROBE_REGION(index) + size), canary, pages(size) - size);
  }
  return true;
}

static bool map_code(const probe_batch *batch, const probe_job *job) {
  const int flags = MAP_SHARED | MAP_FIXED;
  void *text = mmap((void *)PROBE_TEXT, pages(job->text_size), PROT_READ | PROT_EXEC, flags, batch->code_file, (off_t)job->code);
  void *data = mmap((void *)(PROBE_TEXT + job->data_distance), pages(job->data_size), PROT_READ, flags, batch->code_file,
                    (off_t)(job->code + job->data_distance));
  return text != MAP_FAILED && data != MAP_FAILED;
}

static void expect_canaries(uint64_t base, uint64_t size, enum probe_escape escape) {
  if (memcmp((void *)base, canaries, size) == 0) return;
  while (*(const uint8_t *)base == canary) base++;
  probe_escaped(escape, 0, base, 0);
}

static void check_canaries(const probe_job *job) {
  expect_canaries(PROBE_HOST_PAGE, page, PROBE_HOST);
  expect_canaries(slot_base(), PROBE_SLACK_SIZE - PROBE_SLACK_REACH, PROBE_SLACK);
  expect_canaries(PROBE_ORIGIN + job->memory_size + PROBE_PAD_REGION, PROBE_PAD - PROBE_PAD_REGION, PROBE_NEIGHBOUR);
  for (size_t index = 0; index < PROBE_MAX_REGIONS; index++) {
    uint64_t size = job->region_size[index];
    if (size) expect_canaries(PROBE_REGION(index) + size, pages(size) - size, PROBE_NEIGHBOUR);
  }
  if (layout.has_guards) return;
  for (size_t index = 0; index < 1 + PROBE_MAX_REGIONS; index++) {
    struct range range = layout.mapped[index];
    if (!range.size) continue;
    expect_canaries(range.base, canary_size, PROBE_NEIGHBOUR);
    expect_canaries(range.base + range.size - canary_size, canary_size, PROBE_NEIGHBOUR);
  }
}

// MARK: One run

static void write_word(uint64_t address, uint64_t value) { memcpy((void *)address, &value, 8); }
static uint64_t read_word(uint64_t address) {
  uint64_t value;
  memcpy(&value, (void *)address, 8);
  return value;
}

static void prepare(const probe_batch *batch, const probe_job *job, const probe_run *run) {
  fill(PROBE_ORIGIN, job->memory_size + PROBE_PAD_REGION, run->pattern);
  for (size_t index = 0; index < PROBE_MAX_REGIONS; index++)
    if (job->region_size[index]) fill(PROBE_REGION(index), job->region_size[index], run->pattern);
  memcpy((void *)(PROBE_ORIGIN - job->context_size), batch->arena + job->context, job->context_size);

  struct probe_child *child = &probe_child;
  child->run = run;
  child->top = PROBE_ORIGIN - job->context_size;
  child->limit = child->top - job->stack_size;
  child->floor = child->limit - PROBE_SLACK_REACH;
  fill(child->limit, job->stack_size, run->pattern);
  child->ticks = 0;
  child->is_requested = false;
  child->depth = 0;
  child->previous_pc = 0;
  child->steps_left = run->steps;
  write_word(PROBE_ORIGIN - 8, child->limit);
  if (run->is_requested) probe_request();

  // As halite_prepare leaves it: the return word on top of the stack.
  child->entry_rsp = child->top - 8 - (run->gpr[4] & ~(uint64_t)15) % (job->stack_size - 16);
  write_word(child->entry_rsp, (uint64_t)probe_return_stub);
  memcpy(probe_state.gpr, run->gpr, sizeof probe_state.gpr);
  memcpy(probe_state.xmm, run->xmm, sizeof probe_state.xmm);
  probe_state.gpr[4] = child->entry_rsp;
  probe_state.gpr[15] = PROBE_ORIGIN;
  probe_state.rip = PROBE_TEXT + run->entry;
}

static void enter(const probe_job *job) {
  probe_state.gs_base = job->gs_base;
  probe_state.uses_gs = job->gs_base != 0;
  probe_state.flags = 0x202 | (probe_child.steps_left > 0 ? TRAP_FLAG : 0);
  probe_child.is_running = true;
  probe_enter();
  probe_child.is_running = false;
}

// What every way out must find: docs/ABI.md S3, S4, R1.
static void check_state(const probe_batch *batch, const probe_job *job) {
  const struct probe_state *state = &probe_state;
  uint64_t rsp = state->gpr[4];
  if (state->gpr[15] != PROBE_ORIGIN) probe_escaped(PROBE_R15, 0, state->gpr[15], 0);
  if (rsp < probe_child.floor || rsp > probe_child.top || rsp % 8 != 0) probe_escaped(PROBE_RSP, 0, rsp, 0);
  if (state->gs_base != job->gs_base) probe_escaped(PROBE_GS_BASE, 0, state->gs_base, 0);
  if ((state->mxcsr & ~0x3Fu) != 0x1F80) probe_escaped(PROBE_MXCSR, 0, state->mxcsr, 0);
  if (state->flags & (DIRECTION_FLAG | ALIGNMENT_FLAG)) probe_escaped(PROBE_DIRECTION_FLAG, 0, state->flags, 0);
  bool has_returned = state->stop == PROBE_RETURNED;
  if (has_returned && rsp != probe_child.entry_rsp + 8) probe_escaped(PROBE_RSP, 0, rsp, 0);
  if (!has_returned && rsp > probe_child.entry_rsp - 8) probe_escaped(PROBE_RSP, 0, rsp, 0);
  if (read_word(probe_child.entry_rsp) != (uint64_t)probe_return_stub)
    probe_escaped(PROBE_RETURN_ADDRESS, 0, read_word(probe_child.entry_rsp), 0);
  if (!has_returned) {
    uint64_t resume = read_word(rsp) - PROBE_TEXT;
    if (resume > job->text_size) probe_escaped(PROBE_RETURN_ADDRESS, 0, read_word(rsp), 0);
  }

  uint64_t base = PROBE_ORIGIN - job->context_size;
  const uint8_t *now = (const uint8_t *)base, *image = batch->arena + job->context, *writable = batch->arena + job->writable;
  uint8_t difference = 0;
  for (uint64_t at = 0; at + 8 < job->context_size; at++) difference |= (uint8_t)((now[at] ^ image[at]) & (writable[at] - 1));
  for (uint64_t at = 0; difference && at + 8 < job->context_size; at++)
    if (!writable[at] && now[at] != image[at]) probe_escaped(PROBE_CONTEXT, 0, base + at, 0);
  uint64_t limit = read_word(PROBE_ORIGIN - 8);
  if (limit != (probe_child.is_requested ? UINT64_MAX : probe_child.limit)) probe_escaped(PROBE_CONTEXT, 0, PROBE_ORIGIN - 8, 0);
}

// Read-only regions: the code reads what the pattern put there, and nothing else may have changed it.
static void check_read_only(const probe_job *job, uint32_t pattern) {
  for (size_t index = 0; index < PROBE_MAX_REGIONS; index++) {
    uint64_t size = job->region_size[index];
    if (!size || !(job->region_read_only >> index & 1)) continue;
    uint64_t compared = size < filled ? size : filled;
    if (memcmp((void *)PROBE_REGION(index), patterns[pattern], compared) != 0) probe_escaped(PROBE_CONTEXT, 0, PROBE_REGION(index), 0);
  }
}

enum { INTERRUPT, TRAP };

static void run_once(const probe_batch *batch, const probe_job *job, const probe_run *run) {
  prepare(batch, job, run);
  uint32_t gates = run->gates;
  for (;;) {
    enter(job);
    check_state(batch, job);
    uint32_t stop = probe_state.stop;
    // The first INTERRUPT of a run that began with a request is resumed, as a suspended sandbox would be.
    bool is_served = stop == INTERRUPT && probe_child.is_requested && run->is_requested && probe_child.ticks == 0;
    bool is_resumed = is_served || (stop != INTERRUPT && stop != TRAP && stop != PROBE_RETURNED && gates > 0);
    if (!is_resumed) {
      probe_child.result->stops[stop]++;
      break;
    }
    probe_state.rip = read_word(probe_state.gpr[4]);
    probe_state.gpr[4] += 8;
    probe_child.previous_pc = 0;
    if (is_served) {
      probe_child.is_requested = false;
      probe_child.ticks = 1;
      probe_child.result->interrupts_resumed++;
      write_word(PROBE_ORIGIN - 8, probe_child.limit);
      continue;
    }
    // A gate may leave anything in any register but these two.
    gates--;
    uint64_t rsp = probe_state.gpr[4];
    memcpy(probe_state.gpr, run->gpr, sizeof probe_state.gpr);
    probe_state.gpr[4] = rsp;
    probe_state.gpr[15] = PROBE_ORIGIN;
  }
  check_read_only(job, run->pattern);
}

static _Noreturn void be_child(probe_batch *batch, uint32_t first, uint32_t count) {
  enum { refused = 3 };
  void *host = mmap((void *)PROBE_HOST_PAGE, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (host == MAP_FAILED || !probe_watch()) _exit(refused);
  memset(host, canary, page);
  for (uint32_t index = first; index < count; index++) {
    const probe_job *job = &batch->jobs[index];
    probe_child.job = job;
    probe_child.run = job->runs;
    probe_child.result = &batch->results[index];
    probe_child.starts = batch->arena + job->starts;
    if (!lay_out(job) || !map_code(batch, job)) _exit(refused);
    for (uint32_t run = 0; run < job->run_count; run++) run_once(batch, job, &job->runs[run]);
    check_canaries(job);
    batch->results[index].is_done = 1;
  }
  _exit(0);
}

bool probe_execute(probe_batch *batch, uint32_t count) {
  memset(batch->results, 0, count * sizeof *batch->results);
  uint32_t next = 0;
  while (next < count) {
    pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) be_child(batch, next, count);
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
      if (errno != EINTR) return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 3) return false;
    while (next < count && batch->results[next].is_done && !batch->results[next].escape) next++;
    if (next == count) break;
    if (!batch->results[next].is_done) {
      batch->results[next].escape = PROBE_DIED;
      batch->results[next].signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      batch->results[next].is_done = 1;
    }
    next++;
  }
  return true;
}

// Runs hostile code natively and watches what it touches: the judge of the mutation fuzzer (Tests/ValidatorFuzz).
//
// The parent describes a batch of jobs in shared memory; a forked child lays out each job's slot as docs/ABI.md S1 says, runs
// it, and writes down what it saw. A slot's neighbours are either canaries, as in production, or inaccessible, which
// shows reads too. The child dies with its first escape; the parent goes on behind it.
#ifndef CPROBE_H
#define CPROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What an escape was, or 0.
enum probe_escape {
  PROBE_CONTAINED,
  PROBE_SIGNAL,            // any signal; `signal` says which, a system call from text is SIGSYS
  PROBE_PC,                // a step outside text, or not to an instruction start (single-stepped runs)
  PROBE_RETURN_ADDRESS,    // a ret to where no call came from (single-stepped runs), or the host's return word changed
  PROBE_R15,
  PROBE_GS_BASE,
  PROBE_RSP,
  PROBE_MXCSR,
  PROBE_DIRECTION_FLAG,    // DF or AC
  PROBE_CONTEXT,           // a word that S2 gives no right to write
  PROBE_SLACK,             // below what S4's sum allows the stack to reach
  PROBE_NEIGHBOUR,         // a canary around the slot or around another region
  PROBE_HOST,              // the host's own page
  PROBE_NO_STOP,           // ran on after a request
  PROBE_DIED,              // the child vanished without a word
};

// Where a run ended when it did not escape. Gates are numbered as in docs/NEXE.md.
enum { PROBE_GATE_COUNT = 16, PROBE_RETURNED = 16, PROBE_STOP_COUNT = 17 };

enum { PROBE_MAX_REGIONS = 12, PROBE_MAX_RUNS = 4, PROBE_PATTERNS = 6 };

// Fixed addresses, the same in every child. Everything near them is inaccessible unless a job maps it.
#define PROBE_TEXT 0x200000000000ull          // text, then read-only data
#define PROBE_TEXT_LIMIT 0x200010000000ull
#define PROBE_ORIGIN 0x300400000000ull        // r15
#define PROBE_REGION(index) (0x320000000000ull + ((uint64_t)(index) << 41))  // further memories, tables, cells
#define PROBE_HOST_PAGE 0x2ffff0000000ull     // bytes of the host

// One way to run a job's code.
typedef struct {
  uint64_t entry;      // of text
  uint64_t gpr[16];    // by hardware number; rsp and r15 are the probe's own
  uint64_t xmm[32];
  uint32_t pattern;    // what memory holds, below PROBE_PATTERNS
  uint32_t steps;      // single-step this many instructions at most; 0: run freely
  uint32_t is_requested;  // LIMIT says stop from the start; the first INTERRUPT resumes
  uint32_t gates;      // gate calls that return before one ends the run
} probe_run;

typedef struct {
  // Offsets in the batch's code file: text and, `data_distance` behind it, read-only data. Multiples of 4096.
  uint64_t code, text_size, data_distance, data_size;
  uint64_t memory_size;    // 2^k of the slot's memory
  uint64_t context_size, stack_size;
  uint64_t gs_base;        // 0: the mask model
  uint64_t context;        // offset in the arena of the context's image, context_size bytes
  uint64_t writable;       // offset in the arena of a byte for each context byte: 1 if code may write it
  uint64_t starts;         // offset in the arena of a byte for each text byte: 1 for an instruction start
  uint64_t region_size[PROBE_MAX_REGIONS];  // further memories (pad included), tables and cells; 0: none
  uint64_t edited;         // offset in text of the first edit; UINT64_MAX: none
  uint32_t region_read_only;                // bit set: a shared table, which only the host writes
  uint32_t has_guards;     // neighbours are inaccessible instead of canaries
  uint32_t run_count;
  probe_run runs[PROBE_MAX_RUNS];
} probe_job;

typedef struct {
  uint32_t escape;   // probe_escape
  uint32_t run;
  int32_t signal;
  uint32_t is_done;
  uint64_t pc, address;       // of the escape; pc relative to PROBE_TEXT where inside
  uint32_t steps;             // single-stepped, over all runs
  uint32_t stops[PROBE_STOP_COUNT];
  uint32_t interrupts_resumed, requests;
  uint32_t has_reached_edit;  // a single step was at the edit
} probe_result;

typedef struct probe_batch probe_batch;

// Room for `jobs` jobs, `code` bytes of text and data, `arena` bytes of what jobs refer to. Null: no memory.
probe_batch *probe_create(uint32_t jobs, size_t code, size_t arena);
void probe_destroy(probe_batch *batch);
probe_job *probe_jobs(probe_batch *batch);
const probe_result *probe_results(probe_batch *batch);
uint8_t *probe_code(probe_batch *batch);
uint8_t *probe_arena(probe_batch *batch);

// Runs the first `count` jobs in forked children. False if the system refused a fork or a mapping: no result counts.
bool probe_execute(probe_batch *batch, uint32_t count);

// The address to store in the context's word for gate `number`, and the return stub's. Those of the host itself.
uint64_t probe_gate_address(uint32_t number);
// S1's slack, the part of it that S4 lets a stack reach, and the bytes behind memory 0 that S1 calls the pad region.
enum { PROBE_SLACK_SIZE = 12288, PROBE_SLACK_REACH = 8352, PROBE_PAD_REGION = 4160, PROBE_PAD = 8192 };

#endif

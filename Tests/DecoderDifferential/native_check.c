// Holds the validator's claims against this processor. Each encoding is single-stepped at the end of a page, its memory operand
// at either end of a page between inaccessible ones and at an odd address: so length, address, memory size, alignment, registers and
// memory changed, zero extension, and that nothing depends on a register that is not said to be read.
#define _GNU_SOURCE
#include "record.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { PAGE = 4096, SIGNAL_STACK = 64 * 1024 };

struct machine {
  uint64_t gpr[16];
  uint64_t xmm[32];
  uint64_t rip, flags, gs_base;
};

struct machine machine;  // what is loaded, then what was found
uint64_t host_rsp;
static volatile int fault_signal;

// iretq loads rip, rsp and the trap flag at once, so that the first trap is behind the instruction.
void enter(void);
void recover(void);
__asm__(".intel_syntax noprefix\n"
        "enter:\n"
        "  push rbx; push rbp; push r12; push r13; push r14; push r15\n"
        "  mov host_rsp[rip], rsp\n"
        "  mov rax, machine[rip + 400]; wrgsbase rax\n"
        "  mov eax, ss; push rax; push qword ptr machine[rip + 32]; push qword ptr machine[rip + 392]\n"
        "  mov eax, cs; push rax; push qword ptr machine[rip + 384]\n"
        "  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "  movups xmm\\n, machine[rip + 128 + 16 * \\n]\n"
        "  .endr\n"
        "  mov rax, machine[rip]; mov rcx, machine[rip + 8]; mov rdx, machine[rip + 16]; mov rbx, machine[rip + 24]\n"
        "  mov rbp, machine[rip + 40]; mov rsi, machine[rip + 48]; mov rdi, machine[rip + 56]\n"
        "  .irp n, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "  mov r\\n, machine[rip + 8 * \\n]\n"
        "  .endr\n"
        "  iretq\n"
        "recover:\n"
        "  cld\n"
        "  xor eax, eax; wrgsbase rax\n"
        "  pop r15; pop r14; pop r13; pop r12; pop rbp; pop rbx\n"
        "  ret\n"
        ".att_syntax\n");

static const int registers[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                  REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static void on_signal(int signal, siginfo_t *info, void *context) {
  (void)info;
  mcontext_t *state = &((ucontext_t *)context)->uc_mcontext;
  fault_signal = signal == SIGTRAP ? 0 : signal;
  for (int number = 0; number < 16; number++) machine.gpr[number] = (uint64_t)state->gregs[registers[number]];
  memcpy(machine.xmm, state->fpregs->_xmm, sizeof machine.xmm);
  machine.rip = (uint64_t)state->gregs[REG_RIP];
  machine.flags = (uint64_t)state->gregs[REG_EFL];
  state->gregs[REG_RIP] = (greg_t)(uint64_t)recover;
  state->gregs[REG_RSP] = (greg_t)host_rsp;
  state->gregs[REG_EFL] = 0x202;
}

static uint64_t random_state = 1;
static uint64_t next_random(void) {
  random_state += 0x9E3779B97F4A7C15;
  uint64_t mixed = (random_state ^ (random_state >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

static uint8_t *code_page, *data_page, *stack_page;
static uint8_t before[PAGE];

static const struct operand *memory_operand(const struct record *record) {
  for (int index = 0; index < record->operand_count; index++)
    if (record->operands[index].place == PLACE_MEMORY || record->operands[index].place == PLACE_ADDRESS) return &record->operands[index];
  return NULL;
}

// The multiplicative inverse of an odd number modulo 2^64.
static uint64_t inverse(uint64_t odd) {
  uint64_t result = odd;
  for (int step = 0; step < 6; step++) result *= 2 - odd * result;
  return result;
}

// Sets address registers, displacement or gs so that the operand lies at `target`. False: no values do that.
static bool aim(struct record *record, struct machine *state, uint64_t target) {
  uint64_t displacement = (uint64_t)record->displacement, *gpr = state->gpr;
  bool has_base = record->base != NO_REGISTER, has_index = record->index != NO_REGISTER;
  if (record->flags & IS_SEGMENT_FORM) {
    uint64_t sum = displacement + (has_base ? gpr[record->base] : 0) + (has_index ? gpr[record->index] * record->scale : 0);
    state->gs_base = target - (uint32_t)sum;
    return true;
  }
  if (record->flags & IS_RIP_RELATIVE) {
    int32_t distance = (int32_t)(target - (uint64_t)(code_page + PAGE));
    memcpy(record->bytes + record->length - record->immediate_size - 4, &distance, 4);
    return true;
  }
  uint64_t rest = target - displacement;
  if (has_base && has_index && record->base == record->index) {
    if (record->scale == 1) {
      gpr[record->base] = rest / 2;
      return rest % 2 == 0;
    }
    gpr[record->base] = rest * inverse(1 + record->scale);
    return true;
  }
  if (has_base) {
    gpr[record->base] = rest - (has_index ? gpr[record->index] * record->scale : 0);
    return true;
  }
  if (has_index) {
    gpr[record->index] = rest / record->scale;
    return rest % record->scale == 0;
  }
  return false;
}

static uint64_t width_mask(uint8_t size) { return size >= 8 ? UINT64_MAX : ((uint64_t)1 << 8 * size) - 1; }

// What is claimed to be written of each register: bits that may change; and whether the upper half of 32 bits is cleared.
static void claimed_writes(const struct record *record, uint64_t masks[16], bool zero_extends[16], uint16_t *xmm) {
  memset(masks, 0, 16 * sizeof *masks);
  memset(zero_extends, 0, 16 * sizeof *zero_extends);
  *xmm = 0;
  for (int index = 0; index < record->operand_count; index++) {
    const struct operand *operand = &record->operands[index];
    if (!(operand->access & ACCESS_WRITE)) continue;
    if (operand->place == PLACE_XMM) *xmm |= 1 << operand->reg;
    if (operand->place != PLACE_GPR) continue;
    masks[operand->reg] |= operand->size == 4 ? UINT64_MAX : width_mask(operand->size);
    if (operand->access & ACCESS_ZERO_EXTENDS && operand->size == 4) zero_extends[operand->reg] = true;
  }
}

static void step(const struct machine *state) {
  machine = *state;
  fault_signal = -1;
  enter();
}

static struct machine random_machine(void) {
  struct machine state;
  for (int number = 0; number < 16; number++) state.gpr[number] = next_random() >> (next_random() & 48);
  for (int half = 0; half < 32; half++) state.xmm[half] = next_random();
  state.gpr[4] = (uint64_t)(stack_page + PAGE / 2);
  state.flags = 0x302 | (next_random() & 0x8D5);
  state.gs_base = 0;
  return state;
}

enum placement { AT_END, AT_START, AT_ODD, PLACEMENTS };

static void check_once(struct tally *tally, const struct record *original, enum placement placement) {
  struct record record = *original;
  const struct operand *memory = memory_operand(&record);
  bool is_accessed = memory && memory->place == PLACE_MEMORY;
  uint64_t target = (uint64_t)data_page + 1021;
  if (is_accessed && placement == AT_END) target = (uint64_t)data_page + PAGE - memory->size;
  if (is_accessed && placement == AT_START) target = (uint64_t)data_page;
  if (is_accessed && placement == AT_ODD && record.flags & NEEDS_ALIGNMENT) target = (uint64_t)data_page + 1024;

  struct machine state = random_machine();
  if (memory && !aim(&record, &state, target) && is_accessed) {
    tally->skipped++;
    return;
  }
  uint8_t *code = code_page + PAGE - record.length;
  memcpy(code, record.bytes, record.length);
  state.rip = (uint64_t)code;
  for (size_t at = 0; at < PAGE; at += 8) {
    uint64_t random = next_random();
    memcpy(before + at, &random, 8);
  }
  memcpy(data_page, before, PAGE);
  step(&state);
  if (fault_signal == SIGFPE) {  // a quotient that does not fit: rule D1's matter
    tally->skipped++;
    return;
  }
  char detail[96];
  if (fault_signal != 0) {
    snprintf(detail, sizeof detail, "signal %d, placement %d", fault_signal, placement);
    disagree(tally, original, "fault", detail);
    return;
  }
  struct machine after = machine;
  uint64_t next = (uint64_t)code + record.length;
  bool is_branch = record.operand_count > 0 && record.operands[0].place == PLACE_DISTANCE;
  if (after.rip != next && !(is_branch && after.rip == next + (uint64_t)record.immediate)) disagree(tally, original, "length or target", "");
  if ((after.flags ^ state.flags) & ~(uint64_t)0x108D5) disagree(tally, original, "flags", "");

  uint64_t masks[16];
  bool zero_extends[16];
  uint16_t xmm;
  claimed_writes(&record, masks, zero_extends, &xmm);
  for (int number = 0; number < 16; number++) {
    if ((after.gpr[number] ^ state.gpr[number]) & ~masks[number]) disagree(tally, original, "register changed", "");
    if (zero_extends[number] && after.gpr[number] >> 32) disagree(tally, original, "no zero extension", "");
    bool is_changed = memcmp(&after.xmm[2 * number], &state.xmm[2 * number], 16) != 0;
    if (is_changed && !(xmm >> number & 1)) disagree(tally, original, "vector register changed", "");
  }
  size_t at = is_accessed ? target - (uint64_t)data_page : 0, size = is_accessed ? memory->size : 0;
  bool is_outside = memcmp(data_page, before, at) != 0 || memcmp(data_page + at + size, before + at + size, PAGE - at - size) != 0;
  if (is_outside) disagree(tally, original, "memory outside changed", "");
  if (size && !(memory->access & ACCESS_WRITE) && memcmp(data_page + at, before + at, size) != 0) disagree(tally, original, "memory changed", "");
  if (placement != AT_ODD) return;

  // Again with everything else different: what is written must be the same.
  uint8_t stored[16];
  memcpy(stored, data_page + at, size);
  struct machine other = random_machine();
  other.rip = state.rip;
  other.flags = state.flags;
  other.gs_base = state.gs_base;
  if (record.base != NO_REGISTER) other.gpr[record.base] = state.gpr[record.base];
  if (record.index != NO_REGISTER) other.gpr[record.index] = state.gpr[record.index];
  for (int index = 0; index < record.operand_count; index++) {
    const struct operand *operand = &record.operands[index];
    if (!(operand->access & ACCESS_READ)) continue;
    if (operand->place == PLACE_GPR) other.gpr[operand->reg] = state.gpr[operand->reg];
    if (operand->place == PLACE_XMM) memcpy(&other.xmm[2 * operand->reg], &state.xmm[2 * operand->reg], 16);
  }
  memset(data_page, 0x5C, PAGE);
  if (size && memory->access & ACCESS_READ) memcpy(data_page + at, before + at, size);
  step(&other);
  if (fault_signal != 0) {
    disagree(tally, original, "fault that depends on what is not read", "");
    return;
  }
  for (int index = 0; index < record.operand_count; index++) {
    const struct operand *operand = &record.operands[index];
    if (!(operand->access & ACCESS_WRITE)) continue;
    bool differs = false;
    if (operand->place == PLACE_GPR) differs = ((machine.gpr[operand->reg] ^ after.gpr[operand->reg]) & width_mask(operand->size)) != 0;
    if (operand->place == PLACE_XMM) differs = memcmp(&machine.xmm[2 * operand->reg], &after.xmm[2 * operand->reg], 16) != 0;
    if (operand->place == PLACE_MEMORY) differs = memcmp(stored, data_page + at, size) != 0;
    if (differs) disagree(tally, original, "a read that is not claimed", "");
  }
}

static bool is_run(const struct record *record, const struct names *names) {
  const char *name = names->list[record->name];
  // Those that leave through a register, memory or the stack have no operand effects to compare.
  bool is_direct = record->operand_count > 0 && record->operands[0].place == PLACE_DISTANCE;
  return strcmp(name, "call") != 0 && strcmp(name, "ret") != 0 && (strcmp(name, "jmp") != 0 || is_direct);
}

static uint8_t *map_between_guards(int protection) {
  uint8_t *pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, protection) != 0) exit(2);
  return pages + PAGE;
}

int main(void) {
  static char buffer[1 << 20];
  setvbuf(stdin, buffer, _IOFBF, sizeof buffer);
  static uint8_t signal_stack[SIGNAL_STACK];
  stack_t alternate = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  const int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
  for (size_t index = 0; index < sizeof signals / sizeof signals[0]; index++) sigaction(signals[index], &action, NULL);
  code_page = map_between_guards(PROT_READ | PROT_WRITE | PROT_EXEC);
  data_page = map_between_guards(PROT_READ | PROT_WRITE);
  stack_page = map_between_guards(PROT_READ | PROT_WRITE);

  struct names names = read_names(stdin);
  static struct tally tally;
  struct record record;
  while (fread(&record, sizeof record, 1, stdin) == 1) {
    tally.records++;
    if (!is_run(&record, &names)) {
      tally.skipped++;
      continue;
    }
    const struct operand *memory = memory_operand(&record);
    bool is_accessed = memory && memory->place == PLACE_MEMORY;
    for (int placement = is_accessed ? AT_END : AT_ODD; placement < PLACEMENTS; placement++) check_once(&tally, &record, placement);
  }
  return report(&tally, &names, "processor");
}

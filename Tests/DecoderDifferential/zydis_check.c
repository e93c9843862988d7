// Holds the validator's claims against Zydis 4.0: length, operation, address, immediate, every register and byte of memory that
// is read or written, and zero extension.
#include "record.h"

#include <Zydis/Zydis.h>

struct effects {
  // By register number: widths in bytes read and written, 0 for none.
  uint8_t gpr_read[16], gpr_written[16];
  bool gpr_surely_written[16];
  uint16_t xmm_read, xmm_written;
};

// Names that differ for the same operation; conditions are compared by the opcode's low bits, which are in the bytes.
static const char *synonyms[][2] = {
    {"ja", "jnbe"}, {"jae", "jnb"}, {"je", "jz"}, {"jne", "jnz"}, {"jge", "jnl"}, {"jg", "jnle"},
    {"seta", "setnbe"}, {"setae", "setnb"}, {"sete", "setz"}, {"setne", "setnz"}, {"setge", "setnl"}, {"setg", "setnle"},
    {"cmova", "cmovnbe"}, {"cmovae", "cmovnb"}, {"cmove", "cmovz"}, {"cmovne", "cmovnz"}, {"cmovge", "cmovnl"}, {"cmovg", "cmovnle"},
    {"movabs", "mov"}, {"vcvtpd2psx", "vcvtpd2ps"}, {"vcvttpd2dqx", "vcvttpd2dq"}, {"vcvtpd2dqx", "vcvtpd2dq"},
    // The predicate is an immediate; Capstone names the operation after predicate 0.
    {"cmpeqps", "cmpps"}, {"cmpeqpd", "cmppd"}, {"cmpeqss", "cmpss"}, {"cmpeqsd", "cmpsd"},
    {"vcmpeqps", "vcmpps"}, {"vcmpeqpd", "vcmppd"}, {"vcmpeqss", "vcmpss"}, {"vcmpeqsd", "vcmpsd"},
};

static bool is_same_operation(const char *ours, const char *theirs) {
  if (strcmp(ours, theirs) == 0) return true;
  for (size_t index = 0; index < sizeof synonyms / sizeof synonyms[0]; index++)
    if (strcmp(ours, synonyms[index][0]) == 0) return strcmp(theirs, synonyms[index][1]) == 0;
  return false;
}

static int gpr_number(ZydisRegister reg) {
  ZydisRegister full = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
  return full >= ZYDIS_REGISTER_RAX && full <= ZYDIS_REGISTER_R15 ? (int)(full - ZYDIS_REGISTER_RAX) : -1;
}

static bool is_high_byte(ZydisRegister reg) { return reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH; }

static void add(struct effects *effects, const ZydisDecodedOperand *operand, bool *is_strange) {
  ZydisRegister reg = operand->reg.value;
  int number = gpr_number(reg);
  uint8_t width = (uint8_t)(ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg) / 8);
  if (number >= 0) {
    if (is_high_byte(reg)) *is_strange = true;
    if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ && effects->gpr_read[number] < width) effects->gpr_read[number] = width;
    if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) {
      if (effects->gpr_written[number] < width) effects->gpr_written[number] = width;
      if (operand->actions & ZYDIS_OPERAND_ACTION_WRITE) effects->gpr_surely_written[number] = true;
    }
    return;
  }
  if (reg >= ZYDIS_REGISTER_XMM0 && reg <= ZYDIS_REGISTER_XMM15) {
    if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ) effects->xmm_read |= 1 << (reg - ZYDIS_REGISTER_XMM0);
    if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) effects->xmm_written |= 1 << (reg - ZYDIS_REGISTER_XMM0);
    return;
  }
  // Flags, MXCSR (its status bits) and rip may change; nothing else may.
  bool is_known = reg == ZYDIS_REGISTER_RFLAGS || reg == ZYDIS_REGISTER_EFLAGS || reg == ZYDIS_REGISTER_FLAGS || reg == ZYDIS_REGISTER_RIP ||
                  reg == ZYDIS_REGISTER_MXCSR;
  if (!is_known) *is_strange = true;
}

static void claims(struct effects *effects, const struct record *record) {
  for (int index = 0; index < record->operand_count; index++) {
    const struct operand *operand = &record->operands[index];
    if (operand->place == PLACE_GPR) {
      if (operand->access & ACCESS_READ && effects->gpr_read[operand->reg] < operand->size) effects->gpr_read[operand->reg] = operand->size;
      if (operand->access & ACCESS_WRITE) {
        if (effects->gpr_written[operand->reg] < operand->size) effects->gpr_written[operand->reg] = operand->size;
        if (operand->access & ACCESS_ZERO_EXTENDS) effects->gpr_surely_written[operand->reg] = true;
      }
    } else if (operand->place == PLACE_XMM) {
      if (operand->access & ACCESS_READ) effects->xmm_read |= 1 << operand->reg;
      if (operand->access & ACCESS_WRITE) effects->xmm_written |= 1 << operand->reg;
    }
  }
}

static uint8_t register_number(ZydisRegister reg, bool is_segment_form, bool *is_narrow) {
  if (reg == ZYDIS_REGISTER_NONE) return NO_REGISTER;
  ZydisRegister first = is_segment_form ? ZYDIS_REGISTER_EAX : ZYDIS_REGISTER_RAX;
  if (reg < first || reg > first + 15) {
    *is_narrow = true;
    return NO_REGISTER;
  }
  return (uint8_t)(reg - first);
}

static void check_memory(struct tally *tally, const struct record *record, const ZydisDecodedOperand *operand) {
  bool is_segment_form = record->flags & IS_SEGMENT_FORM, is_strange = false;
  ZydisRegister segment = operand->mem.segment;
  bool is_gs = segment == ZYDIS_REGISTER_GS, is_flat = segment == ZYDIS_REGISTER_DS || segment == ZYDIS_REGISTER_SS;
  if (is_segment_form ? !is_gs : !is_flat) disagree(tally, record, "segment", ZydisRegisterGetString(segment));
  bool is_rip = operand->mem.base == ZYDIS_REGISTER_RIP;
  if (is_rip != ((record->flags & IS_RIP_RELATIVE) != 0)) disagree(tally, record, "rip", "");
  uint8_t base = is_rip ? NO_REGISTER : register_number(operand->mem.base, is_segment_form, &is_strange);
  uint8_t index = register_number(operand->mem.index, is_segment_form, &is_strange);
  if (base != record->base || index != record->index || is_strange) disagree(tally, record, "address register", "");
  if (index != NO_REGISTER && operand->mem.scale != record->scale) disagree(tally, record, "scale", "");
  int64_t displacement = operand->mem.disp.has_displacement ? operand->mem.disp.value : 0;
  if (displacement != record->displacement) disagree(tally, record, "displacement", "");

  const struct operand *claim = NULL;
  for (int position = 0; position < record->operand_count; position++)
    if (record->operands[position].place == PLACE_MEMORY || record->operands[position].place == PLACE_ADDRESS)
      claim = &record->operands[position];
  if (!claim) {
    disagree(tally, record, "memory operand", "not claimed");
    return;
  }
  if (claim->place == PLACE_ADDRESS) return;
  char detail[96];
  snprintf(detail, sizeof detail, "Zydis %u bytes, claimed %u", operand->size / 8, claim->size);
  if (operand->size != claim->size * 8) disagree(tally, record, "memory size", detail);
  bool is_read = operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ, is_written = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
  if (is_read != ((claim->access & ACCESS_READ) != 0)) disagree(tally, record, "memory read", is_read ? "not claimed" : "only claimed");
  if (is_written != ((claim->access & ACCESS_WRITE) != 0)) disagree(tally, record, "memory write", is_written ? "not claimed" : "only claimed");
}

// The stack pointer is moved by call and ret, whose push and pop are the validator's own rules and no operands.
static bool is_stack_operand(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operand) {
  bool is_control = instruction->mnemonic == ZYDIS_MNEMONIC_CALL || instruction->mnemonic == ZYDIS_MNEMONIC_RET;
  return is_control && operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
}

static void check(struct tally *tally, const struct names *names, const ZydisDecoder *decoder, const struct record *record) {
  ZydisDecodedInstruction instruction;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  if (ZYAN_FAILED(ZydisDecoderDecodeFull(decoder, record->bytes, 15, &instruction, operands))) {
    disagree(tally, record, "decoding", "Zydis refuses it");
    return;
  }
  if (instruction.length != record->length) disagree(tally, record, "length", "");
  const char *name = ZydisMnemonicGetString(instruction.mnemonic);
  if (!is_same_operation(names->list[record->name], name)) disagree(tally, record, "operation", name);

  // Zydis lists the operand that the long NOP's ModRM.reg names.
  bool is_nop = instruction.mnemonic == ZYDIS_MNEMONIC_NOP, is_cmov = strncmp(name, "cmov", 4) == 0;
  struct effects found = {0}, claimed = {0};
  bool is_strange = false, has_memory = false;
  for (int index = 0; index < instruction.operand_count; index++) {
    const ZydisDecodedOperand *operand = &operands[index];
    if (is_stack_operand(&instruction, operand)) continue;
    switch (operand->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER: add(&found, operand, &is_strange); break;
    case ZYDIS_OPERAND_TYPE_MEMORY:
      has_memory = true;
      check_memory(tally, record, operand);
      break;
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
      if (operand->visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT && record->immediate_size > 0) {
        uint64_t mask = record->immediate_size == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * record->immediate_size) - 1;
        if (((operand->imm.value.u ^ (uint64_t)record->immediate) & mask) != 0) disagree(tally, record, "immediate", "");
        if (operand->imm.is_signed && operand->imm.value.s != record->immediate) disagree(tally, record, "immediate sign", "");
      }
      break;
    default: is_strange = true;
    }
  }
  if (is_strange) disagree(tally, record, "kind of operand", "");
  if (has_memory != ((record->flags & HAS_MEMORY) != 0)) disagree(tally, record, "memory operand", has_memory ? "not claimed" : "only claimed");
  claims(&claimed, record);
  for (int number = 0; number < 16; number++) {
    if (found.gpr_written[number] != claimed.gpr_written[number]) disagree(tally, record, "register written", "");
    // To claim a register's read grants nothing, so that too much of it is no disagreement. Address registers are listed apart.
    if (found.gpr_read[number] && !claimed.gpr_read[number] && !is_nop) disagree(tally, record, "register read, not claimed", "");
    // Zydis calls a cmov's write conditional; the manuals and the processor clear the upper half in any case.
    bool zero_extends = found.gpr_written[number] == 4 && (found.gpr_surely_written[number] || is_cmov);
    if (claimed.gpr_surely_written[number] && claimed.gpr_written[number] == 4 && !zero_extends) disagree(tally, record, "zero extension", "");
  }
  if (found.xmm_written != claimed.xmm_written) disagree(tally, record, "vector register written", "");
  if (found.xmm_read & ~claimed.xmm_read) disagree(tally, record, "vector register read, not claimed", "");
}

int main(void) {
  static char buffer[1 << 20];
  setvbuf(stdin, buffer, _IOFBF, sizeof buffer);
  struct names names = read_names(stdin);
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  static struct tally tally;
  static struct record batch[4096];
  size_t count;
  while ((count = fread(batch, sizeof batch[0], 4096, stdin)) > 0)
    for (size_t index = 0; index < count; index++) {
      tally.records++;
      check(&tally, &names, &decoder, &batch[index]);
    }
  return report(&tally, &names, "Zydis");
}

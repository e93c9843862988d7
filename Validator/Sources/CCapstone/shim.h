#include <capstone/capstone.h>

// Accessors that keep Swift from importing Capstone's unions and arrays as tuples, and from copying cs_x86 by value.

static inline const cs_x86 *_Nullable halite_x86(const cs_insn *_Nonnull insn) {
  return insn->detail ? &insn->detail->x86 : 0;
}

static inline uint8_t halite_operand_count(const cs_x86 *_Nonnull x86) { return x86->op_count; }

static inline const cs_x86_op *_Nullable halite_operand(const cs_x86 *_Nonnull x86, uint8_t index) {
  return index < x86->op_count && index < sizeof x86->operands / sizeof x86->operands[0] ? &x86->operands[index] : 0;
}

static inline const char *_Nonnull halite_mnemonic(const cs_insn *_Nonnull insn) { return insn->mnemonic; }

static inline const char *_Nonnull halite_operand_text(const cs_insn *_Nonnull insn) { return insn->op_str; }

"""Holds the validator's claims against iced-x86 (PyPI): length, registers and memory used, address, sizes.

Reads the stream of record.h from standard input; prints what disagrees and exits with 1 if anything does.
"""

import struct
import sys
from collections import Counter

from iced_x86 import Code, Decoder, InstructionInfoFactory, MemorySizeExt, Mnemonic, OpAccess, Register, RegisterExt

RECORD = struct.Struct("<15sBHBBBBBBqq16s")
HAS_MEMORY, IS_RIP_RELATIVE, IS_SEGMENT_FORM = 1, 2, 4
NONE = 255
GPR, XMM, MEMORY, ADDRESS = 0, 1, 2, 3
READ, WRITE, ZERO_EXTENDS = 1, 2, 4
READS = {OpAccess.READ, OpAccess.COND_READ, OpAccess.READ_WRITE, OpAccess.READ_COND_WRITE}
WRITES = {OpAccess.WRITE, OpAccess.COND_WRITE, OpAccess.READ_WRITE, OpAccess.READ_COND_WRITE}


def gpr_number(register):
    full = RegisterExt.full_register(register)
    return full - Register.RAX if Register.RAX <= full <= Register.R15 else None


def vector_number(register):
    full = RegisterExt.full_register(register)
    return full - Register.ZMM0 if Register.ZMM0 <= full <= Register.ZMM15 else None


class Check:
    def __init__(self, names):
        self.names = names
        self.factory = InstructionInfoFactory()
        self.found = Counter()
        self.examples = {}
        self.records = 0

    def disagree(self, record, kind, detail=""):
        key = (kind, self.names[record[2]])
        self.found[key] += 1
        self.examples.setdefault(key, (record[0][: record[1]].hex(), detail))

    def check(self, data):
        record = RECORD.unpack(data)
        raw, length, _, flags, count, base, index, scale, _, displacement, _, packed = record
        self.records += 1
        instruction = Decoder(64, raw).decode()
        if instruction.code == Code.INVALID or instruction.len != length:
            self.disagree(record, "length", str(instruction))
            return
        operands = [packed[4 * at : 4 * at + 4] for at in range(count)]
        info = self.factory.info(instruction)
        self.check_registers(record, operands, info, instruction, flags, base, index)
        if flags & HAS_MEMORY:
            self.check_memory(record, operands, info, instruction, flags, base, index, scale, displacement)
        elif any(True for used in info.used_memory() if not instruction.is_stack_instruction):
            self.disagree(record, "memory operand", str(instruction))

    def check_registers(self, record, operands, info, instruction, flags, base, index):
        is_stack = instruction.is_stack_instruction
        read, written, vector_read, vector_written = {}, {}, set(), set()
        for used in info.used_registers():
            number, vector = gpr_number(used.register), vector_number(used.register)
            if number is not None:
                if is_stack and used.register == Register.RSP:
                    continue
                size = RegisterExt.size(used.register)
                if used.access in READS:
                    read[number] = max(size, read.get(number, 0))
                if used.access in WRITES:
                    written[number] = max(size, written.get(number, 0))
            elif vector is not None:
                if used.access in READS:
                    vector_read.add(vector)
                if used.access in WRITES:
                    vector_written.add(vector)
            elif used.register not in (Register.GS, Register.DS, Register.SS, Register.RIP, Register.EIP):
                self.disagree(record, "register kind", str(used))
        claims = lambda place, access: {o[1] for o in operands if o[0] == place and o[3] & access}
        # iced counts address registers as read; and 32-bit writes as writes of 64 bits, which is the zero extension.
        addresses = {number for number in (base, index) if number != NONE} if flags & HAS_MEMORY else set()
        if set(written) != claims(GPR, WRITE):
            self.disagree(record, "register written", f"{instruction}: {written}")
        # To claim a register's read grants nothing, so that too much of it is no disagreement.
        if set(read) - addresses - claims(GPR, READ):
            self.disagree(record, "register read", f"{instruction}: {read}")
        # vzeroupper keeps what the table calls a vector register, the lower 128 bits.
        if instruction.mnemonic == Mnemonic.VZEROUPPER:
            vector_read, vector_written = set(), set()
        if vector_written != claims(XMM, WRITE):
            self.disagree(record, "vector register written", f"{instruction}: {vector_written}")
        if vector_read - claims(XMM, READ):
            self.disagree(record, "vector register read", f"{instruction}: {vector_read}")
        for place, register, size, access in operands:
            if place != GPR or not access & WRITE:
                continue
            if access & ZERO_EXTENDS and size == 4 and written.get(register) != 8:
                self.disagree(record, "zero extension", str(instruction))
            if size < 4 and written.get(register) != size:
                self.disagree(record, "width written", str(instruction))

    def check_memory(self, record, operands, info, instruction, flags, base, index, scale, displacement):
        is_segment_form = bool(flags & IS_SEGMENT_FORM)
        first = Register.EAX if is_segment_form else Register.RAX
        expected_base = Register.RIP if flags & IS_RIP_RELATIVE else Register.NONE if base == NONE else first + base
        expected_index = Register.NONE if index == NONE else first + index
        if instruction.memory_base != expected_base or instruction.memory_index != expected_index:
            self.disagree(record, "address register", str(instruction))
        if index != NONE and instruction.memory_index_scale != scale:
            self.disagree(record, "scale", str(instruction))
        if is_segment_form != (instruction.memory_segment == Register.GS):
            self.disagree(record, "segment", str(instruction))
        bits = 32 if is_segment_form else 64
        expected = displacement + (instruction.len if flags & IS_RIP_RELATIVE else 0)
        if (instruction.memory_displacement - expected) % (1 << bits) != 0:
            self.disagree(record, "displacement", str(instruction))
        place, _, size, access = next(o for o in operands if o[0] in (MEMORY, ADDRESS))
        if place == ADDRESS:
            return
        used = [memory for memory in info.used_memory()]
        if len(used) != 1:
            self.disagree(record, "memory uses", str(instruction))
            return
        if (used[0].access in READS) != bool(access & READ) or (used[0].access in WRITES) != bool(access & WRITE):
            self.disagree(record, "memory access", f"{instruction}: {used[0]}")
        if MemorySizeExt.size(used[0].memory_size) != size:
            self.disagree(record, "memory size", f"{instruction}: {used[0]}")


def main():
    stream = sys.stdin.buffer
    (count,) = struct.unpack("<I", stream.read(4))
    names = [stream.read(24).rstrip(b"\0").decode() for _ in range(count)]
    check = Check(names)
    while len(data := stream.read(RECORD.size)) == RECORD.size:
        check.check(data)
    total = sum(check.found.values())
    print(f"iced-x86: {check.records} records, 0 skipped, {total} disagreements")
    for (kind, name), times in check.found.most_common():
        raw, detail = check.examples[kind, name]
        print(f"  {kind} of {name}, {times} times, such as {raw}: {detail}")
    sys.exit(1 if total else 0)


main()

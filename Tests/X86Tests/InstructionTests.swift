import Testing

@testable import X86

@Suite struct InstructionTests {
  @Test func operandsRoundTrip() {
    let operands: [Operand] = [
      .none, .register(.virtual(7)), .register(.xmm(15)), .immediate(.min), .label(Label(9)), .symbol(Symbol(1 << 31)),
      .address(.segment32(.virtual(3), index: .rcx, scale: 8, displacement: -5)),
      .address(.relative(to: .label(Label(2)))),
    ]
    for operand in operands {
      for position in 0..<4 {
        var instruction = Instruction(.ret)
        instruction[operand: position] = operand
        #expect(instruction[operand: position] == operand)
      }
    }
  }

  @Test func registersOfATwoAddressInstruction() {
    let address = Address.flat(.virtual(2), index: .virtual(3), scale: 4)
    let add = Instruction(.add, .w64, .register(.virtual(0)), .register(.virtual(1)), .address(address))
    var slots: [RegisterSlot] = []
    var roles: [OperandRole] = []
    var ties: [RegisterSlot?] = []
    add.forEachRegister(isa: .v3) {
      slots.append($0.slot)
      roles.append($0.role)
      ties.append($0.tiedTo)
    }
    #expect(slots == [.operand0, .operand1, .base, .index])
    #expect(roles == [.write, .read, .read, .read])
    #expect(ties == [nil, .operand0, nil, nil])
  }

  @Test func vexFreesTheLeftOperand() {
    let add = Instruction(.addsd, .w64, .register(.xmm(0)), .register(.xmm(1)), .register(.xmm(2)))
    func ties(_ isa: ISALevel) -> [RegisterSlot?] {
      var result: [RegisterSlot?] = []
      add.forEachRegister(isa: isa) { result.append($0.tiedTo) }
      return result
    }
    #expect(ties(.v2) == [nil, .operand0, nil])
    #expect(ties(.v3) == [nil, nil, nil])
    #expect(AsmPrinter.text(add, isa: .v3) == "vaddsd xmm0, xmm1, xmm2")
  }

  @Test func countsOfShiftsAreInRCX() {
    let shift = Instruction(.shl, .w32, .register(.rax), .register(.rax), .register(.rcx))
    var fixed: [Register?] = []
    shift.forEachRegister(isa: .v3) { fixed.append($0.fixed) }
    #expect(fixed == [nil, nil, .rcx])
  }

  @Test func dumpShowsWhatIsNotYetTied() {
    let before = Instruction(.sub, .w32, .register(.virtual(4)), .register(.virtual(5)), .immediate(-3))
    #expect(AsmPrinter.dump(before) == "sub v4, v5, -3")
    let after = Instruction(.sub, .w32, .register(.rbx), .register(.rbx), .immediate(-3))
    #expect(AsmPrinter.dump(after) == "sub ebx, -3")
  }

  /// Every row is well formed: each encoding has a field for each operand, ties only where the row has them.
  @Test func encodingsMatchTheirRows() {
    for opcode in Opcode.allCases {
      let row = opcode.row
      #expect(row.opcode == opcode)
      #expect(!row.encodings.isEmpty)
      for encoding in Encoding.table[row.encodings] {
        #expect(encoding.fieldCount == row.operandCount, "\(opcode)")
        for position in 0..<row.operandCount {
          let isTied = row.operands[position].isTied(isa: encoding.isVEX ? .v3 : .v2)
          #expect((encoding.fields[position] == .tied) == isTied, "\(opcode)")
        }
      }
    }
  }

  @Test func conditionsInvertAndSwap() {
    for condition in Condition.allCases {
      #expect(condition.inverted.inverted == condition)
      #expect(condition.swapped.swapped == condition)
    }
    #expect(Condition.below.inverted == .aboveOrEqual)
    #expect(Condition.lessOrEqual.swapped == .greaterOrEqual)
  }
}

@Suite struct FixupTests {
  private func encode(
    _ instruction: Instruction, _ branch: Encoder.BranchSize = .long
  ) -> (bytes: [UInt8], fixup: Fixup?) {
    var code: ContiguousArray<UInt8> = []
    let fixup = Encoder(isa: .v3).encode(instruction, branch: branch, into: &code)
    return (Array(code), fixup)
  }

  @Test func branches() {
    let label = Label(5)
    let jump = Instruction(.jmp, .w64, .label(label))
    #expect(encode(jump, .short).bytes == [0xEB, 0])
    #expect(encode(jump, .short).fixup == Fixup(offset: 1, size: 1, target: .label(label), addend: -1))
    #expect(encode(jump).bytes == [0xE9, 0, 0, 0, 0])
    #expect(encode(jump).fixup == Fixup(offset: 1, size: 4, target: .label(label), addend: -4))
    let conditional = Instruction(.jcc, .w64, condition: .greater, .label(label))
    #expect(encode(conditional, .short).bytes == [0x7F, 0])
    #expect(encode(conditional).bytes == [0x0F, 0x8F, 0, 0, 0, 0])
    let call = Instruction(.call, .w64, .symbol(Symbol(3)))
    #expect(encode(call).bytes == [0xE8, 0, 0, 0, 0])
    #expect(encode(call).fixup?.target == .symbol(Symbol(3)))
  }

  /// The displacement is relative to the end of the instruction, behind its immediate.
  @Test func relativeAddressBeforeAnImmediate() {
    let compare = Instruction(
      .cmp, .w32, .address(.relative(to: .symbol(Symbol(1)), plus: 8)), .immediate(1000))
    let (bytes, fixup) = encode(compare)
    #expect(bytes == [0x81, 0x3D, 0, 0, 0, 0, 0xE8, 3, 0, 0])
    #expect(fixup == Fixup(offset: 2, size: 4, target: .symbol(Symbol(1)), addend: 0))
  }

  @Test func segmentPairComesFirst() {
    let load = Instruction(.movzx16, .w32, .register(.r9), .address(.segment32(nil, displacement: 16)))
    #expect(encode(load).bytes == [0x65, 0x67, 0x44, 0x0F, 0xB7, 0x0C, 0x25, 16, 0, 0, 0])
    let store = Instruction(.movsd, .w64, .address(.segment32(.rbx)), .register(.xmm(9)))
    #expect(encode(store).bytes == [0x65, 0x67, 0xC5, 0x7B, 0x11, 0x0B])
  }

  @Test func nopsHaveTheirLengths() {
    for count in 0...70 {
      var code: ContiguousArray<UInt8> = []
      NOP.append(count, to: &code)
      #expect(code.count == count)
    }
  }
}

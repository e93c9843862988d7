@testable import X86

/// Instructions that walk through the whole table: every encoding of every opcode over edge registers, addresses and
/// immediates.
enum Samples {
  static func all(isa: ISALevel) -> [Instruction] {
    Opcode.allCases.flatMap { samples(of: $0, isa: isa) }
  }

  static func samples(of opcode: Opcode, isa: ISALevel) -> [Instruction] {
    let row = opcode.row
    guard row.minimumISA <= isa else { return [] }
    var result: [Instruction] = []
    var seen: Set<Instruction> = []
    for index in row.encodings {
      let encoding = Encoding.table[index]
      if encoding.availability == .withVEX && isa < .v3 || encoding.availability == .withoutVEX && isa >= .v3 {
        continue
      }
      for width in widths(encoding) where encoding.sizing.accepts(width) {
        let conditions: [Condition] = encoding.hasCondition ? [.overflow, .below, .equal, .greater] : [.overflow]
        for condition in conditions {
          for step in 0..<rounds(encoding, width, condition) {
            let operands = (0..<4).map { operand($0, encoding, row, width, step) }
            let sample = Instruction(
              opcode, width, condition: condition, operands[0], operands[1], operands[2], operands[3])
            if seen.insert(sample).inserted { result.append(sample) }
          }
        }
      }
    }
    return result
  }

  private static func widths(_ encoding: Encoding) -> [Width] {
    encoding.sizing == .none ? [.w32] : [.w8, .w16, .w32, .w64]
  }

  /// All addresses with one width and condition of each encoding, some with the others.
  private static func rounds(_ encoding: Encoding, _ width: Width, _ condition: Condition) -> Int {
    let hasAddress = (0..<encoding.fieldCount).contains { [.rm, .rmMemory].contains(encoding.fields[$0]) }
    return hasAddress && width == .w32 && condition == .overflow ? addresses.count : 24
  }

  /// Registers whose low three bits or fourth bit are special, and plain ones; sp and bp among the bytes that need REX.
  private static let numbers = [0, 1, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15]

  private static func register(_ registerClass: RegisterClass, _ step: Int) -> Register {
    let number = numbers[step % numbers.count]
    return registerClass == .general ? .general(number) : .xmm(number)
  }

  private static func operand(
    _ position: Int, _ encoding: Encoding, _ row: Row, _ width: Width, _ step: Int
  ) -> Operand {
    guard position < encoding.fieldCount else { return .none }
    let specification = row.operands[position]
    // Strides without common factor, so that registers meet in many combinations.
    let own = register(specification.registerClass, step * [1, 5, 7, 11][position] + position)
    switch encoding.fields[position] {
    case .none: return .none
    case .reg, .rmRegister, .vvvv, .opcodeRegister, .regAndRM, .regAndVVVVAndRM, .is4: return .register(own)
    case .rm: return step % 3 == 0 ? .register(own) : .address(addresses[(step * 7) % addresses.count])
    case .rmMemory: return .address(addresses[(step * 7) % addresses.count])
    case .tied: return operand(0, encoding, row, width, step)
    case .accumulator: return .register(.rax)
    case .rcx: return .register(.rcx)
    case .xmm0: return .register(.xmm0)
    case .one: return .immediate(1)
    case .immediate8: return .immediate([0, 1, 7, 31, 127, 128, 255][step % 7])
    case .signed8: return .immediate([0, 1, -1, 127, -128][step % 5])
    case .full:
      switch width {
      case .w8: return .immediate([0, 1, -1, 127, -128, 255][step % 6])
      case .w16: return .immediate([128, -129, 32767, -32768, 65535, 40000][step % 6])
      case .w32: return .immediate([128, -129, 0x7fff_ffff, -0x8000_0000, 0xffff_ff00, 0x1234_5678][step % 6])
      case .w64, .w128: return .immediate([128, -129, 0x7fff_ffff, -0x8000_0000, 0x1234_5678][step % 5])
      }
    case .zeroExtended32: return .immediate([0, 1, 0x7fff_ffff, 0xffff_ffff, 0x8000_0000][step % 5])
    case .immediate64: return .immediate([0x1_0000_0000, .min, .max, -0x8000_0001, 0x1234_5678_9abc_def0][step % 5])
    case .relative8, .relative32: return .label(Label(0))
    }
  }

  static let addresses: [Address] = {
    var result: [Address] = []
    let displacements: [Int32] = [0, 1, -1, 127, -128, 128, -129, .max, .min]
    for (index, number) in numbers.enumerated() {
      result.append(.flat(.general(number)))
      result.append(.flat(.general(number), displacement: displacements[index % displacements.count]))
      result.append(.flat(.general(number), displacement: displacements[(index + 5) % displacements.count]))
      for (scale, indexNumber) in [(1, 0), (2, 5), (4, 8), (8, 12), (1, 13), (8, 15)] {
        result.append(
          .flat(
            .general(number), index: .general(indexNumber), scale: scale,
            displacement: displacements[(index * scale) % displacements.count]))
      }
      result.append(.segment32(.general(number), displacement: displacements[index % displacements.count]))
      result.append(
        .segment32(
          .general(number),
          index: .general(numbers[(index + 4) % numbers.count] == 4 ? 9 : numbers[(index + 4) % numbers.count]),
          scale: 1 << (index % 4), displacement: displacements[(index + 3) % displacements.count]))
    }
    result.append(.flat(nil, index: .rcx, scale: 4, displacement: 64))
    result.append(.flat(nil, index: .r13, scale: 8, displacement: -64))
    result.append(.segment32(nil, index: .r9, scale: 8, displacement: 1 << 20))
    result.append(.relative(to: .label(Label(3))))
    result.append(.relative(to: .symbol(Symbol(7)), plus: 24))
    return result
  }()
}

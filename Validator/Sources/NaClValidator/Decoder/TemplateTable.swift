/// The allow-list, expanded from the rows of `Templates+*.swift` and indexed by raw key.
///
/// A row is `[v.]PREFIX MAP OPCODE[/DIGIT] W MNEMONIC OPERAND...`:
/// - PREFIX: `np` (none), `66`, `f3`, `f2`; `v.` before it for VEX, L = 0 always
/// - MAP: `0`, `0f`, `38`, `3a`
/// - OPCODE: two hex digits; `+cc` stands for the 16 conditions, `+r` for the 8 registers; `/DIGIT` is ModRM.reg
/// - W: `0`, `1`; `y` for both, operands of 4 and 8 bytes; `v` for both and 66, operands of 4, 8 and 2 bytes
/// - MNEMONIC: Capstone's, `cc` at its end standing for the condition; `*` before it: needs x86-64-v3, as VEX does
/// - OPERAND: place, size and `.access`, all in parentheses if Capstone does not list the operand
///
/// Places of integer registers: `G` ModRM.reg, `R` ModRM.rm, `B` VEX.vvvv, `Z` the opcode; `a`, `c`, `d` rax, rcx, rdx.
/// Of vector registers: `V` ModRM.reg, `U` ModRM.rm, `H` VEX.vvvv, `L` in the immediate, `K` xmm0.
/// `M` is accessed memory, `E` is R or M, `W` is U or M; they may take the segment form of rule M3, unless of size `a`.
/// `A` is memory of which only the address is used. `I` immediate, `J` branch distance, `1` the constant.
///
/// Sizes in bytes: `b` 1, `w` 2, `d` 4, `q` 8, `x` 16, `a` 16 and aligned (rule M6); `v`, `y` as W says, `z` likewise
/// but at most 4. The size is the memory's; a vector register always counts as 16.
///
/// Access: `r` read, `w` written, `m` both; `z` behind it: a 32-bit write surely clears the upper half (rule M7).
struct TemplateTable: @unchecked Sendable {
  /// What one opcode byte means in its map: 0 nothing, else 1 + 2 * (number of its part of `index`) + (1: has ModRM).
  struct Slot: Sendable, BitwiseCopyable {
    fileprivate let code: UInt16
    var hasModRM: Bool { code & 1 == 0 }
    fileprivate var first: Int { Int((code &- 1) / 2) * 128 }
  }

  private(set) var templates: [Template] = []
  /// The same, never freed and never changed, so that an instruction can point to its template.
  private var immortal: UnsafePointer<Template>
  /// By VEX, map and opcode.
  private var slots: [UInt16] = Array(repeating: 0, count: 2 * 4 * 256)
  /// For each slot the 128 combinations of prefix, W, form and ModRM.reg: one more than an index of `templates`; 0
  /// means reject.
  private var index: [UInt16] = []

  static let shared = TemplateTable()

  @inline(__always) func slot(isVEX: Bool, map: UInt8, opcode: UInt8) -> Slot? {
    let code = slots[(isVEX ? 1024 : 0) | Int(map & 3) << 8 | Int(opcode)]
    return code == 0 ? nil : Slot(code: code)
  }

  @inline(__always) func template(_ slot: Slot, _ key: Int) -> UnsafePointer<Template>? {
    let found = Int(index[slot.first + key])
    return found == 0 ? nil : immortal + (found - 1)
  }

  /// Which of a slot's combinations.
  @inline(__always) static func key(_ prefix: Prefix, w: Bool, isMemory: Bool, reg: UInt8) -> Int {
    Int(prefix.rawValue) << 5 | (w ? 16 : 0) | (isMemory ? 8 : 0) | Int(reg)
  }

  private init() {
    immortal = UnsafePointer(UnsafeMutablePointer<Template>.allocate(capacity: 0))
    let operations = Disassembler.operationIDs()
    for line in Self.rows { Row(line).expand(into: &self, operations) }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<Template>.stride * templates.count, alignment: 64)
      .initializeMemory(as: Template.self, from: templates, count: templates.count)
    immortal = UnsafePointer(copy)
  }

  /// Every row of the allow-list.
  static var rows: [Substring] {
    [integerRows, legacyVectorRows, vexIntegerRows, vexVectorRows].flatMap { $0.split(separator: "\n") }
      .filter { !$0.hasPrefix("#") }
  }

  /// Enters one template of `row` under one opcode and `key`, whose reg is 0. A row without a digit stands for any ModRM.reg.
  fileprivate mutating func add(_ template: Template, _ row: Row, opcode: Int, key: Int) {
    let place = (row.isVEX ? 1024 : 0) + row.map * 256 + opcode
    if slots[place] == 0 {
      slots[place] = UInt16(1 + index.count / 64 + (row.hasModRM ? 1 : 0))
      index += Array(repeating: 0, count: 128)
    }
    let slot = Slot(code: slots[place])
    precondition(slot.hasModRM == row.hasModRM, "two rows differ on whether an opcode has a ModRM byte")
    templates.append(template)
    for reg in 0..<8 where row.digit.map({ $0 == reg }) ?? (row.hasModRM || reg == 0) {
      precondition(index[slot.first + key + reg] == 0, "two rows for one key")
      index[slot.first + key + reg] = UInt16(templates.count)
    }
  }
}

/// The mandatory prefix of an opcode, in VEX's order.
enum Prefix: UInt8 { case none, p66, pF3, pF2 }

/// One parsed row.
private struct Row {
  private let columns: [Substring]

  var isVEX: Bool { columns[0].hasPrefix("v.") }
  var prefix: Prefix { ["66": .p66, "f3": .pF3, "f2": .pF2][columns[0].suffix(2)] ?? .none }
  var map: Int { ["0": 0, "0f": 1, "38": 2, "3a": 3][columns[1]] ?? 0 }
  var opcode: Int { Int(columns[2].prefix(2), radix: 16) ?? 0 }
  var digit: Int? { columns[2].split(separator: "/").dropFirst().first.flatMap { Int($0) } }
  var hasModRM: Bool { digit != nil || has("GREMVUWA") }
  private var level: InstructionSetLevel { isVEX || columns[4].hasPrefix("*") ? .v3 : .v2 }
  private var mnemonic: Substring { columns[4].drop { $0 == "*" } }
  private var operands: ArraySlice<Substring> { columns[5...] }

  private static let conditions = [
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g",
  ]

  init(_ line: Substring) {
    columns = line.split(separator: " ")
    precondition(columns.count >= 5, "a template row has five columns or more")
  }

  /// Whether the place of some operand is one of `letters`. Operands that Capstone does not list stand in parentheses.
  private func has(_ letters: String) -> Bool { operands.contains { letters.contains($0.first ?? " ") } }

  func expand(into table: inout TemplateTable, _ operations: [String: UInt32]) {
    let (isConditional, mnemonic) = (columns[2].contains("+cc"), mnemonic)
    for step in 0..<(isConditional ? 16 : columns[2].contains("+r") ? 8 : 1) {
      let name = isConditional ? mnemonic.dropLast(2) + Self.conditions[step] : mnemonic
      // Without Capstone there are no ids and so no templates: everything is refused.
      guard let operation = operations[String(name)] else { continue }
      let semantic = Semantic(rawValue: String(name)) ?? (mnemonic == "jcc" ? .jcc : .other)
      for (size, w, prefix) in sizes {
        for isMemory in has("EW") ? [false, true] : [has("MA")] {
          let list = operands.map { operand($0, size: size, isMemory: isMemory) }
          let isAligned = operands.contains { $0.hasPrefix("Wa") || $0.hasPrefix("Ma") }
          let template = Template(operation, semantic, level, list, needsAlignment: isMemory && isAligned)
          let key = TemplateTable.key(prefix, w: w, isMemory: isMemory, reg: 0)
          table.add(template, self, opcode: opcode + step, key: key)
        }
      }
    }
  }

  private var sizes: [(size: UInt8, w: Bool, prefix: Prefix)] {
    switch columns[3] {
    case "0": [(4, false, prefix)]
    case "1": [(8, true, prefix)]
    case "y": [(4, false, prefix), (8, true, prefix)]
    default: [(4, false, .none), (8, true, .none), (2, false, .p66)]
    }
  }

  /// `E` and `W` are memory or a register; the letters of the others say what they are.
  private static let places: [Character: Place] = [
    "G": .reg, "R": .rm, "E": .rm, "M": .memory, "B": .vvvv, "Z": .opcode, "a": .rax, "c": .rcx, "d": .rdx,
    "V": .vectorReg, "U": .vectorRM, "W": .vectorRM, "H": .vectorVVVV, "L": .vectorImmediate, "K": .xmm0,
    "A": .address, "I": .immediate, "J": .distance, "1": .one,
  ]

  private func operand(_ text: Substring, size: UInt8, isMemory: Bool) -> OperandTemplate {
    let parts = text.drop { $0 == "(" }.prefix { $0 != ")" }.split(separator: ".")
    let letters = Array(parts[0])
    let isEither = letters[0] == "E" || letters[0] == "W"
    let sizes: [Character: UInt8] = [
      "b": 1, "w": 2, "d": 4, "q": 8, "x": 16, "a": 16, "v": size, "y": size, "z": min(size, 4),
    ]
    guard let place = isEither && isMemory ? .memory : Self.places[letters[0]],
      let operandSize = letters.count > 1 ? sizes[letters[1]] : 16
    else { preconditionFailure("an unknown operand in a template row") }
    let rights = parts.dropFirst().joined()
    var access: Access = []
    if rights.contains("r") || rights.contains("m") { access.insert(.read) }
    if rights.contains("w") || rights.contains("m") { access.insert(.write) }
    if rights.contains("z") { access.insert(.zeroExtends) }
    return OperandTemplate(
      place: place, size: place.isVector ? 16 : operandSize, access: access, isImplicit: text.hasPrefix("("))
  }
}

import Entities

@testable import RegisterAllocation

/// Reads what `AllocationPrinter` writes, without a solution.
struct AllocationText {
  struct Failure: Error, CustomStringConvertible {
    var line: Int
    var description: String
  }

  private(set) var input = AllocationInput()
  private(set) var environment = RegisterEnvironment(
    general: [], vector: [], generalScratch: PhysicalRegister(.general, 31),
    vectorScratch: PhysicalRegister(.vector, 31))

  private struct Block {
    var first: InstructionNumber
    var parameters: [VirtualRegister]
    var depth: Int
    var frequency: Float?
    var edges: [EdgeInfo] = []
  }

  private var blocks: [Block] = []
  private var line = 0

  /// Lines starting with `#` are comments.
  init(parsing text: String) throws {
    for text: Substring in text.split(separator: "\n", omittingEmptySubsequences: false) {
      line += 1
      let words = text.split { $0 == " " || $0 == "," }.map { String($0) }
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      switch first.first {
      case "r": try readEnvironment(words)
      case "v": try readRegister(words)
      case "b": try readBlock(text.drop { $0 != " " })
      case "t": try readEdge(text)
      case "i": try readInstruction(text)
      default: throw fail("unknown line")
      }
    }
    for (index, block) in blocks.enumerated() {
      let end = index + 1 < blocks.count ? blocks[index + 1].first.index : input.instructions.count
      input.blocks.append(
        BlockInfo(
          firstInstruction: block.first, instructionCount: end - block.first.index,
          parameters: input.registers.append(contentsOf: block.parameters),
          edges: input.edges.append(contentsOf: block.edges), loopDepth: block.depth, frequency: block.frequency))
    }
  }

  private func fail(_ text: String) -> Failure { Failure(line: line, description: "line \(line): \(text)") }

  private func number(_ word: some StringProtocol, after prefix: String) throws -> Int {
    guard word.hasPrefix(prefix), let number = Int(word.dropFirst(prefix.count)) else {
      throw fail("\(prefix) and a number expected, not \(word)")
    }
    return number
  }

  private func physical(_ word: some StringProtocol) throws -> PhysicalRegister {
    word.hasPrefix("x")
      ? PhysicalRegister(.vector, try number(word, after: "x"))
      : PhysicalRegister(.general, try number(word, after: "r"))
  }

  private func value(_ word: some StringProtocol) throws -> VirtualRegister {
    VirtualRegister(index: try number(word, after: "v"))
  }

  private mutating func readEnvironment(_ words: [String]) throws {
    let parts = words.dropFirst().split(separator: "|").map(Array.init)
    guard (3...4).contains(parts.count), parts[2].count == 2 else {
      throw fail("registers general | vector | scratches | callee-saved")
    }
    if parts.count == 4 { environment.calleeSaved = RegisterSet(try parts[3].map { try physical($0) }) }
    environment.general = try parts[0].map { try physical($0) }
    environment.vector = try parts[1].map { try physical($0) }
    environment.generalScratch = try physical(parts[2][0])
    environment.vectorScratch = try physical(parts[2][1])
  }

  private mutating func readRegister(_ words: [String]) throws {
    guard words.count >= 2, try value(words[0]) == input.virtualRegisters.nextID else {
      throw fail("virtual registers are numbered from 0")
    }
    var info = VirtualRegisterInfo(words[1] == "vector" ? .vector : .general)
    if words.count > 2, words[2] == "16" { info.width = .bytes16 }
    if let tag = words.firstIndex(of: "tag") { info.rematerialisation = UInt32(words[tag + 1]) }
    input.virtualRegisters.append(info)
  }

  /// `b1(v4, v5) ...` gives its arguments and the words behind them.
  private func head(_ text: Substring) throws -> (name: String, values: [VirtualRegister], rest: [String]) {
    let text = text.drop { $0 == " " }
    let name = text.prefix { $0 != "(" && $0 != " " }
    var rest = text.dropFirst(name.count)
    var values: [VirtualRegister] = []
    if rest.first == "(" {
      let inside = rest.dropFirst().prefix { $0 != ")" }
      values = try inside.split(whereSeparator: { $0 == "," || $0 == " " }).map { try value($0) }
      rest = rest.dropFirst(inside.count + 2)
    }
    return (String(name), values, rest.split(separator: " ").map { String($0) })
  }

  private mutating func readBlock(_ text: Substring) throws {
    let (_, values, rest) = try head(text)
    var block = Block(first: input.instructions.nextID, parameters: values, depth: 0, frequency: nil)
    if let word = rest.firstIndex(of: "depth") { block.depth = Int(rest[word + 1]) ?? 0 }
    if let word = rest.firstIndex(of: "frequency") { block.frequency = Float(rest[word + 1]) }
    blocks.append(block)
  }

  private mutating func readEdge(_ text: Substring) throws {
    let (name, values, _) = try head(text.drop { $0 == " " }.dropFirst(2))
    let target = BlockNumber(index: try number(name, after: "b"))
    blocks[blocks.count - 1].edges.append(
      EdgeInfo(to: target, arguments: input.registers.append(contentsOf: values)))
  }

  private mutating func readInstruction(_ text: Substring) throws {
    guard let colon = text.firstIndex(of: ":") else { throw fail("i0: operands") }
    let parts = text[text.index(after: colon)...].split(separator: ";", omittingEmptySubsequences: false)
    var info = InstructionInfo(operands: .empty)
    let operands = try parts[0].split(separator: ",")
      .filter { !$0.allSatisfy { $0 == " " } }
      .map { try readOperand($0) }
    info.operands = input.operands.append(contentsOf: operands)
    for part in parts.dropFirst() {
      let words = part.split(separator: " ").map { String($0) }
      switch words.first {
      case "clobbers":
        info.clobbers = RegisterSet(
          words == ["clobbers", "all"]
            ? environment.general + environment.vector : try words.dropFirst().map { try physical($0) })
      case "move": info.flags.insert(.move)
      case "call": info.flags.insert(.call)
      case "terminator": info.flags.insert(.terminator)
      case nil: break
      default: throw fail("unknown flag \(part)")
      }
    }
    input.instructions.append(info)
  }

  private func readOperand(_ text: Substring) throws -> RegisterOperand {
    let words = text.split(separator: " ").map { String($0) }
    guard words.count >= 2 else { throw fail("kind and register expected: \(text)") }
    let constraint: OperandConstraint
    switch words.dropFirst(2).first {
    case .none: constraint = .register
    case "any": constraint = .any
    case "stack": constraint = .stack
    case "reuse": constraint = .reuse(UInt8(words[3]) ?? 0)
    case .some(let word): constraint = .fixed(try physical(word))
    }
    let register = try value(words[1])
    switch words[0] {
    case "use": return .use(register, constraint)
    case "late": return .lateUse(register, constraint)
    case "def": return .definition(register, constraint)
    case "early": return .earlyDefinition(register, constraint)
    default: throw fail("unknown operand \(words[0])")
    }
  }
}

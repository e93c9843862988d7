import Entities
import IR
import Testing
import Wasm
import WasmToIR

/// Random structured programs over a few locals: the IR must verify, keep its block order, and compute what a direct
/// interpretation of the program computes. What is tested is the construction of SSA form.
@Suite struct TranslationFuzzTests {
  static let localCount = 5

  indirect enum Statement {
    case constant(Int, UInt8)
    case add(Int, Int, Int)
    case block([Statement])
    case loop([Statement])
    case ifElse(Int, [Statement], [Statement]?)
    case branch(Int)
    case branchIf(Int, Int)
    case branchTable(Int, [Int])
  }

  struct Generator {
    var state: UInt64
    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    mutating func local() -> Int { next(localCount) }

    mutating func statements(depth: Int, size: Int) -> [Statement] {
      (0..<next(size) + 1).map { _ in statement(depth, size) }
    }

    mutating func statement(_ depth: Int, _ size: Int) -> Statement {
      let inner = max(1, size - 2)
      switch next(size > 1 ? 14 : 6) {
      case 0, 1: return .constant(local(), UInt8(next(4)))
      case 2, 3: return .add(local(), local(), local())
      case 4: return .branchIf(local(), next(depth))
      case 5: return next(4) == 0 ? .branch(next(depth)) : .add(local(), local(), local())
      case 6, 7: return .block(statements(depth: depth + 1, size: inner))
      case 8, 9: return .loop(statements(depth: depth + 1, size: inner))
      case 10, 11: return .ifElse(local(), statements(depth: depth + 1, size: inner), nil)
      case 12:
        return .ifElse(local(), statements(depth: depth + 1, size: inner), statements(depth: depth + 1, size: inner))
      default: return .branchTable(local(), (0...next(3)).map { _ in next(depth) })
      }
    }
  }

  static func encode(_ statements: [Statement]) -> [UInt8] { statements.flatMap { encode($0) } }

  static func encode(_ statement: Statement) -> [UInt8] {
    switch statement {
    case .constant(let target, let value): [0x41, value, 0x21, UInt8(target)]
    case .add(let target, let a, let b): [0x20, UInt8(a), 0x20, UInt8(b), 0x6a, 0x21, UInt8(target)]
    case .block(let body): [0x02, 0x40] + encode(body) + [0x0b]
    case .loop(let body): [0x03, 0x40] + encode(body) + [0x0b]
    case .ifElse(let condition, let then, let otherwise):
      [0x20, UInt8(condition), 0x04, 0x40] + encode(then) + (otherwise.map { [0x05] + encode($0) } ?? []) + [0x0b]
    case .branch(let depth): [0x0c, UInt8(depth)]
    case .branchIf(let condition, let depth): [0x20, UInt8(condition), 0x0d, UInt8(depth)]
    case .branchTable(let index, let depths):
      [0x20, UInt8(index), 0x0e, UInt8(depths.count - 1)] + depths.map { UInt8($0) }
    }
  }

  /// Runs the program itself. `run` gives the number of blocks still to leave, or nil to go on.
  struct Reference {
    var locals: [UInt32]
    var fuel = 2_000

    mutating func run(_ statements: [Statement]) -> Int? {
      for statement in statements {
        fuel -= 1
        if fuel < 0 { return .max }
        if let depth = run(statement) { return depth }
      }
      return nil
    }

    private mutating func run(_ statement: Statement) -> Int? {
      switch statement {
      case .constant(let target, let value): locals[target] = UInt32(value)
      case .add(let target, let a, let b): locals[target] = locals[a] &+ locals[b]
      case .block(let body): return leave(run(body))
      case .loop(let body):
        while true {
          let depth = run(body)
          if depth != 0 { return leave(depth) }
          fuel -= 1
          if fuel < 0 { return .max }
        }
      case .ifElse(let condition, let then, let otherwise):
        return leave(run(locals[condition] != 0 ? then : otherwise ?? []))
      case .branch(let depth): return depth
      case .branchIf(let condition, let depth): return locals[condition] != 0 ? depth : nil
      case .branchTable(let index, let depths): return depths[min(Int(locals[index]), depths.count - 1)]
      }
      return nil
    }

    private func leave(_ depth: Int?) -> Int? {
      switch depth {
      case nil, 0: nil
      case .some(let depth): depth == .max ? .max : depth - 1
      }
    }
  }

  /// Runs the IR; nil if it takes too long.
  static func execute(_ function: Function, _ arguments: [UInt32]) -> [UInt32]? {
    var values = SideTable<Value, UInt32>(initial: 0)
    var block = function.entry
    var incoming = arguments
    for _ in 0..<20_000 {
      for (value, argument) in zip(function.blocks[block].parameters, incoming) { values[value] = argument }
      for instruction in function.layout.instructions[block] {
        let data = function.instructions[instruction]
        let operands = function.operands(of: instruction).map { values[$0] }
        let targets = Array(function.targets(of: instruction))
        var target: BranchTarget?
        switch data.opcode {
        case .integerConstant: values[data.firstResult] = UInt32(data.immediate)
        case .add: values[data.firstResult] = operands[0] &+ operands[1]
        case .jump: target = targets[0]
        case .branchIf: target = targets[operands[0] != 0 ? 0 : 1]
        case .branchTable: target = targets[min(Int(operands[0]), targets.count - 1)]
        case .returnValues: return operands
        default: Issue.record("unexpected \(data.opcode.info.name)")
        }
        if let target {
          incoming = function.arguments(of: target).map { values[$0] }
          block = target.block
        }
      }
    }
    return nil
  }

  /// Every edge goes forward, or to a block that dominates its source: a loop's header.
  static func checkOrder(_ function: Function) {
    var position = SideTable<Block, Int>(initial: -1)
    for (index, block) in function.layout.blocks.enumerated() { position[block] = index }
    let graph = ControlFlowGraph(function)
    let dominators = Dominators(graph)
    for block in function.layout.blocks {
      guard let terminator = function.terminator(of: block) else { continue }
      for target in function.targets(of: terminator) where position[target.block] <= position[block] {
        #expect(dominators.dominates(target.block, block))
      }
    }
  }

  @Test func randomPrograms() throws {
    var compared = 0
    for seed in 0..<400 as Range<UInt64> {
      var generator = Generator(state: seed &* 0x9e37_79b9_7f4a_7c15)
      let program = generator.statements(depth: 1, size: 9)
      let results = [UInt8](repeating: 0x7f, count: Self.localCount)
      // The program is a block of its own; all locals are the results.
      let code = [0x02, 0x40] + Self.encode(program) + [0x0b] + (0..<UInt8(Self.localCount)).flatMap { [0x20, $0] }
      let module = try Module.decode(
        TranslationTests.module(code, parameters: [0x7f, 0x7f], results: results, locals: [0x7f, 0x7f, 0x7f]))
      let shape = ModuleShape(module)
      let function = try Translator.translate(module, FunctionIndex(0), in: shape)
      #expect(Verifier.verify(function, in: shape) == [], "seed \(seed)")
      Self.checkOrder(function)
      for arguments in [[0, 0], [1, 0], [3, 2]] as [[UInt32]] {
        var reference = Reference(locals: arguments + [0, 0, 0])
        let exit = reference.run(program)
        if exit == .max { continue }
        let found = Self.execute(function, arguments)
        #expect(found == reference.locals, "seed \(seed)")
        compared += 1
      }
    }
    #expect(compared > 400)
  }
}

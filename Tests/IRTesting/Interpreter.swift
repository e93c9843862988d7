import Entities
import IR

/// What a run did that anybody could see. Two functions mean the same if their outcomes agree on every input.
public struct Outcome: Equatable {
  public enum Ending: Equatable {
    case returned([SIMD2<UInt64>])
    case trapped(TrapCode)
    /// More steps than allowed: says nothing.
    case outOfFuel
  }
  public var ending: Ending
  /// Calls in order: callee, then arguments.
  public var calls: [[SIMD2<UInt64>]] = []
  public var memories: [SparseMemory]
  public var globals: [SIMD2<UInt64>]
}

/// A memory that remembers only what was written: most runs touch a few bytes of many thousand.
public struct SparseMemory: Equatable {
  public internal(set) var size: Int
  private let initialSize: Int
  private var written: [Int: UInt8] = [:]

  init(size: Int) {
    self.size = size
    initialSize = size
  }

  subscript(address: Int) -> UInt8 {
    get {
      precondition(address < size, "an access ran without a check that covers it")
      // Not all zeros at first, so that loads from different places differ.
      return written[address] ?? (address < initialSize ? UInt8(truncatingIfNeeded: address &* 167 &+ address >> 8) : 0)
    }
    set {
      precondition(address < size, "an access ran without a check that covers it")
      written[address] = newValue
    }
  }
}

/// Runs one function step by step, for tests of passes. Written apart from the optimiser's constant evaluator, so
/// that each checks the other. Calls go to a host that answers with a hash of its arguments and may change memory
/// and globals.
///
/// Traps on a load or store out of bounds: passes must never produce one.
public struct Interpreter {
  let function: Function
  let shape: ModuleShape
  private var values: [SIMD2<UInt64>]
  private var outcome: Outcome
  private var fuel: Int

  /// `extraPages` is how far each memory has grown beyond its minimum.
  public static func run(
    _ function: Function, in shape: ModuleShape, arguments: [UInt64], extraPages: Int = 0, fuel: Int = 20_000
  ) -> Outcome {
    var interpreter = Interpreter(function, shape, extraPages, fuel)
    for (parameter, argument) in zip(function.blocks[function.entry].parameters, arguments) {
      interpreter.values[parameter.index] = SIMD2(argument, 0)
    }
    var next: Block? = function.entry
    while let block = next { next = interpreter.run(block) }
    return interpreter.outcome
  }

  private init(_ function: Function, _ shape: ModuleShape, _ extraPages: Int, _ fuel: Int) {
    self.function = function
    self.shape = shape
    self.fuel = fuel
    values = Array(repeating: .zero, count: function.values.count)
    let memories = shape.memories.elements.map { memory in
      SparseMemory(size: (Int(memory.minimumPages) + extraPages) * 65536)
    }
    let globals = (0..<shape.globals.count).map { SIMD2(UInt64($0) * 3, UInt64(0)) }
    outcome = Outcome(ending: .outOfFuel, memories: memories, globals: globals)
  }

  /// Runs to the block's end; returns the next block, or nil once `outcome.ending` is set.
  private mutating func run(_ block: Block) -> Block? {
    for instruction in function.layout.instructions[block] {
      fuel -= 1
      if fuel < 0 {
        outcome.ending = .outOfFuel
        return nil
      }
      let data = function.instructions[instruction]
      if data.opcode.info.isTerminator { return follow(instruction, data) }
      do {
        let results = try execute(data, function.operands(of: instruction).map { values[$0.index] })
        precondition(results.count == Int(data.resultCount), "\(data.opcode) gave another number of results")
        for (position, result) in results.enumerated() { values[data.firstResult.index + position] = result }
      } catch {
        outcome.ending = .trapped(error.code)
        return nil
      }
    }
    preconditionFailure("\(block) has no terminator")
  }

  private mutating func follow(_ instruction: Instruction, _ data: InstructionData) -> Block? {
    let operands = function.operands(of: instruction).map { values[$0.index] }
    let targets = Array(function.targets(of: instruction))
    let target: BranchTarget
    switch data.opcode {
    case .jump: target = targets[0]
    case .branchIf: target = targets[operands[0][0] != 0 ? 0 : 1]
    case .branchTable: target = targets[min(Int(operands[0][0]), targets.count - 1)]
    case .trap:
      outcome.ending = .trapped(TrapCode(rawValue: UInt8(data.auxiliary))!)
      return nil
    case .returnValues:
      outcome.ending = .returned(operands)
      return nil
    case .returnCall:
      outcome.ending = .returned(call(data.auxiliary, operands, shape.signature(of: FunctionIndex(data.auxiliary))))
      return nil
    default: preconditionFailure("\(data.opcode) is not known to the interpreter")
    }
    let arguments = function.arguments(of: target).map { values[$0.index] }
    for (parameter, argument) in zip(function.blocks[target.block].parameters, arguments) {
      values[parameter.index] = argument
    }
    return target.block
  }

  private mutating func execute(
    _ data: InstructionData, _ operands: [SIMD2<UInt64>]
  ) throws(InterpreterTrap) -> [SIMD2<UInt64>] {
    switch data.opcode {
    case .integerConstant, .floatConstant: return [SIMD2(data.immediate, 0)]
    case .vectorConstant: return [function.vectorConstants[VectorConstant(UInt32(data.immediate))]]
    case .select: return [operands[0][0] != 0 ? operands[1] : operands[2]]
    case .load: return [load(data, at: operands[0][0])]
    case .store:
      store(data, at: operands[0][0], operands[1])
      return []
    case .memoryCheck:
      if isOutOfBounds(data, operands[0][0]) { throw InterpreterTrap(code: .memoryOutOfBounds) }
      return []
    case .memoryOutOfBounds: return [SIMD2(isOutOfBounds(data, operands[0][0]) ? 1 : 0, 0)]
    case .memorySize: return [SIMD2(UInt64(outcome.memories[Int(data.memory)].size / 65536), 0)]
    case .memoryGrow: return [SIMD2(grow(Int(data.memory), by: operands[0][0]) & data.type.mask, 0)]
    case .tableGet:
      if operands[0][0] >= shape.tables[TableIndex(data.memory)].minimum {
        throw InterpreterTrap(code: .tableOutOfBounds)
      }
      return [SIMD2(operands[0][0] * 77, 0)]
    case .globalGet: return [outcome.globals[Int(data.auxiliary)]]
    case .globalSet:
      outcome.globals[Int(data.auxiliary)] = operands[0]
      return []
    case .functionReference: return [SIMD2(UInt64(data.auxiliary) + 1, 0)]
    case .call: return call(data.auxiliary, operands, shape.signature(of: FunctionIndex(data.auxiliary)))
    case .trapIf:
      if operands[0][0] != 0 { throw InterpreterTrap(code: TrapCode(rawValue: UInt8(data.auxiliary))!) }
      return []
    default: return [SIMD2(try Arithmetic.evaluate(data, operands.map { $0[0] }), 0)]
    }
  }

  // MARK: Memory

  private func isOutOfBounds(_ data: InstructionData, _ address: UInt64) -> Bool {
    let (end, overflow) = address.addingReportingOverflow(data.immediate)
    return overflow || end > UInt64(outcome.memories[Int(data.memory)].size)
  }

  private func load(_ data: InstructionData, at address: UInt64) -> SIMD2<UInt64> {
    let size = data.access.size(for: data.type)
    var bytes = SIMD2<UInt64>.zero
    for position in 0..<size {
      let byte = outcome.memories[Int(data.memory)][Int(address + data.immediate) + position]
      bytes[position / 8] |= UInt64(byte) << UInt64(position % 8 * 8)
    }
    switch data.access {
    case .signed8: bytes[0] = UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: bytes[0]))) & data.type.mask
    case .signed16: bytes[0] = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: bytes[0]))) & data.type.mask
    case .signed32: bytes[0] = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bytes[0])))
    case .full, .unsigned8, .unsigned16, .unsigned32: break
    }
    return bytes
  }

  private mutating func store(_ data: InstructionData, at address: UInt64, _ value: SIMD2<UInt64>) {
    for position in 0..<data.access.size(for: data.type) {
      outcome.memories[Int(data.memory)][Int(address + data.immediate) + position] =
        UInt8(truncatingIfNeeded: value[position / 8] >> UInt64(position % 8 * 8))
    }
  }

  private mutating func grow(_ memory: Int, by pages: UInt64) -> UInt64 {
    let old = outcome.memories[memory].size / 65536
    guard let maximum = shape.memories[MemoryIndex(UInt32(memory))].maximumPages,
      pages <= maximum, UInt64(old) + pages <= maximum
    else { return .max }
    outcome.memories[memory].size += Int(pages) * 65536
    return UInt64(old)
  }

  private mutating func call(
    _ callee: UInt32, _ arguments: [SIMD2<UInt64>], _ signature: Signature
  ) -> [SIMD2<UInt64>] {
    outcome.calls.append([SIMD2(UInt64(callee), 0)] + arguments)
    var hash: UInt64 = UInt64(callee) &+ UInt64(outcome.calls.count)
    for argument in arguments { hash = (hash ^ argument[0]) &* 0x0000_0100_0000_01b3 }
    outcome.memories[0][Int(hash & 0xff)] &+= 1
    outcome.globals[0][0] = (outcome.globals[0][0] + 1) & 0xffff_ffff
    if hash % 8 == 0 { _ = grow(0, by: 1) }
    return signature.results.enumerated().map { SIMD2((hash &+ UInt64($0.offset)) & $0.element.mask, 0) }
  }
}

struct InterpreterTrap: Error {
  let code: TrapCode
}

extension Type {
  /// The bits of a scalar in the low half of a value.
  var mask: UInt64 { size == 4 ? 0xffff_ffff : .max }
}

import Entities
import IR

/// Runs functions step by step, for tests of passes. Written apart from the optimiser's constant evaluator, so that each
/// checks the other. Calls of functions without a body go to a host that answers with a hash of its arguments and may
/// change memory and globals.
///
/// Stops the process on a load or store out of bounds: passes must never produce one.
public struct Interpreter {
  let shape: ModuleShape
  private let bodies: [FunctionIndex: Function]
  var state: State
  var calls: [[SIMD2<UInt64>]] = []
  private var fuel: Int
  private var depth = 0

  /// Why a run ended before its return.
  enum Stop: Error {
    case trap(TrapCode)
    case outOfFuel
  }

  /// `bodies` are functions that it may call. `extraPages` is how far each memory has grown beyond its minimum.
  public static func run(
    _ function: Function, in shape: ModuleShape, bodies: [Function] = [], arguments: [UInt64], extraPages: Int = 0,
    fuel: Int = 20_000
  ) -> Outcome {
    var interpreter = Interpreter(shape, bodies, State(shape, extraPages: extraPages), fuel)
    var ending = Outcome.Ending.outOfFuel
    do throws(Stop) {
      ending = .returned(try interpreter.invoke(function, arguments.map { SIMD2($0, 0) }))
    } catch {
      if case .trap(let code) = error { ending = .trapped(code) }
    }
    return Outcome(ending: ending, calls: interpreter.calls, state: interpreter.state)
  }

  private init(_ shape: ModuleShape, _ bodies: [Function], _ state: State, _ fuel: Int) {
    self.shape = shape
    self.bodies = Dictionary(bodies.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    self.state = state
    self.fuel = fuel
  }

  /// One activation.
  private struct Frame {
    let function: Function
    var values: [SIMD2<UInt64>]

    func operands(of instruction: Instruction) -> [SIMD2<UInt64>] {
      function.operands(of: instruction).map { values[$0.index] }
    }
  }

  /// Where control goes at the end of a block.
  private enum Next {
    case block(Block)
    case done([SIMD2<UInt64>])
  }

  private mutating func invoke(_ function: Function, _ arguments: [SIMD2<UInt64>]) throws(Stop) -> [SIMD2<UInt64>] {
    if depth == 20 { throw .outOfFuel }
    depth += 1
    defer { depth -= 1 }
    var frame = Frame(function: function, values: Array(repeating: .zero, count: function.values.count))
    for (parameter, argument) in zip(function.blocks[function.entry].parameters, arguments) {
      frame.values[parameter.index] = argument
    }
    var block = function.entry
    while true {
      switch try run(block, &frame) {
      case .block(let next): block = next
      case .done(let results): return results
      }
    }
  }

  private mutating func run(_ block: Block, _ frame: inout Frame) throws(Stop) -> Next {
    for instruction in frame.function.layout.instructions[block] {
      fuel -= 1
      if fuel < 0 { throw .outOfFuel }
      let data = frame.function.instructions[instruction]
      if data.opcode.info.isTerminator { return try follow(instruction, data, &frame) }
      let results = try execute(data, frame.operands(of: instruction), frame.function)
      precondition(results.count == Int(data.resultCount), "\(data.opcode) gave another number of results")
      for (position, result) in results.enumerated() { frame.values[data.firstResult.index + position] = result }
    }
    preconditionFailure("\(block) has no terminator")
  }

  private mutating func follow(
    _ instruction: Instruction, _ data: InstructionData, _ frame: inout Frame
  ) throws(Stop) -> Next {
    let operands = frame.operands(of: instruction)
    let targets = Array(frame.function.targets(of: instruction))
    let target: BranchTarget
    switch data.opcode {
    case .jump: target = targets[0]
    case .branchIf: target = targets[operands[0][0] != 0 ? 0 : 1]
    case .branchTable: target = targets[min(Int(operands[0][0]), targets.count - 1)]
    case .trap: throw .trap(TrapCode(rawValue: UInt8(data.auxiliary))!)
    case .returnValues: return .done(operands)
    case .returnCall: return .done(try call(FunctionIndex(data.auxiliary), operands))
    case .returnCallIndirect: return .done(try callIndirect(data, operands))
    default: preconditionFailure("\(data.opcode) is not known to the interpreter")
    }
    let arguments = frame.function.arguments(of: target).map { frame.values[$0.index] }
    for (parameter, argument) in zip(frame.function.blocks[target.block].parameters, arguments) {
      frame.values[parameter.index] = argument
    }
    return .block(target.block)
  }

  private mutating func execute(
    _ data: InstructionData, _ operands: [SIMD2<UInt64>], _ function: Function
  ) throws(Stop) -> [SIMD2<UInt64>] {
    switch data.opcode {
    case .integerConstant, .floatConstant: return [SIMD2(data.immediate, 0)]
    case .vectorConstant: return [function.vectorConstants[VectorConstant(UInt32(data.immediate))]]
    case .select: return [operands[0][0] != 0 ? operands[1] : operands[2]]
    case .globalGet: return [state.globals[Int(data.auxiliary)]]
    case .globalSet:
      state.globals[Int(data.auxiliary)] = operands[0]
      return []
    case .functionReference: return [SIMD2(State.reference(to: FunctionIndex(data.auxiliary)), 0)]
    case .call: return try call(FunctionIndex(data.auxiliary), operands)
    case .callIndirect: return try callIndirect(data, operands)
    case .trapIf:
      if operands[0][0] != 0 { throw .trap(TrapCode(rawValue: UInt8(data.auxiliary))!) }
      return []
    default: break
    }
    if data.opcode.info.effects.isEmpty && data.type == .v128 { return [VectorArithmetic.evaluate(data, operands)] }
    if data.opcode.info.effects.isEmpty || data.opcode.info.effects == .canTrap {
      do throws(InterpreterTrap) {
        return [SIMD2(try Arithmetic.evaluate(data, operands.map { $0[0] }), 0)]
      } catch { throw .trap(error.code) }
    }
    return try access(data, operands)
  }

  // MARK: Calls

  private mutating func call(
    _ callee: FunctionIndex, _ arguments: [SIMD2<UInt64>]
  ) throws(Stop) -> [SIMD2<UInt64>] {
    if let body = bodies[callee] { return try invoke(body, arguments) }
    calls.append([SIMD2(UInt64(callee.rawValue), 0)] + arguments)
    var hash = UInt64(callee.rawValue) &+ UInt64(calls.count)
    for argument in arguments { hash = (hash ^ argument[0]) &* 0x0000_0100_0000_01b3 }
    if !state.memories.isEmpty {
      state.memories[0][Int(hash & 0xff)] &+= 1
      if hash % 8 == 0 { _ = growMemory(0, by: 1) }
    }
    if !state.globals.isEmpty { state.globals[0][0] = (state.globals[0][0] + 1) & 0xffff_ffff }
    return shape.signature(of: callee).results.enumerated().map {
      SIMD2((hash &+ UInt64($0.offset)) & $0.element.mask, 0)
    }
  }

  /// Like compiled code, takes an entry's number from the bits that can hold one, whatever the rest is.
  private mutating func callIndirect(
    _ data: InstructionData, _ operands: [SIMD2<UInt64>]
  ) throws(Stop) -> [SIMD2<UInt64>] {
    var entries: UInt64 = 2
    while entries < UInt64(shape.functions.count) + 2 { entries *= 2 }
    guard let callee = State.function(of: operands[0][0] & (entries - 1) << 5) else { throw .trap(.indirectCallToNull) }
    guard callee.index < shape.functions.count, shape.functions[callee].rawValue == data.auxiliary else {
      throw .trap(.indirectCallTypeMismatch)
    }
    return try call(callee, Array(operands.dropFirst()))
  }
}

struct InterpreterTrap: Error {
  let code: TrapCode
}

extension Type {
  /// The bits of a scalar in the low half of a value.
  var mask: UInt64 { size == 4 ? 0xffff_ffff : .max }
}

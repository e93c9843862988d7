import Entities
import IR
import IRTesting
import Runtime
import Testing

@testable import CodeGeneration

/// Every scalar operation, compiled alone, gives what the interpreter says, at the values where something changes: zeros, signs,
/// ends of ranges, NaN; from registers and with each of these values as a constant on the right.
struct OperationTests {
  private static let configurations = CodeGenerationFixture.configurations.filter {
    $0.outOfBounds == .trap && $0.memoryModel == .seg32
  }
  private static let engine = Engine()

  static func edges(_ type: Type) -> [UInt64] {
    switch type {
    case .i32: [0, 1, 7, 0x80, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
    case .i64:
      [0, 1, 10, 0x8000_0000, 0x1234_5678_9abc_def0, .max >> 1, 1 << 63, (1 << 63) + 1025, .max]
    case .f32: ([0, -0.0, 1.5, -2.5, 2e9, 3e9, 1.9e19, -.infinity, .nan] as [Float]).map { UInt64($0.bitPattern) }
    case .f64: ([0, -0.0, 1.5, -2.5, 2147483648, -2147483649, 9.3e18, 1.9e19, .infinity, .nan] as [Double]).map(\.bitPattern)
    case .v128: []
    }
  }

  /// An instruction with its operands' types and its result's.
  private struct Operation {
    var data: InstructionData
    var operands: [Type]
    var result: Type
  }

  private static let operations: [Operation] = {
    var all: [Operation] = []
    func add(_ opcode: IR.Opcode, _ type: Type, _ operands: [Type], _ result: Type, auxiliary: UInt32 = 0) {
      all.append(Operation(data: InstructionData(opcode, type, auxiliary: auxiliary), operands: operands, result: result))
    }
    for opcode in IR.Opcode.allCases {
      switch opcode.info.form {
      case .integerBinary: for type in [Type.i32, .i64] { add(opcode, type, [type, type], type) }
      case .integerUnary: for type in [Type.i32, .i64] { add(opcode, type, [type], type) }
      case .signExtension:
        for width in [8, 16, 32] as [UInt32] { add(opcode, .i64, [.i64], .i64, auxiliary: width) }
        for width in [8, 16] as [UInt32] { add(opcode, .i32, [.i32], .i32, auxiliary: width) }
      case .extend: add(opcode, .i64, [.i32], .i64)
      case .wrap: add(opcode, .i32, [.i64], .i32)
      case .compareInteger:
        for type in [Type.i32, .i64] {
          for condition in IntegerCondition.allCases { add(opcode, type, [type, type], .i32, auxiliary: UInt32(condition.rawValue)) }
        }
      case .compareFloat:
        for type in [Type.f32, .f64] {
          for condition in FloatCondition.allCases { add(opcode, type, [type, type], .i32, auxiliary: UInt32(condition.rawValue)) }
        }
      case .floatBinary: for type in [Type.f32, .f64] { add(opcode, type, [type, type], type) }
      case .floatUnary: for type in [Type.f32, .f64] { add(opcode, type, [type], type) }
      case .floatToInteger:
        for source in [Type.f32, .f64] {
          for type in [Type.i32, .i64] { add(opcode, type, [source], type, auxiliary: UInt32(source.rawValue)) }
        }
      case .integerToFloat:
        for source in [Type.i32, .i64] {
          for type in [Type.f32, .f64] { add(opcode, type, [source], type, auxiliary: UInt32(source.rawValue)) }
        }
      case .demote: add(opcode, .f32, [.f64], .f32)
      case .promote: add(opcode, .f64, [.f32], .f64)
      case .reinterpret:
        for (type, source) in [(Type.i32, Type.f32), (.f32, .i32), (.i64, .f64), (.f64, .i64)] { add(opcode, type, [source], type) }
      default: break
      }
    }
    return all
  }()

  /// The operation of parameters, or of a parameter and a constant; an i32 result also as the i64 that it is in its register.
  private static func function(_ operation: Operation, _ index: Int, constant: UInt64?) -> Function {
    let parameters = constant == nil ? operation.operands : Array(operation.operands.dropLast())
    let isWord = operation.result == .i32
    var builder = Builder(
      index: FunctionIndex(index: index),
      signature: Signature(parameters: parameters, results: [operation.result] + (isWord ? [.i64] : [])))
    var operands = Array(builder.function.blocks[builder.block].parameters)
    if let constant, let type = operation.operands.last {
      operands.append(type.isInteger ? builder.integer(type, constant) : builder.float(type, bits: constant))
    }
    let instruction = builder.insert(operation.data, operands, results: [operation.result])
    let result = builder.function.result(of: instruction)
    builder.returnValues(isWord ? [result, builder.value(.extendUnsigned, .i64, [result])] : [result])
    return CanonicalNaN.applied(to: builder.function)
  }

  private static func arguments(_ types: [Type]) -> [[UInt64]] {
    types.reduce([[]]) { lists, type in lists.flatMap { list in edges(type).map { list + [$0] } } }
  }

  @Test(arguments: configurations.indices)
  func agreesWithTheInterpreter(_ configuration: Int) throws {
    var shape = ModuleShape()
    var functions: [Function] = []
    for operation in Self.operations {
      var constants: [UInt64?] = [nil]
      if operation.operands.count == 2, let type = operation.operands.last { constants += Self.edges(type).map { $0 } }
      for constant in constants {
        let function = Self.function(operation, functions.count, constant: constant)
        shape.functions.append(shape.signatures.append(function.signature))
        functions.append(function)
      }
    }
    let executable = ExecutableModule(shape: shape, functions: functions, options: Self.configurations[configuration])
    let module = try Runtime.Module(nexe: try executable.nexe(), engine: Self.engine)
    let instance = try Linker(engine: Self.engine).instantiate(module)
    var compared = 0
    for function in functions {
      for arguments in Self.arguments(function.signature.parameters) {
        let expected = Interpreter.run(function, in: shape, arguments: arguments).ending
        let values = zip(function.signature.parameters, arguments).map { Runtime.Value(bits: $1, $0) }
        let actual: Outcome.Ending
        do {
          actual = .returned(try instance.call("f\(function.index.rawValue)", values).map { SIMD2($0.low, 0) })
        } catch let trap as Trap {
          guard case .code(let code) = trap.reason, let known = IR.TrapCode(rawValue: code.rawValue) else { throw trap }
          actual = .trapped(known)
        }
        compared += 1
        #expect(actual == expected, "\(arguments)\n\(Printer.print(function))")
        if actual != expected { return }
      }
    }
    #expect(compared > 10_000)
  }
}

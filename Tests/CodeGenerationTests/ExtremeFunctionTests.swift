import Entities
import IR
import Nexe
import Testing

@testable import CodeGeneration

/// Functions at the limits of frames and polls (docs/ABI.md, F3, F4, P2), checked by the validator.
struct ExtremeFunctionTests {
  static let declarations: ModuleShape = {
    var shape = ModuleShape()
    shape.signatures.append(Signature(parameters: [.i64], results: [.i64]))
    shape.functions.append(SignatureIndex(0))
    shape.functions.append(SignatureIndex(0))
    shape.importedFunctionCount = 1
    return shape
  }()

  static func builder() -> Builder {
    Builder(index: FunctionIndex(1), signature: Signature(parameters: [.i64], results: [.i64]))
  }

  static func call(_ argument: Value, _ builder: inout Builder) -> Value {
    var data = InstructionData(.call, .i32)
    data.auxiliary = 0
    let call = builder.insert(data, [argument], results: [.i64])
    return builder.function.result(of: call)
  }

  static func compile(_ function: Function) throws -> (CompiledFunction, [String]) {
    var options = CodeGenerationOptions()
    options.checksAllocation = true
    let module = try CodeGenerationFixture.module(declarations, options, functions: [function])
    let findings = ValidationTests.findings(try ValidationTests.nexe([function], declarations, options))
    return (try CodeGenerator.compile(function, in: module), findings)
  }

  /// More than 4,096 bytes of values that live across a call: the Large prologue.
  @Test func largeFrame() throws {
    var builder = Self.builder()
    let parameter = builder.function.blocks[builder.block].parameters[0]
    var values: [Value] = [parameter]
    for _ in 0..<600 { values.append(builder.value(.multiply, .i64, [values[values.count - 1], parameter])) }
    var sum = Self.call(parameter, &builder)
    for value in values { sum = builder.value(.xor, .i64, [sum, value]) }
    builder.returnValues([sum])
    let (compiled, findings) = try Self.compile(builder.function)
    #expect(compiled.frameSize > 4096)
    #expect(findings.isEmpty, "\(findings)")
  }

  /// A leaf needs no POLL up to 1,024 bytes, and has one beyond.
  @Test(arguments: [10, 100, 250, 260, 300, 2000])
  func longLeaf(_ count: Int) throws {
    var builder = Self.builder()
    var value = builder.function.blocks[builder.block].parameters[0]
    for _ in 0..<count { value = builder.value(.multiply, .i64, [value, value]) }
    builder.returnValues([value])
    let (compiled, findings) = try Self.compile(builder.function)
    #expect(compiled.code.sites.contains { $0.kind == .poll } == (compiled.code.bytes.count > 1024))
    #expect(findings.isEmpty, "\(findings)")
  }

  /// Every call weighs 1,024 bytes; at most 2^14 may stand before a return.
  @Test func manyCalls() throws {
    var builder = Self.builder()
    var value = builder.function.blocks[builder.block].parameters[0]
    for _ in 0..<100 { value = Self.call(value, &builder) }
    builder.returnValues([value])
    let (compiled, findings) = try Self.compile(builder.function)
    #expect(compiled.code.sites.filter { $0.kind == .poll }.count > 6)
    #expect(findings.isEmpty, "\(findings)")
  }

  /// A switch whose cases fall through: each begins a bundle, and the padding weighs.
  @Test func longSwitch() throws {
    var builder = Self.builder()
    let parameter = builder.function.blocks[builder.block].parameters[0]
    let index = builder.value(.wrap, .i32, [parameter])
    let cases = (0..<1500).map { _ in builder.makeBlock([.i64]) }
    let targets = cases.map { builder.function.makeTarget($0, [parameter]) }
    builder.insert(InstructionData(.branchTable, .i32), [index], targets: targets)
    for (number, block) in cases.enumerated() {
      builder.start(block)
      let sum = builder.value(.add, .i64, [builder.function.blocks[block].parameters[0], parameter])
      if number + 1 < cases.count { builder.jump(cases[number + 1], [sum]) } else { builder.returnValues([sum]) }
    }
    let (_, findings) = try Self.compile(builder.function)
    #expect(findings.isEmpty, "\(findings)")
  }

  /// An endless loop polls.
  @Test func endlessLoop() throws {
    var builder = Self.builder()
    let loop = builder.makeBlock()
    builder.jump(loop)
    builder.start(loop)
    builder.jump(loop)
    let (compiled, findings) = try Self.compile(builder.function)
    #expect(compiled.code.sites.map(\.kind) == [.poll])
    #expect(findings.isEmpty, "\(findings)")
  }
}

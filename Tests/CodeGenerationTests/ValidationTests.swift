import Entities
import IR
import IRTesting
import NaClValidator
import Nexe
import Testing

@testable import CodeGeneration

/// What is generated keeps every rule of docs/ABI.md: the validator, written from the same text by other hands,
/// accepts it.
struct ValidationTests {
  /// A nexe with everything but a wasm module in it, which the validator does not read.
  static func nexe(_ functions: [Function], _ declarations: ModuleShape, _ options: CodeGenerationOptions) throws
    -> [UInt8]
  {
    let module = try CodeGenerationFixture.module(declarations, options, functions: functions)
    let compiled = try functions.map { try CodeGenerator.compile($0, in: module) }
    let linked = try ModuleLinker.link(compiled, in: module)
    let image = NexeImage(
      model: options.memoryModel, policy: options.outOfBounds, instructionSet: options.instructionSet,
      moduleHash: Array(repeating: 0, count: 32), shape: module.shape, text: linked.text,
      readOnlyData: linked.readOnlyData, functionTableAddress: linked.functionTableAddress,
      functions: linked.records.map {
        FunctionRecord(start: $0.start, kind: $0.kind == .entryArea ? .entryArea : .function, name: "")
      },
      importedFunctionCount: UInt32(declarations.importedFunctionCount), functionRecords: linked.functionRecords,
      entries: linked.entries, startFunction: nil, dataSegmentCount: UInt32(declarations.dataSegmentCount),
      elementSegmentCount: UInt32(declarations.elementSegmentCount), sites: [], module: [])
    return NexeWriter.write(image)
  }

  static func findings(_ nexe: [UInt8]) -> [String] {
    switch Validator.validate(nexe) {
    case .success: []
    case .failure(let rejection): rejection.findings.map { "\($0.rule.rawValue) \($0.location): \($0.message)" }
    }
  }

  @Test(arguments: CodeGenerationFixture.configurations.indices)
  func randomFunctionsAreAccepted(_ configuration: Int) throws {
    var options = CodeGenerationFixture.configurations[configuration]
    options.checksAllocation = false
    var declarations = RandomFunction.shape
    // The random function's own; its signature plays no part.
    declarations.functions.append(SignatureIndex(0))
    for seed in UInt64(0)..<8 {
      let function = RandomFunction.make(seed: seed, size: 10 + 12 * Int(seed))
      let findings = Self.findings(try Self.nexe([function], declarations, options))
      #expect(findings.isEmpty, "seed \(seed): \(findings)")
    }
  }

  /// The golden files' functions too: calls, gates, tables, imported things, jump tables.
  @Test(arguments: FileTests.files)
  func goldenFilesAreAccepted(_ name: String) throws {
    let (declarations, functions) = try Parser.parse(try FileTests.parts(of: name).input)
    for options in CodeGenerationFixture.configurations {
      let findings = Self.findings(try Self.nexe(functions, declarations, options))
      #expect(findings.isEmpty, "\(options.memoryModel) \(options.outOfBounds) \(options.instructionSet): \(findings)")
    }
  }
}

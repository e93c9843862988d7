import IR
import IRTesting
import Nexe
import Runtime

@testable import CodeGeneration

/// IR made into a nexe that the runtime accepts: what the driver does, without a wasm module to begin with.
struct ExecutableModule {
  let shape: ModuleShape
  let functions: [Function]
  let options: CodeGenerationOptions

  func nexe() throws -> [UInt8] {
    let module = try CodeGenerationFixture.module(shape, options, functions: functions)
    let linked = try ModuleLinker.link(try functions.map { try CodeGenerator.compile($0, in: module) }, in: module)
    let records = linked.records.map { (record: LinkedModule.Record) -> FunctionRecord in
      FunctionRecord(start: record.start, kind: record.kind == .entryArea ? .entryArea : .function, name: "")
    }
    let image = NexeImage(
      model: options.memoryModel, policy: options.outOfBounds, instructionSet: options.instructionSet,
      moduleHash: [UInt8](repeating: 0, count: 32), shape: module.shape, text: linked.text,
      readOnlyData: linked.readOnlyData, functionTableAddress: linked.functionTableAddress, functions: records,
      importedFunctionCount: UInt32(shape.importedFunctionCount), functionRecords: linked.functionRecords,
      entries: linked.entries, startFunction: nil, dataSegmentCount: UInt32(shape.dataSegmentCount),
      elementSegmentCount: UInt32(shape.elementSegmentCount + shape.tables.count),
      sites: linked.sites.map(Self.site), module: declarations)
    return NexeWriter.write(image)
  }

  private static func site(_ site: CodeSite) -> Site {
    let kind: Site.Kind =
      switch site.kind {
      case .call: .call
      case .trap: .trap
      case .poll: .poll
      }
    return Site(
      returnAddress: site.address, moduleOffset: site.sourceOffset, function: site.function.rawValue, kind: kind,
      trapCode: site.trapCode.rawValue, hasFrame: site.hasFrame)
  }

  private var declarations: [UInt8] {
    let state = State(shape, extraPages: 0)
    func decoded(_ lists: [[UInt64]]) -> [[FunctionIndex?]] { lists.map { $0.map { State.function(of: $0) } } }
    return Declarations.bytes(
      of: shape, data: state.data, elements: decoded(state.elements), tables: decoded(state.tables))
  }
}

extension ValueType {
  init(_ type: Type) {
    switch type {
    case .i32: self = .i32
    case .i64: self = .i64
    case .f32: self = .f32
    case .f64: self = .f64
    case .v128: self = .v128
    }
  }
}

extension Runtime.Value {
  init(bits: UInt64, _ type: Type) {
    switch type {
    case .i32: self = .i32(UInt32(truncatingIfNeeded: bits))
    case .i64: self = .i64(bits)
    case .f32: self = .f32(bits: UInt32(truncatingIfNeeded: bits))
    case .f64: self = .f64(bits: bits)
    case .v128: self = .v128(SIMD2(bits, 0))
    }
  }

  var low: UInt64 {
    switch self {
    case .i32(let value): UInt64(value)
    case .i64(let value): value
    case .f32(let bits): UInt64(bits)
    case .f64(let bits): bits
    case .v128(let value): value[0]
    case .funcref, .externref, .exnref, .anyref: 0
    }
  }
}

import Entities
import Testing

@testable import Wasm

@Suite struct ModuleTests {
  /// Decodes and validates every body.
  static func load(_ bytes: [UInt8], features: Features = .supported) throws(WasmError) -> Module {
    let module = try Module.decode(bytes, features: features)
    for index in module.importedFunctionCount..<module.functions.count {
      try FunctionValidator.validate(module, FunctionIndex(index: index), features: features)
    }
    return module
  }

  @Test func everySectionIsRead() throws {
    let module = try Self.load(ModuleBytes.sample)
    #expect(module.types.count == 3)
    #expect(module.functionType(TypeIndex(2)) == FunctionType(parameters: [.i32, .i64], results: [.f32, .f64]))
    #expect(module.imports.map(\.name) == ["f", "t", "g"])
    #expect(module.importedFunctionCount == 1)
    #expect(module.functions.elements.map(\.rawValue) == [1, 0, 1, 2])
    #expect(module.tables[TableIndex(0)].limits == Limits(minimum: 1, maximum: 10))
    #expect(module.tables[TableIndex(1)].element == .externref)
    #expect(module.memories[MemoryIndex(0)].limits == Limits(minimum: 1, maximum: 2))
    #expect(module.globals[GlobalIndex(1)] == GlobalType(type: .i32, isMutable: true))
    #expect(module.globalInitializers[0].instructions == [.globalGet(GlobalIndex(0))])
    #expect(module.globalInitializers[1].instructions == [.refFunc(FunctionIndex(1))])
    #expect(module.exports[0] == Export(name: "run", item: .function(FunctionIndex(1))))
    #expect(module.start == FunctionIndex(1))
    #expect(module.elements.count == 8)
    #expect(module.dataCount == 3)
    #expect(module.bodies.count == 3)
    #expect(Array(module.bytes[module.data[SegmentIndex(0)].range]) == [0x61, 0x62])
    #expect(module.customSections.map(\.name) == ["first", "name"])
    #expect(Array(module.bytes[module.customSections[0].range]) == [1, 2, 3])
    #expect(module.names.module == "m")
    #expect(module.name(of: FunctionIndex(0)) == "f")
    #expect(module.name(of: FunctionIndex(1)) == "run")
    #expect(module.name(of: FunctionIndex(2)) == "g")
    #expect(module.name(of: FunctionIndex(3)) == "")
    #expect(module.declaredReferences.contains(FunctionIndex(3)))
  }

  @Test func equalTypesShareTheLowestIndex() throws {
    let bytes = ModuleBytes().types(([], []), ([0x70], []), ([0x7e], []), ([], []), ([0x70], [])).bytes
    let module = try Module.decode(bytes)
    let canonical = (0..<5).map { module.canonicalType(TypeIndex($0)).rawValue }
    #expect(canonical == [0, 1, 2, 0, 1])
  }

  @Test func moduleWithoutItsCodeSection() throws {
    let whole = try Module.decode(ModuleBytes.sample)
    let code = try #require(whole.codeSection)
    var bytes = ModuleBytes.sample
    bytes.removeSubrange(code)
    let shell = try Module.decode(bytes, codeSection: .absent)
    #expect(shell.functions == whole.functions)
    #expect(shell.bodies.isEmpty)
    #expect(shell.data.count == 3)
    #expect(throws: WasmError.self) { try Module.decode(bytes) }
    #expect(throws: WasmError.self) { try Module.decode(ModuleBytes.sample, codeSection: .absent) }
  }

  /// Names are for people: what is wrong with them is no error.
  @Test func malformedNameSection() throws {
    let bytes = ModuleBytes().section(0, ModuleBytes.name("name") + [1, 0xff, 0xff, 0x7f]).bytes
    #expect(try Module.decode(bytes).customSections.count == 1)
  }
}

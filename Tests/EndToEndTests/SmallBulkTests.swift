import Halite
import Testing

/// Bulk operations of a constant length that the translator takes apart.
@Suite struct SmallBulkTests {
  /// No byte is written, but an address beyond the memory's size is a trap still (WebAssembly, memory.fill).
  @Test(arguments: [MemoryModel.mask, .seg32]) func fillingNothingChecksTheAddress(model: MemoryModel) throws {
    // (module (memory 1) (func (export "f") (param i32) (memory.fill (local.get 0) (i32.const 7) (i32.const 0))))
    let wasm: [UInt8] = [
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7f, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x66, 0, 0,
      10, 13, 1, 11, 0, 0x20, 0, 0x41, 7, 0x41, 0, 0xfc, 11, 0, 11,
    ]
    var options = CompilerOptions()
    options.memoryModel = model
    let engine = Engine()
    let module = try Module(wasm: wasm, engine: engine, options: options)
    let instance = try Linker(engine: engine).instantiate(module)
    _ = try instance.call("f", [.i32(65536)])
    #expect(throws: Trap.self) { try instance.call("f", [.i32(65537)]) }
  }
}

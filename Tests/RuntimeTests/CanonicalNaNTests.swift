import Halite
import Testing

/// `--canonicalize-nans`: arithmetic on NaNs that carry something.
@Suite struct CanonicalNaNTests {
  /// add32: f32.add of two; add64: f64.add; lanes: f32x4.add of two vectors.
  private static let wasm: [UInt8] = [
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    0x01, 0x13, 0x03, 0x60, 0x02, 0x7d, 0x7d, 0x01, 0x7d, 0x60, 0x02, 0x7c, 0x7c, 0x01, 0x7c, 0x60, 0x02, 0x7b, 0x7b, 0x01,
    0x7b,
    0x03, 0x04, 0x03, 0x00, 0x01, 0x02,
    0x07, 0x19, 0x03, 0x05, 0x61, 0x64, 0x64, 0x33, 0x32, 0x00, 0x00, 0x05, 0x61, 0x64, 0x64, 0x36, 0x34, 0x00, 0x01, 0x05,
    0x6c, 0x61, 0x6e, 0x65, 0x73, 0x00, 0x02,
    0x0a, 0x1b, 0x03, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x92, 0x0b, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0xa0, 0x0b, 0x09,
    0x00, 0x20, 0x00, 0x20, 0x01, 0xfd, 0xe4, 0x01, 0x0b,
  ]

  private func results(canonical: Bool) throws -> [SIMD2<UInt64>] {
    let engine = Engine()
    var options = CompilerOptions()
    options.canonicalizesNaNs = canonical
    let instance = try Linker(engine: engine).instantiate(Module(wasm: Self.wasm, engine: engine, options: options))
    let single = try instance.call("add32", [.f32(bits: 0x7fa0_0001), .f32(1)])[0]
    let double = try instance.call("add64", [.f64(bits: 0x7ff0_0000_0000_0001), .f64(1)])[0]
    let vector = Value.v128(SIMD2(0x7fa0_0001_3f80_0000, 0x3f80_0000_ffa0_0001))
    let lanes = try instance.call("lanes", [vector, .v128(.zero)])[0]
    guard case .f32(let a) = single, case .f64(let b) = double, case .v128(let c) = lanes else {
      throw CallError.typeMismatch
    }
    return [SIMD2(UInt64(a), 0), SIMD2(b, 0), c]
  }

  @Test func theCanonicalOneTakesTheirPlace() throws {
    #expect(
      try results(canonical: true) == [
        SIMD2(0x7fc0_0000, 0), SIMD2(0x7ff8_0000_0000_0000, 0), SIMD2(0x7fc0_0000_3f80_0000, 0x3f80_0000_7fc0_0000),
      ])
    // Without, the processor hands on what they carry.
    #expect(
      try results(canonical: false) == [
        SIMD2(0x7fe0_0001, 0), SIMD2(0x7ff8_0000_0000_0001, 0), SIMD2(0x7fe0_0001_3f80_0000, 0x3f80_0000_ffe0_0001),
      ])
  }
}

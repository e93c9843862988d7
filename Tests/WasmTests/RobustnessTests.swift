import Entities
import Testing

@testable import Wasm

/// Whatever the bytes, decoding and validation end with a module or an error.
@Suite struct RobustnessTests {
  /// Where sections end, a prefix may be a module; anywhere else it is not.
  @Test func everyPrefixIsRefusedOrWhole() throws {
    let sample = ModuleBytes.sample
    var accepted = 0
    for count in 0..<sample.count {
      do {
        _ = try ModuleTests.load(Array(sample.prefix(count)))
        accepted += 1
      } catch {
        #expect(error.offset <= count, "\(error)")
      }
    }
    // Behind the header, and behind each section but those that promise another: of the 12 sections before the names,
    // the function section and the data count promise code and data.
    #expect(accepted == 5)
  }

  @Test func everySingleByteChange() {
    let sample = ModuleBytes.sample
    var refused = 0
    for position in sample.indices {
      for value: UInt8 in [0x00, 0x01, 0x40, 0x7f, 0x80, 0xff, sample[position] ^ 0x01, sample[position] ^ 0x10] {
        var bytes = sample
        bytes[position] = value
        if (try? ModuleTests.load(bytes)) == nil { refused += 1 }
      }
    }
    #expect(refused > sample.count)
  }

  @Test func randomChanges() {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let sample = ModuleBytes.sample
    var accepted = 0
    for _ in 0..<5_000 {
      var bytes = sample
      for _ in 0...random(4) {
        switch random(3) {
        case 0: bytes[random(bytes.count)] = UInt8(random(256))
        case 1: bytes.remove(at: random(bytes.count))
        default: bytes.insert(UInt8(random(256)), at: random(bytes.count))
        }
      }
      if (try? ModuleTests.load(bytes, features: [.supported, .multiMemory, .memory64, .tailCalls])) != nil {
        accepted += 1
      }
    }
    #expect(accepted > 0)
    #expect(accepted < 5_000)
  }
}

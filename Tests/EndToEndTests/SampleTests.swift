import Foundation
import Halite
import Synchronization
import Testing

/// The samples through compiler, validator and runtime, against their recorded output.
@Suite struct SampleTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Samples")

  struct Mode: CustomTestStringConvertible {
    var options: CompilerOptions
    var testDescription: String
  }

  static let modes: [Mode] = {
    var modes: [Mode] = []
    for model in [MemoryModel.mask, .seg32] {
      for policy in [OutOfBoundsPolicy.trap, .wrap] {
        for level in ["0", "1", "2"] {
          var options = CompilerOptions()
          options.memoryModel = model
          options.policy = policy
          options.optimization = CompilerOptions.level(named: level) ?? options.optimization
          options.instructionSet = level == "1" ? .x86_64_v2 : .x86_64_v3
          options.jobs = 2
          options.verifiesEachPass = true
          modes.append(Mode(options: options, testDescription: "\(model) \(policy) -O\(level)"))
        }
      }
    }
    return modes
  }()

  /// Bytes written by a program, from whichever thread runs it.
  final class Output: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    func append(_ buffer: UnsafeRawBufferPointer) { bytes.withLock { $0.append(contentsOf: buffer) } }
    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
  }

  @Test(arguments: ["journey", "mandelbrot", "life", "words"], modes)
  func sampleWritesWhatIsRecorded(name: String, mode: Mode) throws {
    let place = Self.folder.appendingPathComponent(name)
    let wasm = [UInt8](try Data(contentsOf: place.appendingPathComponent("\(name).wasm")))
    let expected = try String(contentsOf: place.appendingPathComponent("expected.txt"), encoding: .utf8)

    let engine = Engine()
    let output = Output()
    var wasi = WASI()
    wasi.arguments = [name]
    wasi.standardOutput = .callback { output.append($0) }
    var linker = Linker(engine: engine)
    try wasi.define(in: &linker)
    let instance = try linker.instantiate(Module(wasm: wasm, engine: engine, options: mode.options))
    do { _ = try instance.call("_start") } catch let exit as ProcessExit { #expect(exit.code == 0) }
    #expect(output.text == expected)
  }
}

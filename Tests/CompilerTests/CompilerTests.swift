import Foundation
import NaClValidator
import Testing

@testable import Compiler
@testable import Nexe

/// The repository's samples.
enum Samples {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Samples")

  static func wasm(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent("\(name)/\(name).wasm")))
  }
}

@Suite struct CompilerTests {
  @Test func outputDoesNotDependOnTheNumberOfThreads() throws {
    let wasm = try Samples.wasm("journey")
    var options = CompilerOptions()
    let alone = try Compiler.compile(wasm, options: options).nexe
    for jobs in [2, 3, 8] {
      options.jobs = jobs
      #expect(try Compiler.compile(wasm, options: options).nexe == alone)
    }
  }

  @Test(arguments: [Nexe.MemoryModel.mask, .seg32], [Nexe.OutOfBoundsPolicy.trap, .wrap])
  func everyCombinationIsAccepted(model: Nexe.MemoryModel, policy: Nexe.OutOfBoundsPolicy) throws {
    for instructionSet in [InstructionSet.x86_64_v2, .x86_64_v3] {
      for optimization in ["0", "1", "2"] {
        var options = CompilerOptions()
        options.memoryModel = model
        options.policy = policy
        options.instructionSet = instructionSet
        options.optimization = try #require(CompilerOptions.level(named: optimization))
        options.verifiesEachPass = true
        options.jobs = 2
        let nexe = try Compiler.compile(Samples.wasm("mandelbrot"), options: options).nexe
        let verified = try Validator.validate(nexe).get()
        #expect(verified.model.rawValue == model.rawValue)
        #expect(verified.instructionSet.rawValue == instructionSet.rawValue)
      }
    }
  }

  @Test func theNexeCarriesTheModuleWithoutItsCode() throws {
    let wasm = try Samples.wasm("journey")
    let nexe = try Compiler.compile(wasm).nexe
    let contents = try NexeReader.read(nexe)
    #expect(contents.module.count < wasm.count)
    #expect(contents.moduleHash == ModuleHash.sha256(wasm))
    #expect(Array(nexe[contents.module].prefix(8)) == Array(wasm.prefix(8)))
  }

  @Test func everyStageHasAText() throws {
    var options = CompilerOptions()
    options.emittedStages = Set(CompilerOptions.Stage.allCases)
    let record = try Compiler.compile(Samples.wasm("mandelbrot"), options: options).record
    for stage in CompilerOptions.Stage.allCases { #expect(record.texts[stage]?.isEmpty == false, "\(stage)") }
    #expect(record.timings.map(\.step) == BuildRecord.Step.allCases)
  }

  @Test func anInvalidModuleIsToldByItsOffset() throws {
    var wasm = try Samples.wasm("mandelbrot")
    wasm[4] = 9
    let error = #expect(throws: CompileError.self) { try Compiler.compile(wasm) }
    #expect("\(try #require(error))".contains("0x4"))
  }

  @Test func sha256OfTheEmptyString() {
    #expect(ModuleHash.sha256([]).prefix(4) == [0xe3, 0xb0, 0xc4, 0x42])
  }

  @Test func sizes() {
    #expect(ByteSize.parse("65536") == 65536)
    #expect(ByteSize.parse("64K") == 65536)
    #expect(ByteSize.parse("16m") == 16 << 20)
    #expect(ByteSize.parse("4GiB") == 4 << 30)
    for wrong in ["", "K", "-1", "1T", "99999999999999999999", "0x10", "18446744073709551615G"] {
      #expect(ByteSize.parse(wrong) == nil, "\(wrong)")
    }
  }
}


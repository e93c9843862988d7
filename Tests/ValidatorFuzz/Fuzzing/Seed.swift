import Compiler
import Foundation
import NaClValidator
import Nexe

/// A real nexe that mutants are made of.
public struct Seed: Sendable {
  /// Module, model and policy.
  public let name: String
  public let nexe: [UInt8]
  public let module: VerifiedModule
  let instructions: [InstructionPlace]

  /// Throws what the validator says if it refuses the nexe: nothing can be learned from its mutants then.
  public init(name: String, nexe: [UInt8]) throws {
    self.name = name
    self.nexe = nexe
    module = try Validator.validate(nexe).get()
    let text = nexe[Int(module.text.address)..<Int(module.text.end)]
    instructions = Sweep.instructions(text, borders: module.functions.map { Int($0.start) })
  }

  /// The modules of `Seeds/` and further ones, each in both models and both policies, as far as the compiler takes them.
  public static func all(adding files: [String] = []) throws -> [Seed] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Seeds")
    let own = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".wasm") }.sorted()
    return try (own.map { folder.appendingPathComponent($0) } + files.map { URL(fileURLWithPath: $0) }).flatMap { file in
      let name = file.deletingPathExtension().lastPathComponent
      return try made(of: [UInt8](Data(contentsOf: file)), name: name)
    }
  }

  private static func made(of wasm: [UInt8], name: String) throws -> [Seed] {
    var seeds: [Seed] = []
    for model in [Nexe.MemoryModel.mask, .seg32] {
      for policy in [Nexe.OutOfBoundsPolicy.trap, .wrap] {
        var options = CompilerOptions()
        options.memoryModel = model
        options.policy = policy
        do {
          let nexe = try Compiler.compile(wasm, options: options).nexe
          seeds.append(try Seed(name: "\(name)/\(model)/\(policy)", nexe: nexe))
        } catch let error as CompileError where "\(error)".contains("unsupported feature") {
          print("SKIPPED: \(name): \(error)")
        }
      }
    }
    return seeds
  }
}

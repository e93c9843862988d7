import Compiler
import Runtime

/// A program's file as a validated module.
enum ProgramFile {
  /// Reads, compiles if it is wasm, and validates. Throws `WholeFile.Failure`, `CompileError` or `LoadError`.
  static func load(_ path: String, _ options: CompilerOptions, _ engine: Engine) throws -> Module {
    let bytes = try WholeFile.read(path)
    guard isWasm(bytes, path) else { return try Module(nexe: bytes, engine: engine) }
    return try Module(nexe: try Compiler.compile(bytes, options: options, progress: .terminal).nexe, engine: engine)
  }

  /// Whatever is not wasm goes to the validator, which says what is wrong with it.
  static func isWasm(_ bytes: [UInt8], _ path: String) -> Bool {
    bytes.starts(with: [0, 0x61, 0x73, 0x6d]) || path.hasSuffix(".wasm")
  }
}

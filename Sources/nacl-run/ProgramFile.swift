import Compiler
import Halite
import Runtime

/// A program's file as a validated module.
enum ProgramFile {
  /// Reads, compiles if it is wasm that the cache does not have, and validates. Throws `WholeFile.Failure`, `CompileError` or
  /// `LoadError`.
  static func load(_ options: ProgramOptions, _ engine: Engine) throws -> Module {
    let bytes = try WholeFile.read(options.path)
    guard isWasm(bytes, options.path) else { return try load(nexe: bytes, options, engine) }
    let nexe =
      if let cache = options.cache?.open() {
        try cache.compile(bytes, options: options.compiler, progress: .terminal).nexe
      } else {
        try Compiler.compile(bytes, options: options.compiler, progress: .terminal).nexe
      }
    return try load(nexe: nexe, options, engine)
  }

  private static func load(nexe: [UInt8], _ options: ProgramOptions, _ engine: Engine) throws -> Module {
    let module = try Module(nexe: nexe, engine: engine)
    try options.debugging.announce(nexe, at: module.codeAddress)
    return module
  }

  /// Whatever is not wasm goes to the validator, which says what is wrong with it.
  static func isWasm(_ bytes: [UInt8], _ path: String) -> Bool {
    bytes.starts(with: [0, 0x61, 0x73, 0x6d]) || path.hasSuffix(".wasm")
  }
}

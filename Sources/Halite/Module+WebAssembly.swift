import Compiler
import Runtime

extension Module {
  /// Compiles a WebAssembly module, validates what the compiler made like any other nexe, and maps it.
  ///
  /// Throws `CompileError` or `LoadError`.
  public convenience init(wasm: [UInt8], engine: Engine, options: CompilerOptions = CompilerOptions()) throws {
    try self.init(nexe: Compiler.compile(wasm, options: options).nexe, engine: engine)
  }

  /// A file that is either: WebAssembly by its first four bytes, anything else goes to the validator as a nexe.
  public convenience init(file bytes: [UInt8], engine: Engine, options: CompilerOptions = CompilerOptions()) throws {
    if bytes.starts(with: [0x00, 0x61, 0x73, 0x6d]) {
      try self.init(wasm: bytes, engine: engine, options: options)
    } else {
      try self.init(nexe: bytes, engine: engine)
    }
  }
}

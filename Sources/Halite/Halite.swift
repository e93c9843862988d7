// The embedding library: everything of the runtime and of WASI, and modules straight from WebAssembly.
// docs/EMBEDDING.md shows how the parts go together.

@_exported import Runtime
@_exported import WASI

@_exported import enum Compiler.CompileError
@_exported import enum Compiler.Compiler
@_exported import struct Compiler.CompilerOptions
@_exported import enum Nexe.InstructionSet
@_exported import enum Nexe.MemoryModel
@_exported import enum Nexe.OutOfBoundsPolicy
@_exported import enum Optimizer.OptimizationLevel

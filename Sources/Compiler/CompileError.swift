import CodeGeneration
import Wasm

/// Why a module was not compiled.
public enum CompileError: Error, Sendable {
  /// The module is malformed, invalid, or uses a feature that is not supported; with the byte offset.
  case module(WasmError)
  /// The declared minimum of memory 0 exceeds `--max-memory`. Bytes.
  case memoryTooSmall(needed: UInt64, allowed: UInt64)
  /// The declared minimum of a memory exceeds what the memory model reaches. Bytes.
  case memoryBeyondModel(needed: UInt64, reach: UInt64)
  case tableTooLarge(index: Int, elements: UInt64)
  /// The context block would exceed 1 MiB (rule S1). Bytes.
  case contextTooLarge(Int)
  case codeGeneration(CodeGenerationError)
  /// A pass left the IR broken (`--verify-each`): a defect of this compiler.
  case brokenIR(function: String, pass: String, findings: [String])
}

extension CompileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .module(let error): "offset \(error)"
    case .memoryTooSmall(let needed, let allowed):
      "memory 0 starts with \(needed) bytes, more than --max-memory \(allowed)"
    case .memoryBeyondModel(let needed, let reach):
      "a memory starts with \(needed) bytes, more than the memory model's reach of \(reach)"
    case .tableTooLarge(let index, let elements): "table \(index) starts with \(elements) elements, more than 2^24"
    case .contextTooLarge(let size): "globals, tables and memories need a context of \(size) bytes, more than 1 MiB"
    case .codeGeneration(let error): "\(error)"
    case .brokenIR(let function, let pass, let findings):
      "internal error: \(pass) broke \(function): \(findings.joined(separator: "; "))"
    }
  }
}

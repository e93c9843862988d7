import Halite
import Wasm

/// Compares the kind of a trap or a rejection with a script's words for it.
enum Reasons {
  /// Whether a module was refused for what the script says.
  static func matches(_ error: WasmError, _ command: Command) -> Bool {
    let text = command.text ?? ""
    let raw = error.reason.rawValue
    return text.hasPrefix(raw) || raw.hasPrefix(text) || Synonyms.of(error.reason).contains { text.hasPrefix($0) }
  }

  static func matches(_ error: LinkError, _ text: String) -> Bool {
    switch error {
    case .missing: text.hasPrefix("unknown import")
    case .incompatible, .reach: text.hasPrefix("incompatible import type")
    case .storeMismatch, .engineMismatch, .resources: false
    }
  }

  static func matches(_ trap: Trap, _ text: String) -> Bool {
    guard case .code(let code) = trap.reason else { return false }
    return texts(code).contains { text.hasPrefix($0) || $0.hasPrefix(text) }
  }

  /// The scripts' words; several where they distinguish by instruction what is one kind of trap.
  private static func texts(_ code: TrapCode) -> [String] {
    switch code {
    case .unreachable: ["unreachable"]
    case .memoryOutOfBounds: ["out of bounds memory access"]
    case .tableOutOfBounds: ["out of bounds table access", "undefined element"]
    case .indirectCallToNull: ["uninitialized element", "null function reference"]
    case .indirectCallTypeMismatch: ["indirect call type mismatch"]
    case .integerDivideByZero: ["integer divide by zero"]
    case .integerOverflow: ["integer overflow"]
    case .invalidConversionToInteger: ["invalid conversion to integer"]
    case .callStackExhausted: ["call stack exhausted"]
    case .unalignedAtomic: ["unaligned atomic"]
    case .expectedSharedMemory: ["expected shared memory"]
    case .nullReference: ["null reference", "null function reference", "null i31 reference"]
    }
  }
}

/// Why a sandbox was stopped by one of its own traps. The raw value stands in the nexe's site table (docs/NEXE.md,
/// "Sites").
public enum TrapCode: UInt8, Sendable, CaseIterable {
  case unreachable = 0
  case memoryOutOfBounds = 1
  case tableOutOfBounds = 2
  case indirectCallToNull = 3
  case indirectCallTypeMismatch = 4
  case integerDivideByZero = 5
  case integerOverflow = 6
  case invalidConversionToInteger = 7
  case callStackExhausted = 8
  case nullReference = 9
  case unalignedAtomic = 10
  /// memory.atomic.wait on a memory that is not shared.
  case expectedSharedMemory = 11
}

/// The end of an activation by a trap. Its instances stay usable.
public struct Trap: Error, Sendable {
  public enum Reason: Hashable, Sendable {
    case code(TrapCode)
    /// The nexe's site table has no reason for this trap.
    case unexplained
    /// The host asked for it (`InterruptHandle.cancel`), or the time allowed was over.
    case cancelled
    case timedOut
    /// More than `Configuration.nestedEntryLimit` entries within one another, or no room on the host's stack.
    case tooManyNestedEntries
    /// The sandbox passed something to a gate that no compiler makes: it is hostile or miscompiled.
    case invalidGateCall(String)
    /// A called instance is suspended, or its thread is another one.
    case instanceBusy
    /// A host function failed with a message of its own.
    case host(String)
  }

  public var reason: Reason
  /// Innermost first.
  public var backtrace: [Frame]

  public init(_ reason: Reason, backtrace: [Frame] = []) {
    self.reason = reason
    self.backtrace = backtrace
  }
  public init(_ code: TrapCode) { self.init(.code(code)) }

  /// A frame of WebAssembly code, by the nexe's own untrusted word for it: for people only.
  public struct Frame: Hashable, Sendable {
    public var functionIndex: UInt32
    /// From the module's name section.
    public var functionName: String?
    /// Byte offset in the wasm module.
    public var offset: UInt32
    public init(functionIndex: UInt32, functionName: String?, offset: UInt32) {
      self.functionIndex = functionIndex
      self.functionName = functionName
      self.offset = offset
    }
  }
}

extension TrapCode: CustomStringConvertible {
  /// The wording of the WebAssembly specification's test scripts.
  public var description: String {
    switch self {
    case .unreachable: "unreachable"
    case .memoryOutOfBounds: "out of bounds memory access"
    case .tableOutOfBounds: "out of bounds table access"
    case .indirectCallToNull: "uninitialized element"
    case .indirectCallTypeMismatch: "indirect call type mismatch"
    case .integerDivideByZero: "integer divide by zero"
    case .integerOverflow: "integer overflow"
    case .invalidConversionToInteger: "invalid conversion to integer"
    case .callStackExhausted: "call stack exhausted"
    case .nullReference: "null reference"
    case .unalignedAtomic: "unaligned atomic"
    case .expectedSharedMemory: "expected shared memory"
    }
  }
}

extension Trap: CustomStringConvertible {
  public var description: String {
    backtrace.enumerated().reduce("trap: \(reason)") { text, frame in
      "\(text)\n  \(frame.offset): \(frame.element)"
    }
  }
}

extension Trap.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .code(let code): code.description
    case .unexplained: "unexplained"
    case .cancelled: "cancelled"
    case .timedOut: "timed out"
    case .tooManyNestedEntries: "call stack exhausted (nested entries)"
    case .invalidGateCall(let what): "invalid gate call: \(what)"
    case .instanceBusy: "instance busy"
    case .host(let message): message
    }
  }
}

extension Trap.Frame: CustomStringConvertible {
  public var description: String {
    let name = functionName.map { " <\($0)>" } ?? ""
    return "function \(functionIndex)\(name) at wasm offset 0x\(String(offset, radix: 16))"
  }
}

/// The program ended itself (WASI's proc_exit). Thrown by a host function; every frame up to the host's call is
/// unwound.
public struct ProcessExit: Error, Hashable, Sendable {
  public var code: Int32
  public init(code: Int32) { self.code = code }
}

/// Thrown by a host function to suspend its caller: `Execution.run` comes back with `.suspended`, and the next `run`
/// calls the same host function again with the same arguments.
public struct Suspension: Error, Sendable {
  public init() {}
}

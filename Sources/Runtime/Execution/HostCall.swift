import CSandbox

/// What a host function is: code that takes its arguments from a call and puts its results there.
///
/// It may throw `Trap`, `ProcessExit`, `Suspension`, `GuestMemoryError` (a trap), or any error of its own, which comes
/// out of the host's call as it is, after the sandbox has been unwound.
public typealias HostFunction = @Sendable (inout HostCall) throws -> Void

/// One call of a host function: arguments, results, and the caller. Valid only during the call.
public struct HostCall: ~Copyable {
  /// The instance whose code called; nil if the host called its own function.
  public let caller: Instance?
  /// Where the arguments are; nil if the host called its own function.
  private let border: Border?
  private let layout: CallLayout
  /// The arguments if the host called its own function.
  private let hostArguments: [Value]
  /// Results wait here until the function has returned: their places are the arguments' too.
  private var results: [SIMD2<UInt64>]
  /// Whether this same call was made before and suspended (`Suspension`).
  public let isRepeated: Bool
  /// References among the results, by index.
  private var referenceResults: [Int: Value] = [:]

  init(caller: Instance?, border: Border?, layout: CallLayout, arguments: [Value] = [], isRepeated: Bool = false) {
    self.caller = caller
    self.border = border
    self.layout = layout
    hostArguments = arguments
    self.isRepeated = isRepeated
    results = Array(repeating: .zero, count: layout.results.count)
  }

  public var type: FunctionType { layout.type }
  public var argumentCount: Int { layout.arguments.count }

  /// Argument `index` as its bits: the upper parts of types narrower than 128 bits are zero.
  public func bits(_ index: Int) -> SIMD2<UInt64> {
    border?.bits(layout.arguments[index], layout.type.parameters[index]) ?? hostArguments[index].bits
  }
  /// Argument `index` as its raw 64 bits (the low half of a v128).
  public func raw(_ index: Int) -> UInt64 { bits(index)[0] }
  public func u32(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: raw(index)) }
  public func i32(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: raw(index)) }
  public func u64(_ index: Int) -> UInt64 { raw(index) }
  public func i64(_ index: Int) -> Int64 { Int64(bitPattern: raw(index)) }
  public func f32(_ index: Int) -> Float { Float(bitPattern: u32(index)) }
  public func f64(_ index: Int) -> Double { Double(bitPattern: raw(index)) }
  public func vector(_ index: Int) -> SIMD2<UInt64> { bits(index) }

  /// Argument `index` with its type. Throws a trap for a reference that the caller was never given.
  public func value(_ index: Int) throws -> Value {
    guard let border, let caller else { return hostArguments[index] }
    return try border.value(layout.arguments[index], layout.type.parameters[index], store: caller.store)
  }

  /// Result `index` as its raw bits. Results that are not set are zero.
  public mutating func setResult(_ index: Int, raw bits: UInt64) { results[index] = SIMD2(bits, 0) }
  public mutating func setResult(_ index: Int, _ value: UInt32) { setResult(index, raw: UInt64(value)) }
  public mutating func setResult(_ index: Int, _ value: Int32) {
    setResult(index, raw: UInt64(UInt32(bitPattern: value)))
  }
  public mutating func setResult(_ index: Int, _ value: UInt64) { setResult(index, raw: value) }
  public mutating func setResult(_ index: Int, _ value: Int64) { setResult(index, raw: UInt64(bitPattern: value)) }
  public mutating func setResult(_ index: Int, _ value: Float) { setResult(index, raw: UInt64(value.bitPattern)) }
  public mutating func setResult(_ index: Int, _ value: Double) { setResult(index, raw: value.bitPattern) }
  public mutating func setResult(_ index: Int, _ value: SIMD2<UInt64>) { results[index] = value }
  /// Result `index`, of the declared type.
  public mutating func setResult(_ index: Int, _ value: Value) {
    precondition(
      value.type.isReference == layout.type.results[index].isReference
        && (value.type.isReference || value.type == layout.type.results[index]),
      "a host function's results are of its type")
    results[index] = value.bits
    if value.type.isReference { referenceResults[index] = value }
  }

  /// Memory 0 of the caller.
  public var memory: GuestMemory {
    get throws {
      guard let memory = caller?.memory else { throw Trap(.host("the caller has no memory")) }
      return memory
    }
  }

  /// Whether somebody waits for the caller to stop for good (`InterruptHandle.cancel`, `timeOut`). A function that
  /// blocks looks at it at least every few milliseconds, and returns or throws.
  public var isInterrupted: Bool { caller?.store.interrupts.wantsTrap ?? false }

  /// Throws the trap that a pending request asks for, if there is one.
  public func checkInterrupt() throws { try caller?.store.checkInterrupt() }

  /// Whether somebody waits for the running execution to suspend (`InterruptHandle.suspend`), and it can. A function that blocks
  /// looks at this too; before it has had any effect it may call `suspendIfRequested`, and after that it should return soon.
  public var isSuspensionRequested: Bool { caller?.store.wantsSuspension ?? false }

  /// Serves a pending request to suspend by throwing `Suspension`: the next `Execution.run` makes the same call again.
  public func suspendIfRequested() throws(Suspension) { try caller?.store.suspendIfRequested() }

  /// Puts the results where the caller's code takes them from.
  func deliver() throws {
    guard let border else { return }
    for (index, place) in layout.results.enumerated() {
      if layout.type.results[index].isReference {
        try border.set(place, referenceResults[index] ?? .zero(of: layout.type.results[index]))
      } else {
        // Compiled code counts on an i32's upper half being zero.
        border.set(place, layout.type.results[index].isNarrow ? results[index] & SIMD2(0xffff_ffff, 0) : results[index])
      }
    }
  }

  func resultValues() throws -> [Value] {
    layout.type.results.enumerated().map { index, type in
      referenceResults[index] ?? Value(bits: results[index], type: type)
    }
  }
}

import CSandbox

/// What a host function is: code that takes its arguments from a call and puts its results there.
///
/// It may throw `Trap`, `ProcessExit`, `Suspension`, `GuestMemoryError` (a trap), or any error of its own, which comes
/// out of the host's call as it is, after the sandbox has been unwound.
public typealias HostFunction = @Sendable (inout HostCall) throws -> Void

/// One call of a host function: arguments, results, and the caller. Valid only during the call.
public struct HostCall: ~Copyable {
  /// Whose gate it is; nil if the host called its own function.
  private let activation: Activation?
  private let layout: CallLayout
  /// The arguments if the host called its own function.
  private let hostArguments: [Value]
  /// Results wait here until the function has returned: their places are the arguments' too. Most functions have one at most.
  private var firstResult = SIMD2<UInt64>.zero
  private var otherResults: [SIMD2<UInt64>] = []
  /// Whether this same call was made before and suspended (`Suspension`).
  public let isRepeated: Bool
  /// References among the results, by index.
  private var referenceResults = Dictionary<Int, Value>()

  init(caller: Activation?, layout: CallLayout, arguments: [Value] = [], isRepeated: Bool = false) {
    activation = caller
    self.layout = layout
    hostArguments = arguments
    self.isRepeated = isRepeated
    if layout.results.count > 1 { otherResults = Array(repeating: .zero, count: layout.results.count - 1) }
  }

  private subscript(result index: Int) -> SIMD2<UInt64> {
    get { index == 0 ? firstResult : otherResults[index - 1] }
    set {
      precondition(index < layout.results.count, "a host function sets the results that its type has")
      if index == 0 { firstResult = newValue } else { otherResults[index - 1] = newValue }
    }
  }

  /// The instance whose code called; nil if the host called its own function.
  public var caller: Instance? { activation.map { Instance(body: $0.instance, store: $0.instance.store) } }
  /// Where the arguments are; nil if the host called its own function.
  private var border: Border? { activation?.border }
  private var store: Store? { activation?.instance.store }

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
    guard let activation else { return hostArguments[index] }
    return try activation.border.value(
      layout.arguments[index], layout.type.parameters[index], store: activation.instance.store)
  }

  /// Result `index` as its raw bits. Results that are not set are zero.
  public mutating func setResult(_ index: Int, raw bits: UInt64) { self[result: index] = SIMD2(bits, 0) }
  public mutating func setResult(_ index: Int, _ value: UInt32) { setResult(index, raw: UInt64(value)) }
  public mutating func setResult(_ index: Int, _ value: Int32) {
    setResult(index, raw: UInt64(UInt32(bitPattern: value)))
  }
  public mutating func setResult(_ index: Int, _ value: UInt64) { setResult(index, raw: value) }
  public mutating func setResult(_ index: Int, _ value: Int64) { setResult(index, raw: UInt64(bitPattern: value)) }
  public mutating func setResult(_ index: Int, _ value: Float) { setResult(index, raw: UInt64(value.bitPattern)) }
  public mutating func setResult(_ index: Int, _ value: Double) { setResult(index, raw: value.bitPattern) }
  public mutating func setResult(_ index: Int, _ value: SIMD2<UInt64>) { self[result: index] = value }
  /// Result `index`, of the declared type.
  public mutating func setResult(_ index: Int, _ value: Value) {
    precondition(
      value.type.isReference == layout.type.results[index].isReference
        && (value.type.isReference || value.type == layout.type.results[index]),
      "a host function's results are of its type")
    self[result: index] = value.bits
    if value.type.isReference { referenceResults[index] = value }
  }

  /// Memory 0 of the caller.
  public var memory: GuestMemory {
    get throws {
      guard let memory = activation?.instance.memories.first else { throw Trap(.host("the caller has no memory")) }
      return GuestMemory(memory)
    }
  }

  /// Whether somebody waits for the caller to stop for good (`InterruptHandle.cancel`, `timeOut`). A function that
  /// blocks looks at it at least every few milliseconds, and returns or throws.
  public var isInterrupted: Bool { store?.interrupts.wantsTrap ?? false }

  /// Throws the trap that a pending request asks for, if there is one.
  public func checkInterrupt() throws { try store?.checkInterrupt() }

  /// Whether somebody waits for the running execution to suspend (`InterruptHandle.suspend`), and it can. A function that blocks
  /// looks at this too; before it has had any effect it may call `suspendIfRequested`, and after that it should return soon.
  public var isSuspensionRequested: Bool { store?.wantsSuspension ?? false }

  /// Serves a pending request to suspend by throwing `Suspension`: the next `Execution.run` makes the same call again.
  public func suspendIfRequested() throws(Suspension) { try store?.suspendIfRequested() }

  /// Puts the results where the caller's code takes them from.
  func deliver() throws {
    guard let border else { return }
    for (index, place) in layout.results.enumerated() {
      if layout.type.results[index].isReference {
        try border.set(place, referenceResults[index] ?? .zero(of: layout.type.results[index]))
      } else {
        // Compiled code counts on an i32's upper half being zero.
        let bits = self[result: index]
        border.set(place, layout.type.results[index].isNarrow ? bits & SIMD2(0xffff_ffff, 0) : bits)
      }
    }
  }

  func resultValues() throws -> [Value] {
    layout.type.results.enumerated().map { index, type in
      referenceResults[index] ?? Value(bits: self[result: index], type: type)
    }
  }
}

import CSandbox

/// What a host function is: code that takes its arguments from a call and puts its results there.
///
/// It may throw `Trap`, `ProcessExit`, `Suspension`, `GuestMemoryError` (a trap), or any error of its own, which comes out of
/// the host's call as it is, after the sandbox has been unwound.
public typealias HostFunction = @Sendable (inout HostCall) throws -> Void

/// One call of a host function: arguments, results, and the caller. Valid only during the call.
public struct HostCall: ~Copyable {
  /// The instance whose code called; nil if the host called its own function.
  public let caller: Instance?
  let registers: UnsafeMutablePointer<halite_activation>
  let cells: UnsafeMutableRawPointer?
  let layout: CallLayout

  public var type: FunctionType { layout.type }
  public var argumentCount: Int { layout.arguments.count }

  /// Argument `index` as its raw 64 bits (the low half of a v128; the upper half of an i32 or f32 is masked off).
  public func raw(_ index: Int) -> UInt64 {
    let bits = address(layout.arguments[index]).loadUnaligned(as: UInt64.self)
    return layout.type.parameters[index].isNarrow ? bits & 0xffff_ffff : bits
  }
  public func u32(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: raw(index)) }
  public func i32(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: raw(index)) }
  public func u64(_ index: Int) -> UInt64 { raw(index) }
  public func i64(_ index: Int) -> Int64 { Int64(bitPattern: raw(index)) }
  public func f32(_ index: Int) -> Float { Float(bitPattern: u32(index)) }
  public func f64(_ index: Int) -> Double { Double(bitPattern: raw(index)) }
  public func vector(_ index: Int) -> SIMD2<UInt64> {
    address(layout.arguments[index]).loadUnaligned(as: SIMD2<UInt64>.self)
  }

  /// Result `index` as its raw bits. Results that a function leaves alone are zero (registers) or unspecified (cells).
  public mutating func setResult(_ index: Int, raw bits: UInt64) {
    results[index] = SIMD2(bits, 0)
  }
  public mutating func setResult(_ index: Int, _ value: UInt32) { setResult(index, raw: UInt64(value)) }
  public mutating func setResult(_ index: Int, _ value: Int32) {
    setResult(index, raw: UInt64(UInt32(bitPattern: value)))
  }
  public mutating func setResult(_ index: Int, _ value: UInt64) { setResult(index, raw: value) }
  public mutating func setResult(_ index: Int, _ value: Int64) { setResult(index, raw: UInt64(bitPattern: value)) }
  public mutating func setResult(_ index: Int, _ value: Float) { setResult(index, raw: UInt64(value.bitPattern)) }
  public mutating func setResult(_ index: Int, _ value: Double) { setResult(index, raw: value.bitPattern) }
  public mutating func setResult(_ index: Int, _ value: SIMD2<UInt64>) { results[index] = value }

  /// Results wait here until the function has returned: their places are the arguments' too.
  var results: [SIMD2<UInt64>]

  init(
    caller: Instance?, registers: UnsafeMutablePointer<halite_activation>, cells: UnsafeMutableRawPointer?,
    layout: CallLayout
  ) {
    self.caller = caller
    self.registers = registers
    self.cells = cells
    self.layout = layout
    results = Array(repeating: .zero, count: layout.results.count)
  }

  /// Memory 0 of the caller.
  public var memory: GuestMemory {
    get throws {
      guard let storage = caller?.memories.first else { throw Trap(.host("the caller has no memory")) }
      return GuestMemory(storage)
    }
  }

  /// Whether somebody waits for the caller to stop (`InterruptHandle`). A function that blocks looks at it at least every few
  /// milliseconds, and returns or throws.
  public var isInterrupted: Bool { caller?.store.isInterrupted ?? false }

  /// Throws the trap that a pending request asks for, if there is one.
  public func checkInterrupt() throws { try caller?.store.checkInterrupt() }
}

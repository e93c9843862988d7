/// SplitMix64: every run of a seed sees the same numbers.
public struct Random: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// The generator of one item of a series: any item can be made again alone.
  public init(seed: UInt64, item: UInt64) {
    var mixer = Random(seed: seed &* 0xD134_2543_DE82_EF95 &+ item)
    state = mixer.next()
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  static func mixed(_ value: UInt64) -> UInt64 {
    var random = Random(seed: value)
    return random.next()
  }

  /// Below `bound`, which is not 0.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  public mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 24) }
  public mutating func isOne(in count: Int) -> Bool { below(count) == 0 }
  public mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}

import Halite

/// Turns literals of a script into values and compares results with them.
enum Values {
  struct Unsupported: Error { var what: String }

  static func value(_ literal: Literal) throws -> Value {
    switch (literal.type, literal.value) {
    case ("i32", .one(let text)): return .i32(UInt32(truncatingIfNeeded: try integer(text)))
    case ("i64", .one(let text)): return .i64(try integer(text))
    case ("f32", .one(let text)): return .f32(bits: UInt32(truncatingIfNeeded: try integer(text)))
    case ("f64", .one(let text)): return .f64(bits: try integer(text))
    case ("v128", .lanes(let lanes)): return .v128(try vector(lanes, literal.lane_type ?? ""))
    case ("externref", .one("null")): return .externref(nil)
    case ("externref", .one(let text)): return .externref(ExternReference(text))
    case ("funcref", .one("null")): return .funcref(nil)
    case ("exnref", .one("null")): return .exnref(nil)
    case ("anyref", .one("null")): return .anyref
    default: throw Unsupported(what: "a value of type \(literal.type)")
    }
  }

  static func matches(_ value: Value, _ expected: Expectation) throws -> Bool {
    for literal in expected.alternatives where try matches(value, literal) { return true }
    return false
  }

  static func matches(_ value: Value, _ literal: Literal) throws -> Bool {
    switch (value, literal.type) {
    case (.i32(let bits), "i32"): return try UInt64(bits) == integer(literal) & 0xffff_ffff
    case (.i64(let bits), "i64"): return try bits == integer(literal)
    case (.f32(let bits), "f32"): return try matchesFloat(UInt64(bits), literal.value, width: 32)
    case (.f64(let bits), "f64"): return try matchesFloat(bits, literal.value, width: 64)
    case (.v128(let bits), "v128"): return try matchesVector(bits, literal)
    case (.externref(let reference), "externref"):
      guard case .one(let text)? = literal.value else { return reference != nil }
      return text == "null" ? reference == nil : reference?.value as? String == text
    case (.funcref(let reference), "funcref"):
      if case .one("null")? = literal.value { return reference == nil }
      return reference != nil
    case (.exnref(let reference), "exnref"):
      if case .one("null")? = literal.value { return reference == nil }
      return reference != nil
    case (.anyref, "anyref"):
      guard case .one("null")? = literal.value else { return false }
      return true
    case (.funcref(nil), "refnull"), (.externref(nil), "refnull"), (.exnref(nil), "refnull"), (.anyref, "refnull"),
      (.funcref(nil), "nullfuncref"), (.externref(nil), "nullexternref"), (.exnref(nil), "nullexnref"),
      (.anyref, "nullref"):
      return true
    default: return false
    }
  }

  private static func integer(_ literal: Literal) throws -> UInt64 {
    guard case .one(let text)? = literal.value else { throw Unsupported(what: "an integer without digits") }
    return try integer(text)
  }

  private static func integer(_ text: String) throws -> UInt64 {
    if let value = UInt64(text) { return value }
    if let value = Int64(text) { return UInt64(bitPattern: value) }
    throw Unsupported(what: "the number \(text)")
  }

  /// Bits, or the class `nan:canonical` or `nan:arithmetic`.
  private static func matchesFloat(_ bits: UInt64, _ value: Literal.Texts?, width: Int) throws -> Bool {
    guard case .one(let text)? = value else { throw Unsupported(what: "a float without digits") }
    let quiet: UInt64 = width == 32 ? 0x7fc0_0000 : 0x7ff8_0000_0000_0000
    let sign: UInt64 = 1 << UInt64(width - 1)
    switch text {
    case "nan:canonical": return bits & ~sign == quiet
    case "nan:arithmetic": return bits & quiet == quiet
    default: return try bits == integer(text) & (width == 32 ? 0xffff_ffff : .max)
    }
  }

  private static func laneWidth(_ type: String) throws -> Int {
    guard let width = Int(type.dropFirst()), [8, 16, 32, 64].contains(width) else {
      throw Unsupported(what: "lanes of type \(type)")
    }
    return width
  }

  private static func vector(_ lanes: [String], _ type: String) throws -> SIMD2<UInt64> {
    let width = try laneWidth(type)
    var halves: SIMD2<UInt64> = .zero
    for (index, lane) in lanes.enumerated() {
      let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
      let bit = index * width
      halves[bit / 64] |= (try integer(lane) & mask) << UInt64(bit % 64)
    }
    return halves
  }

  private static func matchesVector(_ bits: SIMD2<UInt64>, _ literal: Literal) throws -> Bool {
    guard case .lanes(let lanes)? = literal.value, let type = literal.lane_type else {
      throw Unsupported(what: "a vector without lanes")
    }
    let width = try laneWidth(type)
    for (index, lane) in lanes.enumerated() {
      let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
      let bit = index * width
      let found = bits[bit / 64] >> UInt64(bit % 64) & mask
      let matches =
        type.hasPrefix("f") ? try matchesFloat(found, .one(lane), width: width) : try found == integer(lane) & mask
      if !matches { return false }
    }
    return true
  }
}

import Runtime

/// Arguments of `--invoke` as words, and results as lines: integers in decimal, floats in the shortest decimal digits that name
/// them, without exponents (as wasmtime prints them), vectors in hexadecimal.
enum Invocation {
  struct ArgumentError: Error, CustomStringConvertible {
    var description: String
  }

  static func arguments(_ words: [String], for type: FunctionType) throws(ArgumentError) -> [Value] {
    guard words.count == type.parameters.count else {
      throw ArgumentError(description: "the function takes \(type.parameters.count) arguments, not \(words.count)")
    }
    var values: [Value] = []
    for (word, type) in zip(words, type.parameters) {
      guard let value = value(word, type) else { throw ArgumentError(description: "\(word) is no \(type)") }
      values.append(value)
    }
    return values
  }

  private static func value(_ word: String, _ type: ValueType) -> Value? {
    switch type {
    case .i32:
      integer(word, Int32.self).map { .i32(UInt32(bitPattern: $0)) } ?? integer(word, UInt32.self).map { .i32($0) }
    case .i64:
      integer(word, Int64.self).map { .i64(UInt64(bitPattern: $0)) } ?? integer(word, UInt64.self).map { .i64($0) }
    case .f32: Float(word).map { .f32($0) }
    case .f64: Double(word).map { .f64($0) }
    case .v128: vector(word)
    case .reference: nil
    }
  }

  /// Decimal, or hexadecimal behind 0x; with a sign or without.
  private static func integer<T: FixedWidthInteger>(_ word: String, _ type: T.Type) -> T? {
    let isNegative = word.hasPrefix("-")
    let digits = word.drop { $0 == "-" || $0 == "+" }
    guard word.count - digits.count <= 1 else { return nil }
    let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
    return T((isNegative ? "-" : "") + (isHexadecimal ? digits.dropFirst(2) : digits), radix: isHexadecimal ? 16 : 10)
  }

  /// As results are printed: 0x and up to 32 hexadecimal digits, the highest lane first.
  private static func vector(_ word: String) -> Value? {
    let digits = word.dropFirst(2)
    guard word.hasPrefix("0x"), (1...32).contains(digits.count), digits.allSatisfy(\.isHexDigit) else { return nil }
    let (high, low) = (UInt64(digits.dropLast(16), radix: 16) ?? 0, UInt64(digits.suffix(16), radix: 16) ?? 0)
    return .v128(SIMD2(low, high))
  }

  static func text(_ value: Value) -> String {
    switch value {
    case .i32(let bits): "\(Int32(bitPattern: bits))"
    case .i64(let bits): "\(Int64(bitPattern: bits))"
    case .f32(let bits): decimal(Float(bitPattern: bits))
    case .f64(let bits): decimal(Double(bitPattern: bits))
    case .v128(let lanes): "0x" + hexadecimal(lanes.y) + hexadecimal(lanes.x)
    case .funcref(let reference): reference == nil ? "null" : "<function>"
    case .externref(let reference): reference == nil ? "null" : "<reference>"
    case .exnref(let reference): reference == nil ? "null" : "<exception>"
    case .anyref: "null"
    }
  }

  private static func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func decimal<F: BinaryFloatingPoint & LosslessStringConvertible>(_ value: F) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let parts = value.magnitude.description.split(separator: "e")
    let number = parts[0].split(separator: ".")
    let fraction = number.count > 1 && number[1] != "0" ? String(number[1]) : ""
    let digits = number[0] + fraction
    // Where the point stands among the digits.
    let point = number[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    let text: String
    if point <= 0 {
      text = "0." + String(repeating: "0", count: -point) + digits
    } else if point >= digits.count {
      text = digits + String(repeating: "0", count: point - digits.count)
    } else {
      text = digits.prefix(point) + "." + digits.dropFirst(point)
    }
    return (value.sign == .minus ? "-" : "") + text
  }
}

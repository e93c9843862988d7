import Halite

/// How values are written in requests and transcripts: bits as unsigned decimals; a NaN is `nan`, a reference only null or not.
enum Spelling {
  struct Unreadable: Error { var text: String }

  static func value(_ text: String) throws -> Value {
    let parts = text.split(separator: ":")
    func bits(_ index: Int) throws -> UInt64 {
      guard parts.count > index, let value = UInt64(parts[index]) else { throw Unreadable(text: text) }
      return value
    }
    switch parts.first {
    case "i32": return .i32(UInt32(truncatingIfNeeded: try bits(1)))
    case "i64": return .i64(try bits(1))
    case "f32": return .f32(bits: UInt32(truncatingIfNeeded: try bits(1)))
    case "f64": return .f64(bits: try bits(1))
    case "v128": return .v128(SIMD2(try bits(1), try bits(2)))
    case "funcref": return .funcref(nil)
    case "externref": return .externref(nil)
    case "exnref": return .exnref(nil)
    default: throw Unreadable(text: text)
    }
  }

  static func text(_ value: Value) -> String {
    switch value {
    case .i32(let bits): "i32:\(bits)"
    case .i64(let bits): "i64:\(bits)"
    case .f32(let bits): Float(bitPattern: bits).isNaN ? "f32:nan" : "f32:\(bits)"
    case .f64(let bits): Double(bitPattern: bits).isNaN ? "f64:nan" : "f64:\(bits)"
    case .v128(let bits): "v128:\(bits[0]):\(bits[1])"
    case .funcref(let reference): reference == nil ? "null" : "reference"
    case .externref(let reference): reference == nil ? "null" : "reference"
    case .exnref(let reference): reference == nil ? "null" : "reference"
    case .anyref: "null"
    }
  }

  static func isNull(_ value: Value) -> Bool { text(value) == "null" }

  /// Small numbers, so that floats are exact: a hash of which call of the host it is and which result.
  static func hostResult(_ type: ValueType, call: Int, index: Int) -> Value {
    let number = (UInt32(truncatingIfNeeded: call * 31 + index) &* 2_654_435_761) >> 12
    return switch type {
    case .i32: .i32(number)
    case .i64: .i64(UInt64(number))
    case .f32: .f32(Float(number))
    case .f64: .f64(Double(number))
    case .v128: .v128(SIMD2(UInt64(number), 0))
    case .reference: .zero(of: type)
    }
  }
}

/// CRC-32 as in zlib.
enum Checksum {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xedb8_8320 }
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xff)] ^ $0 >> 8 }
  }
}

/// What is wrong with a text, and where. Lines and columns count from 1; columns count bytes.
public struct ParseError: Error, Equatable, CustomStringConvertible, Sendable {
  public let line: Int
  public let column: Int
  public let reason: String

  public init(line: Int, column: Int, reason: String) {
    self.line = line
    self.column = column
    self.reason = reason
  }

  public var description: String { "\(line):\(column): \(reason)" }
}

/// One token and where it starts.
struct Token {
  enum Kind: Equatable {
    /// Letters, digits, `_` and `.`, as in `br_if` or `add.i32`.
    case word(String)
    /// Digits, also negative or hexadecimal: the bits of a 64-bit number, and whether it had a minus.
    case number(UInt64, isNegative: Bool)
    /// Hexadecimal with more than 16 digits: low half, high half.
    case wideNumber(UInt64, UInt64)
    case string(String)
    /// One of `( ) { } , : = + @`, or `->`.
    case punctuation(String)
    case end
  }
  let kind: Kind
  let line: Int
  let column: Int
}

/// Splits a text into tokens. White space and comments (`;` to the end of the line) only separate.
struct Lexer {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var lineStart = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next() throws(ParseError) -> Token {
    skipBlanks()
    let start = position
    guard let byte = peek else { return token(.end, start) }
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","),
      UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "@"):
      position += 1
      return token(.punctuation(String(UnicodeScalar(byte))), start)
    case UInt8(ascii: "-") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: ">"):
      position += 2
      return token(.punctuation("->"), start)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(start)
    case UInt8(ascii: "\""): return try string(start)
    case _ where Self.isWord(byte):
      while let byte = peek, Self.isWord(byte) { position += 1 }
      return token(.word(String(decoding: bytes[start..<position], as: UTF8.self)), start)
    default: throw error("unexpected character", start)
    }
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private func token(_ kind: Token.Kind, _ start: Int) -> Token {
    Token(kind: kind, line: line, column: start - lineStart + 1)
  }

  private func error(_ reason: String, _ start: Int) -> ParseError {
    ParseError(line: line, column: start - lineStart + 1, reason: reason)
  }

  private mutating func skipBlanks() {
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\n"):
        position += 1
        line += 1
        lineStart = position
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: ";"): while let byte = peek, byte != UInt8(ascii: "\n") { position += 1 }
      default: return
      }
    }
  }

  private mutating func number(_ start: Int) throws(ParseError) -> Token {
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let digitsStart = position
    while let byte = peek, Self.isWord(byte) { position += 1 }
    let digits = String(decoding: bytes[digitsStart..<position], as: UTF8.self)
    if digits.hasPrefix("0x") && !isNegative {
      let low = digits.dropFirst(2).suffix(16)
      let high = digits.dropFirst(2).dropLast(16)
      if let lowBits = UInt64(low, radix: 16), let highBits = high.isEmpty ? 0 : UInt64(high, radix: 16) {
        return token(high.isEmpty ? .number(lowBits, isNegative: false) : .wideNumber(lowBits, highBits), start)
      }
    } else if let magnitude = UInt64(digits), !isNegative || magnitude <= 1 << 63 {
      return token(.number(isNegative ? 0 &- magnitude : magnitude, isNegative: isNegative), start)
    }
    throw error("not a number of at most 64 bits", start)
  }

  private mutating func string(_ start: Int) throws(ParseError) -> Token {
    position += 1
    var content: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "\n") {
      position += 1
      if byte == UInt8(ascii: "\"") { return token(.string(String(decoding: content, as: UTF8.self)), start) }
      if byte == UInt8(ascii: "\\") {
        content += try escape(start)
      } else {
        content.append(byte)
      }
    }
    throw error("the string does not end on its line", start)
  }

  /// Behind a backslash: itself, a quote, or `u{hex}`.
  private mutating func escape(_ start: Int) throws(ParseError) -> [UInt8] {
    guard let byte = peek else { throw error("the string does not end on its line", start) }
    position += 1
    if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") { return [byte] }
    if byte == UInt8(ascii: "u"), peek == UInt8(ascii: "{"),
      let close = bytes[position...].prefix(10).firstIndex(of: UInt8(ascii: "}")),
      let value = UInt32(String(decoding: bytes[(position + 1)..<close], as: UTF8.self), radix: 16),
      let scalar = UnicodeScalar(value)
    {
      position = close + 1
      return Array(String(Character(scalar)).utf8)
    }
    throw error("unknown escape in a string", start)
  }
}

import Wasm

/// Other words that scripts have for a reason: where they tell cases apart that are one reason here, and where a module
/// has two faults and it is a matter of order which is found first.
enum Synonyms {
  static func of(_ reason: WasmError.Reason) -> [String] { table[reason] ?? [] }

  private static let table: [WasmError.Reason: [String]] = [
    // A number that is too long or too large where its section or body ends: this decoder never reads beyond an end.
    .unexpectedEndOfSection: [
      "integer representation too long", "integer too large", "END opcode expected", "section size mismatch",
      "length out of bounds",
    ],
    .lengthOutOfBounds: ["integer too large", "unexpected end"],
    // What stands behind the shorter of two contradicting lengths.
    .malformedSectionID: ["integer representation too long"],
    .codeCountMismatch: ["unexpected content after last section"],
    // Two bytes that are neither the header nor four.
    .magicMissing: ["unexpected end"],
  ]
}

/// A name compared byte by byte, as WebAssembly does: `String` takes canonically equivalent spellings for equal.
struct ExactName: Hashable, Sendable {
  private let bytes: [UInt8]
  init(_ name: String) { bytes = Array(name.utf8) }
}

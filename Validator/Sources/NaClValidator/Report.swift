/// Where a finding is: an address in the loaded image (text and read-only data), or a place in the file.
public enum Location: Hashable, Sendable {
  case address(UInt64)
  case fileOffset(UInt64)
}

/// One broken rule.
public struct Finding: Hashable, Sendable {
  public let rule: Rule
  public let location: Location
  /// What is wrong there, in one clause.
  public let message: String
  /// The bytes of the bundle that holds `location`, cut at the end of text; empty outside text.
  public let bundle: [UInt8]
  /// Address of `bundle`'s first byte.
  public let bundleAddress: UInt64
  /// Length in bytes of the instruction at `location`, if one could be decoded there.
  public let instructionLength: Int
}

/// Why a nexe was refused: at least one finding, in ascending order of location within each phase.
public struct Rejection: Error, Hashable, Sendable {
  public let findings: [Finding]
  /// True if `ValidationOptions.maximumFindings` cut the list.
  public let isTruncated: Bool
}

/// For people only: as Capstone reads it, in Intel syntax.
extension Finding {
  /// The instruction at `location`; nil if Capstone cannot read it, or outside text.
  public var instructionText: String? { bundleListing.first(where: \.isCulprit)?.text }

  /// One line of a bundle. `text` is nil where the bytes are no instruction.
  public struct ListingLine: Hashable, Sendable {
    public let address: UInt64
    public let bytes: [UInt8]
    public let text: String?
    /// Whether the finding is about this one.
    public let isCulprit: Bool
  }

  /// The bundle's instructions up to its end, the culprit among them; empty outside text.
  public var bundleListing: [ListingLine] {
    guard case .address(let culprit) = location, !bundle.isEmpty else { return [] }
    let disassembler = Disassembler()
    var lines: [ListingLine] = []
    var start = 0
    while start < bundle.count {
      let address = bundleAddress + UInt64(start)
      let read = disassembler.text(Array(bundle[start...]), address: address)
      var end = start + (read?.length ?? 1)
      // The culprit begins a line, whatever its predecessors look like.
      if address < culprit, culprit - bundleAddress < end { end = Int(culprit - bundleAddress) }
      let isWhole = end == start + (read?.length ?? 0)
      lines.append(
        ListingLine(
          address: address, bytes: Array(bundle[start..<end]), text: isWhole ? read?.text : nil,
          isCulprit: address == culprit))
      start = end
    }
    return lines
  }
}

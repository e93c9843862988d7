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

extension Finding {
  /// The instruction at `location` as Capstone reads it, in Intel syntax; nil if it cannot, or outside text. For
  /// people only.
  public var instructionText: String? {
    guard case .address(let address) = location, address >= bundleAddress else { return nil }
    let bytes = Array(bundle.dropFirst(Int(clamping: address - bundleAddress)))
    return bytes.isEmpty ? nil : Disassembler.text(bytes, address: address)
  }
}

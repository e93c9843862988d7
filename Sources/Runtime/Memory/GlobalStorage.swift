/// A global as the host and other instances see it.
///
/// A number lives in a 16-byte cell, which instances that may change it reach directly. A reference's truth is
/// `reference`; the instances that share a mutable one have read-only mirrors (docs/ABI.md, C5).
final class GlobalStorage {
  let type: GlobalType
  /// The cell of a number; nil for references.
  let cell: UnsafeMutableRawPointer?
  private(set) var reference: Reference
  /// Keeps `cell` mapped.
  private let owner: AnyObject?
  private var mirrors: [Mirror] = []

  struct Mirror {
    unowned let instance: InstanceBody
    let word: UnsafeMutablePointer<UInt64>
  }

  init(type: GlobalType, cell: UnsafeMutableRawPointer, owner: AnyObject) {
    self.type = type
    self.cell = cell
    self.owner = owner
    reference = .null
  }

  init(type: GlobalType, reference: Reference) {
    self.type = type
    self.reference = reference
    cell = nil
    owner = nil
  }

  func mirror(in instance: InstanceBody, at word: UnsafeMutablePointer<UInt64>) throws(Trap) {
    word.pointee = try instance.encode(reference)
    mirrors.append(Mirror(instance: instance, word: word))
  }

  func set(_ reference: Reference) throws(Trap) {
    self.reference = reference
    for mirror in mirrors { mirror.word.pointee = try mirror.instance.encode(reference) }
  }

  /// The number's bits.
  var bits: SIMD2<UInt64> {
    guard let cell else { return .zero }
    let bits = cell.loadUnaligned(as: SIMD2<UInt64>.self)
    return switch type.value {
    case .i32, .f32: SIMD2(bits[0] & 0xffff_ffff, 0)
    case .v128: bits
    default: SIMD2(bits[0], 0)
    }
  }

  func set(bits: SIMD2<UInt64>) {
    cell?.storeBytes(of: bits, as: SIMD2<UInt64>.self)
  }
}

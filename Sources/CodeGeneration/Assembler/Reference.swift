import Entities
import IR
import X86

/// What a piece of code can refer to beyond its own labels; the meaning of `Symbol` in this module.
public enum Reference: Hashable, Sendable {
  /// The start of a function's code; an import's is its thunk.
  case function(FunctionIndex)
  case foreignStub
  case entryArea
  /// A constant, or a jump table, of the fragment that refers to it, in the order of its pools.
  case constant(UInt32)
  case jumpTable(UInt32)

  private static let indexBits: UInt32 = 28

  public var symbol: Symbol {
    let (kind, index): (UInt32, UInt32) =
      switch self {
      case .function(let function): (0, function.rawValue)
      case .foreignStub: (1, 0)
      case .entryArea: (2, 0)
      case .constant(let index): (3, index)
      case .jumpTable(let index): (4, index)
      }
    precondition(index >> Reference.indexBits == 0, "indices of references have 28 bits")
    return Symbol(kind << Reference.indexBits | index)
  }

  /// Requires: `symbol` comes from a reference.
  public init(_ symbol: Symbol) {
    let index = symbol.rawValue & (1 << Reference.indexBits - 1)
    switch symbol.rawValue >> Reference.indexBits {
    case 0: self = .function(FunctionIndex(index))
    case 1: self = .foreignStub
    case 2: self = .entryArea
    case 3: self = .constant(index)
    case 4: self = .jumpTable(index)
    default: preconditionFailure("symbols are made from references")
    }
  }
}

/// Constants in read-only data: 4, 8 or 16 bytes, each kept once, at multiples of their size.
public struct ConstantPool: Sendable {
  public struct Constant: Hashable, Sendable {
    /// Little-endian; beyond `size` bytes zero.
    public let low: UInt64
    public let high: UInt64
    public let size: UInt8
  }

  public private(set) var constants: ContiguousArray<Constant> = []
  private var indices: [Constant: UInt32] = [:]

  public init() {}

  /// The place of a constant, which is added if it is new. Complexity: amortised O(1).
  public mutating func insert(_ constant: Constant) -> UInt32 {
    if let index = indices[constant] { return index }
    let index = UInt32(constants.count)
    constants.append(constant)
    indices[constant] = index
    return index
  }
}

extension ConstantPool.Constant {
  public init(_ bits: UInt32) { self.init(low: UInt64(bits), high: 0, size: 4) }
  public init(_ bits: UInt64) { self.init(low: bits, high: 0, size: 8) }
  public init(low: UInt64, high: UInt64) { self.init(low: low, high: high, size: 16) }
}

/// The code of one function, or of another record of the function table, before its place in text is known.
public struct CodeFragment: Sendable {
  /// Starts at a bundle; its length is not padded.
  public var bytes: ContiguousArray<UInt8> = []
  public var relocations: ContiguousArray<Relocation> = []
  /// Addresses relative to the fragment, ascending.
  public var sites: [CodeSite] = []
  public var constants = ConstantPool()
  /// Targets relative to the fragment.
  public var jumpTables: [[UInt32]] = []
  /// By label; relative to the fragment. `unbound` for those never bound.
  public var labelOffsets: ContiguousArray<UInt32> = []
  /// Offsets and Intel syntax, if asked for.
  public var listing = ""

  public static let unbound = UInt32.max

  public init() {}

  /// A 4-byte field to be patched: `address of target + addend - address of the field`.
  public struct Relocation: Hashable, Sendable {
    public var offset: UInt32
    public var target: Reference
    public var addend: Int32
  }
}

import Entities
import IR

/// What a run did that anybody could see. Two functions mean the same if their outcomes agree on every input.
public struct Outcome: Equatable {
  public enum Ending: Equatable {
    case returned([SIMD2<UInt64>])
    case trapped(TrapCode)
    /// More steps than allowed, or deeper calls: says nothing.
    case outOfFuel
  }
  public var ending = Ending.outOfFuel
  /// Calls of the host in order: callee, then arguments.
  public var calls: [[SIMD2<UInt64>]] = []
  public var state: State
}

/// Everything that outlives a call.
public struct State: Equatable {
  public internal(set) var memories: [SparseMemory]
  public internal(set) var tables: [[UInt64]]
  public internal(set) var globals: [SIMD2<UInt64>]
  /// Bytes of each data segment; none once dropped.
  public internal(set) var data: [[UInt8]]
  public internal(set) var elements: [[UInt64]]

  /// Null is 0; a function is where compiled code has its entry, if all have one (docs/ABI.md, C3 and C5).
  public static func reference(to function: FunctionIndex) -> UInt64 { UInt64(function.rawValue + 2) << 5 }

  /// nil for null, and for what is no reference.
  public static func function(of reference: UInt64) -> FunctionIndex? {
    guard reference >= 64, reference % 32 == 0, reference <= UInt64(UInt32.max) else { return nil }
    return FunctionIndex(UInt32(reference >> 5) - 2)
  }

  /// Memories `extraPages` larger than their minimum, tables full of functions and nulls in turn, segments of a few
  /// elements.
  public init(_ shape: ModuleShape, extraPages: Int) {
    memories = shape.memories.elements.map { SparseMemory(size: (Int($0.minimumPages) + extraPages) * 65536) }
    func reference(_ position: Int) -> UInt64 {
      if position % 4 == 3 || shape.functions.isEmpty { return 0 }
      // The runtime's references to imports are handles, which differ from those that code makes.
      let imported = shape.importedFunctionCount < shape.functions.count ? shape.importedFunctionCount : 0
      return Self.reference(to: FunctionIndex(index: imported + position % (shape.functions.count - imported)))
    }
    tables = shape.tables.elements.map { (0..<Int($0.minimum)).map(reference) }
    globals = (0..<shape.globals.count).map { SIMD2(UInt64($0) * 3, UInt64(0)) }
    data = []
    for segment in 0..<shape.dataSegmentCount {
      data.append((0..<20 * (segment + 1)).map { (position: Int) -> UInt8 in UInt8((position * 7 + segment) & 0xff) })
    }
    elements = []
    for segment in 0..<shape.elementSegmentCount {
      elements.append((0..<3 * (segment + 1)).map { reference($0 + segment) })
    }
  }
}

/// A memory that remembers only what was written: most runs touch a few bytes of many thousand.
public struct SparseMemory: Equatable {
  public internal(set) var size: Int
  private let initialSize: Int
  private var written: [Int: UInt8] = [:]

  init(size: Int) {
    self.size = size
    initialSize = size
  }

  public var bytes: [UInt8] { (0..<size).map { self[$0] } }

  subscript(address: Int) -> UInt8 {
    get {
      precondition(address < size, "an access ran without a check that covers it")
      return written[address] ?? initial(address)
    }
    set {
      precondition(address < size, "an access ran without a check that covers it")
      // A byte written back is as good as one never written.
      written[address] = newValue == initial(address) ? nil : newValue
    }
  }

  /// Not all zeros at first, so that loads from different places differ.
  private func initial(_ address: Int) -> UInt8 {
    address < initialSize ? Self.initialByte(address) : 0
  }

  public static func initialByte(_ address: Int) -> UInt8 { UInt8(truncatingIfNeeded: address &* 167 &+ address >> 8) }
}

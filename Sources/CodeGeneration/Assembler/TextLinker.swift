import Entities
import IR
import X86

/// Puts fragments one behind the other in text, gathers their constants and jump tables in read-only data, and patches
/// what refers across. The caller adds the function table behind the read-only data.
///
/// Output depends on the fragments and their order alone.
public struct TextLinker: Sendable {
  /// What a fragment is the code of.
  public enum Name: Hashable, Sendable {
    case function(FunctionIndex)
    case foreignStub, entryArea
  }

  /// All code at its place.
  public struct Output: Sendable {
    /// A multiple of 32 bytes.
    public var text: [UInt8] = []
    /// By fragment, in the order added: where it starts in text.
    public var starts: [UInt32] = []
    /// Constants by falling size, each at a multiple of its size; then jump tables. A multiple of 4 bytes.
    public var readOnlyData: [UInt8] = []
    public var readOnlyDataAddress: UInt32 = 0
    /// Of all fragments, relative to text; ascending.
    public var sites: [CodeSite] = []
  }

  private var fragments: [CodeFragment] = []
  private var starts: [Int] = []
  private var size = 0
  private var functions = SideTable<FunctionIndex, UInt32>(initial: TextLinker.missing)
  private var foreignStub = TextLinker.missing
  private var entryArea = TextLinker.missing

  private static let missing = UInt32.max
  private static let pageSize = 4096
  /// Rule C7: text and read-only data end below this address.
  private static let addressLimit = 1 << 31

  public init() {}

  /// Appends a fragment at the next bundle. Returns its place in `Output.starts`.
  @discardableResult
  public mutating func add(_ fragment: CodeFragment, as name: Name) -> Int {
    let place = UInt32(fragments.count)
    switch name {
    case .function(let function): functions[function] = place
    case .foreignStub: foreignStub = place
    case .entryArea: entryArea = place
    }
    starts.append(size)
    size = (size + fragment.bytes.count).roundedUp(to: BundleAssembler.bundleSize)
    fragments.append(fragment)
    return Int(place)
  }

  /// Requires: every reference names something added. `textAddress` is a multiple of the page size.
  /// Complexity: O(bytes + relocations).
  public consuming func link(textAddress: UInt32) throws(CodeGenerationError) -> Output {
    var output = Output()
    let dataAddress = (Int(textAddress) + size).roundedUp(to: TextLinker.pageSize)
    guard dataAddress < TextLinker.addressLimit else { throw .moduleTooLarge }
    output.readOnlyDataAddress = UInt32(dataAddress)
    output.starts = starts.map { UInt32($0) }

    var data = ReadOnlyData(fragments, at: dataAddress)
    guard data.end < TextLinker.addressLimit else { throw .moduleTooLarge }
    var text: ContiguousArray<UInt8> = []
    text.reserveCapacity(size)
    for (place, fragment) in fragments.enumerated() {
      NOP.append(starts[place] - text.count, to: &text)
      text.append(contentsOf: fragment.bytes)
      let base = Int(textAddress) + starts[place]
      for relocation in fragment.relocations {
        let target = address(of: relocation.target, in: place, data, textAddress: Int(textAddress))
        let field = base + Int(relocation.offset)
        text.patch32(at: starts[place] + Int(relocation.offset), target + Int(relocation.addend) - field)
      }
      data.writeJumpTables(of: fragment, place, base: base)
      for var site in fragment.sites {
        site.address += UInt32(starts[place])
        output.sites.append(site)
      }
    }
    NOP.append(size - text.count, to: &text)
    output.text = Array(text)
    output.readOnlyData = Array(data.bytes)
    return output
  }

  private func address(of target: Reference, in place: Int, _ data: borrowing ReadOnlyData, textAddress: Int) -> Int {
    switch target {
    case .function(let function): textAddress + start(of: functions[function])
    case .foreignStub: textAddress + start(of: foreignStub)
    case .entryArea: textAddress + start(of: entryArea)
    case .constant(let index): data.addressOfConstant(fragments[place].constants.constants[Int(index)])
    case .jumpTable(let index): data.addressOfJumpTable(Int(index), in: place)
    }
  }

  private func start(of place: UInt32) -> Int {
    precondition(place != TextLinker.missing, "code refers only to fragments that were added")
    return starts[Int(place)]
  }
}

/// The constants and jump tables of all fragments at their addresses.
private struct ReadOnlyData {
  private let address: Int
  /// Relative to `address`.
  private var offsets: [ConstantPool.Constant: Int] = [:]
  /// By fragment: relative to `address`, of each of its tables.
  private var tables: [[Int]] = []
  private(set) var bytes: ContiguousArray<UInt8> = []

  var end: Int { address + bytes.count }

  init(_ fragments: [CodeFragment], at address: Int) {
    self.address = address
    for size in [16, 8, 4] {
      for fragment in fragments {
        for constant in fragment.constants.constants where constant.size == size && offsets[constant] == nil {
          offsets[constant] = bytes.count
          for index in 0..<size {
            let word = index < 8 ? constant.low : constant.high
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * (index % 8))))
          }
        }
      }
    }
    for fragment in fragments {
      var starts: [Int] = []
      for table in fragment.jumpTables {
        starts.append(bytes.count)
        bytes.append(contentsOf: repeatElement(0, count: 4 * table.count))
      }
      tables.append(starts)
    }
  }

  func addressOfConstant(_ constant: ConstantPool.Constant) -> Int {
    guard let offset = offsets[constant] else { preconditionFailure("constants of added fragments are laid out") }
    return address + offset
  }

  func addressOfJumpTable(_ index: Int, in place: Int) -> Int { address + tables[place][index] }

  /// Entries are signed and relative to the table (rule C4). `base`: the fragment's address.
  mutating func writeJumpTables(of fragment: CodeFragment, _ place: Int, base: Int) {
    for (index, table) in fragment.jumpTables.enumerated() {
      let start = tables[place][index]
      for (entry, target) in table.enumerated() {
        bytes.patch32(at: start + 4 * entry, base + Int(target) - (address + start))
      }
    }
  }
}

extension Int {
  /// Requires: `multiple` is a power of two.
  fileprivate func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) & ~(multiple - 1) }
}

extension ContiguousArray<UInt8> {
  /// Writes a displacement; rule C7 keeps all of them in 32 bits.
  fileprivate mutating func patch32(at offset: Int, _ value: Int) {
    precondition(Int32(exactly: value) != nil, "displacements inside a module have 32 bits")
    for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }
}

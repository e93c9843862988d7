import Nexe

/// What a debugger and a profiler need to know of a nexe that is mapped in this process: names of functions, and how to walk the
/// stack. Taken from bytes that may be anybody's: what a function is called is the nexe's own word.
public struct DebugImage {
  private let listing: NexeListing
  private let textAddress: UInt64

  /// `textAddress`: where text is mapped. Throws where `naclc inspect` would refuse the file.
  public init(_ nexe: [UInt8], textAddress: UInt64) throws(NexeReadError) {
    listing = try NexeListing(nexe)
    self.textAddress = textAddress
  }

  /// Lines of `/tmp/perf-PID.map`: start, size (hexadecimal) and name of each function.
  public var perfMap: String {
    var map = ""
    for index in listing.contents.functions.indices {
      let place = listing.range(index)
      let start = String(textAddress + UInt64(place.lowerBound), radix: 16)
      map += "\(start) \(String(place.count, radix: 16)) \(printable(listing.name(index)))\n"
    }
    return map
  }

  /// An ELF file without code, for GDB's JIT interface: symbols at the addresses where the functions are, and `.debug_frame`.
  public var elf: [UInt8] {
    var symbols = [UInt8](repeating: 0, count: ELF.symbolSize)
    var names: [UInt8] = [0]
    var frames = DebugFrameSection()
    let text = listing.bytes[listing.contents.text]
    guard let disassembler = Disassembler() else { return [] }
    for index in listing.contents.functions.indices {
      let place = listing.range(index)
      symbols += ELF.function(
        name: names.count, section: 1, address: textAddress + UInt64(place.lowerBound), size: place.count)
      names += Array(printable(listing.name(index)).utf8) + [0]
      frames.add(CallFrames.steps(of: place, in: text, disassembler), size: place.count, textAddress: textAddress)
    }
    return ELF.file([
      ELF.Section(name: ".text", type: 8, flags: 6, address: textAddress, size: text.count, alignment: 32),
      ELF.Section(name: ".symtab", type: 2, bytes: symbols, alignment: 8, link: 3, info: 1, entrySize: ELF.symbolSize),
      ELF.Section(name: ".strtab", type: 3, bytes: names),
      ELF.Section(name: ".debug_frame", type: 1, bytes: frames.bytes, alignment: 8),
    ])
  }

  /// One line, no blanks at either end of what a reader splits.
  private func printable(_ name: String) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.map { $0.value < 0x21 || $0.value == 0x7f ? "_" : $0 }))
  }
}

/// The little of ELF64 that a file of sections needs.
private enum ELF {
  static let symbolSize = 24
  private static let headerSize = 64

  struct Section {
    var name: String
    /// 1 PROGBITS, 2 SYMTAB, 3 STRTAB, 8 NOBITS.
    var type: UInt32
    var flags: UInt64 = 0
    var address: UInt64 = 0
    var bytes: [UInt8] = []
    /// For NOBITS, else that of `bytes`.
    var size = 0
    var alignment = 1
    var link: UInt32 = 0
    var info: UInt32 = 0
    var entrySize = 0
  }

  /// A global function symbol.
  static func function(name: Int, section: UInt16, address: UInt64, size: Int) -> [UInt8] {
    word(UInt32(name)) + [0x12, 0] + word(section) + word(address) + word(UInt64(size))
  }

  /// Header, contents, section headers; section 0 is the empty one, the last holds the sections' names.
  static func file(_ given: [Section]) -> [UInt8] {
    var sections = given + [Section(name: ".shstrtab", type: 3)]
    var names: [UInt8] = [0]
    let nameOffsets = sections.map { section in
      defer { names += Array(section.name.utf8) + [0] }
      return UInt32(names.count)
    }
    sections[sections.count - 1].bytes = names

    var contents: [UInt8] = []
    var headers = [UInt8](repeating: 0, count: 64)
    for (section, name) in zip(sections, nameOffsets) {
      contents += [UInt8](repeating: 0, count: (8 - contents.count % 8) % 8)
      headers += word(name) + word(section.type) + word(section.flags) + word(section.address)
      headers += word(UInt64(headerSize + contents.count)) + word(UInt64(section.type == 8 ? section.size : section.bytes.count))
      headers += word(section.link) + word(section.info) + word(UInt64(section.alignment)) + word(UInt64(section.entrySize))
      contents += section.bytes
    }
    contents += [UInt8](repeating: 0, count: (8 - contents.count % 8) % 8)

    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    header += word(UInt16(2)) + word(UInt16(62)) + word(UInt32(1))  // ET_EXEC: addresses are where things are; x86-64
    header += word(UInt64(0)) + word(UInt64(0)) + word(UInt64(headerSize + contents.count)) + word(UInt32(0))
    header += word(UInt16(headerSize)) + word(UInt16(56)) + word(UInt16(0)) + word(UInt16(64))
    header += word(UInt16(sections.count + 1)) + word(UInt16(sections.count))
    return header + contents + headers
  }

  private static func word(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

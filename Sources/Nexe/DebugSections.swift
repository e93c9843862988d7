/// Section headers and symbols, so that objdump, gdb and perf show functions by name. Nothing that loads a nexe reads them.
struct DebugSections {
  let image: NexeImage
  let dataAddress: Int
  let dataSize: Int

  let sectionCount = 6

  /// The segment's bytes: section headers first, then symbols and strings. `start` is its file offset.
  func bytes(at start: Int) -> [UInt8] {
    var names = StringTable()
    var symbols = ByteWriter()
    symbols.write(Array(repeating: 0, count: 24))
    for (index, record) in image.functions.enumerated() {
      let isLast = index + 1 == image.functions.count
      let end = isLast ? UInt32(image.text.count) : image.functions[index + 1].start
      symbols.write(u32: names.add(record.name))
      symbols.write(u8: 0x12)  // STB_GLOBAL, STT_FUNC
      symbols.write(u8: 0)
      symbols.write(u16: 1)  // .text
      symbols.write(u64: UInt64(NexeFormat.textAddress) + UInt64(record.start))
      symbols.write(u64: UInt64(end - record.start))
    }

    var sectionNames = StringTable()
    var headers = ByteWriter()
    var position = start + 64 * sectionCount
    func place(_ size: Int) -> Int {
      defer { position += size }
      return position
    }
    headers.write(Array(repeating: 0, count: 64))
    let text = Section(type: 1, flags: 6, address: NexeFormat.textAddress, offset: NexeFormat.textAddress)
    text.write(sectionNames.add(".text"), size: image.text.count, alignment: 32, to: &headers)
    let data = Section(type: 1, flags: 2, address: dataAddress, offset: dataAddress)
    data.write(sectionNames.add(".rodata"), size: dataSize, alignment: 16, to: &headers)
    let symbolTable = Section(type: 2, link: 4, info: 1, offset: place(symbols.bytes.count), entrySize: 24)
    symbolTable.write(sectionNames.add(".symtab"), size: symbols.bytes.count, alignment: 8, to: &headers)
    let strings = Section(type: 3, offset: place(names.bytes.count))
    strings.write(sectionNames.add(".strtab"), size: names.bytes.count, alignment: 1, to: &headers)
    let ownName = sectionNames.add(".shstrtab")
    let sectionStrings = Section(type: 3, offset: place(sectionNames.bytes.count))
    sectionStrings.write(ownName, size: sectionNames.bytes.count, alignment: 1, to: &headers)
    return headers.bytes + symbols.bytes + names.bytes + sectionNames.bytes
  }

  private struct Section {
    var type: UInt32
    var flags: UInt64 = 0
    var link: UInt32 = 0
    var info: UInt32 = 0
    var address = 0
    var offset: Int
    var entrySize = 0

    func write(_ name: UInt32, size: Int, alignment: Int, to headers: inout ByteWriter) {
      headers.write(u32: name)
      headers.write(u32: type)
      headers.write(u64: flags)
      headers.write(u64: UInt64(address))
      headers.write(u64: UInt64(offset))
      headers.write(u64: UInt64(size))
      headers.write(u32: link)
      headers.write(u32: info)
      headers.write(u64: UInt64(alignment))
      headers.write(u64: UInt64(entrySize))
    }
  }
}

/// Zero-terminated strings, addressed by offset.
struct StringTable {
  private(set) var bytes: [UInt8] = [0]

  /// A NUL inside a name would end it early, so it is dropped.
  mutating func add(_ string: String) -> UInt32 {
    let offset = UInt32(bytes.count)
    bytes.append(contentsOf: string.utf8.lazy.filter { $0 != 0 })
    bytes.append(0)
    return offset
  }
}

/// The metadata segment: shape, functions, entries, sites, module (docs/NEXE.md).
enum Metadata {
  static func bytes(of image: NexeImage) -> [UInt8] {
    var functions = ByteWriter()
    image.functionRecords.forEach { functions.write(u32: $0) }
    var entries = ByteWriter()
    image.entries.forEach { entries.write(u32: $0) }
    let sections = [
      shape(of: image), functions.bytes, entries.bytes, sites(of: image), image.module,
    ]

    var segment = ByteWriter()
    segment.write(u32: NexeFormat.metadataMagic)
    segment.write(u32: UInt32(sections.count))
    var offset = 8 + 8 * sections.count
    for section in sections {
      offset = (offset + 7) & ~7
      segment.write(u32: UInt32(offset))
      segment.write(u32: UInt32(section.count))
      offset += section.count
    }
    for section in sections {
      segment.align(8)
      segment.write(section)
    }
    return segment.bytes
  }

  private static func shape(of image: NexeImage) -> [UInt8] {
    let shape = image.shape
    var out = ByteWriter()
    out.write(u32: image.functionTableAddress)
    out.write(u32: UInt32(image.functions.count))
    out.write(u32: UInt32(shape.memories.count))
    out.write(u32: UInt32(shape.tables.count))
    out.write(u32: UInt32(shape.globals.count))
    out.write(u32: shape.transferCells)
    out.write(u32: image.importedFunctionCount)
    out.write(u32: UInt32(image.functionRecords.count))
    out.write(u32: image.startFunction ?? .max)
    out.write(u32: image.dataSegmentCount)
    out.write(u32: image.elementSegmentCount)
    out.write(u32: flags([shape.returnsStatus]))
    for memory in shape.memories {
      out.write(u32: flags([memory.isImported, memory.hasIndex64]))
      out.write(u32: memory.log2Reach)
    }
    for table in shape.tables {
      out.write(u32: flags([table.isImported, table.isExported, table.hasIndex64, table.holdsExternal]))
      out.write(u32: table.log2Elements)
      out.write(u64: table.minimum)
      out.write(u64: table.maximum ?? .max)
    }
    for global in shape.globals {
      out.write(u32: flags([global.isImported, global.isMutable, global.isReference, global.isExported]))
    }
    return out.bytes
  }

  private static func sites(of image: NexeImage) -> [UInt8] {
    var out = ByteWriter()
    for site in image.sites {
      out.write(u32: site.returnAddress)
      out.write(u32: site.moduleOffset)
      out.write(u32: site.function)
      out.write(u8: site.kind.rawValue)
      out.write(u8: site.trapCode)
      out.write(u8: site.hasFrame ? 1 : 0)
      out.write(u8: site.isInlined ? 1 : 0)
    }
    return out.bytes
  }

  private static func flags(_ bits: [Bool]) -> UInt32 {
    bits.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt32($1.offset) : 0) }
  }
}

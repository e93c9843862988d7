/// Lays a `NexeImage` out as an ELF file (docs/NEXE.md). The result is a function of the image alone.
public enum NexeWriter {
  public static func write(_ image: NexeImage) -> [UInt8] {
    precondition(image.text.count % 32 == 0 && !image.text.isEmpty, "text is whole bundles")
    precondition(image.moduleHash.count == 32, "a SHA-256 has 32 bytes")

    let dataAddress = NexeFormat.readOnlyDataAddress(textSize: image.text.count)

    var file = ByteWriter()
    file.bytes.reserveCapacity(dataAddress + image.readOnlyData.count + image.module.count + image.text.count / 4)
    file.bytes.append(contentsOf: repeatElement(0, count: NexeFormat.textAddress))
    var segments: [Segment] = []

    file.write(image.text)
    segments.append(.loaded(flags: 5, start: NexeFormat.textAddress, size: image.text.count))

    file.align(NexeFormat.pageSize)
    file.write(image.readOnlyData)
    segments.append(.loaded(flags: 4, start: dataAddress, size: image.readOnlyData.count))

    segments.append(append(note(of: image), type: 4, alignment: 4, to: &file))
    let metadata = Metadata.bytes(of: image)
    segments.append(append(metadata, type: NexeFormat.metadataSegment, alignment: 8, to: &file))
    file.align(8)
    let debug = DebugSections(image: image, dataAddress: dataAddress, dataSize: image.readOnlyData.count)
    let debugStart = file.bytes.count
    segments.append(append(debug.bytes(at: debugStart), type: NexeFormat.debugSegment, alignment: 8, to: &file))

    let head = header(segments: segments, sectionHeaders: debugStart, sectionCount: debug.sectionCount)
    file.bytes.replaceSubrange(0..<head.count, with: head)
    return file.bytes
  }

  struct Segment {
    var type: UInt32
    var flags: UInt32
    var start: Int
    var size: Int
    var isLoaded: Bool
    var alignment: Int
    static func loaded(flags: UInt32, start: Int, size: Int) -> Segment {
      Segment(type: 1, flags: flags, start: start, size: size, isLoaded: true, alignment: NexeFormat.pageSize)
    }
  }

  private static func append(_ bytes: [UInt8], type: UInt32, alignment: Int, to file: inout ByteWriter) -> Segment {
    file.align(alignment)
    let start = file.bytes.count
    file.write(bytes)
    return Segment(type: type, flags: 4, start: start, size: bytes.count, isLoaded: false, alignment: alignment)
  }

  private static func note(of image: NexeImage) -> [UInt8] {
    var note = ByteWriter()
    note.write(u32: 7)
    note.write(u32: UInt32(48 + 16 * image.shape.limitWords.count))
    note.write(u32: 1)
    note.write(Array("Halite\0\0".utf8))
    note.write(u32: NexeFormat.version)
    note.write(u32: NexeFormat.abiVersion)
    note.write(u8: image.model.rawValue)
    note.write(u8: image.policy.rawValue)
    note.write(u8: image.instructionSet.rawValue)
    note.write(u8: 0)
    note.write(u32: UInt32(image.shape.limitWords.count))
    note.write(image.moduleHash)
    for word in image.shape.limitWords {
      note.write(u64: word.reach)
      note.write(u32: word.memory)
      note.write(u32: 0)
    }
    return note.bytes
  }

  private static func header(segments: [Segment], sectionHeaders: Int, sectionCount: Int) -> [UInt8] {
    var header = ByteWriter()
    header.write([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + Array(repeating: 0, count: 8))
    header.write(u16: 3)  // ET_DYN
    header.write(u16: 62)  // EM_X86_64
    header.write(u32: 1)
    header.write(u64: 0)  // e_entry
    header.write(u64: 64)  // e_phoff
    header.write(u64: UInt64(sectionHeaders))
    header.write(u32: 0)
    header.write(u16: 64)
    header.write(u16: 56)
    header.write(u16: UInt16(segments.count))
    header.write(u16: 64)
    header.write(u16: UInt16(sectionCount))
    header.write(u16: UInt16(sectionCount - 1))  // e_shstrndx: the last one
    for segment in segments {
      let address = UInt64(segment.isLoaded ? segment.start : 0)
      header.write(u32: segment.type)
      header.write(u32: segment.flags)
      header.write(u64: UInt64(segment.start))
      header.write(u64: address)
      header.write(u64: address)
      header.write(u64: UInt64(segment.size))
      header.write(u64: UInt64(segment.isLoaded ? segment.size : 0))
      header.write(u64: UInt64(segment.alignment))
    }
    return header.bytes
  }
}

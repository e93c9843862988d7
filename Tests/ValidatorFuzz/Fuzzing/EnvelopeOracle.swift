/// Reads docs/NEXE.md a second time: what in it is a must, without the code. `complaint` is the first sentence that a file breaks.
struct EnvelopeOracle {
  private let bytes: [UInt8]

  static func complaint(_ bytes: [UInt8]) -> String? { EnvelopeOracle(bytes: bytes).complaint() }

  private func value(_ offset: UInt64, _ size: Int) -> UInt64? {
    guard offset <= UInt64(bytes.count), UInt64(size) <= UInt64(bytes.count) - offset else { return nil }
    return (0..<size).reversed().reduce(0) { $0 << 8 | UInt64(bytes[Int(offset) + $1]) }
  }
  private func u32(_ offset: UInt64) -> UInt64? { value(offset, 4) }

  private struct Segment {
    var type, flags, offset, address, physical, fileSize, memorySize, alignment: UInt64
    var end: UInt64 { offset + fileSize }
  }

  private func segment(_ index: UInt64) -> Segment? {
    let at = 64 + 56 * index
    guard let type = u32(at), let flags = u32(at + 4), let offset = value(at + 8, 8), let address = value(at + 16, 8),
      let physical = value(at + 24, 8), let fileSize = value(at + 32, 8), let memorySize = value(at + 40, 8),
      let alignment = value(at + 48, 8), offset <= UInt64(bytes.count), fileSize <= UInt64(bytes.count) - offset
    else { return nil }
    return Segment(
      type: type, flags: flags, offset: offset, address: address, physical: physical, fileSize: fileSize, memorySize: memorySize,
      alignment: alignment)
  }

  private func complaint() -> String? {
    let identity: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    guard bytes.count >= 344, bytes.starts(with: identity) else { return "the ELF identity" }
    let fields: [(offset: UInt64, size: Int, value: UInt64)] = [
      (16, 2, 3), (18, 2, 62), (20, 4, 1), (24, 8, 0), (32, 8, 64), (48, 4, 0), (52, 2, 64), (54, 2, 56), (56, 2, 5),
    ]
    for field in fields where value(field.offset, field.size) != field.value { return "ELF header field at \(field.offset)" }
    if ![0, 64].contains(value(58, 2)) { return "e_shentsize" }
    let segments = (0..<5).compactMap { segment($0) }
    guard segments.count == 5 else { return "a segment beyond the file" }
    return segmentComplaint(segments) ?? noteComplaint(segments) ?? metadataComplaint(segments)
  }

  private func segmentComplaint(_ segments: [Segment]) -> String? {
    let expected: [(type: UInt64, flags: UInt64, alignment: UInt64)] = [
      (1, 5, 4096), (1, 4, 4096), (4, 4, 4), (0x6841_4C01, 4, 8), (0x6841_4C02, 4, 8),
    ]
    var end: UInt64 = 344
    for (index, (segment, expected)) in zip(segments, expected).enumerated() {
      let isLoaded = index < 2
      guard segment.type == expected.type, segment.flags == expected.flags, segment.alignment == expected.alignment else {
        return "type, flags or alignment of segment \(index)"
      }
      guard segment.address == (isLoaded ? segment.offset : 0), segment.physical == segment.address,
        segment.memorySize == (isLoaded ? segment.fileSize : 0)
      else { return "addresses of segment \(index)" }
      guard segment.offset >= end else { return "segment \(index) is not behind the last" }
      if bytes[Int(end)..<Int(segment.offset)].contains(where: { $0 != 0 }) { return "bytes before segment \(index)" }
      end = segment.end
    }
    guard end == bytes.count else { return "bytes behind the last segment" }
    guard segments[0].offset == 4096, segments[0].fileSize > 0, segments[0].fileSize % 32 == 0 else { return "text" }
    guard segments[1].offset % 4096 == 0, segments[1].fileSize > 0 else { return "read-only data" }
    return segments[0].end + segments[1].end < 1 << 31 ? nil : "C7"
  }

  private func noteComplaint(_ segments: [Segment]) -> String? {
    let at = segments[2].offset
    guard let count = u32(at + 20 + 12), count <= 64, segments[2].fileSize == 20 + 48 + 16 * count else { return "the note's size" }
    guard u32(at) == 7, u32(at + 4) == 48 + 16 * count, u32(at + 8) == 1, value(at + 12, 8) == 0x0000_6574_696C_6148 else {
      return "the note's header"
    }
    guard u32(at + 20) == 1, u32(at + 24) == 1 else { return "versions" }
    guard let model = value(at + 28, 1), let policy = value(at + 29, 1), let level = value(at + 30, 1), model <= 1, policy <= 1,
      level == 2 || level == 3, value(at + 31, 1) == 0
    else { return "model, policy or level" }
    let memories = u32(shapeOffset(segments) + 8) ?? 0
    var pairs: Set<[UInt64]> = []
    for index in 0..<count {
      let word = at + 68 + 16 * index
      guard let c = value(word, 8), let memory = u32(word + 8), c >= 1, memory < memories, u32(word + 12) == 0,
        pairs.insert([c, memory]).inserted
      else { return "limit word \(index)" }
    }
    return nil
  }

  private func shapeOffset(_ segments: [Segment]) -> UInt64 { segments[3].offset + (u32(segments[3].offset + 8) ?? 0) }

  private func metadataComplaint(_ segments: [Segment]) -> String? {
    let segment = segments[3]
    guard segment.fileSize >= 48, u32(segment.offset) == 0x4D54_4C48, u32(segment.offset + 4) == 5 else { return "the metadata's header" }
    var sections: [(offset: UInt64, size: UInt64)] = []
    var end: UInt64 = 48
    for index in 0..<UInt64(5) {
      guard let offset = u32(segment.offset + 8 + 8 * index), let size = u32(segment.offset + 12 + 8 * index), offset % 8 == 0,
        offset >= end, offset + size <= segment.fileSize
      else { return "section \(index)" }
      let gap = bytes[Int(segment.offset + end)..<Int(segment.offset + offset)]
      if gap.contains(where: { $0 != 0 }) { return "bytes before section \(index)" }
      sections.append((segment.offset + offset, size))
      end = offset + size
    }
    let isSegmented = value(segments[2].offset + 28, 1) == 1
    return shapeComplaint(sections, data: segments[1], text: segments[0], isSegmented: isSegmented)
  }

  private func shapeComplaint(
    _ sections: [(offset: UInt64, size: UInt64)], data: Segment, text: Segment, isSegmented: Bool
  ) -> String? {
    let shape = sections[0]
    guard shape.size >= 48 else { return "the shape's size" }
    let counts = (0..<12).map { u32(shape.offset + 4 * $0) ?? 0 }
    let (table, records, memories, tables, globals) = (counts[0], counts[1], counts[2], counts[3], counts[4])
    guard shape.size == 48 + 8 * memories + 24 * tables + 4 * globals else { return "the shape's size" }
    guard counts[5] <= 1000, counts[11] <= 1, records >= 1, counts[6] <= counts[7] else { return "the shape's counts" }
    guard counts[8] == 0xFFFF_FFFF || counts[8] < counts[7] else { return "the start function" }
    for index in 0..<memories {
      guard let flags = u32(shape.offset + 48 + 8 * index), let k = u32(shape.offset + 52 + 8 * index), flags < 4, k >= 16 else {
        return "memory \(index)"
      }
      let largest: UInt64 = index == 0 && isSegmented ? 32 : flags & 2 != 0 ? 40 : index == 0 ? 31 : 32
      if k > largest || (index == 0 && isSegmented && k != 32) { return "k of memory \(index)" }
    }
    for index in 0..<tables {
      let at = shape.offset + 48 + 8 * memories + 24 * index
      guard let flags = u32(at), let k = u32(at + 4), flags < 16, k <= 24 else { return "table \(index)" }
    }
    for index in 0..<globals {
      guard let flags = u32(shape.offset + 48 + 8 * memories + 24 * tables + 4 * index), flags < 16 else { return "global \(index)" }
    }
    guard table % 4 == 0, table >= data.address, table + 8 * records <= data.end else { return "the function table's place" }
    var kinds: [UInt64] = []
    for index in 0..<records {
      guard let start = u32(table + 8 * index), let kind = u32(table + 8 * index + 4), kind <= 1, start < text.fileSize,
        index == 0 ? start == 0 : start > (u32(table + 8 * index - 8) ?? .max)
      else { return "function record \(index)" }
      kinds.append(kind)
    }
    guard kinds.filter({ $0 == 1 }).count <= 1 else { return "two entry areas" }
    guard sections[1].size == 4 * counts[7], sections[2].size == 4 * counts[7] else { return "functions or entries" }
    for index in 0..<counts[7] {
      guard let record = u32(sections[1].offset + 4 * index), record < records, kinds[Int(record)] == 0 else { return "function \(index)" }
      guard let entry = u32(sections[2].offset + 4 * index), entry != 1 else { return "entry of function \(index)" }
      if entry != 0 && !kinds.contains(1) { return "entry \(index) without an area" }
    }
    return nil
  }
}

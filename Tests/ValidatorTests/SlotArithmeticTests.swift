import Testing

@testable import NaClValidator

/// SPEC.md's slot arithmetic lemma, at every edge, for every k, scale and size: the validator accepts an access if and
/// only if all bytes that it can touch lie inside a region. The long way round here is in 128 bits.
@Suite struct SlotArithmeticTests {
  /// An access of z bytes at `base + index*scale + displacement`; the displacement is its last four bytes.
  struct Shape: Sendable {
    let size: Int64
    let scale: Int64
    let load: String
  }

  private static let loads: [(size: Int64, text: String)] = [
    (1, "mov dl, byte ptr"), (2, "mov dx, word ptr"), (4, "mov edx, dword ptr"), (8, "mov rdx, qword ptr"),
    (16, "movups xmm0, xmmword ptr"),
  ]

  private static let shapes: [Shape] = loads.flatMap { load in
    [1, 2, 4, 8].map { Shape(size: load.size, scale: $0, load: load.text) }
  }

  /// The regions of a base register, as docs/NEXE.md has them; `isLegal` is the lemma's first sentence.
  private static func isLegal(_ regions: [Range<Int64>], _ displacement: Int64, _ bound: UInt64, _ shape: Shape) -> Bool {
    let least = Int128(displacement)
    let greatest = Int128(displacement) + Int128(shape.scale) * Int128(bound)
    return regions.contains { Int128($0.lowerBound) <= least && greatest + Int128(shape.size) <= Int128($0.upperBound) }
  }

  private static func bytes(_ value: Int64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> Int64(8 * $0)) }
  }

  /// Displacements around everything that could matter for these regions.
  private static func edges(_ regions: [Range<Int64>], _ bound: UInt64, _ shape: Shape) -> Set<Int64> {
    var edges: Set<Int64> = [0, -1, Int64(Int32.min), Int64(Int32.max), 4160, 127, 128, -128, -129]
    for region in regions {
      let last = Int128(region.upperBound) - Int128(shape.scale) * Int128(bound) - Int128(shape.size)
      for edge in [Int128(region.lowerBound), Int128(region.upperBound), last] {
        for step in Int128(-1)...1 where Int128(Int32.min) <= edge + step && edge + step <= Int128(Int32.max) {
          edges.insert(Int64(edge + step))
        }
      }
    }
    return edges
  }

  /// Patches k, the index's bound and the displacement of one nexe a shape, and asks about each edge.
  private func check(
    _ base: NexeBuilder, _ text: (Shape) -> String, shapes: [Shape] = Self.shapes, reaches: [Int], memory: Int,
    bounds: (Int) -> [UInt64], regions: (Int, ContextLayout) -> [Range<Int64>]
  ) throws {
    let builders = shapes.map { base.function("f", "POLL p\n\(text($0))\nret\nSLOW p") }
    let images = try Assembler.assemble(builders.map { try $0.assembly() })
    let layout = try base.layout()
    var (accepted, refused) = (0, 0)
    for ((shape, builder), image) in zip(zip(shapes, builders), images) {
      let nexe = try Nexe(builder, image)
      let mask = nexe.labels["mask"].map { Int($0) - 4 }
      let at = try #require(nexe.labels["end"].map { Int($0) - 4 })
      for k in reaches {
        // The shape's memory records begin 48 bytes into it, and the shape 48 bytes into the metadata.
        let patched = nexe.patched(at: nexe.metadataOffset + 96 + 8 * memory + 4, [UInt8(k)])
        for bound in bounds(k) {
          let bounded = mask.map { patched.patched(at: $0, Self.bytes(Int64(bound), 4)) } ?? patched
          let regions = regions(k, layout)
          for displacement in Self.edges(regions, bound, shape) {
            let bytes = bounded.patched(at: at, Self.bytes(displacement, 4)).bytes
            let isLegal = Self.isLegal(regions, displacement, bound, shape)
            guard case .failure(let rejection) = Validator.validate(bytes) else {
              accepted += 1
              #expect(isLegal, "accepted: k \(k), bound \(bound), \(shape), \(displacement)")
              continue
            }
            refused += 1
            let isM1 = rejection.findings.map(\.rule) == [.m1_region]
            #expect(!isLegal && isM1, "k \(k), bound \(bound), \(shape), \(displacement)")
          }
        }
      }
    }
    #expect(accepted > 0 && refused > 0)
  }

  /// The regions of r15's map that can be read: words, then memory 0.
  private func contextRegions(_ k: Int, _ layout: ContextLayout) -> [Range<Int64>] {
    let words = [layout.limit] + layout.limitWords + layout.memorySizes + layout.memoryBases + layout.memoryMasks
    let transfer = Int64(layout.transferArea)..<Int64(layout.transferArea + 16 * layout.transferCells)
    return words.map { Int64($0)..<Int64($0 + 8) } + [transfer, 0..<(1 << Int64(k)) + 4160]
  }

  @Test func memory0() throws {
    try check(
      NexeBuilder(),
      { "and eax, 0x7fffffff\nmask: .byte 0x90\n\($0.load) [r15 + rax*\($0.scale) + 0x40000000]\nend: nop" },
      reaches: Array(16...31), memory: 0,
      bounds: { k in [0, 1, 7, (1 << UInt64(k - 1)) - 1, 1 << UInt64(k - 1), (1 << UInt64(k)) - 1, UInt64(UInt32.max)] },
      regions: contextRegions)
  }

  @Test func withoutIndex() throws {
    try check(
      NexeBuilder(), { "\($0.load) [r15 + 0x40000000]\nend: nop" }, shapes: Self.shapes.filter { $0.scale == 1 },
      reaches: Array(16...31), memory: 0, bounds: { _ in [0] }, regions: contextRegions)
  }

  @Test func furtherMemories() throws {
    try check(
      NexeBuilder().memory(k: 16),
      {
        """
        mov rcx, qword ptr [r15 + MBASE1]
        and eax, 0x7fffffff
        mask: .byte 0x90
        \($0.load) [rcx + rax*\($0.scale) + 0x40000000]
        end: nop
        """
      },
      reaches: Array(16...32), memory: 1,
      bounds: { k in [0, (1 << UInt64(k - 1)) - 1, (1 << UInt64(k)) - 1, UInt64(UInt32.max)] },
      regions: { k, _ in [0..<(1 << Int64(k)) + 4160] })
  }

  @Test func memory64ByItsMaskWord() throws {
    try check(
      NexeBuilder().memory(flags: 2, k: 16),
      {
        """
        mov rcx, qword ptr [r15 + MBASE1]
        and rax, qword ptr [r15 + MMASK1]
        \($0.load) [rcx + rax*\($0.scale) + 0x40000000]
        end: nop
        """
      }, reaches: Array(16...40), memory: 1, bounds: { k in [(1 << UInt64(k)) - 1] },
      regions: { k, _ in [0..<(1 << Int64(k)) + 4160] })
  }
}

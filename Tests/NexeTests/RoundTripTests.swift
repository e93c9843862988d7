import Nexe
import Testing

@Suite struct RoundTripTests {
  static func image() -> NexeImage {
    var shape = Shape()
    shape.memories = [.init(isImported: false, hasIndex64: false, log2Reach: 24)]
    shape.tables = [
      .init(
        isImported: false, isExported: true, hasIndex64: false, holdsExternal: false, log2Elements: 4, minimum: 9,
        maximum: nil)
    ]
    shape.globals = [.init(isImported: false, isMutable: true, isReference: false, isExported: true)]
    shape.transferCells = 2
    shape.limitWords = [.init(memory: 0, reach: 4), .init(memory: 0, reach: 1 << 33)]
    return NexeImage(
      model: .mask, policy: .wrap, instructionSet: .x86_64_v2, moduleHash: Array(0..<32), shape: shape,
      text: Array(repeating: 0x90, count: 96),
      readOnlyData: [0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 1, 0, 0, 0], functionTableAddress: 8192,
      functions: [
        .init(start: 0, kind: .function, name: "first"), .init(start: 32, kind: .function, name: "second"),
        .init(start: 64, kind: .entryArea, name: "entries"),
      ], importedFunctionCount: 1, functionRecords: [0, 1], entries: [0, 2], startFunction: 1, dataSegmentCount: 3,
      elementSegmentCount: 4,
      sites: [.init(returnAddress: 40, moduleOffset: 77, function: 1, kind: .trap, trapCode: 5, hasFrame: true)],
      module: Array("\0asm".utf8) + [1, 0, 0, 0])
  }

  @Test func readerReturnsWhatWriterWasGiven() throws {
    let image = Self.image()
    let bytes = NexeWriter.write(image)
    let contents = try NexeReader.read(bytes)
    #expect(contents.model == .mask && contents.policy == .wrap && contents.instructionSet == .x86_64_v2)
    #expect(contents.moduleHash == image.moduleHash)
    #expect(contents.shape == image.shape)
    #expect(contents.functions.map(\.start) == [0, 32, 64])
    #expect(contents.functions.last?.kind == .entryArea)
    #expect(contents.functionRecords == [0, 1] && contents.entries == [0, 2] && contents.startFunction == 1)
    #expect(contents.sites == image.sites)
    #expect(Array(bytes[contents.module]) == image.module)
    #expect(Array(bytes[contents.text]) == image.text)
  }

  @Test func writingTwiceGivesTheSameBytes() {
    #expect(NexeWriter.write(Self.image()) == NexeWriter.write(Self.image()))
  }

  @Test func everyTruncationIsAnError() {
    let bytes = NexeWriter.write(Self.image())
    let end = try! NexeReader.read(bytes).module.upperBound
    for count in stride(from: 0, to: end, by: 7) {
      #expect(throws: NexeReadError.self) { try NexeReader.read(Array(bytes.prefix(count))) }
    }
  }
}

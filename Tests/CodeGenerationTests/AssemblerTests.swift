import Testing
import X86

import struct IR.FunctionIndex

@testable import CodeGeneration

/// A random stream, and what its layout must look like.
private struct Stream {
  enum Member {
    case marker(UInt32)
    case wideMarker(UInt32)
    case jump(Label)
    case conditionalJump(Label)
    case ret
  }

  /// In order; more than one member: a group.
  var chunks: [[Member]] = []
  /// By label: the chunk that it stands before.
  var labels: [Int] = []
  var isAligned: [Bool] = []
  var jumpTable: [Label] = []

  init(seed: UInt64, chunkCount: Int, branchShare: Int) {
    var random = AssemblerRandom(state: seed)
    let labelCount = max(1, chunkCount / 6)
    labels = (0..<labelCount).map { _ in Int.random(in: 0..<chunkCount, using: &random) }
    isAligned = (0..<chunkCount).map { _ in Int.random(in: 0..<40, using: &random) == 0 }
    jumpTable = (0..<min(4, labelCount)).map { _ in Label(UInt32.random(in: 0..<UInt32(labelCount), using: &random)) }
    var number: UInt32 = 0
    for _ in 0..<chunkCount {
      var members: [Member] = []
      // With long branches at most 30 bytes.
      for _ in 0..<(Int.random(in: 0..<5, using: &random) == 0 ? Int.random(in: 2...3, using: &random) : 1) {
        number += 1
        let label = Label(UInt32.random(in: 0..<UInt32(labelCount), using: &random))
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<branchShare: members.append(Bool.random(using: &random) ? .jump(label) : .conditionalJump(label))
        case branchShare..<(branchShare + 5): members.append(.ret)
        case (branchShare + 5)..<(branchShare + 25): members.append(.wideMarker(number))
        default: members.append(.marker(number))
        }
      }
      chunks.append(members)
    }
  }

  func assemble(keepsListing: Bool = false) -> CodeFragment {
    var assembler = BundleAssembler(isa: .v3, keepsListing: keepsListing)
    for _ in labels { _ = assembler.makeLabel() }
    _ = assembler.jumpTable(jumpTable)
    var before: [[Int]] = Array(repeating: [], count: chunks.count)
    for (label, chunk) in labels.enumerated() { before[chunk].append(label) }
    for (index, chunk) in chunks.enumerated() {
      if isAligned[index] { assembler.alignToBundle() }
      for label in before[index] { assembler.bind(Label(UInt32(label))) }
      if chunk.count > 1 { assembler.beginGroup() }
      for member in chunk { assembler.emit(instruction(member)) }
      if chunk.count > 1 { assembler.endGroup() }
    }
    return assembler.finish()
  }

  private func instruction(_ member: Member) -> Instruction {
    switch member {
    case .marker(let number): Instruction(.mov, .w32, .register(.rax), .immediate(Int64(number)))
    case .wideMarker(let number): Instruction(.mov, .w64, .register(.rax), .immediate(1 << 40 | Int64(number)))
    case .jump(let label): Instruction(.jmp, .w64, .label(label))
    case .conditionalJump(let label): Instruction(.jcc, .w64, condition: .less, .label(label))
    case .ret: Instruction(.ret)
    }
  }

  /// What is wrong with `fragment`; nil if nothing is.
  func fault(in fragment: CodeFragment) -> String? {
    guard let steps = AssemblerWalker.walk(fragment.bytes) else { return "unknown bytes" }
    if let bad = steps.first(where: \.crossesBundle) { return "an instruction crosses a bundle at \(bad.start)" }
    var chunkStarts: [Int] = []
    var position = 0
    for (index, chunk) in chunks.enumerated() {
      while position < steps.count, steps[position].found == .nop { position += 1 }
      guard position + chunk.count <= steps.count else { return "the stream ends early" }
      let members = steps[position..<position + chunk.count]
      if members.first!.start / 32 != (members.last!.end - 1) / 32 { return "group \(index) crosses a bundle" }
      if isAligned[index] && members.first!.start % 32 != 0 { return "chunk \(index) is not aligned" }
      chunkStarts.append(members.first!.start)
      position += chunk.count
    }
    if position != steps.count { return "bytes behind the last instruction" }
    return faultInTargets(of: fragment, steps.filter { $0.found != .nop }, chunkStarts)
  }

  private func faultInTargets(
    of fragment: CodeFragment, _ steps: [AssemblerWalker.Step], _ chunkStarts: [Int]
  ) -> String? {
    for (step, member) in zip(steps, chunks.joined()) {
      let expected: AssemblerWalker.Found =
        switch member {
        case .marker(let number): .marker(number)
        case .wideMarker(let number): .wideMarker(number)
        case .jump(let label), .conditionalJump(let label): .branch(chunkStarts[labels[label.index]])
        case .ret: .ret
        }
      if step.found != expected { return "at \(step.start): \(step.found), expected \(expected)" }
    }
    for (label, chunk) in labels.enumerated() where fragment.labelOffsets[label] != UInt32(chunkStarts[chunk]) {
      return "label \(label) is misplaced"
    }
    for (entry, label) in zip(fragment.jumpTables[0], jumpTable) {
      if Int(entry) != chunkStarts[labels[label.index]] || entry % 32 != 0 { return "a jump table misses its target" }
    }
    return nil
  }
}

@Suite struct AssemblerTests {
  @Test func randomStreams() {
    for seed in 0..<300 {
      let stream = Stream(seed: UInt64(seed), chunkCount: 1 + seed * 2, branchShare: [5, 20, 60][seed % 3])
      let fault = stream.fault(in: stream.assemble())
      #expect(fault == nil, "seed \(seed)")
    }
  }

  /// Linear in practice: rounds are bounded whatever the stream.
  @Test func longStream() {
    let stream = Stream(seed: 1, chunkCount: 40_000, branchShare: 20)
    let fault = stream.fault(in: stream.assemble())
    #expect(fault == nil)
  }

  @Test func outputIsAFunctionOfTheStream() {
    let stream = Stream(seed: 7, chunkCount: 500, branchShare: 30)
    let first = stream.assemble()
    let second = stream.assemble(keepsListing: true)
    #expect(first.bytes == second.bytes)
    #expect(first.listing.isEmpty && !second.listing.isEmpty)
  }

  /// A branch stays short up to the last byte of its reach, and not beyond.
  @Test func shortBranchesReachExactly() {
    func size(fillers: Int) -> Int {
      var assembler = BundleAssembler(isa: .v3)
      let end = assembler.makeLabel()
      assembler.emit(Instruction(.jmp, .w64, .label(end)))
      for _ in 0..<fillers { assembler.emit(Instruction(.ret)) }
      assembler.bind(end)
      assembler.emit(Instruction(.ret))
      return assembler.finish().bytes.count
    }
    #expect(size(fillers: 127) == 2 + 127 + 1)
    #expect(size(fillers: 128) == 5 + 128 + 1)
  }

  /// Each branch spans the next one, and reaches only while that is short: a round makes a single one long, from the
  /// last to the first, so that the limit on rounds is met.
  @Test func chainOfGrowingBranches() {
    let links = 50
    var assembler = BundleAssembler(isa: .v3)
    let labels = (0..<links + 2).map { _ in assembler.makeLabel() }
    for link in 0..<links {
      assembler.bind(labels[link])
      assembler.emit(Instruction(.jmp, .w64, .label(labels[link + 2])))
      for _ in 0..<(62 + link % 2) { assembler.emit(Instruction(.ret)) }
    }
    assembler.bind(labels[links])
    for _ in 0..<200 { assembler.emit(Instruction(.ret)) }
    assembler.bind(labels[links + 1])
    assembler.emit(Instruction(.ret))
    let fragment = assembler.finish()
    guard let steps = AssemblerWalker.walk(fragment.bytes) else {
      Issue.record("unknown bytes")
      return
    }
    let branches = steps.filter { if case .branch = $0.found { true } else { false } }
    #expect(branches.map(\.found) == fragment.labelOffsets.dropFirst(2).map { .branch(Int($0)) })
    #expect(branches.allSatisfy { $0.end - $0.start == 5 && !$0.crossesBundle })
  }

  /// Eleven bytes in three instructions, then a group that does not fit: nothing but longer forms fills the gap.
  @Test func longerFormsFillGaps() {
    for isa in ISALevel.allCases {
      var assembler = BundleAssembler(isa: isa)
      let memory = Operand.address(.flat(.r15, index: .rax, displacement: 8))
      for _ in 0..<4 { assembler.emit(Instruction(.mov, .w32, .register(.rcx), memory)) }
      assembler.emit(Instruction(.add, .w32, .register(.rdx), .register(.rdx), .immediate(1)))
      assembler.emit(Instruction(.add, .w64, .register(.rdx), .register(.rdx), .register(.rcx)))
      assembler.beginGroup()
      for _ in 0..<8 { assembler.emit(Instruction(.mov, .w64, .register(.rdx), .register(.rcx))) }
      assembler.endGroup()
      let bytes = assembler.finish().bytes
      #expect(bytes.count == 32 + 24)
      // mov ecx, [r15 + rax + 8] with four bytes of displacement; add edx, 1 with four of immediate.
      #expect(Array(bytes.prefix(8)) == [0x41, 0x8B, 0x8C, 0x07, 8, 0, 0, 0])
      #expect(!bytes.prefix(32).contains(0x90) && !bytes.prefix(32).contains(0x1F))
    }
  }

  @Test func sitesAreReturnAddresses() {
    var assembler = BundleAssembler(isa: .v3)
    for _ in 0..<30 { assembler.emit(Instruction(.ret)) }
    assembler.emit(Instruction(.callIndirect, .w64, .address(.flat(.r15, displacement: -24))))
    assembler.mark(
      CodeSite(
        address: 0, sourceOffset: 9, function: FunctionIndex(0), kind: .trap, trapCode: .unreachable, hasFrame: true))
    let fragment = assembler.finish()
    // The call of four bytes does not fit behind thirty.
    #expect(fragment.sites.map(\.address) == [36])
    #expect(fragment.bytes.suffix(4) == [0x41, 0xFF, 0x57, 0xE8])
  }

  @Test func listingShowsGroupsAndLabels() {
    var assembler = BundleAssembler(isa: .v3, keepsListing: true)
    let end = assembler.makeLabel()
    assembler.emitGroup(
      Instruction(.test, .w32, .register(.rcx), .register(.rcx)),
      Instruction(.jcc, .w64, condition: .equal, .label(end)),
      Instruction(.zero, .w32, .register(.rdx)), Instruction(.div, .w32, .register(.rcx)))
    assembler.bind(end)
    assembler.emit(Instruction(.ret))
    #expect(
      assembler.finish().listing == """
             0   test ecx, ecx
             2 | je L0
             4 | xor edx, edx
             6 | div ecx
        L0:
             8   ret

        """)
  }
}

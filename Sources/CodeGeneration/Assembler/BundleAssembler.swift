import Entities
import X86

/// Lays instructions out in 32-byte bundles (docs/ABI.md, C1-C4) and chooses the sizes of branches.
///
/// The stream is a sequence of chunks: single instructions, and groups whose instructions stand together without
/// padding. Layout places each chunk at the next free byte, or at the next bundle if it would cross into it or if a
/// jump table leads to it; longer forms of the instructions before it fill the gap (`BundleFilling`), or else multi-byte
/// NOPs. A label's address is that of the chunk behind it, so that
/// jumps skip the padding.
///
/// Branch sizes and padding depend on each other. Every branch to a label starts short (2 bytes), and `BranchSizing`
/// repeats: lay out, then make long each short branch that does not reach. A branch never becomes short again.
///
/// - It ends: each round but the last makes at least one of finitely many branches long.
/// - It is right: the last round changed nothing, so the layout computed in it is the final one, and in it every short
///   branch was seen to reach. Nothing is assumed about how padding moves; it may shrink when a branch grows, and then
///   a branch made long early may turn out to have had no need, which costs bytes only.
/// - It is near-linear: a round is one pass. Few rounds are usual; since padding can carry a growth from bundle to
///   bundle, more are possible, so after some the reach asked of a short branch is halved, and after some more none is
///   left short.
///
/// Output depends on the calls made and nothing else.
public struct BundleAssembler: Sendable {
  public static let bundleSize = 32

  /// One instruction of the stream.
  struct Piece {
    /// Its bytes in `encoded`, with branches to labels in the short form.
    var start: UInt32
    var length: UInt8
    /// Begins a chunk; begins a bundle.
    var beginsChunk: Bool
    var beginsBundle = false
    /// Relative to the fragment; set by layout.
    var position: UInt32 = 0
    /// How the bytes in `encoded` can become more, and by how many they do; not for branches to labels.
    var stretch = Stretch()
    var added: UInt8 = 0
    /// Control goes on behind it, as far as this is known.
    var fallsThrough = true
    var isBranch = false
  }

  /// A jump to a label, whose size is open.
  struct Branch {
    var piece: UInt32
    var target: Label
    var longLength: UInt8
    var isLong = false
  }

  private let encoder: Encoder
  private let keepsListing: Bool
  private var encoded: ContiguousArray<UInt8> = []
  private var pieces: ContiguousArray<Piece> = []
  private var branches: ContiguousArray<Branch> = []
  /// The instructions of `branches`, for their long forms.
  private var branchInstructions: ContiguousArray<Instruction> = []
  /// Offsets relative to `encoded`; ascending. Branches have none.
  private var fixups: ContiguousArray<Fixup> = []
  /// By label: the piece that it stands before.
  private var labels: ContiguousArray<UInt32> = []
  private var siteMarks: ContiguousArray<(piece: UInt32, site: CodeSite)> = []
  private var constants = ConstantPool()
  private var jumpTables: [[Label]] = []
  private var isInGroup = false
  private var groupStart = 0
  private var alignsNext = false
  private var instructions: ContiguousArray<Instruction> = []

  static let unbound = UInt32.max

  public init(isa: ISALevel, keepsListing: Bool = false) {
    encoder = Encoder(isa: isa)
    self.keepsListing = keepsListing
  }

  /// Bytes of what has been emitted, without padding and with all branches to labels short.
  var encodedSize: Int { encoded.count }

  // MARK: The stream

  public mutating func makeLabel() -> Label {
    labels.append(BundleAssembler.unbound)
    return Label(index: labels.count - 1)
  }

  /// Names the place of the next instruction. A label is bound once, never inside a group.
  public mutating func bind(_ label: Label) {
    precondition(!isInGroup || pieces.count == groupStart, "no label stands inside a group")
    precondition(labels[label.index] == BundleAssembler.unbound, "a label is bound once")
    labels[label.index] = UInt32(pieces.count)
  }

  /// The next instruction starts a bundle.
  public mutating func alignToBundle() {
    precondition(!isInGroup, "groups have no padding inside")
    alignsNext = true
  }

  /// Appends an instruction with physical registers: to the group if one is open, else as a chunk of its own.
  public mutating func emit(_ instruction: Instruction) {
    let start = encoded.count
    var stretch = Stretch()
    let fixup = encoder.encode(instruction, into: &encoded, stretch: &stretch)
    let target = openTarget(instruction)
    if let target  {
      let longLength = UInt8(encoded.count - start)
      encoded.removeLast(Int(longLength))
      encoder.encode(instruction, branch: .short, into: &encoded)
      branches.append(Branch(piece: UInt32(pieces.count), target: target, longLength: longLength))
      branchInstructions.append(instruction)
    } else if let fixup {
      fixups.append(fixup)
    }
    pieces.append(
      Piece(
        start: UInt32(start), length: UInt8(encoded.count - start),
        beginsChunk: !isInGroup || pieces.count == groupStart, beginsBundle: alignsNext, stretch: stretch,
        fallsThrough: instruction.fallsThrough, isBranch: target != nil))
    alignsNext = false
    if keepsListing { instructions.append(instruction) }
  }

  /// Begins an indivisible group; ends it. At most 32 bytes, counted with long branches.
  public mutating func beginGroup() {
    precondition(!isInGroup, "groups do not nest")
    isInGroup = true
    groupStart = pieces.count
  }

  public mutating func endGroup() {
    precondition(isInGroup, "a group was begun")
    isInGroup = false
  }

  /// Emits `members` as one group.
  public mutating func emitGroup(_ members: Instruction...) {
    beginGroup()
    for member in members { emit(member) }
    endGroup()
  }

  /// Records where the instruction just emitted ends: the return address of a call. `site.address` is filled in.
  public mutating func mark(_ site: CodeSite) {
    precondition(!pieces.isEmpty, "a site follows an instruction")
    siteMarks.append((piece: UInt32(pieces.count - 1), site: site))
  }

  /// A constant in read-only data, to be addressed relative to rip.
  public mutating func constant(_ constant: ConstantPool.Constant) -> Target {
    .symbol(Reference.constant(constants.insert(constant)).symbol)
  }

  /// A jump table in read-only data; its targets will start bundles. Labels may be bound later.
  public mutating func jumpTable(_ targets: [Label]) -> Target {
    jumpTables.append(targets)
    return .symbol(Reference.jumpTable(UInt32(jumpTables.count - 1)).symbol)
  }

  /// The target of a branch that has a short form and stays inside the fragment.
  private func openTarget(_ instruction: Instruction) -> Label? {
    guard instruction.opcode == .jmp || instruction.opcode == .jcc, case .label(let label)? = instruction.target else {
      return nil
    }
    return label
  }

  // MARK: The end

  /// Requires: every label referred to is bound, and stands before an instruction.
  /// Complexity: O(instructions) for each of a bounded number of rounds.
  public consuming func finish() -> CodeFragment {
    assemble()
  }

  private mutating func assemble() -> CodeFragment {
    precondition(!isInGroup, "every group has been ended")
    for table in jumpTables {
      for label in table {
        let target = piece(of: label)
        pieces[target].beginsBundle = true
      }
    }
    let end = BranchSizing.run(pieces: &pieces, branches: &branches, labels: labels)
    BundleFilling.run(pieces: &pieces, branches: &branches, labels: labels, encoded: encoded)

    var fragment = CodeFragment()
    fragment.labelOffsets = ContiguousArray(
      labels.map { label in
        label == BundleAssembler.unbound
          ? CodeFragment.unbound : Int(label) < pieces.count ? pieces[Int(label)].position : UInt32(end)
      })
    fragment.sites = siteMarks.map { mark in
      var site = mark.site
      let piece = pieces[Int(mark.piece)]
      site.address = piece.position + UInt32(piece.length)
      return site
    }
    fragment.jumpTables = jumpTables.map { table in table.map { fragment.labelOffsets[$0.index] } }
    fragment.constants = constants
    fragment.bytes.reserveCapacity(end)
    write(into: &fragment)
    if keepsListing { fragment.listing = listing() }
    return fragment
  }

  private func piece(of label: Label) -> Int {
    let piece = Int(labels[label.index])
    precondition(piece < pieces.count, "a target is bound and stands before an instruction")
    return piece
  }

  private func write(into fragment: inout CodeFragment) {
    var nextBranch = 0
    var nextFixup = 0
    for index in pieces.indices {
      let piece = pieces[index]
      let start = Int(piece.start)
      NOP.append(Int(piece.position) - fragment.bytes.count, to: &fragment.bytes)
      if nextBranch < branches.count, branches[nextBranch].piece == index {
        let size: Encoder.BranchSize = branches[nextBranch].isLong ? .long : .short
        let fixup = encoder.encode(branchInstructions[nextBranch], branch: size, into: &fragment.bytes)
        if let fixup { resolve(fixup, at: fixup.offset, in: &fragment) }
        nextBranch += 1
        continue
      }
      let shift = fragment.bytes.count - start
      let end = start + Int(piece.length - piece.added)
      if piece.added > 0 {
        piece.stretch.write(encoded[start..<end], adding: Int(piece.added), to: &fragment.bytes)
        continue
      }
      fragment.bytes.append(contentsOf: encoded[start..<end])
      while nextFixup < fixups.count, fixups[nextFixup].offset < end {
        resolve(fixups[nextFixup], at: fixups[nextFixup].offset + shift, in: &fragment)
        nextFixup += 1
      }
    }
  }

  private func resolve(_ fixup: Fixup, at offset: Int, in fragment: inout CodeFragment) {
    switch fixup.target {
    case .label(let label):
      let target = Int(pieces[piece(of: label)].position)
      patch(&fragment.bytes, at: offset, size: fixup.size, target + Int(fixup.addend) - offset)
    case .symbol(let symbol):
      fragment.relocations.append(
        CodeFragment.Relocation(offset: UInt32(offset), target: Reference(symbol), addend: fixup.addend))
    }
  }

  private func patch(_ bytes: inout ContiguousArray<UInt8>, at offset: Int, size: Int, _ value: Int) {
    precondition(
      size == 4 ? Int32(exactly: value) != nil : Int8(exactly: value) != nil, "sizing leaves no branch out of reach")
    for index in 0..<size { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }

  private func listing() -> String {
    var names: [UInt32: [Label]] = [:]
    for (index, piece) in labels.enumerated() where piece != BundleAssembler.unbound {
      names[piece, default: []].append(Label(index: index))
    }
    var text = ""
    for (index, piece) in pieces.enumerated() {
      for label in names[UInt32(index)] ?? [] { text += "\(label):\n" }
      let offset = String(piece.position, radix: 16)
      let isGrouped = !piece.beginsChunk
      text += String(repeating: " ", count: max(0, 6 - offset.utf8.count)) + offset + (isGrouped ? " | " : "   ")
      text += AsmPrinter.text(instructions[index], isa: encoder.isa) + "\n"
    }
    return text
  }
}

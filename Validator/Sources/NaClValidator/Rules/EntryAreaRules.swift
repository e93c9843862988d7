/// Rule C3: what the bundles of the entry area hold.
struct EntryAreaRules: ~Copyable {
  private enum Bundle {
    case trap
    /// `jmp` alone; the target as an address.
    case jump(Int64)
    /// `cmp r10d,imm32; jne miss; jmp target`.
    case typed(miss: Int64, target: Int64)
  }

  /// Typed bundles that may follow one upon another's mismatch.
  private static let maximumChain = 63

  let area: EntryArea
  let context: CodeContext
  /// The function each bundle's `jmp` goes to; nil for a trap bundle.
  private(set) var targets: [Int64?] = []
  private var start: UInt64 { context.text.address + UInt64(area.start) }

  init(_ area: EntryArea, _ context: CodeContext) {
    self.area = area
    self.context = context
  }

  mutating func check(_ findings: inout FindingList) {
    var reader = context.makeReader()
    var bundles: [Bundle] = []
    var code = Buffer<Instruction>(capacity: Int(CodeReader.bundleSize))
    for index in 0..<UInt64(area.count) {
      if findings.isFull { return }
      let address = start + index * CodeReader.bundleSize
      var bundle: Bundle?
      code.removeAll()
      do throws(DecodeFailure) {
        try reader.read(from: address, to: address + CodeReader.bundleSize, isChecked: false, into: &code)
        bundle = classify(code)
        if bundle == nil { findings.add(.c3_entryArea, address, "neither a trap bundle nor a typed entry") }
      } catch {
        findings.add(error.rule, error.address, length: error.length, error.message)
      }
      bundles.append(bundle ?? .trap)
    }
    checkLinks(bundles, &findings)
  }

  private mutating func checkLinks(_ bundles: [Bundle], _ findings: inout FindingList) {
    // Typed bundles so far in this chain, each but the first reached by a mismatch of the one before.
    var chain = 0
    for (index, bundle) in bundles.enumerated() {
      let address = start + UInt64(index) * CodeReader.bundleSize
      func reject(_ message: String) { findings.add(.c3_entryArea, address, message) }
      var target: Int64?
      var isLinked = false
      switch bundle {
      case .trap:
        if index == 1 { reject("entry 1 is not the jmp to FOREIGN's stub") }
      case .jump(let destination):
        target = destination
        if index != 1 { reject("an entry without a type check") }
      case .typed(let miss, let destination):
        target = destination
        if index < 2 { reject("entry 0 must trap and entry 1 lead to FOREIGN's stub") }
        chain += 1
        // A mismatch that leads to a trap bundle ends the chain, wherever that bundle lies.
        if index + 1 < bundles.count, miss == Int64(address + CodeReader.bundleSize), case .typed = bundles[index + 1] {
          isLinked = true
        }
        if isLinked && chain == Self.maximumChain { reject("more than \(Self.maximumChain) linked bundles") }
        if !isLinked && !isTrap(miss, bundles) {
          reject("a type mismatch leads neither to a trap bundle nor to the next bundle")
        }
      }
      if !isLinked { chain = 0 }
      if let target, !context.isFunctionStart(target) { reject("an entry's jmp does not go to a function start") }
      targets.append(target)
    }
  }

  private func isTrap(_ address: Int64, _ bundles: [Bundle]) -> Bool {
    let offset = address - Int64(start)
    guard offset >= 0, offset % 32 == 0, offset / 32 < bundles.count else { return false }
    if case .trap = bundles[Int(offset / 32)] { return true }
    return false
  }

  /// A bundle has at least one instruction. Behind those that count there are only NOPs.
  private func classify(_ code: borrowing Buffer<Instruction>) -> Bundle? {
    let first = code[0]
    var count = code.count
    while count > 1 && code[count - 1].isNop { count -= 1 }
    if count == 1 && context.gate(first) == .trap { return .trap }
    if count == 1 && first.semantic == .jmp { return first.target.map { .jump($0) } }
    guard count == 3, first.semantic == .cmp, first.isRegister(0, Register.r10, size: 4), first.isImmediate(1),
      first.template.immediateSize == 4, code[1].semantic == .jne, let miss = code[1].target,
      code[2].semantic == .jmp, let target = code[2].target
    else { return nil }
    return .typed(miss: miss, target: target)
  }
}

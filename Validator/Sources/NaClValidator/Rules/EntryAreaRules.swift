/// Rule C3: what the bundles of the entry area hold.
struct EntryAreaRules {
  /// A trap bundle has neither; entry 1 is `jmp target` alone; others are `cmp r10d,imm32; jne miss; jmp target`.
  private struct Bundle {
    var miss: Int64?
    var target: Int64?
  }

  /// Typed bundles that may follow one upon another's mismatch.
  private static let maximumChain = 63

  private let context: CodeContext
  private let start: UInt64
  private var bundles: [Bundle] = []
  /// The function each bundle's `jmp` goes to; nil for a trap bundle.
  var targets: [Int64?] { bundles.map(\.target) }

  init(_ area: EntryArea, _ context: CodeContext, _ findings: inout FindingList) {
    self.context = context
    start = context.text.address + UInt64(area.start)
    var reader = context.makeReader()
    var code = Buffer<Instruction>(capacity: Int(CodeReader.bundleSize))
    for index in 0..<UInt64(area.count) where !findings.isFull {
      let address = start + index * CodeReader.bundleSize
      var bundle: Bundle?
      code.removeAll()
      do throws(Violation) {
        try reader.read(from: address, to: address + CodeReader.bundleSize, isChecked: false, into: &code)
        bundle = classify(code)
        if bundle == nil { findings.add(.c3_entryArea, address, "neither a trap bundle nor a typed entry") }
      } catch {
        findings.add(error)
      }
      bundles.append(bundle ?? Bundle())
    }
    checkLinks(&findings)
  }

  private func checkLinks(_ findings: inout FindingList) {
    // Links so far in this chain: typed bundles whose mismatch leads to the next one.
    var chain = 0
    for (index, bundle) in bundles.enumerated() {
      let address = start + UInt64(index) * CodeReader.bundleSize
      func require(_ holds: Bool, _ message: String) { if !holds { findings.add(.c3_entryArea, address, message) } }
      require(index != 0 || bundle.target == nil, "entry 0 does not trap")
      require(index != 1 || bundle.target != nil && bundle.miss == nil, "entry 1 is not the jmp to FOREIGN's stub")
      require(index < 2 || bundle.target == nil || bundle.miss != nil, "an entry without a type check")
      require(bundle.target.map(context.isFunctionStart) ?? true, "an entry's jmp does not go to a function start")
      var isLinked = false
      if let miss = bundle.miss {
        let next = index + 1
        isLinked = miss == Int64(address + CodeReader.bundleSize) && next < bundles.count && bundles[next].miss != nil
        // A mismatch that leads to a trap bundle ends the chain, wherever that bundle lies.
        require(isLinked || isTrap(miss), "a type mismatch leads neither to a trap bundle nor to the next bundle")
      }
      chain = isLinked ? chain + 1 : 0
      require(chain != Self.maximumChain, "more than \(Self.maximumChain) linked bundles")
    }
  }

  private func isTrap(_ address: Int64) -> Bool {
    let offset = address - Int64(start)
    return offset >= 0 && offset % 32 == 0 && offset / 32 < bundles.count && bundles[Int(offset / 32)].target == nil
  }

  /// A bundle has at least one instruction. Behind those that count there are only NOPs.
  private func classify(_ code: borrowing Buffer<Instruction>) -> Bundle? {
    let first = code[0]
    var count = code.count
    while count > 1 && code[count - 1].isNop { count -= 1 }
    if count == 1 && context.gate(first) == .trap { return Bundle() }
    if count == 1 && first.semantic == .jmp { return first.target.map { Bundle(target: $0) } }
    guard count == 3, first.semantic == .cmp, first.takesImmediate(Register.r10, size: 4),
      first.template.immediateSize == 4, code[1].semantic == .jne, let miss = code[1].target,
      code[2].semantic == .jmp, let target = code[2].target
    else { return nil }
    return Bundle(miss: miss, target: target)
  }
}

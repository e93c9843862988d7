/// Rule C3: what the bundles of the entry area hold, and that each entry of the metadata leads to its function.
struct EntryAreaRules {
  private enum Bundle {
    case trap
    /// `jmp` alone; the target as an address.
    case jump(Int64)
    /// `cmp r10d,imm32; jne miss; jmp target`.
    case typed(miss: Int64, target: Int64)
  }

  private static let maximumChain = 63

  let area: EntryArea
  let map: TextMap
  let gates: RegionMap
  /// The function each bundle's `jmp` goes to; nil for a trap bundle.
  private(set) var targets: [Int64?] = []

  init(_ area: EntryArea, _ map: TextMap, _ gates: RegionMap) {
    self.area = area
    self.map = map
    self.gates = gates
  }

  mutating func check(_ reader: inout CodeReader, _ findings: inout FindingList) {
    let start = reader.text.address + UInt64(area.start)
    var bundles: [Bundle] = []
    var code: [Instruction] = []
    for index in 0..<UInt64(area.count) {
      if findings.isFull { return }
      let address = start + index * CodeReader.bundleSize
      do throws(LocatedFailure) {
        try reader.read(from: address, to: address + CodeReader.bundleSize, into: &code)
      } catch {
        findings.add(error.failure.rule, error.address, length: error.failure.length, error.failure.message)
        code.removeAll(keepingCapacity: true)
      }
      let bundle = classify(code)
      if bundle == nil && !code.isEmpty {
        findings.add(.c3_entryArea, address, length: code[0].length, "neither a trap bundle nor a typed entry")
      }
      bundles.append(bundle ?? .trap)
    }
    checkLinks(bundles, start, &findings)
  }

  private mutating func checkLinks(_ bundles: [Bundle], _ start: UInt64, _ findings: inout FindingList) {
    var chain = 0
    for (index, bundle) in bundles.enumerated() {
      let address = start + UInt64(index) * CodeReader.bundleSize
      var target: Int64?
      var isLinked = false
      switch bundle {
      case .trap:
        if index == 1 { findings.add(.c3_entryArea, address, "entry 1 is not the jmp to FOREIGN's stub") }
      case .jump(let destination):
        target = destination
        if index != 1 { findings.add(.c3_entryArea, address, "an entry without a type check") }
      case .typed(let miss, let destination):
        target = destination
        if index < 2 { findings.add(.c3_entryArea, address, "entry 0 must trap and entry 1 lead to FOREIGN's stub") }
        isLinked = miss == Int64(address + CodeReader.bundleSize) && index + 1 < bundles.count
        if !isLinked && !isTrap(miss, bundles, start) {
          findings.add(.c3_entryArea, address, "a type mismatch leads neither to a trap bundle nor to the next bundle")
        }
      }
      chain = isLinked ? chain + 1 : 0
      if chain == Self.maximumChain {
        findings.add(.c3_entryArea, address, "more than \(Self.maximumChain) linked bundles")
      }
      if let target, !isFunctionStart(target) {
        findings.add(.c3_entryArea, address, "an entry's jmp does not go to a function start")
      }
      targets.append(target)
    }
  }

  private func isFunctionStart(_ target: Int64) -> Bool {
    UInt64(exactly: target).map { map.functionStarts.contains($0) } ?? false
  }

  private func isTrap(_ address: Int64, _ bundles: [Bundle], _ start: UInt64) -> Bool {
    let offset = address - Int64(start)
    guard offset >= 0, offset % 32 == 0, offset / 32 < bundles.count else { return false }
    if case .trap = bundles[Int(offset / 32)] { return true }
    return false
  }

  private func classify(_ code: [Instruction]) -> Bundle? {
    guard let first = code.first else { return nil }
    func isPadding(from index: Int) -> Bool { code.dropFirst(index).allSatisfy(\.isNop) }
    if first.semantic == .call, first.contextOffset(0).map({ gates.gate(at: $0) == .trap }) ?? false {
      return isPadding(from: 1) ? .trap : nil
    }
    if first.semantic == .jmp, let target = first.target { return isPadding(from: 1) ? .jump(target) : nil }
    guard code.count >= 3, first.semantic == .cmp, first.isRegister(0, Register.r10, size: 4), first.isImmediate(1),
      first.template.immediateSize == 4, code[1].semantic == .jne, let miss = code[1].target,
      code[2].semantic == .jmp, let target = code[2].target, isPadding(from: 3)
    else { return nil }
    return .typed(miss: miss, target: target)
  }
}

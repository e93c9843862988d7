import Entities
import IR

/// Finds expressions computed before on every path, and memory checks that a passed check implies.
///
/// Walks the dominator tree with a table of what dominates the current place. Constants are equal wherever they
/// stand but are merged only within a block: they cost less to make again than to keep in a register. A check of
/// the same address with a smaller or equal `immediate` than a dominating one cannot trap, because memories never
/// shrink.
///
/// Requires: nothing beyond a correct function; finds more behind constant folding. Establishes: no pure expression
/// is computed where an equal one is at hand. Cost: linear.
public enum GlobalValueNumbering {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    let graph = ControlFlowGraph(function)
    let dominators = Dominators(graph)
    var numbering = Numbering(function)
    var path = ContiguousArray<(block: Block, expressions: Int, checks: Int)>()
    for block in dominators.preorder {
      while let last = path.last, !dominators.dominates(last.block, block) {
        numbering.forget(expressions: last.expressions, checks: last.checks)
        path.removeLast()
      }
      path.append((block, numbering.expressions.count, numbering.checks.count))
      visit(block, &function, shape, &numbering)
    }
    numbering.forwarding.apply(to: &function)
  }

  private static func visit(
    _ block: Block, _ function: inout Function, _ shape: ModuleShape, _ numbering: inout Numbering
  ) {
    var list = ContiguousArray<Instruction>()
    swap(&list, &function.layout.instructions[block])
    list.removeAll { instruction in
      function.rewriteUses(in: instruction) { numbering.forwarding.resolve($0) }
      let data = function.instructions[instruction]
      if data.opcode == .memoryCheck { return numbering.isImplied(data, function, shape) }
      guard data.opcode.info.isPure && data.resultCount == 1 else { return false }
      orderOperands(data, &function)
      guard let earlier = numbering.findOrAdd(data, in: block, function) else { return false }
      numbering.forwarding.forward(data.firstResult, to: earlier)
      return true
    }
    swap(&list, &function.layout.instructions[block])
  }

  /// The older operand first where order does not matter; constants stay on the right.
  private static func orderOperands(_ data: InstructionData, _ function: inout Function) {
    switch data.opcode {
    case .add, .multiply, .multiplyHighSigned, .multiplyHighUnsigned, .and, .or, .xor:
      let a = function.operand(0, of: data)
      let b = function.operand(1, of: data)
      if b < a && function.constant(b) == nil {
        function.valueLists[data.operands, 0] = b
        function.valueLists[data.operands, 1] = a
      }
    default: break
    }
  }
}

/// The scoped tables of value numbering.
private struct Numbering {
  struct Expression {
    let hash: UInt64
    let value: Value
    /// The entry that stood in the bucket before.
    let next: Int32
  }
  struct Check {
    let memory: UInt32
    let root: Value
    /// Of the checked address from the root.
    let distance: UInt64
    let end: UInt64
    let next: Int32
  }

  private(set) var expressions = ContiguousArray<Expression>()
  private(set) var checks = ContiguousArray<Check>()
  var forwarding: ValueForwarding
  private var expressionBuckets: ContiguousArray<Int32>
  /// By root.
  private var latestCheck: SideTable<Value, Int32>
  /// The first constant with the same bits, standing for all.
  private var constantClass: SideTable<Value, Value?>
  private var constants: [ConstantKey: KnownConstant] = [:]

  struct ConstantKey: Hashable {
    let type: Type
    let bits: SIMD2<UInt64>
  }
  struct KnownConstant {
    let representative: Value
    /// The last one seen, and where.
    let latest: Value
    let block: Block
  }

  init(_ function: Function) {
    forwarding = ValueForwarding(function)
    var size = 16
    while size < function.instructions.count { size *= 2 }
    expressionBuckets = ContiguousArray(repeating: -1, count: size)
    latestCheck = SideTable(count: function.values.count, initial: -1)
    constantClass = SideTable(count: function.values.count, initial: nil)
  }

  /// Drops entries until only so many are left; the latest ones are always at the head of their chains.
  mutating func forget(expressions expressionCount: Int, checks checkCount: Int) {
    while expressions.count > expressionCount {
      let last = expressions.removeLast()
      expressionBuckets[bucket(last.hash)] = last.next
    }
    while checks.count > checkCount {
      let last = checks.removeLast()
      latestCheck[last.root] = last.next
    }
  }

  private func bucket(_ hash: UInt64) -> Int { Int(hash & UInt64(expressionBuckets.count - 1)) }

  /// Stands for `value` in comparisons of operands.
  private func representative(_ value: Value) -> Value { constantClass[value] ?? value }

  // MARK: Expressions

  /// An equal value that may replace the instruction's, or nil; then the instruction is remembered.
  mutating func findOrAdd(_ data: InstructionData, in block: Block, _ function: Function) -> Value? {
    if data.opcode == .integerConstant || data.opcode == .floatConstant || data.opcode == .vectorConstant {
      return findOrAddConstant(data, in: block, function)
    }
    let hash = hash(data, function)
    var entry = expressionBuckets[bucket(hash)]
    while entry >= 0 {
      let candidate = expressions[Int(entry)]
      if candidate.hash == hash, let other = function.definition(of: candidate.value),
        areEqual(data, other, function)
      {
        return candidate.value
      }
      entry = candidate.next
    }
    expressions.append(Expression(hash: hash, value: data.firstResult, next: expressionBuckets[bucket(hash)]))
    expressionBuckets[bucket(hash)] = Int32(expressions.count - 1)
    return nil
  }

  private mutating func findOrAddConstant(
    _ data: InstructionData, in block: Block, _ function: Function
  ) -> Value? {
    let bits =
      data.opcode == .vectorConstant
      ? function.vectorConstants[VectorConstant(UInt32(data.immediate))] : SIMD2(data.immediate, 0)
    let key = ConstantKey(type: data.type, bits: bits)
    let known =
      constants[key] ?? KnownConstant(representative: data.firstResult, latest: data.firstResult, block: block)
    constantClass[data.firstResult] = known.representative
    if known.block == block && known.latest != data.firstResult { return known.latest }
    constants[key] = KnownConstant(representative: known.representative, latest: data.firstResult, block: block)
    return nil
  }

  private func hash(_ data: InstructionData, _ function: Function) -> UInt64 {
    var hash = UInt64(data.opcode.rawValue) << 40 | UInt64(data.type.rawValue) << 32 | UInt64(data.auxiliary)
    hash = mix(hash ^ UInt64(data.lanes.rawValue) << 48, data.immediate)
    for position in data.operands.range {
      hash = mix(hash, UInt64(representative(function.valueLists[position]).rawValue))
    }
    return hash
  }

  /// Multiply and fold (the finaliser of MurmurHash3): no seed, so the same on every host.
  private func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    var bits = (hash ^ word) &* 0xff51_afd7_ed55_8ccd
    bits ^= bits >> 32
    return bits &* 0xc4ce_b9fe_1a85_ec53
  }

  private func areEqual(_ a: InstructionData, _ b: InstructionData, _ function: Function) -> Bool {
    guard a.opcode == b.opcode, a.type == b.type, a.lanes == b.lanes, a.auxiliary == b.auxiliary,
      a.operands.count == b.operands.count
    else { return false }
    for (left, right) in zip(a.operands.range, b.operands.range)
    where representative(function.valueLists[left]) != representative(function.valueLists[right]) {
      return false
    }
    return a.immediate == b.immediate
  }

  // MARK: Memory checks

  /// More checks off one root are not compared.
  static let comparedChecks = 8

  /// Whether a dominating check covers this one; if not, it is remembered.
  mutating func isImplied(_ data: InstructionData, _ function: Function, _ shape: ModuleShape) -> Bool {
    let address = CheckedAddress(data, function, shape)
    let root = representative(address.root)
    var (distance, end) = (address.baseDistance, address.end)
    var isRebased = false
    var entry = latestCheck[root]
    for _ in 0..<Self.comparedChecks {
      guard entry >= 0 else { break }
      let check = checks[Int(entry)]
      if check.memory == data.memory, let sum = address.end(from: check.distance) {
        if check.end >= sum { return true }
        // Counted from an address that is known to lie inside, it says more.
        if !isRebased { (distance, end, isRebased) = (check.distance, sum, true) }
      }
      entry = check.next
    }
    checks.append(
      Check(memory: data.memory, root: root, distance: distance, end: end, next: latestCheck[root]))
    latestCheck[root] = Int32(checks.count - 1)
    return false
  }
}

/// Checks functions one after another; each thread has its own checker.
///
/// Two sweeps over a function in address order, each linear, without a fixpoint: every state at a jump target is fixed
/// in advance or compared with what was found. The first decodes, and collects what lies at which offset; the second
/// carries depth, facts and weight. Nothing but the starts of other functions matters outside the function.
struct FunctionChecker: ~Copyable {
  /// What is known of one byte of the function.
  struct Mark: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    /// An instruction starts here; it is not the first of its group; POLL or Large starts here.
    static let start = Mark(rawValue: 1)
    static let insideGroup = Mark(rawValue: 2)
    static let poll = Mark(rawValue: 4)
    /// Some edge leads here; a backward one that does not land on a POLL.
    static let target = Mark(rawValue: 8)
    static let polledTarget = Mark(rawValue: 16)
    /// At a target: the one depth of every way here, once known.
    static let depthZero = Mark(rawValue: 32)
    static let depthFrame = Mark(rawValue: 64)
  }

  /// NOPs from `first`, then `call [r15-INTERRUPT]` at `call`, then NOPs, then a jmp to `target` (rule F3's G).
  struct SlowPath {
    let first, call: UInt64
    let target: Int64
  }

  let context: CodeContext
  var reader: CodeReader
  var findings: FindingList
  var counts = ValidationStatistics()

  // Of the function being checked. Addresses, not offsets, but for the arrays' indices.
  var function = FunctionRecord(kind: .function, start: 0, size: 0)
  var start: UInt64 = 0
  var end: UInt64 = 0
  /// The whole of a small function, so that it is decoded once for both sweeps; of others the bundle being read.
  var code = Buffer<Instruction>(capacity: smallSize)
  var isSmall: Bool { function.size <= Self.smallSize }
  static let smallSize = 1 << 16
  var marks = Buffer<Mark>()
  /// At targets: the greatest weight of forward edges.
  var weights = Buffer<UInt32>()
  /// Ascending.
  var slowPaths: [SlowPath] = []
  var tables: [TableJump] = []

  // Of the first sweep.
  var needsPoll = false
  var pendingSlowPath: (first: UInt64, call: UInt64?)?

  // Of the second.
  var state = State()
  /// The last instruction that is no NOP.
  var last: UInt64 = 0

  init(_ context: CodeContext) {
    self.context = context
    reader = context.makeReader()
    findings = context.makeFindings()
  }

  /// What became of some functions.
  struct Outcome: Sendable {
    /// With what the first sweep learned, by index.
    var functions: [(index: Int, record: FunctionRecord)] = []
    /// Not yet swept twice, since they have jump tables.
    var postponed: [Int] = []
    var tables: [TableJump] = []
    var findings: FindingList
    var counts = ValidationStatistics()
  }

  /// Checks the functions at `indices`. Those with jump tables wait until all tables are known to be disjoint, which
  /// bounds the entries of all together; then `areTablesDisjoint` is true.
  mutating func check(_ indices: [Int], of records: [FunctionRecord], areTablesDisjoint: Bool) -> Outcome {
    (findings, counts) = (context.makeFindings(), ValidationStatistics())
    var outcome = Outcome(findings: findings)
    for index in indices where records[index].kind == .function && !findings.isFull {
      let before = findings.total
      enter(records[index])
      sweepFirst(isChecked: areTablesDisjoint)
      outcome.functions.append((index, function))
      let isPostponed = !areTablesDisjoint && !tables.isEmpty && findings.total == before
      if isPostponed {
        outcome.postponed.append(index)
        outcome.tables += tables
      } else {
        for table in tables where findings.total == before { followTable(table) }
        if findings.total == before { sweepSecond() }
      }
    }
    (outcome.findings, outcome.counts) = (findings, counts)
    return outcome
  }

  private mutating func enter(_ record: FunctionRecord) {
    function = FunctionRecord(kind: record.kind, start: record.start, size: record.size)
    start = context.text.address + UInt64(record.start)
    end = context.text.address + UInt64(record.end)
    marks.fill([], count: Int(record.size))
    weights.fill(0, count: Int(record.size))
    code.removeAll()
    slowPaths.removeAll(keepingCapacity: true)
    tables.removeAll(keepingCapacity: true)
    (needsPoll, pendingSlowPath, state, last) = (false, nil, State(), start)
  }

  /// Reads the instructions from `address` to the end of its bundle or function, and returns that end.
  mutating func readBundle(at address: UInt64, isChecked: Bool) -> UInt64 {
    if !isSmall { code.removeAll() }
    let (next, before) = (min(end, (address & ~(CodeReader.bundleSize - 1)) + CodeReader.bundleSize), code.count)
    do throws(Violation) {
      try reader.read(from: address, to: next, isChecked: isChecked, into: &code)
    } catch {
      findings.add(error)
    }
    counts.parsed += code.count - before
    return next
  }

  mutating func reject(_ rule: Rule, _ instruction: Instruction, _ message: String) {
    findings.add(rule, instruction.address, length: instruction.length, message)
  }

  /// Where in the function the instruction at `index` of `code` is.
  func offset(_ index: Int) -> Int { Int(code[index].address - start) }

  func isInside(_ target: Int64) -> Bool { target >= Int64(start) && target < Int64(end) }

  /// The offset in this function of an instruction start that a jump may name (rule C1).
  func jumpableOffset(_ target: Int64) -> Int? {
    guard isInside(target) else { return nil }
    let offset = Int(target - Int64(start))
    return marks[offset].intersection([.start, .insideGroup]) == .start ? offset : nil
  }
}

import Synchronization

/// Proves from a nexe's bytes alone that it cannot leave its sandbox, crash its host or run on unasked (SPEC.md).
public enum Validator {
  /// The version of nexe files this validator reads.
  public static let formatVersion: UInt32 = 1
  /// The version of the ABI whose rules it enforces.
  public static let abiVersion: UInt32 = 1

  /// Runs `body(0)` to `body(count - 1)`, at the same time or not, and returns when all have; such as
  /// `DispatchQueue.concurrentPerform`.
  public typealias Executor = (_ count: Int, _ body: @Sendable (Int) -> Void) -> Void

  /// Reads `bytes` in place; they must not change meanwhile, and the loader must map the very same bytes (rule R7).
  /// Never traps, whatever the bytes. Complexity: time and memory linear in the file.
  ///
  /// `jobs` pieces of work are handed to `run`, whose result does not depend on how many there are.
  public static func validate(
    _ bytes: UnsafeRawBufferPointer, options: ValidationOptions = ValidationOptions(), jobs: Int = 1,
    on run: @escaping Executor = { count, body in for index in 0..<count { body(index) } }
  ) -> Result<VerifiedModule, Rejection> {
    measure(bytes, options: options, jobs: jobs, on: run).result
  }

  public static func validate(
    _ bytes: [UInt8], options: ValidationOptions = ValidationOptions()
  ) -> Result<VerifiedModule, Rejection> {
    bytes.withUnsafeBytes { validate($0, options: options) }
  }

  /// As `validate`, with what was counted, whatever the result.
  static func measure(
    _ bytes: UnsafeRawBufferPointer, options: ValidationOptions, jobs: Int, on run: @escaping Executor
  ) -> (result: Result<VerifiedModule, Rejection>, counts: ValidationStatistics) {
    let file = FileBytes(bytes)
    var counts = ValidationStatistics()
    var findings = FindingList(file, text: nil, maximum: options.maximumFindings)
    do throws(Violation) {
      let envelope = try Envelope(file, options)
      let context = CodeContext(file, envelope, options)
      findings = context.makeFindings()
      let functions = check(envelope, Pool(context: context, jobs: max(1, jobs), run: run), &findings, &counts)
      if findings.total == 0 { return (.success(VerifiedModule(envelope: envelope, functions: functions, statistics: counts)), counts) }
    } catch {
      findings.add(error)
    }
    return (.failure(Rejection(findings: findings.findings, isTruncated: findings.isFull)), counts)
  }

  /// Checks text against every rule. Returns what is known of the functions then.
  private static func check(
    _ envelope: Envelope, _ pool: Pool, _ findings: inout FindingList, _ counts: inout ValidationStatistics
  ) -> [FunctionRecord] {
    var functions = envelope.functionTable.records
    var tables: [TableJump] = []
    var postponed: [Int] = []
    func collect(_ outcome: FunctionChecker.Outcome) {
      for (index, record) in outcome.functions { functions[index] = record }
      findings.add(outcome.findings)
      tables += outcome.tables
      postponed += outcome.postponed
      counts += outcome.counts
    }
    let (outcomes, forms) = pool.check(Array(functions.indices), of: functions, areTablesDisjoint: false)
    outcomes.forEach(collect)
    counts.forms = min(forms, Disassembler.maximumForms)

    let entryTargets = envelope.functionTable.entryArea.map { EntryAreaRules($0, pool.context, &findings).targets } ?? []
    checkEntries(envelope, entryTargets, &findings)
    if JumpTables.areDisjoint(tables, data: envelope.image.readOnlyData, &findings) {
      pool.check(postponed, of: functions, areTablesDisjoint: true).outcomes.forEach(collect)
    }
    return functions
  }

  /// Each wasm function's record is a function, and its entry, if any, leads there (docs/NEXE.md, sections 1 and 2).
  private static func checkEntries(_ envelope: Envelope, _ entryTargets: [Int64?], _ findings: inout FindingList) {
    let (metadata, records) = (envelope.metadata, envelope.functionTable.records)
    for (index, (record, entry)) in zip(metadata.recordOfWasmFunction, metadata.entryOfWasmFunction).enumerated() {
      func reject(_ table: UInt64, _ what: String) { findings.add(Violation(.e4_metadata, at: table + 4 * UInt64(index), what)) }
      guard record < records.count, records[Int(record)].kind == .function else {
        reject(metadata.functionsOffset, "a wasm function without a function record")
        continue
      }
      let start = Int64(envelope.image.text.address) + Int64(records[Int(record)].start)
      if entry != 0 && (entry < 2 || entry >= entryTargets.count || entryTargets[Int(entry)] != start) {
        reject(metadata.entriesOffset, "an entry that does not lead to its function")
      }
    }
  }
}

/// Shares functions out among jobs, by runs of them, so that what is found does not depend on the number of jobs.
struct Pool {
  let context: CodeContext
  let jobs: Int
  let run: Validator.Executor

  /// Functions that start in the same so many bytes of text are one share.
  private static let share: UInt32 = 1 << 18

  /// Outcomes in the order of `indices`, and the number of distinct forms.
  func check(
    _ indices: [Int], of records: [FunctionRecord], areTablesDisjoint: Bool
  ) -> (outcomes: [FunctionChecker.Outcome], forms: Int) {
    let runs = Dictionary(grouping: indices) { records[$0].start / Self.share }
    let shares = runs.sorted { $0.key < $1.key }.map(\.value)
    let outcomes = Mutex([FunctionChecker.Outcome?](repeating: nil, count: shares.count))
    let forms = Mutex(Set<ByteWindow>())
    let (context, jobs) = (context, min(jobs, shares.count))
    run(jobs) { job in
      var checker = FunctionChecker(context)
      for share in stride(from: job, to: shares.count, by: jobs) {
        let outcome = checker.check(shares[share], of: records, areTablesDisjoint: areTablesDisjoint)
        outcomes.withLock { $0[share] = outcome }
      }
      forms.withLock { $0.formUnion(checker.reader.disassembler.forms) }
    }
    let all = outcomes.withLock { $0 }.enumerated().map { index, outcome in
      if let outcome { return outcome }
      // Nothing goes unchecked, whatever `run` does.
      var checker = FunctionChecker(context)
      return checker.check(shares[index], of: records, areTablesDisjoint: areTablesDisjoint)
    }
    return (all, forms.withLock { $0.count })
  }
}

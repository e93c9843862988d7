/// Proves from a nexe's bytes alone that it cannot leave its sandbox, crash its host or run on unasked (SPEC.md).
public enum Validator {
  /// The version of nexe files this validator reads.
  public static let formatVersion: UInt32 = 1
  /// The version of the ABI whose rules it enforces.
  public static let abiVersion: UInt32 = 1

  /// Reads `bytes` in place; they must not change meanwhile, and the loader must map the very same bytes (rule R7).
  /// Never traps, whatever the bytes. Complexity: time and memory linear in the file.
  public static func validate(
    _ bytes: UnsafeRawBufferPointer, options: ValidationOptions = ValidationOptions()
  ) -> Result<VerifiedModule, Rejection> {
    let file = FileBytes(bytes)
    var findings = FindingList(file, text: nil, maximum: options.maximumFindings)
    do throws(FormatError) {
      let envelope = try Envelope(file, options)
      findings = FindingList(file, text: envelope.image.text, maximum: options.maximumFindings)
      if let module = checkCode(file, envelope, options, &findings) { return .success(module) }
    } catch {
      findings.add(error)
    }
    return .failure(Rejection(findings: findings.findings, isTruncated: findings.isFull))
  }

  public static func validate(
    _ bytes: [UInt8], options: ValidationOptions = ValidationOptions()
  ) -> Result<VerifiedModule, Rejection> {
    bytes.withUnsafeBytes { validate($0, options: options) }
  }

  /// The module, if text keeps every rule; else `findings` says why not.
  private static func checkCode(
    _ file: FileBytes, _ envelope: Envelope, _ options: ValidationOptions, _ findings: inout FindingList
  ) -> VerifiedModule? {
    let image = envelope.image
    let regions = RegionMap(envelope.note, envelope.metadata, envelope.layout)
    let area = envelope.functionTable.entryArea
    let matcher = GroupMatcher(limit: envelope.layout.limit, entryArea: area, text: image.text)
    var reader = CodeReader(file, text: image.text, level: envelope.note.instructionSet)

    var first = FirstSweep(matcher, regions, TextMap(image.text, envelope.functionTable.records))
    first.run(&reader, &findings)
    let isReadable = first.isReadable
    var map = first.map

    var entryTargets: [Int64?] = []
    if let area {
      var rules = EntryAreaRules(area, map, regions)
      rules.check(&reader, &findings)
      entryTargets = rules.targets
    }
    checkEntries(envelope, entryTargets, map, &findings)
    guard isReadable, JumpTables.check(&map, file, text: image.text, data: image.readOnlyData, &findings) else {
      return nil
    }

    let memoryRules = MemoryRules(map: regions, readOnlyData: image.readOnlyData)
    var second = SecondSweep(
      map, regions, matcher, memoryRules, file, requiresPreemption: options.requiresPreemption)
    second.run(&reader, &findings)
    guard findings.findings.isEmpty else { return nil }
    map.statistics.decoderCacheMisses = reader.disassembler.misses
    return envelope.verifiedModule(map.functions, map.statistics)
  }

  /// Each wasm function's record is a function, and its entry, if any, leads there (docs/NEXE.md, sections 1 and 2).
  private static func checkEntries(
    _ envelope: Envelope, _ entryTargets: [Int64?], _ map: TextMap, _ findings: inout FindingList
  ) {
    let metadata = envelope.metadata
    for (index, record) in metadata.recordOfWasmFunction.enumerated() {
      let at = metadata.functionsOffset + 4 * UInt64(index)
      guard record < map.functions.count, map.functions[Int(record)].kind == .function else {
        findings.add(FormatError(.e4_metadata, at: at, "a wasm function without a function record"))
        continue
      }
      let entry = metadata.entryOfWasmFunction[index]
      let start = Int64(envelope.image.text.address) + Int64(map.functions[Int(record)].start)
      guard entry != 0, entry < 2 || entry >= entryTargets.count || entryTargets[Int(entry)] != start else { continue }
      let entryAt = metadata.entriesOffset + 4 * UInt64(index)
      findings.add(FormatError(.e4_metadata, at: entryAt, "an entry that does not lead to its function"))
    }
  }
}

import NaClValidator

/// A result as text or JSON.
enum Output {
  static func text(_ result: Result<VerifiedModule, Rejection>, file: String, statistics: Bool) -> String {
    switch result {
    case .success(let module):
      return "\(file): valid\n" + (statistics ? statisticsText(module) : "")
    case .failure(let rejection):
      let lines = rejection.findings.map { line($0) + "\n" }.joined()
      return lines + "\(file): invalid\(rejection.isTruncated ? " (more findings not listed)" : "")\n"
    }
  }

  /// Address, rule, instruction, bundle with the culprit in brackets, message; below it the bundle, disassembled.
  private static func line(_ finding: Finding) -> String {
    var parts = [place(finding.location), finding.rule.id]
    if !finding.bundle.isEmpty {
      parts.append("`\(finding.instructionText ?? "(bad)")`")
      parts.append(bundleText(finding))
    }
    let listing = finding.bundleListing.map { line in
      let bytes = pad(line.bytes.map(hex).joined(separator: " "), 24)
      return "\n  \(line.isCulprit ? ">" : " ") 0x\(String(line.address, radix: 16))  \(bytes)  \(line.text ?? "(bad)")"
    }
    return parts.joined(separator: "  ") + "  " + finding.message + listing.joined()
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func place(_ location: Location) -> String {
    switch location {
    case .address(let address): "0x" + String(address, radix: 16)
    case .fileOffset(let offset): "file+0x" + String(offset, radix: 16)
    }
  }

  private static func bundleText(_ finding: Finding) -> String {
    guard case .address(let address) = finding.location, address >= finding.bundleAddress else { return "" }
    let first = Int(address - finding.bundleAddress)
    let last = first + max(1, finding.instructionLength) - 1
    let bytes = finding.bundle.enumerated().map { index, byte in
      (index == first ? "[" : "") + hex(byte) + (index == min(last, finding.bundle.count - 1) ? "]" : "")
    }
    return bytes.joined(separator: " ")
  }

  private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

  private static func statisticsText(_ module: VerifiedModule) -> String {
    let counts = module.statistics
    let rows: [(String, String)] = [
      ("model", "\(module.model)"), ("out of bounds", "\(module.outOfBoundsPolicy)"),
      ("level", "x86-64-\(module.instructionSet)"), ("text", "\(module.text.size) bytes"),
      ("read-only data", "\(module.readOnlyData.size) bytes"), ("functions", "\(module.functions.count)"),
      ("entries", "\(module.entryArea?.count ?? 0)"), ("instructions", "\(counts.instructions)"),
      ("facts", "\(counts.facts)"), ("distinct forms", "\(counts.forms)"), ("polls", "\(counts.polls)"),
      ("jump tables", "\(counts.jumpTables), \(counts.jumpTableEntries) entries"),
      ("context", "\(module.context.size) bytes"), ("reach", "\(module.reach) bytes"),
    ]
    return rows.map { "  \($0): \($1)\n" }.joined()
  }

  static func json(_ result: Result<VerifiedModule, Rejection>) -> String {
    switch result {
    case .success(let module):
      let counts = module.statistics
      let fields = [
        "\"valid\":true", "\"model\":\"\(module.model)\"", "\"functions\":\(module.functions.count)",
        "\"instructions\":\(counts.instructions)", "\"facts\":\(counts.facts)", "\"forms\":\(counts.forms)",
        "\"polls\":\(counts.polls)", "\"jumpTables\":\(counts.jumpTables)",
        "\"jumpTableEntries\":\(counts.jumpTableEntries)", "\"textBytes\":\(module.text.size)",
        "\"reach\":\(module.reach)", "\"contextBytes\":\(module.context.size)", "\"findings\":[]",
      ]
      return "{" + fields.joined(separator: ",") + "}\n"
    case .failure(let rejection):
      let findings = rejection.findings.map { json($0) }.joined(separator: ",")
      return "{\"valid\":false,\"truncated\":\(rejection.isTruncated),\"findings\":[\(findings)]}\n"
    }
  }

  private static func json(_ finding: Finding) -> String {
    var fields = ["\"rule\":\"\(finding.rule.id)\""]
    switch finding.location {
    case .address(let address): fields.append("\"address\":\(address)")
    case .fileOffset(let offset): fields.append("\"fileOffset\":\(offset)")
    }
    fields.append("\"message\":\"\(escape(finding.message))\"")
    if !finding.bundle.isEmpty {
      fields.append("\"instruction\":\"\(escape(finding.instructionText ?? ""))\"")
      fields.append("\"bundleAddress\":\(finding.bundleAddress)")
      fields.append("\"bundle\":\"\(finding.bundle.map(hex).joined())\"")
    }
    return "{" + fields.joined(separator: ",") + "}"
  }

  private static func escape(_ text: String) -> String {
    text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
  }
}

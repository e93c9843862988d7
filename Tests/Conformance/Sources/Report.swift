import Foundation

/// Adds up the result files of all scripts: `FOLDER/<model>/<script>.txt`.
enum Report {
  struct Count {
    var passed = 0
    var failed = 0
    var notRun = 0
  }

  /// The lines of `known.txt`, by script and line.
  private static func known(besides baseline: String) throws -> [String: String] {
    let path = URL(fileURLWithPath: baseline).deletingLastPathComponent().appendingPathComponent("known.txt")
    var known: [String: String] = [:]
    for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      known[words[0]] = words.count > 1 ? words[1] : ""
    }
    return known
  }

  static func run(baseline: String, folder: String, updates: Bool) throws -> Int32 {
    let known = try known(besides: baseline)
    var counts: [String: Count] = [:]
    var reasons: [String: [String]] = [:]
    var failures: [String] = []
    for model in ["mask", "mask-v2", "seg32", "wrap"] {
      let place = URL(fileURLWithPath: folder).appendingPathComponent(model)
      let files = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
      for file in files where file.hasSuffix(".txt") {
        let script = String(file.dropLast(4))
        let key = "\(model) \(group(of: script))"
        var count = counts[key] ?? Count()
        let lines = try String(contentsOf: place.appendingPathComponent(file), encoding: .utf8)
          .split(separator: "\n").map(String.init)
        for line in lines {
          let words = line.split(separator: " ", maxSplits: 2).map(String.init)
          switch words[0] {
          case "passed": count.passed += 1
          case "failed":
            if words.count > 1, let reason = known["\(script):\(words[1])"] {
              count.notRun += 1
              reasons["\(key): \(reason)", default: []].append("\(script):\(words[1])")
              continue
            }
            count.failed += 1
            failures.append("\(model) \(script):\(words.dropFirst().joined(separator: " "))")
          case "not-run":
            count.notRun += 1
            reasons["\(key): \(words.count > 2 ? words[2] : "")", default: []].append("\(script):\(words[1])")
          default: break
          }
        }
        if lines.last != "end" {
          count.failed += 1
          failures.append("\(model) \(script): the runner died after \(lines.last ?? "its start")")
        }
        counts[key] = count
      }
    }

    for failure in failures.prefix(200) { print("FAILED \(failure)") }
    print(row("model and group", "passed", "failed", "not run"))
    for key in counts.keys.sorted() {
      let count = counts[key] ?? Count()
      print(row(key, "\(count.passed)", "\(count.failed)", "\(count.notRun)"))
    }
    for reason in reasons.keys.sorted() { print(notRun(reason, at: reasons[reason] ?? [])) }
    let code = try compare(counts, baseline: baseline, updates: updates)
    return failures.isEmpty ? code : 1
  }

  /// The lines one by one, but for those of which there is nothing to say.
  private static func notRun(_ reason: String, at places: [String]) -> String {
    let isPlain = reason.hasSuffix(": text format") || reason.contains("stands on a module") || reason.hasPrefix("wrap ")
    return "not run: \(reason) (\(places.count))" + (isPlain ? "" : ": " + places.joined(separator: " "))
  }

  private static func row(_ name: String, _ cells: String...) -> String {
    name.padding(toLength: 34, withPad: " ", startingAt: 0)
      + cells.map { String(repeating: " ", count: max(0, 9 - $0.count)) + $0 }.joined()
  }

  /// The baseline has a line `model group passed` each; a lower count fails, a higher one asks for an update.
  private static func compare(_ counts: [String: Count], baseline: String, updates: Bool) throws -> Int32 {
    if updates {
      let lines = counts.keys.sorted().map { "\($0) \(counts[$0]?.passed ?? 0)" }
      try (lines.joined(separator: "\n") + "\n").write(toFile: baseline, atomically: true, encoding: .utf8)
      return 0
    }
    var code: Int32 = 0
    for line in try String(contentsOfFile: baseline, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard let wanted = words.last.flatMap(Int.init) else { continue }
      let key = words.dropLast().joined(separator: " ")
      let passed = counts[key]?.passed ?? 0
      if passed < wanted {
        print("DROPPED \(key): \(passed) passed, the baseline has \(wanted)")
        code = 1
      } else if passed > wanted {
        print("note: \(key) passes \(passed), more than the baseline's \(wanted): update it")
      }
    }
    return code
  }

  /// The feature a script belongs to, by its name.
  static func group(of script: String) -> String {
    if script.hasPrefix("simd_") { return "simd" }
    if script.contains("relaxed") { return "relaxed-simd" }
    if script.hasSuffix("64") && !["i64", "f64"].contains(script) || script.contains("64_") || script == "memory64-imports" {
      return "memory64"
    }
    if ["custom", "utf8-custom-section-id", "branch_hint", "custom_annot", "name_annot"].contains(script) {
      return "custom-sections"
    }
    if script == "atomic" { return "atomics" }
    let bulk = ["bulk", "memory_copy", "memory_fill", "memory_init", "table_copy", "table_init", "table_fill"]
    let references = [
      "ref_null", "ref_is_null", "ref_func", "table_get", "table_set", "table_grow", "table_size", "table-sub",
    ]
    let functionReferences = [
      "br_on_null", "br_on_non_null", "call_ref", "ref_as_non_null", "return_call_ref", "ref", "type-equivalence",
      "local_init",
    ]
    let collected = [
      "array", "struct", "i31", "extern", "br_on_cast", "ref_cast", "ref_test", "ref_eq", "type-subtyping", "type-rec",
      "type-canon", "binary-gc",
    ]
    if bulk.contains(script) { return "bulk-memory" }
    if references.contains(script) { return "reference-types" }
    if script.hasPrefix("return_call") && !functionReferences.contains(script) { return "tail-calls" }
    if functionReferences.contains(script) { return "function-references" }
    if collected.contains(where: { script == $0 || script.hasPrefix($0 + "_") }) { return "gc" }
    if ["tag", "throw", "throw_ref", "try_table"].contains(script) { return "exceptions" }
    if script.last?.isNumber == true && !["i32", "f32", "i64", "f64"].contains(script) || script.hasSuffix("-multi")
      || ["memory_copy_multi", "memory_fill_multi"].contains(script)
    {
      return "multi-memory"
    }
    return "core"
  }
}

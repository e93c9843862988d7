/// Expands the lines of a test's assembly: names of context words, and macros. Each macro is one line; operands
/// are separated by commas, registers
/// are given by their 64-bit names.
///
///     POLL p                     the label p, at a bundle start, and POLL; its slow path is p_slow
///     SLOW p                     p_slow: call [r15 + INTERRUPT]; jmp p
///     LARGE p, N                 as POLL; SLOW p serves it too
///     TAIL f                     jmp rel32 to f
///     ICALL t, type, b           the call group (rule C2); ITAIL likewise
///     SWITCH i, r, b, mask, J    the table jump (rule C4) with `and`
///     CLAMP i, e, r, b, bound, J the table jump with `mov`, `cmp`, `cmova`
///     UDIV32 d, T                the division groups (rule D1); UDIV64
///     SDIV32 d, s, T             SDIV64
///     HALT                       call [r15 + TRAP]
struct MacroExpander {
  let names: [String: Int]
  func expand(_ text: String) throws -> [String] {
    try text.split(separator: "\n").flatMap { try expand(line: $0) }
  }

  private func expand(line: Substring) throws -> [String] {
    let words = line.split(separator: " ", maxSplits: 1)
    guard let name = words.first else { return [] }
    if name.hasSuffix(":"), words.count == 2 { return [String(name)] + (try expand(line: words[1])) }
    let arguments =
      words.count < 2 ? [] : words[1].split(separator: ",").map { String($0.drop { $0 == " " }) }
    guard let (count, body) = Self.macro(String(name), arguments) else { return [substitute(String(line))] }
    guard arguments.count == count else { throw BuildError(message: "\(name) takes \(count) operands: \(line)") }
    return body.map(substitute)
  }

  private static func locked(_ lines: [String]) -> [String] { [".bundle_lock"] + lines + [".bundle_unlock"] }

  private static func macro(_ name: String, _ given: [String]) -> (Int, [String])? {
    let a = given + Array(repeating: "", count: 6)
    switch name {
    case "POLL":
      return (
        1, [".p2align 5", "\(a[0]):"] + locked(["cmp rsp, qword ptr [r15 + LIMIT]", "jb \(a[0])_slow"])
      )
    case "SLOW": return (1, ["\(a[0])_slow:", "call qword ptr [r15 + INTERRUPT]", "jmp \(a[0])"])
    case "LARGE":
      let code = [
        "lea r11, [rsp - \(a[1])]", "cmp r11, qword ptr [r15 + LIMIT]", "jb \(a[0])_slow", "sub rsp, \(a[1])",
      ]
      return (2, [".p2align 5", "\(a[0]):"] + locked(code))
    case "TAIL": return (1, ["{disp32} jmp \(a[0])"])
    case "HALT": return (0, ["call qword ptr [r15 + TRAP]"])
    case "ICALL", "ITAIL":
      let code = [
        "and \(narrow(a[0])), ENTRY_MASK", "mov r10d, \(a[1])", "lea \(a[2]), [rip + ENTRIES]", "add \(a[0]), \(a[2])",
        (name == "ICALL" ? "call " : "jmp ") + a[0],
      ]
      return (3, locked(code))
    case "SWITCH": return (5, locked(["and \(narrow(a[0])), \(a[3])"] + dispatch(a[0], a[1], a[2], a[4])))
    case "CLAMP":
      let code = [
        "mov \(narrow(a[1])), \(a[4])", "cmp \(narrow(a[0])), \(narrow(a[1]))",
        "cmova \(narrow(a[0])), \(narrow(a[1]))",
      ]
      return (6, locked(code + dispatch(a[0], a[2], a[3], a[5])))
    case "UDIV32", "UDIV64":
      let divisor = name == "UDIV32" ? narrow(a[0]) : a[0]
      return (2, locked(["test \(divisor), \(divisor)", "jz \(a[1])", "xor edx, edx", "div \(divisor)"]))
    case "SDIV32", "SDIV64":
      let is32 = name == "SDIV32"
      let (divisor, scratch) = is32 ? (narrow(a[0]), narrow(a[1])) : (a[0], a[1])
      return (
        3,
        locked([
          "lea \(scratch), [\(a[0]) + 1]", "cmp \(scratch), 1", "jbe \(a[2])", is32 ? "cdq" : "cqo", "idiv \(divisor)",
        ])
      )
    default: return nil
    }
  }

  private static func dispatch(_ index: String, _ result: String, _ base: String, _ table: String) -> [String] {
    [
      "lea \(base), [rip + \(table)]", "movsxd \(result), dword ptr [\(base) + \(index)*4]", "add \(result), \(base)",
      "jmp \(result)",
    ]
  }

  /// The 32-bit name of a 64-bit register.
  private static func narrow(_ register: String) -> String {
    register.hasPrefix("r") && register.dropFirst().first?.isNumber == true
      ? register + "d" : "e" + register.dropFirst()
  }

  /// Replaces whole words that name context words.
  private func substitute(_ line: String) -> String {
    var result = ""
    var word = ""
    func flush() {
      result += names[word].map(String.init) ?? word
      word = ""
    }
    for character in line {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
      } else {
        flush()
        result.append(character)
      }
    }
    flush()
    return result
  }
}

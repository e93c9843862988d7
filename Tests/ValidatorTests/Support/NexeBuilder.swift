import NaClValidator

/// Builds a nexe from assembly text, for tests: fills in ELF, note, shape, function table and sites, and lets a
/// test break any of it.
///
///     let nexe = try NexeBuilder(model: .mask(k: 16))
///       .function("f", """
///         POLL p
///         and eax, 0xffff
///         mov ecx, dword ptr [r15 + rax]
///         ret
///         SLOW p
///         """)
///       .build()
///
/// The text is Intel syntax, one instruction a line; no instruction crosses a bundle (the assembler pads). `bad:`
/// before an instruction is
/// the place a finding is expected at. Names of context words and gates stand for their offset from r15: `[r15 +
/// L0]`, `[r15 + TRAP]`
/// (`NexeBuilder+Names.swift`), and macros for the groups (`NexeBuilder+Macros.swift`).
struct NexeBuilder {
  enum Model {
    /// Memory 0 of 2^k bytes, defined by the module.
    case mask(k: UInt32)
    case seg32
    case maskWithoutMemory
  }

  struct Memory {
    var flags: UInt32 = 0
    var k: UInt32
  }

  struct Table {
    var flags: UInt32 = 0
    var k: UInt32
    var minimum: UInt64 = 0
    var maximum: UInt64 = .max
  }

  enum Entry {
    case trap
    /// `jmp` alone, as entry 1 needs it.
    case jump(to: String)
    /// `cmp r10d,type; jne miss; jmp to`; without `miss` to entry 0.
    case typed(UInt32, to: String, miss: String? = nil)
    /// Assembly text, padded with NOPs to a bundle.
    case text(String)
  }

  /// One record of the function table.
  struct Record {
    var name: String
    var kind: UInt32
    var text: String
  }

  var isSegmented = false
  var memories: [Memory] = []
  var tables: [Table] = []
  /// Flags: 1 imported, 2 mutable, 4 reference, 8 exported.
  var globals: [UInt32] = []
  var limitWords: [(c: UInt64, memory: UInt32)] = []
  var transferCells: UInt32 = 4
  var instructionSet: UInt8 = 3
  var policy: UInt8 = 0
  var formatVersion: UInt32 = 1
  var records: [Record] = []
  var dataText = ""
  var importedFunctionCount: UInt32 = 0
  /// Names of the wasm functions' records; nil: every function record in order.
  var wasmFunctions: [String]?
  /// Bundle of the entry area for wasm functions, by name of record.
  var entries: [String: UInt32] = [:]
  var startFunction: UInt32 = .max
  /// The embedded wasm module, which the validator does not read and the runtime does.
  var module: [UInt8] = [0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
  /// Sets `ENTRY_MASK`, which the call group's `and` uses.
  var entryCount = 1

  init(model: Model = .mask(k: 16)) {
    switch model {
    case .mask(let k): memories = [Memory(k: k)]
    case .seg32:
      isSegmented = true
      memories = [Memory(k: 32)]
    case .maskWithoutMemory: break
    }
  }

  /// A function of kind 0. Records stand in text in the order of these calls.
  func function(_ name: String, _ text: String) -> Self {
    with { $0.records.append(Record(name: name, kind: 0, text: text)) }
  }

  /// A function of exactly these bytes, at a bundle start.
  func function(_ name: String, bytes: [UInt8]) -> Self {
    function(name, bytes.isEmpty ? "" : ".byte " + bytes.map { "\($0)" }.joined(separator: ", "))
  }

  /// The record of kind 1; its label is `ENTRIES`, entry i's is `entry_i`. The count must be a power of two, or
  /// the nexe is illegal.
  func entryArea(_ entries: [Entry]) -> Self {
    let text = entries.enumerated().map { index, entry in
      let body =
        switch entry {
        case .trap: "call qword ptr [r15 + TRAP]"
        case .jump(let target): "TAIL \(target)"
        case .typed(let type, let target, let miss):
          """
          .byte 0x41, 0x81, 0xfa
          .long \(type)
          jne \(miss ?? "entry_0")
          TAIL \(target)
          """
        case .text(let text): text
        }
      return ".p2align 5\nentry_\(index):\n\(body)\n.p2align 5"
    }
    return with {
      $0.records.append(Record(name: "ENTRIES", kind: 1, text: text.joined(separator: "\n")))
      $0.entryCount = entries.count
    }
  }

  /// Directives of read-only data, such as `table: .long target - table`; 16-aligned at their start.
  func data(_ text: String) -> Self { with { $0.dataText += text + "\n" } }

  func with(_ change: (inout Self) -> Void) -> Self {
    var copy = self
    change(&copy)
    return copy
  }

  func memory(flags: UInt32 = 0, k: UInt32) -> Self { with { $0.memories.append(Memory(flags: flags, k: k)) } }
  func table(flags: UInt32 = 0, k: UInt32, minimum: UInt64 = 0, maximum: UInt64 = .max) -> Self {
    with { $0.tables.append(Table(flags: flags, k: k, minimum: minimum, maximum: maximum)) }
  }
  func global(_ flags: UInt32) -> Self { with { $0.globals.append(flags) } }
  func limitWord(_ c: UInt64, memory: UInt32 = 0) -> Self { with { $0.limitWords.append((c, memory)) } }

  /// Assembles and lays out the file. Throws what the assembler says.
  func build() throws -> Nexe {
    let image = try Assembler.assemble(assembly())
    return try Nexe(self, image)
  }

  /// Text and read-only data as one section, so that the assembler resolves every distance.
  func assembly() throws -> String {
    var lines = [".intel_syntax noprefix", ".bundle_align_mode 5", ".text", "TEXT:"]
    let expander = MacroExpander(names: try contextNames())
    for record in records {
      lines += [".p2align 5", "\(record.name):"]
      lines += try expander.expand(record.text)
    }
    lines += [".p2align 5", "TEXT_END:", ".balign 4096, 0", "DATA:"]
    lines += dataText.split(separator: "\n").map(String.init)
    lines += [".balign 8, 0", "FUNCTIONS:"]
    for record in records { lines.append(".long \(record.name) - TEXT, \(record.kind)") }
    lines += ["DATA_END:"]
    return lines.joined(separator: "\n") + "\n"
  }
}

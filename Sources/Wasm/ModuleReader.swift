import Entities

extension Module {
  /// Whether the module to decode has its code section.
  public enum CodePresence: Sendable {
    case required
    /// The function section stands alone, as in a nexe's metadata; a code section is an error.
    case absent
  }

  /// Decodes and validates everything but the function bodies.
  ///
  /// Time and memory are linear in the size of `bytes`, whatever counts they claim.
  public static func decode(
    _ bytes: [UInt8], codeSection: CodePresence = .required, features: Features = .supported
  ) throws(WasmError) -> Module {
    var reader = ModuleReader(bytes, codeSection: codeSection, features: features)
    try reader.readModule()
    return reader.module
  }
}

/// The sections but custom ones, in the order in which they must stand (specification 5.5.2).
enum SectionID: UInt8, CaseIterable {
  case type = 1
  case `import` = 2
  case function = 3
  case table = 4
  case memory = 5
  case tag = 13
  case global = 6
  case export = 7
  case start = 8
  case element = 9
  case dataCount = 12
  case code = 10
  case data = 11

  /// Position in the required order.
  var rank: Int {
    switch self {
    case .type, .import, .function, .table, .memory: Int(rawValue)
    case .tag: 6
    case .global, .export, .start, .element: Int(rawValue) + 1
    case .dataCount: 11
    case .code: 12
    case .data: 13
    }
  }
}

/// Reads the sections in turn. A section may refer only to what stands before it, so one pass decodes and validates.
struct ModuleReader {
  var module: Module
  var cursor: ByteCursor
  let codeSection: Module.CodePresence
  let features: Features
  /// Where the function section stands, for the complaint that its functions have no bodies.
  var functionSectionOffset = 0
  /// As bytes: the equality of strings is wider (canonical equivalence).
  var exportNames: Set<[UInt8]> = []

  init(_ bytes: [UInt8], codeSection: Module.CodePresence, features: Features) {
    module = Module(bytes: bytes)
    cursor = ByteCursor(bytes, 0..<bytes.count)
    self.codeSection = codeSection
    self.features = features
  }

  mutating func readModule() throws(WasmError) {
    try readHeader()
    var lastRank = 0
    var namesRange: Range<Int>?
    while !cursor.isAtEnd {
      let start = cursor.offset
      let id = try cursor.readByte()
      let sizeOffset = cursor.offset
      let size = Int(try cursor.readU32())
      let outer = try cursor.enter(size, at: sizeOffset)
      if id == 0 {
        try readCustomSection(&namesRange)
      } else {
        guard let section = SectionID(rawValue: id) else {
          throw WasmError(.malformedSectionID, at: start, "\(id)")
        }
        if section.rank <= lastRank {
          throw WasmError(.unexpectedContent, at: start, "section \(id) is repeated or out of order")
        }
        lastRank = section.rank
        try readSection(section, at: start)
        if !cursor.isAtEnd {
          throw WasmError(.sectionSizeMismatch, at: cursor.offset, "\(cursor.remaining) bytes are left over")
        }
      }
      cursor.leave(to: outer)
    }
    try checkCounts()
    if let namesRange { module.names = Names(cursor.bytes, namesRange, functionCount: module.functions.count) }
  }

  private mutating func readHeader() throws(WasmError) {
    let magic: [UInt8] = [0x00, 0x61, 0x73, 0x6d]
    let version: [UInt8] = [0x01, 0x00, 0x00, 0x00]
    for (expected, reason) in [(magic, WasmError.Reason.magicMissing), (version, .unknownVersion)] {
      let start = cursor.offset
      for byte in expected {
        if cursor.isAtEnd { throw WasmError(.unexpectedEnd, at: cursor.offset, "in the module's header") }
        if try cursor.readByte() != byte { throw WasmError(reason, at: start) }
      }
    }
  }

  private mutating func readSection(_ section: SectionID, at start: Int) throws(WasmError) {
    switch section {
    case .type: try readTypes()
    case .import: try readImports()
    case .function: try readFunctions(at: start)
    case .table: try readTables()
    case .memory: try readMemories()
    case .tag: try readTags(at: start)
    case .global: try readGlobals()
    case .export: try readExports()
    case .start: try readStart()
    case .element: try readElements()
    case .dataCount: try readDataCount(at: start)
    case .code: try readCode(at: start)
    case .data: try readData()
    }
  }

  /// Sections that announce what other sections hold must agree with them, also where one is missing.
  private func checkCounts() throws(WasmError) {
    let defined = module.functions.count - module.importedFunctionCount
    if codeSection == .required && module.bodies.count != defined {
      throw WasmError(
        .codeCountMismatch, at: functionSectionOffset, "\(defined) functions, \(module.bodies.count) bodies")
    }
    if let count = module.dataCount, Int(count) != module.data.count {
      throw WasmError(.dataCountMismatch, at: cursor.offset, "\(count) announced, \(module.data.count) present")
    }
  }

  private mutating func readCustomSection(_ namesRange: inout Range<Int>?) throws(WasmError) {
    let name = try cursor.readName()
    let range = cursor.offset..<cursor.end
    if name == "name" && namesRange == nil { namesRange = range }
    module.customSections.append(CustomSection(name: name, range: range))
  }

  private mutating func readDataCount(at start: Int) throws(WasmError) {
    if !features.contains(.bulkMemory) {
      throw WasmError(.unsupportedFeature, at: start, Features.bulkMemory.name)
    }
    module.dataCount = try cursor.readU32()
  }

  /// Notes where the bodies stand and skips them.
  private mutating func readCode(at start: Int) throws(WasmError) {
    if codeSection == .absent {
      throw WasmError(.unexpectedContent, at: start, "a code section where there must be none")
    }
    let defined = module.functions.count - module.importedFunctionCount
    let countOffset = cursor.offset
    let count = try cursor.readCount(limit: ImplementationLimit.functions, of: "function bodies")
    if count != defined {
      throw WasmError(.codeCountMismatch, at: countOffset, "\(defined) functions, \(count) bodies")
    }
    module.bodies.reserveCapacity(cursor.plausible(count, elementSize: 2))
    for _ in 0..<count {
      let sizeOffset = cursor.offset
      let size = Int(try cursor.readU32())
      if size > ImplementationLimit.bodySize {
        throw WasmError(.implementationLimit, at: sizeOffset, "body of \(size) bytes")
      }
      let outer = try cursor.enter(size, at: sizeOffset)
      module.bodies.append(FunctionBody(range: cursor.offset..<cursor.end))
      cursor.leave(to: outer)
    }
    module.codeSection = start..<cursor.end
  }
}

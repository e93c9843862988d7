/// Why a module was refused, and where.
public struct WasmError: Error, Hashable, Sendable {
  /// In bytes from the start of the module.
  public var offset: Int
  public var reason: Reason
  /// What was expected or found, as words that continue the reason; may be empty.
  public var detail: String

  public init(_ reason: Reason, at offset: Int, _ detail: String = "") {
    self.offset = offset
    self.reason = reason
    self.detail = detail
  }

  /// The raw values are the texts of the specification's test suite where it has one.
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    // The binary format (specification, chapter 5).
    case unexpectedEnd = "unexpected end"
    case unexpectedEndOfSection = "unexpected end of section or function"
    case lengthOutOfBounds = "length out of bounds"
    case integerTooLong = "integer representation too long"
    case integerTooLarge = "integer too large"
    case magicMissing = "magic header not detected"
    case unknownVersion = "unknown binary version"
    case malformedSectionID = "malformed section id"
    case unexpectedContent = "unexpected content after last section"
    case sectionSizeMismatch = "section size mismatch"
    case malformedUTF8 = "malformed UTF-8 encoding"
    case malformedImportKind = "malformed import kind"
    case malformedExportKind = "malformed export kind"
    case malformedLimitsFlags = "malformed limits flags"
    case malformedMemoryFlags = "malformed memop flags"
    case malformedMutability = "malformed mutability"
    case malformedReferenceType = "malformed reference type"
    case malformedValueType = "malformed value type"
    case malformedType = "malformed function type"
    case malformedTable = "malformed table"
    case malformedTagAttribute = "malformed tag attribute"
    case malformedCatch = "malformed catch clause"
    case malformedElementKind = "malformed element kind"
    case malformedSegmentFlags = "malformed segment flags"
    case illegalOpcode = "illegal opcode"
    case endExpected = "END opcode expected"
    case zeroByteExpected = "zero byte expected"
    case tooManyLocals = "too many locals"
    case codeCountMismatch = "function and code section have inconsistent lengths"
    case dataCountMismatch = "data count and data section have inconsistent lengths"
    case dataCountRequired = "data count section required"

    // Validity (chapter 3).
    case typeMismatch = "type mismatch"
    case unknownType = "unknown type"
    case unknownFunction = "unknown function"
    case unknownTable = "unknown table"
    case unknownMemory = "unknown memory"
    case unknownGlobal = "unknown global"
    case unknownLocal = "unknown local"
    case unknownTag = "unknown tag"
    case unknownLabel = "unknown label"
    case unknownDataSegment = "unknown data segment"
    case unknownElementSegment = "unknown elem segment"
    case duplicateExport = "duplicate export name"
    case startFunction = "start function"
    case constantRequired = "constant expression required"
    case immutableGlobal = "immutable global"
    case atomicAlignment = "atomic accesses must have natural alignment"
    case alignmentTooLarge = "alignment must not be larger than natural"
    case offsetTooLarge = "offset out of range"
    case limitsOutOfOrder = "size minimum must not be greater than maximum"
    case memoryTooLarge = "memory size"
    case tableTooLarge = "table size"
    case invalidResultArity = "invalid result arity"
    case undeclaredReference = "undeclared function reference"
    case invalidLane = "invalid lane index"
    case uninitializedLocal = "uninitialized local"
    case subtypeMismatch = "sub type"
    case tagWithResults = "non-empty tag result type"

    // Of a custom section: a warning.
    case invalidBranchHint = "@metadata.code.branch_hint annotation: invalid target"

    // Beyond the specification.
    case unsupportedFeature = "unsupported feature"
    /// A number beyond what this implementation takes (`ImplementationLimit`).
    case implementationLimit = "implementation limit exceeded"
  }
}

extension WasmError: CustomStringConvertible {
  /// As `0x1f: type mismatch: expected i32, found f64`.
  public var description: String {
    "0x\(String(offset, radix: 16)): \(reason.rawValue)\(detail.isEmpty ? "" : ": \(detail)")"
  }
}

import Entities
import IR
import Nexe

/// What the generated code may use and must obey; the same for every function of a module.
public struct CodeGenerationOptions: Sendable {
  public var memoryModel = MemoryModel.mask
  public var outOfBounds = OutOfBoundsPolicy.trap
  public var instructionSet = InstructionSet.x86_64_v3
  /// Run the independent checker over every register allocation.
  public var checksAllocation = false
  /// Texts to keep in `CompiledFunction.dumps`.
  public var dumps: Dumps = []

  public struct Dumps: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Machine instructions over virtual registers.
    public static let selection = Dumps(rawValue: 1)
    /// The same over machine registers, with the moves that allocation inserted.
    public static let allocation = Dumps(rawValue: 2)
    /// What is written to the bundles, masks and polls included.
    public static let assembly = Dumps(rawValue: 4)
  }

  public init() {}
}

/// All that a function's code depends on beside its IR. A value shared by all threads; nothing in it changes after
/// `init`.
public struct ModuleContext: Sendable {
  /// The declarations that IR refers to.
  public let declarations: ModuleShape
  /// The counts, reaches and limit words in the nexe.
  public let shape: Shape
  /// Where the words of `shape` lie from r15.
  public let layout: ContextLayout
  public let options: CodeGenerationOptions
  /// The first bundle of each function in the entry area; 0 for a function whose reference is never taken.
  public let entries: SideTable<FunctionIndex, UInt32>
  /// log2 of the number of bundles in the entry area; nil if the module has none.
  public let entryCountLog2: UInt32?
  /// Functions with an entry, ascending; the first has entry 2.
  public let referencedFunctions: [FunctionIndex]
  /// Offset from r15 of each limit word.
  let limitWordOffsets: [LimitWord: Int32]

  /// - Parameter referencedFunctions: every function that a reference may name (element segments, `ref.func`, initial
  ///   values of globals), in any order.
  /// - Parameter hasIndirectCalls: whether any function calls through a reference, so that an entry area is needed even
  ///   without referenced functions.
  public init(
    declarations: ModuleShape, shape: Shape, options: CodeGenerationOptions,
    referencedFunctions: some Sequence<FunctionIndex>,
    hasIndirectCalls: Bool
  ) {
    self.declarations = declarations
    self.shape = shape
    self.options = options
    layout = ContextLayout(shape)
    var sorted: [FunctionIndex] = []
    for function in referencedFunctions.sorted() where function != sorted.last { sorted.append(function) }
    self.referencedFunctions = sorted
    var entries = SideTable<FunctionIndex, UInt32>(count: declarations.functions.count, initial: 0)
    var bundles = 2
    for function in sorted {
      entries[function] = UInt32(bundles)
      bundles += declarations.acceptedSignatures(of: function).count
    }
    self.entries = entries
    entryCountLog2 =
      sorted.isEmpty && !hasIndirectCalls ? nil : UInt32(Int.bitWidth - (bundles - 1).leadingZeroBitCount)
    var offsets: [LimitWord: Int32] = [:]
    for (position, word) in shape.limitWords.enumerated() { offsets[word] = layout.limitWords[position] }
    limitWordOffsets = offsets
  }
}

/// Why a module cannot be compiled although it is valid.
public enum CodeGenerationError: Error, Sendable, Equatable {
  /// Rule C7: text and read-only data reach 2^31 bytes.
  case moduleTooLarge
  /// Rule F3: a function's frame exceeds 2^30 bytes.
  case frameTooLarge(FunctionIndex)
  /// Rule S2: a signature needs more than 1,000 transfer cells.
  case tooManyArguments(SignatureIndex)
  /// Rule P2 cannot be kept, or a function outgrows an internal table; with the reason.
  case functionTooLarge(FunctionIndex)
  /// The register allocator's result failed its check; with the checker's message.
  case allocationCheckFailed(FunctionIndex, String)
}

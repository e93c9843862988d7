import Entities

/// One instruction's contents: fixed size, operands in the function's pools.
public struct InstructionData: Sendable {
  public var opcode: Opcode
  /// The controlling type; see `Opcode`.
  public var type: Type
  /// How a load or store moves its bytes.
  public var access: MemoryAccess
  /// The shape of a vector instruction.
  public var lanes: LaneShape
  /// The memory or table index, where there is one.
  public var memory: UInt32
  /// Condition, trap code, function, segment ... by opcode.
  public var auxiliary: UInt32
  /// Constant bits or static offset.
  public var immediate: UInt64
  /// In `Function.valueLists`.
  public var operands: PoolSlice
  /// In `Function.branchTargets`; only terminators have any.
  public var targets: PoolSlice
  /// Consecutive values starting here.
  public var firstResult: Value
  public var resultCount: UInt32
  /// Byte offset of the wasm instruction in its module, for traps and backtraces; 0 if none. Of an inlined
  /// instruction, a name for its `InlinedPosition`.
  public var sourceOffset: UInt32

  @inlinable
  public init(
    _ opcode: Opcode, _ type: Type, access: MemoryAccess = .full, lanes: LaneShape = .i8x16, memory: UInt32 = 0, auxiliary: UInt32 = 0,
    immediate: UInt64 = 0, operands: PoolSlice = .empty, targets: PoolSlice = .empty, sourceOffset: UInt32 = 0
  ) {
    self.opcode = opcode
    self.type = type
    self.access = access
    self.lanes = lanes
    self.memory = memory
    self.auxiliary = auxiliary
    self.immediate = immediate
    self.operands = operands
    self.targets = targets
    self.firstResult = Value(0)
    self.resultCount = 0
    self.sourceOffset = sourceOffset
  }
}

/// One edge out of a terminator: the block and the arguments for its parameters.
public struct BranchTarget: Sendable {
  public var block: Block
  /// In `Function.valueLists`.
  public var arguments: PoolSlice
  @inlinable
  public init(block: Block, arguments: PoolSlice) {
    self.block = block
    self.arguments = arguments
  }
}

/// Where a value comes from.
public enum ValueDefinition: Sendable, Equatable {
  case result(Instruction, UInt32)
  case parameter(Block, UInt32)
}

public struct ValueData: Sendable {
  public var type: Type
  public var definition: ValueDefinition
  @inlinable
  public init(type: Type, definition: ValueDefinition) {
    self.type = type
    self.definition = definition
  }
}

public struct BlockData: Sendable {
  public var parameters: ContiguousArray<Value> = []
  /// Not expected to run: traps and replay clones. Placed behind the others.
  public var isCold = false
  @inlinable public init() {}
}

/// A function in SSA form. Contents live in tables; order lives in `layout`.
public struct Function: Sendable {
  public var index: FunctionIndex
  public var signature: Signature
  /// For people: from the name section or an export; empty if none.
  public var name: String

  /// Whether every return gives a status behind the results: 0, or by `raise` an exception's word.
  public var returnsStatus = false

  public var instructions = EntityMap<Instruction, InstructionData>()
  public var values = EntityMap<Value, ValueData>()
  public var blocks = EntityMap<Block, BlockData>()
  public var valueLists = ListPool<Value>()
  public var branchTargets = ListPool<BranchTarget>()
  public var vectorConstants = EntityMap<VectorConstant, SIMD2<UInt64>>()
  /// What the source offsets of inlined instructions stand for.
  public var inlinedPositions = ContiguousArray<InlinedPosition>()
  public var layout = Layout()

  public init(index: FunctionIndex, signature: Signature, name: String = "") {
    self.index = index
    self.signature = signature
    self.name = name
  }

  /// The first block of the layout; its parameters are the function's.
  @inlinable public var entry: Block { layout.blocks[0] }

  // MARK: Reading

  @inlinable public func operands(of instruction: Instruction) -> ArraySlice<Value> {
    valueLists[instructions[instruction].operands]
  }
  @inlinable public func operand(_ position: Int, of instruction: Instruction) -> Value {
    valueLists[instructions[instruction].operands, position]
  }
  @inlinable public func targets(of instruction: Instruction) -> ArraySlice<BranchTarget> {
    branchTargets[instructions[instruction].targets]
  }
  @inlinable public func arguments(of target: BranchTarget) -> ArraySlice<Value> { valueLists[target.arguments] }
  @inlinable public func results(of instruction: Instruction) -> LazyMapSequence<Range<UInt32>, Value> {
    let data = instructions[instruction]
    return (data.firstResult.rawValue..<data.firstResult.rawValue + data.resultCount).lazy.map { Value($0) }
  }
  /// The only result.
  @inlinable public func result(of instruction: Instruction) -> Value {
    precondition(instructions[instruction].resultCount == 1, "the instruction has not exactly one result")
    return instructions[instruction].firstResult
  }
  @inlinable public func type(of value: Value) -> Type { values[value].type }
  @inlinable public func terminator(of block: Block) -> Instruction? {
    guard let last = layout.instructions[block].last, instructions[last].opcode.info.isTerminator else { return nil }
    return last
  }

  /// Whether some instruction calls through a reference.
  public var callsReferences: Bool {
    instructions.elements.contains { 
      $0.opcode == .callIndirect || $0.opcode == .tryCallIndirect || $0.opcode == .returnCallIndirect
    }
  }

  // MARK: Writing contents (order is the layout's)

  public mutating func makeBlock(parameters: [Type] = [], isCold: Bool = false) -> Block {
    let block = blocks.append(BlockData())
    blocks[block].isCold = isCold
    for type in parameters { appendParameter(to: block, type) }
    return block
  }

  @discardableResult
  public mutating func appendParameter(to block: Block, _ type: Type) -> Value {
    let position = UInt32(blocks[block].parameters.count)
    let value = values.append(ValueData(type: type, definition: .parameter(block, position)))
    blocks[block].parameters.append(value)
    return value
  }

  /// Adds an instruction with fresh results of the given types; does not place it.
  public mutating func makeInstruction(_ data: InstructionData, results: [Type]) -> Instruction {
    let instruction = instructions.append(data)
    instructions[instruction].firstResult = values.nextID
    instructions[instruction].resultCount = UInt32(results.count)
    for (position, type) in results.enumerated() {
      values.append(ValueData(type: type, definition: .result(instruction, UInt32(position))))
    }
    return instruction
  }

  public mutating func makeTarget(_ block: Block, _ arguments: some Sequence<Value>) -> BranchTarget {
    BranchTarget(block: block, arguments: valueLists.append(contentsOf: arguments))
  }
}

/// The order of blocks, and of instructions in each.
public struct Layout: Sendable {
  public var blocks: ContiguousArray<Block> = []
  public var instructions = SideTable<Block, ContiguousArray<Instruction>>(initial: [])
  @inlinable public init() {}

  @inlinable public mutating func append(_ block: Block) { blocks.append(block) }
  @inlinable public mutating func append(_ instruction: Instruction, to block: Block) {
    instructions[block].append(instruction)
  }
}

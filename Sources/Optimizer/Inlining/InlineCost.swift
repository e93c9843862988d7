import IR

/// What inlining a function costs and brings.
struct InlineCost {
  /// A call spills what lives across it, polls, and moves arguments: a body of so many instructions is no longer than
  /// that.
  static let always = 8
  /// For calls in loops, where time is spent.
  static let inLoop = 24
  /// Cold parts may make a body so much larger.
  static let largest = 4 * inLoop
  private static let call = 4

  /// Instructions that are expected to run; constants and jumps are free.
  var expected = 0
  /// All that a copy adds to its caller.
  var size = 0

  /// nil if the body may not be inlined or is too large. Complexity: bounded by `largest`.
  init?(_ function: Function) {
    // Its callers look at a status.
    if function.returnsStatus { return nil }
    for block in function.layout.blocks {
      size += function.layout.instructions[block].count
      if size > Self.largest { return nil }
      for instruction in function.layout.instructions[block] {
        guard let cost = Self.cost(of: function.instructions[instruction]) else { return nil }
        if !function.blocks[block].isCold { expected += cost }
      }
      if expected > Self.inLoop { return nil }
    }
  }

  /// nil for what means something else in another frame.
  private static func cost(of data: InstructionData) -> Int? {
    switch data.opcode.info.form {
    case .integerConstant, .floatConstant, .vectorConstant, .jump, .returnValues, .trap: 0
    case .returnCall, .returnCallIndirect, .tryCall, .tryCallIndirect, .exceptionPayload, .exceptionStore, .exceptionBox,
      .exceptionUnbox, .raise:
      nil
    case .call, .callIndirect, .memoryFill, .memoryCopy, .memoryInit, .memoryGrow, .tableGrow, .tableFill, .tableCopy,
      .tableInit:
      call
    case .branchTable: 2 + Int(data.targets.count)
    case .integerBinary, .integerUnary, .signExtension, .extend, .wrap, .compareInteger, .compareFloat, .floatBinary,
      .floatUnary, .floatToInteger, .integerToFloat, .demote, .promote, .reinterpret, .select, .load, .store,
      .memoryCheck, .memoryOutOfBounds, .memorySize, .dataSegment, .tableGet, .tableSet, .tableSize, .elementSegment,
      .globalGet, .globalSet, .functionReference, .trapIf, .branchIf, .vectorUnary, .vectorBinary, .vectorTernary,
      .vectorShift, .vectorTest, .vectorSplat, .vectorExtract, .vectorReplace, .vectorShuffle, .vectorCompareInteger,
      .vectorCompareFloat, .vectorFloatToInteger, .bitsUnary, .bitsBinary, .bitsTernary, .bitsTest:
      1
    }
  }
}

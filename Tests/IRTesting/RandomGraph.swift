import IR

/// Functions whose blocks hold nothing but branches: any shape, irreducible and unreachable parts included.
public enum RandomGraph {
  public static func make(blocks count: Int, using random: inout Random) -> Function {
    var builder = Builder(index: FunctionIndex(0), signature: Signature(parameters: [.i32], results: []))
    let condition = builder.function.blocks[builder.block].parameters[0]
    let blocks = (0..<count).map { _ in builder.makeBlock() }
    builder.jump(blocks[0])
    for block in blocks {
      builder.start(block)
      switch random.below(4) {
      case 0: builder.returnValues([])
      case 1: builder.jump(random.pick(blocks))
      case 2: builder.branch(if: condition, random.pick(blocks), else: random.pick(blocks))
      default:
        let targets = (0...random.below(4)).map { _ in builder.function.makeTarget(random.pick(blocks), []) }
        builder.insert(InstructionData(.branchTable, .i32), [condition], targets: targets)
      }
    }
    return builder.function
  }
}

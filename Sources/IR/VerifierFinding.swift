/// One broken rule of the IR.
public struct VerifierFinding: Error, Equatable, CustomStringConvertible, Sendable {
  public enum Problem: Equatable, Sendable {
    // Tables and layout.
    case emptyLayout
    case blockOutOfRange(Block)
    case blockTwiceInLayout
    case instructionOutOfRange(Instruction)
    case instructionTwiceInLayout
    case listOutOfRange
    /// A list overlaps another one, and they are not the arguments of one branch table's edges.
    case sharedList
    case valueOutOfRange(Value)
    case wrongDefinition(Value)
    case missingTerminator
    case terminatorInside
    case targetNotInLayout(Block)
    case entryIsTarget
    /// An edge to the same or an earlier block of the layout whose target does not dominate its source.
    case backwardEdge(Block)
    // Types and counts.
    case wrongType(Type)
    case operandCount(Int, expected: Int)
    case operandType(Int, Type, expected: Type)
    case resultCount(Int, expected: Int)
    case resultType(Int, Type, expected: Type)
    case targetCount(Int)
    case argumentCount(Block, Int, expected: Int)
    case argumentType(Block, Int, Type, expected: Type)
    case entryParameters
    case tailCallResults
    case field(FieldRule)
    // Dominance.
    case notDefined(Value)
    case notDominated(Value)
  }

  public let problem: Problem
  public let block: Block?
  public let instruction: Instruction?
  /// The word of the instruction's opcode.
  public let word: String?

  public var description: String {
    var text = block.map { "\($0): " } ?? ""
    if let instruction, let word { text += "\(instruction) (\(word)): " }
    return text + Self.describe(problem)
  }

  private static func describe(_ problem: Problem) -> String {
    switch problem {
    case .emptyLayout: "the layout has no block"
    case .blockOutOfRange(let block): "\(block) does not exist"
    case .blockTwiceInLayout: "the block stands twice in the layout"
    case .instructionOutOfRange(let instruction): "\(instruction) does not exist"
    case .instructionTwiceInLayout: "the instruction stands twice in the layout"
    case .listOutOfRange: "a list reaches beyond its pool"
    case .sharedList: "a list is part of another one"
    case .valueOutOfRange(let value): "\(value) does not exist"
    case .wrongDefinition(let value): "\(value) names another definition than the one that has it"
    case .missingTerminator: "the block does not end in a terminator"
    case .terminatorInside: "a terminator stands before the end of its block"
    case .targetNotInLayout(let block): "target \(block) is not in the layout"
    case .entryIsTarget: "the entry block is a target"
    case .backwardEdge(let block): "the edge to \(block) goes backward but closes no loop"
    case .wrongType(let type): "\(type) is not a type for this opcode"
    case .operandCount(let count, let expected): "\(count) operands, not \(expected)"
    case .operandType(let position, let type, let expected): "operand \(position) is \(type), not \(expected)"
    case .resultCount(let count, let expected): "\(count) results, not \(expected)"
    case .resultType(let position, let type, let expected): "result \(position) is \(type), not \(expected)"
    case .targetCount(let count): "\(count) targets"
    case .argumentCount(let block, let count, let expected): "\(count) arguments for \(block), not \(expected)"
    case .argumentType(let block, let position, let type, let expected):
      "argument \(position) for \(block) is \(type), not \(expected)"
    case .entryParameters: "the entry block's parameters are not the signature's"
    case .tailCallResults: "the called signature's results are not the function's"
    case .field(let field): "the \(field) is out of range"
    case .notDefined(let value): "\(value) is used but not defined in the layout"
    case .notDominated(let value): "\(value) is used where its definition does not dominate"
    }
  }
}

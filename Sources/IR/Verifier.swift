import Entities

/// Checks every rule of docs/IR.md. Never traps, whatever the tables hold; says nothing only of correct functions.
///
/// Three rounds, each run only if the one before found nothing: references and layout, types, dominance.
public struct Verifier {
  /// After so many findings the rest are not worth reading.
  public static let maximumFindings = 100

  let function: Function
  let shape: ModuleShape
  private(set) var findings: [VerifierFinding] = []
  private var block: Block?
  private var instruction: Instruction?
  /// Positions of the pools that belong to a list already.
  private var takenValues: BitSet<PoolPosition>
  private var takenTargets: BitSet<PoolPosition>
  /// Scratch for `checkOperands`, kept to save an allocation an instruction.
  private var expected: ContiguousArray<Type> = []

  /// Complexity: near linear in the function.
  public static func verify(_ function: Function, in shape: ModuleShape) -> [VerifierFinding] {
    var verifier = Verifier(function: function, shape: shape)
    verifier.checkReferences()
    if verifier.findings.isEmpty { verifier.checkTypes() }
    if verifier.findings.isEmpty { verifier.checkDominance() }
    return verifier.findings
  }

  private init(function: Function, shape: ModuleShape) {
    self.function = function
    self.shape = shape
    takenValues = BitSet(capacity: function.valueLists.count)
    takenTargets = BitSet(capacity: function.branchTargets.count)
  }

  private mutating func report(_ problem: VerifierFinding.Problem) {
    guard findings.count < Self.maximumFindings else { return }
    let word = instruction.map { function.instructions[$0].opcode.info.name }
    findings.append(VerifierFinding(problem: problem, block: block, instruction: instruction, word: word))
  }

  // MARK: References and layout

  private mutating func checkReferences() {
    guard !function.layout.blocks.isEmpty else { return report(.emptyLayout) }
    var blocksSeen = BitSet<Block>(capacity: function.blocks.count)
    for block in function.layout.blocks {
      self.block = block
      if !function.blocks.contains(block) {
        report(.blockOutOfRange(block))
      } else if !blocksSeen.insert(block) {
        report(.blockTwiceInLayout)
      }
    }
    guard findings.isEmpty else { return }

    var instructionsSeen = BitSet<Instruction>(capacity: function.instructions.count)
    for block in function.layout.blocks {
      self.block = block
      instruction = nil
      for (position, parameter) in function.blocks[block].parameters.enumerated() {
        checkDefinition(of: parameter, .parameter(block, UInt32(position)))
      }
      let instructions = function.layout.instructions[block]
      for (position, instruction) in instructions.enumerated() {
        guard function.instructions.contains(instruction) else {
          report(.instructionOutOfRange(instruction))
          continue
        }
        self.instruction = instruction
        if !instructionsSeen.insert(instruction) { report(.instructionTwiceInLayout) }
        let isLast = position == instructions.count - 1
        if !isLast && function.instructions[instruction].opcode.info.isTerminator { report(.terminatorInside) }
        checkReferences(of: instruction, blocksSeen)
      }
      instruction = nil
      if let last = instructions.last, function.instructions.contains(last),
        function.instructions[last].opcode.info.isTerminator
      {
        continue
      }
      report(.missingTerminator)
    }
  }

  private mutating func checkDefinition(of value: Value, _ definition: ValueDefinition) {
    guard function.values.contains(value) else { return report(.valueOutOfRange(value)) }
    if function.values[value].definition != definition { report(.wrongDefinition(value)) }
  }

  private mutating func checkReferences(of instruction: Instruction, _ layoutBlocks: BitSet<Block>) {
    let data = function.instructions[instruction]
    checkList(data.operands)
    if data.resultCount > 0 {
      let end = UInt64(data.firstResult.rawValue) + UInt64(data.resultCount)
      if end > UInt64(function.values.count) {
        report(.valueOutOfRange(data.firstResult))
      } else {
        for position in 0..<data.resultCount {
          checkDefinition(of: Value(data.firstResult.rawValue + position), .result(instruction, position))
        }
      }
    }
    guard data.targets.range.upperBound <= function.branchTargets.count else { return report(.listOutOfRange) }
    for position in data.targets.range where !takenTargets.insert(PoolPosition(index: position)) { report(.sharedList) }
    var shared: Set<PoolSlice> = []
    for target in function.targets(of: instruction) {
      if !layoutBlocks.contains(target.block) {
        report(.targetNotInLayout(target.block))
      } else if target.block == function.layout.blocks[0] {
        report(.entryIsTarget)
      }
      if data.opcode == .branchTable && !target.arguments.isEmpty {
        // Edges of a branch table may share their arguments.
        if !shared.insert(target.arguments).inserted { continue }
      }
      checkList(target.arguments)
    }
  }

  private mutating func checkList(_ list: PoolSlice) {
    guard list.range.upperBound <= function.valueLists.count else { return report(.listOutOfRange) }
    for position in list.range {
      let value = function.valueLists[position]
      if !function.values.contains(value) { report(.valueOutOfRange(value)) }
      if !takenValues.insert(PoolPosition(index: position)) { report(.sharedList) }
    }
  }

  // MARK: Types

  private mutating func checkTypes() {
    block = function.entry
    instruction = nil
    let parameters = function.blocks[function.entry].parameters
    if !parameters.map({ function.type(of: $0) }).elementsEqual(function.signature.parameters) {
      report(.entryParameters)
    }
    for block in function.layout.blocks {
      self.block = block
      for instruction in function.layout.instructions[block] {
        self.instruction = instruction
        checkTypes(of: instruction)
      }
    }
  }

  private mutating func checkTypes(of instruction: Instruction) {
    let data = function.instructions[instruction]
    let rule = data.opcode.info.form.rule
    var fieldsAreRight = true
    for field in rule.fields where !TypeRules.isValid(field, data, function, shape) {
      report(.field(field))
      fieldsAreRight = false
    }
    guard fieldsAreRight else { return }
    guard TypeRules.allows(rule.type, data, shape) else { return report(.wrongType(data.type)) }

    expected.removeAll(keepingCapacity: true)
    for operand in rule.operands { expected.append(TypeRules.type(of: operand, data, shape)) }
    let called = TypeRules.calledSignature(data, shape)
    switch rule.trailing {
    case .none: break
    case .callParameters: expected.append(contentsOf: called?.parameters ?? [])
    case .functionResults: expected.append(contentsOf: function.signature.results)
    case .values:
      expected.append(contentsOf: function.operands(of: instruction).dropFirst(expected.count).map { function.type(of: $0) })
    }
    checkOperands(of: instruction)

    switch rule.result {
    case .none: checkResults(of: instruction, [])
    case .own: checkResults(of: instruction, CollectionOfOne(data.type))
    case .i32: checkResults(of: instruction, CollectionOfOne(.i32))
    case .lane: checkResults(of: instruction, CollectionOfOne(data.lanes.scalar))
    case .callResults: checkResults(of: instruction, called?.results ?? [])
    case .callResultsAndStatus: checkResults(of: instruction, (called?.results ?? []) + [.i64])
    case .tailCall:
      checkResults(of: instruction, [])
      if called?.results != function.signature.results { report(.tailCallResults) }
    }
    checkTargets(of: instruction, rule.targets)
  }

  private mutating func checkOperands(of instruction: Instruction) {
    let operands = function.operands(of: instruction)
    guard operands.count == expected.count else {
      return report(.operandCount(operands.count, expected: expected.count))
    }
    for (position, (operand, type)) in zip(operands, expected).enumerated() where function.type(of: operand) != type {
      report(.operandType(position, function.type(of: operand), expected: type))
    }
  }

  private mutating func checkResults(of instruction: Instruction, _ types: some Collection<Type>) {
    let results = function.results(of: instruction)
    guard results.count == types.count else { return report(.resultCount(results.count, expected: types.count)) }
    for (position, (result, type)) in zip(results, types).enumerated() where function.type(of: result) != type {
      report(.resultType(position, function.type(of: result), expected: type))
    }
  }

  private mutating func checkTargets(of instruction: Instruction, _ rule: TargetRule) {
    let targets = function.targets(of: instruction)
    let isRight =
      switch rule {
      case .none: targets.isEmpty
      case .one: targets.count == 1
      case .two: targets.count == 2
      case .oneOrMore: !targets.isEmpty
      }
    if !isRight { report(.targetCount(targets.count)) }
    for target in targets {
      let parameters = function.blocks[target.block].parameters
      let arguments = function.arguments(of: target)
      guard arguments.count == parameters.count else {
        report(.argumentCount(target.block, arguments.count, expected: parameters.count))
        continue
      }
      for (position, (argument, parameter)) in zip(arguments, parameters).enumerated() {
        let type = function.type(of: argument)
        let expected = function.type(of: parameter)
        if type != expected { report(.argumentType(target.block, position, type, expected: expected)) }
      }
    }
  }

  // MARK: Dominance

  private mutating func checkDominance() {
    let graph = ControlFlowGraph(function)
    let dominators = Dominators(graph)
    var layoutPosition = SideTable<Block, Int>(count: function.blocks.count, initial: 0)
    var definitions = SideTable<Value, Definition?>(count: function.values.count, initial: nil)
    for (place, block) in function.layout.blocks.enumerated() {
      layoutPosition[block] = place
      for parameter in function.blocks[block].parameters {
        definitions[parameter] = Definition(block: block, place: -1)
      }
      for (place, instruction) in function.layout.instructions[block].enumerated() {
        for result in function.results(of: instruction) {
          definitions[result] = Definition(block: block, place: place)
        }
      }
    }
    for block in function.layout.blocks {
      self.block = block
      for (place, instruction) in function.layout.instructions[block].enumerated() {
        self.instruction = instruction
        function.forEachUse(in: instruction) { value in
          guard let definition = definitions[value] else { return report(.notDefined(value)) }
          // Nothing is said of unreachable blocks: everything dominates them.
          guard graph.isReachable(block) else { return }
          let isDominated =
            definition.block == block
            ? definition.place < place : dominators.dominates(definition.block, block)
          if !isDominated { report(.notDominated(value)) }
        }
        for target in function.targets(of: instruction)
        where layoutPosition[target.block] <= layoutPosition[block] && graph.isReachable(block)
          && !dominators.dominates(target.block, block)
        {
          report(.backwardEdge(target.block))
        }
      }
    }
  }

  private struct Definition {
    let block: Block
    /// Position in the block; -1 for a parameter.
    let place: Int
  }
}

/// A place in one of a function's pools.
private struct PoolPosition: EntityID {
  static let prefix = "position"
  let rawValue: UInt32
  init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

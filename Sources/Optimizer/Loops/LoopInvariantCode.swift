import Entities
import IR

/// Moves what gives the same result in every round in front of the loop: pure instructions that cost more than a register
/// is worth, loads and reads of globals that nothing in the loop can change.
///
/// A load moves only with its check: one that covers it and has been passed before the loop, or an address that is a
/// constant below the declared minimum. Instructions that trap stay, and those that not every round comes to.
///
/// Requires: nothing beyond a correct function; better behind value numbering and hoisted checks. Establishes: nothing
/// that others build on. Cost: linear, times the depth of loops.
public enum LoopInvariantCode {
  /// How many dominators are searched for a load's check.
  static let searchedDominators = 8

  public static func run(on function: inout Function, in shape: ModuleShape) {
    var graph = ControlFlowGraph(function)
    var dominators = Dominators(graph)
    var loops = Loops(graph, dominators)
    if loops.all.isEmpty { return }
    // All preheaders first: then each belongs to the loop around, and what has moved may move on.
    var preheaders = Preheaders()
    for loop in loops.all.ids {
      _ = preheaders.preheader(of: loops.all[loop].header, graph, dominators, &function)
    }
    if preheaders.place(in: &function) {
      graph = ControlFlowGraph(function)
      dominators = Dominators(graph)
      loops = Loops(graph, dominators)
    }
    var blocks: [ContiguousArray<Block>] = Array(repeating: [], count: loops.all.count)
    for block in function.layout.blocks {
      var loop = loops.loop(of: block)
      while let current = loop {
        blocks[current.index].append(block)
        loop = loops.all[current].parent
      }
    }
    var home = DefiningBlocks(function)
    for loop in loops.all.ids.reversed() {
      let header = loops.all[loop].header
      guard !function.blocks[header].isCold else { continue }
      let place = preheaders.preheader(of: header, graph, dominators, &function)
      let changes = LoopChanges(blocks[loop.index], function)
      let latches = graph.predecessors(of: header).filter { loops.contains(loop, $0) }
      // What only some rounds come to might never be needed.
      for block in blocks[loop.index] where latches.allSatisfy({ dominators.dominates(block, $0) }) {
        var moved = ContiguousArray<Instruction>()
        for instruction in function.layout.instructions[block] {
          let data = function.instructions[instruction]
          let isInvariant = function.valueLists[data.operands].allSatisfy { value in
            function.constant(value) != nil || home[value].map { !loops.contains(loop, $0) } ?? false
          }
          guard isInvariant, isWorthIt(data, function),
            mayMove(data, before: place, changes, function, dominators, shape)
          else { continue }
          moved.append(instruction)
          home[data.firstResult] = place
        }
        if moved.isEmpty { continue }
        move(moved, from: block, to: place, &function, &home)
      }
    }
  }

  private static func move(
    _ moved: ContiguousArray<Instruction>, from block: Block, to place: Block, _ function: inout Function,
    _ home: inout DefiningBlocks
  ) {
    var next = 0
    function.layout.instructions[block].removeAll { instruction in
      guard next < moved.count, moved[next] == instruction else { return false }
      next += 1
      return true
    }
    for instruction in moved {
      // Constants stay near their uses: each use in front of the loop gets its own.
      for position in function.instructions[instruction].operands.range {
        let operand = function.valueLists[position]
        guard let definition = function.definition(of: operand), home[operand] != place,
          definition.opcode == .integerConstant || definition.opcode == .floatConstant
        else { continue }
        let copy = function.makeInstruction(
          InstructionData(definition.opcode, definition.type, immediate: definition.immediate),
          results: [definition.type])
        insert(copy, &function)
        home[function.result(of: copy)] = place
        function.valueLists[position] = function.result(of: copy)
      }
      insert(instruction, &function)
    }
    func insert(_ instruction: Instruction, _ function: inout Function) {
      function.layout.instructions[place].insert(instruction, at: function.layout.instructions[place].count - 1)
    }
  }

  /// Constants are made again where they are used; sums with constants, scaled indexes and comparisons become part of
  /// their users.
  private static func isWorthIt(_ data: InstructionData, _ function: Function) -> Bool {
    guard data.resultCount == 1 else { return false }
    switch data.opcode {
    case .integerConstant, .floatConstant, .vectorConstant, .functionReference, .extendUnsigned, .wrap,
      .compareInteger, .compareFloat, .memoryOutOfBounds:
      return false
    case .add, .subtract, .and, .or, .xor, .shiftLeft, .shiftRightSigned, .shiftRightUnsigned:
      return function.constant(function.operand(1, of: data)) == nil
    default: return true
    }
  }

  private static func mayMove(
    _ data: InstructionData, before place: Block, _ changes: LoopChanges, _ function: Function,
    _ dominators: Dominators, _ shape: ModuleShape
  ) -> Bool {
    switch data.opcode {
    case .load:
      return !changes.memories && isChecked(data, before: place, function, dominators, shape)
    case .globalGet: return !changes.calls && !changes.globals.contains(data.auxiliary)
    case .memorySize, .tableSize: return !changes.calls && !changes.sizes
    default: return data.opcode.info.isPure
    }
  }

  /// Whether whoever leaves `place` for the loop has passed a check of the load.
  private static func isChecked(
    _ load: InstructionData, before place: Block, _ function: Function, _ dominators: Dominators, _ shape: ModuleShape
  ) -> Bool {
    let address = function.operand(0, of: load)
    let (end, overflow) = load.immediate.addingReportingOverflow(UInt64(load.access.size(for: load.type)))
    if overflow { return false }
    if let bits = function.constant(address) {
      let pages = shape.memories[MemoryIndex(load.memory)].minimumPages
      return bits <= UInt64(UInt32.max) && end <= UInt64(UInt32.max) && bits + end <= pages << 16 && pages <= 1 << 16
    }
    var block: Block? = place
    for _ in 0..<searchedDominators {
      guard let current = block else { return false }
      for instruction in function.layout.instructions[current] {
        let data = function.instructions[instruction]
        if data.opcode == .memoryCheck, data.memory == load.memory, data.immediate >= end,
          function.operand(0, of: data) == address
        {
          return true
        }
      }
      block = dominators.immediateDominator(of: current)
    }
    return false
  }
}

/// What a loop may change.
private struct LoopChanges {
  var memories = false
  var sizes = false
  var calls = false
  var globals: Set<UInt32> = []

  init(_ blocks: ContiguousArray<Block>, _ function: Function) {
    for block in blocks {
      for instruction in function.layout.instructions[block] {
        let data = function.instructions[instruction]
        guard data.opcode.info.hasSideEffects else { continue }
        switch data.opcode {
        case .store, .memoryFill, .memoryCopy, .memoryInit: memories = true
        case .globalSet: globals.insert(data.auxiliary)
        case .memoryGrow, .tableGrow: sizes = true
        case .tableSet, .tableFill, .tableCopy, .tableInit, .dataDrop, .elementDrop: break
        default:
          // Calls, and whatever else there will be, may do anything.
          memories = true
          calls = true
        }
      }
    }
  }
}

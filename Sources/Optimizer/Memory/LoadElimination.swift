import Entities
import IR

/// Loads of what has just been stored or loaded, reads of globals that are known, and stores of what is there already.
///
/// Follows the program from a block into those that have no other predecessor; elsewhere nothing is known. A call may
/// change everything but immutable globals. The shadow stack pointer of C programs, a global, is thus read once between
/// two calls. Checks are instructions of their own and stay.
///
/// Requires: nothing beyond a correct function; better behind value numbering, which makes equal addresses one value.
/// Establishes: nothing that others build on. Cost: linear; at most `KnownContents.limit` cells are compared.
public enum LoadElimination {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    let graph = ControlFlowGraph(function)
    var forwarding = ValueForwarding(function)
    // What is known at the end of a block, and how many blocks still want to know it.
    var contents: [Block: (known: KnownContents, readers: Int)] = [:]
    for block in graph.reversePostorder {
      var known = KnownContents()
      let predecessors = graph.predecessors(of: block)
      if predecessors.count == 1, let only = predecessors.first, let (before, readers) = contents[only] {
        known = before
        contents[only] = readers == 1 ? nil : (before, readers - 1)
      }
      visit(block, &function, shape, &known, &forwarding)
      let readers = graph.successors(of: block).count { graph.predecessors(of: $0).count == 1 }
      if readers > 0 { contents[block] = (known, readers) }
    }
    forwarding.apply(to: &function)
  }

  private static func visit(
    _ block: Block, _ function: inout Function, _ shape: ModuleShape, _ known: inout KnownContents,
    _ forwarding: inout ValueForwarding
  ) {
    var order = ContiguousArray<Instruction>()
    var list = ContiguousArray<Instruction>()
    swap(&list, &function.layout.instructions[block])
    order.reserveCapacity(list.count)
    for instruction in list {
      function.rewriteUses(in: instruction) { forwarding.resolve($0) }
      let data = function.instructions[instruction]
      switch data.opcode {
      case .load:
        if let value = load(instruction, data, &function, &known, &order) {
          forwarding.forward(data.firstResult, to: value)
          continue
        }
      case .store:
        if !store(data, function, &known) { continue }
      case .globalGet:
        if let value = known.value(of: data.auxiliary) {
          forwarding.forward(data.firstResult, to: value)
          continue
        }
        known.set(data.auxiliary, to: data.firstResult)
      case .globalSet:
        let value = function.operand(0, of: data)
        if known.value(of: data.auxiliary) == value { continue }
        known.set(data.auxiliary, to: value)
      case .memoryFill, .memoryCopy, .memoryInit: known.forget(memory: data.memory)
      case .memoryGrow, .tableGrow, .tableSet, .tableFill, .tableCopy, .tableInit, .dataDrop, .elementDrop: break
      default: if data.opcode.info.hasSideEffects { known.forgetAll(in: shape) }
      }
      order.append(instruction)
    }
    function.layout.instructions[block] = order
  }

  /// What the load gives, if it is known; instructions that make it of a stored value go to `order`.
  private static func load(
    _ instruction: Instruction, _ data: InstructionData, _ function: inout Function, _ known: inout KnownContents,
    _ order: inout ContiguousArray<Instruction>
  ) -> Value? {
    let location = MemoryLocation(data, function)
    for cell in known.cells(at: location) {
      if cell.type == data.type && cell.access == data.access && (!cell.isStored || data.access == .full) {
        return cell.value
      }
      if cell.isStored, let value = StoredValue.read(cell, as: data, &function, &order) { return value }
    }
    known.remember(
      KnownContents.Cell(
        location: location, type: data.type, access: data.access, value: data.firstResult, isStored: false))
    return nil
  }

  /// Whether the store changes anything.
  private static func store(_ data: InstructionData, _ function: Function, _ known: inout KnownContents) -> Bool {
    let location = MemoryLocation(data, function)
    let value = function.operand(1, of: data)
    if known.cells(at: location).contains(where: { $0.value == value && $0.location.size == location.size }) {
      return false
    }
    known.overwrite(location)
    known.remember(
      KnownContents.Cell(location: location, type: data.type, access: data.access, value: value, isStored: true))
    return true
  }
}

/// What a load finds where another type or a wider value was stored.
private enum StoredValue {
  /// nil where it takes more than two instructions.
  static func read(
    _ cell: KnownContents.Cell, as load: InstructionData, _ function: inout Function,
    _ order: inout ContiguousArray<Instruction>
  ) -> Value? {
    func emit(_ opcode: Opcode, _ type: Type, _ operands: [Value], auxiliary: UInt32 = 0, immediate: UInt64 = 0) -> Value {
      let data = InstructionData(
        opcode, type, auxiliary: auxiliary, immediate: immediate,
        operands: function.valueLists.append(contentsOf: operands), sourceOffset: load.sourceOffset)
      let instruction = function.makeInstruction(data, results: [type])
      order.append(instruction)
      return function.result(of: instruction)
    }
    if cell.type == .v128 || load.type == .v128 { return nil }
    var value = cell.value
    if cell.type != load.type {
      switch (cell.type, load.type) {
      case (.i64, .i32): value = emit(.wrap, .i32, [value])
      case (.i32, .i64) where load.access != .full: value = emit(.extendUnsigned, .i64, [value])
      case (.i32, .f32), (.f32, .i32), (.i64, .f64), (.f64, .i64):
        guard cell.access == .full && load.access == .full else { return nil }
        return emit(.reinterpret, load.type, [value])
      default: return nil
      }
    }
    switch load.access {
    case .full, .unsigned64: return load.type.isInteger ? value : nil
    case .unsigned8, .unsigned16, .unsigned32:
      let bits = (UInt64(1) << UInt64(8 * load.access.size(for: load.type))) - 1
      return emit(.and, load.type, [value, emit(.integerConstant, load.type, [], immediate: bits)])
    case .signed8, .signed16, .signed32:
      return emit(.signExtendInReg, load.type, [value], auxiliary: UInt32(8 * load.access.size(for: load.type)))
    }
  }
}

import Entities

extension Function {
  /// Visits every value that the instruction reads: operands, then the arguments of each target.
  @inlinable
  public func forEachUse(in instruction: Instruction, _ body: (Value) -> Void) {
    let data = instructions[instruction]
    for position in data.operands.range { body(valueLists[position]) }
    for target in data.targets.range {
      for position in branchTargets[target].arguments.range { body(valueLists[position]) }
    }
  }

  /// Replaces every value that the instruction reads.
  @inlinable
  public mutating func rewriteUses(in instruction: Instruction, _ transform: (Value) -> Value) {
    let data = instructions[instruction]
    for position in data.operands.range { valueLists[position] = transform(valueLists[position]) }
    for target in data.targets.range {
      for position in branchTargets[target].arguments.range { valueLists[position] = transform(valueLists[position]) }
    }
  }

  /// Replaces every use in the layout. Complexity: linear in the function, so collect replacements in a
  /// `ValueForwarding`.
  @inlinable
  public mutating func rewriteAllUses(_ transform: (Value) -> Value) {
    for block in layout.blocks {
      for position in layout.instructions[block].indices {
        rewriteUses(in: layout.instructions[block][position], transform)
      }
    }
  }

  /// Turns the instruction into another with as many results of the same types; results keep their ids.
  @inlinable
  public mutating func replace(_ instruction: Instruction, with data: InstructionData, _ operands: some Sequence<Value>)
  {
    var data = data
    let old = instructions[instruction]
    data.firstResult = old.firstResult
    data.resultCount = old.resultCount
    data.sourceOffset = old.sourceOffset
    data.operands = valueLists.append(contentsOf: operands)
    data.targets = .empty
    instructions[instruction] = data
  }

  /// Takes the instructions out of the layout for whose contents `shouldRemove` says so. Their results must have no
  /// uses left.
  @inlinable
  public mutating func removeInstructions(where shouldRemove: (InstructionData) -> Bool) {
    for block in layout.blocks {
      // Out and in again: changed in place, without a copy.
      var list = ContiguousArray<Instruction>()
      swap(&list, &layout.instructions[block])
      list.removeAll { shouldRemove(instructions[$0]) }
      swap(&list, &layout.instructions[block])
    }
  }

  /// A copy of the instruction, with fresh results, operands and arguments mapped by `transform`, not yet placed.
  public mutating func clone(_ instruction: Instruction, _ transform: (Value) -> Value) -> Instruction {
    var data = instructions[instruction]
    data.operands = valueLists.append(contentsOf: operands(of: instruction).map(transform))
    if !data.targets.isEmpty {
      let targets = targets(of: instruction).map { target in
        (target.block, arguments(of: target).map(transform))
      }
      data.targets = branchTargets.append(contentsOf: targets.map { block, arguments in makeTarget(block, arguments) })
    }
    return makeInstruction(data, results: results(of: instruction).map { type(of: $0) })
  }

  /// Moves the instructions from `position` on to a new block behind `block` in the layout; `block` is left without a
  /// terminator. Complexity: linear in the number of blocks.
  public mutating func split(_ block: Block, at position: Int) -> Block {
    let rest = makeBlock(isCold: blocks[block].isCold)
    layout.instructions[rest] = ContiguousArray(layout.instructions[block][position...])
    layout.instructions[block].removeSubrange(position...)
    guard let place = layout.blocks.firstIndex(of: block) else {
      preconditionFailure("a block outside the layout cannot be split")
    }
    layout.blocks.insert(rest, at: place + 1)
    return rest
  }
}

/// Values that stand for others: collects replacements during a pass, to be applied to all uses at once.
public struct ValueForwarding: Sendable {
  @usableFromInline var replacement: SideTable<Value, Value?>
  @usableFromInline var hasAny = false

  @inlinable public init(_ function: Function) {
    replacement = SideTable(count: function.values.count, initial: nil)
  }

  /// From now on `old` means what `new` means. `new` must not resolve to `old`.
  @inlinable
  public mutating func forward(_ old: Value, to new: Value) {
    replacement[old] = new
    hasAny = true
  }

  /// The value that `value` now stands for. Complexity: amortised near constant (paths are shortened).
  @inlinable
  public mutating func resolve(_ value: Value) -> Value {
    guard let first = replacement[value] else { return value }
    var last = first
    while let next = replacement[last] { last = next }
    var current = value
    while let next = replacement[current], next != last {
      replacement[current] = last
      current = next
    }
    return last
  }

  @inlinable
  public mutating func apply(to function: inout Function) {
    if !hasAny { return }
    function.rewriteAllUses { resolve($0) }
  }
}

import IR

/// Tables, segments, bulk operations and indirect calls; loops that walk through memory.
extension RandomFunction {
  mutating func changeState() {
    let memory = UInt32(random.chance(80) || shape.memories.count == 1 ? 0 : 1)
    let index: Type = memory == 0 ? .i32 : .i64
    let table = UInt32(random.below(2))
    let segment = UInt32(random.below(2))
    switch random.below(16) {
    case 0:
      builder.insert(
        InstructionData(.memoryFill, .i32, memory: memory), [place(index), value(.i32), length(index)])
    case 1:
      let source = UInt32(random.below(shape.memories.count))
      let operands = [place(index), place(source == 0 ? .i32 : .i64), length(memory & source == 1 ? .i64 : .i32)]
      builder.insert(InstructionData(.memoryCopy, .i32, memory: memory, auxiliary: source), operands)
    case 2:
      builder.insert(
        InstructionData(.memoryInit, .i32, memory: memory, auxiliary: segment),
        [place(index), length(.i32), length(.i32)])
    case 3: builder.insert(InstructionData(.dataDrop, .i32, auxiliary: segment))
    case 4: builder.insert(InstructionData(.elementDrop, .i32, auxiliary: segment))
    case 5: builder.insert(InstructionData(.tableSet, .i32, memory: table), [length(.i32), value(.i64)])
    case 6: define(insert(InstructionData(.tableSize, .i32, memory: table), [], .i32))
    case 7: define(insert(InstructionData(.tableGrow, .i32, memory: table), [value(.i64), length(.i32)], .i32))
    case 8:
      builder.insert(InstructionData(.tableFill, .i32, memory: table), [length(.i32), value(.i64), length(.i32)])
    case 9:
      builder.insert(
        InstructionData(.tableCopy, .i32, memory: table, auxiliary: UInt32(random.below(2))),
        [length(.i32), length(.i32), length(.i32)])
    case 10:
      builder.insert(
        InstructionData(.tableInit, .i32, memory: table, auxiliary: segment),
        [length(.i32), length(.i32), length(.i32)])
    case 11, 12: define(insert(InstructionData(.tableGet, .i64, memory: table), [length(.i32)], .i64))
    default: indirectCall()
    }
  }

  /// An address that mostly lies in the memory.
  private mutating func place(_ type: Type) -> Value {
    if random.chance(20) { return value(type) }
    return define(builder.value(.and, type, [value(type), builder.integer(type, 0xfff)]))
  }

  /// A small number; seldom any.
  private mutating func length(_ type: Type) -> Value {
    if random.chance(3) { return value(type) }
    if random.chance(50) { return builder.integer(type, UInt64(random.below(6))) }
    return define(builder.value(.and, type, [value(type), builder.integer(type, UInt64(random.pick([1, 3, 7])))]))
  }

  /// Mostly of a function with the right signature.
  private mutating func indirectCall() {
    let callee = FunctionIndex(UInt32(random.below(shape.functions.count)))
    var signature = shape.functions[callee]
    var reference = builder.value(.functionReference, .i64, [], auxiliary: callee.rawValue)
    if random.chance(10) { signature = random.pick(shape.signatures.ids) }
    if random.chance(10) { reference = value(.i64) }
    let arguments = shape.signatures[signature].parameters.map { value($0) }
    let instruction = builder.insert(
      InstructionData(.callIndirect, .i32, auxiliary: signature.rawValue), [reference] + arguments,
      results: shape.signatures[signature].results)
    for result in builder.function.results(of: instruction) { define(result) }
  }

  /// `for (i = start; i CONDITION end; i += step)` over addresses `base + (i << scale)`, the test at the bottom as LLVM
  /// writes it or at the top. Some loops run out of the memory, or round it.
  mutating func countedLoop(_ depth: Int) {
    let step = UInt64(random.pick([1, 1, 1, 2, 4, 8, 3, 0xffff_ffff, 0xffff_fffc]))
    let trips = UInt64(1 + random.below(8))
    let start = random.chance(70) ? UInt64(random.below(100)) : random.pick([65520, 65535, 0x7fff_fffe, 0xffff_fff8])
    let isExact = random.chance(90)
    let end = (start &+ step &* trips &+ (isExact ? 0 : 1)) & 0xffff_ffff
    let types: [Type] = [.i32, scalarType()]
    let header = builder.makeBlock(types)
    let after = builder.makeBlock()
    let first = random.chance(50) ? builder.integer(.i32, start) : runtimeConstant(start)
    let last = random.chance(50) ? builder.integer(.i32, end) : runtimeConstant(end)
    let base = random.chance(40) ? builder.integer(.i32, UInt64(random.below(64))) : value(.i32)
    let begin = value(types[1])
    builder.jump(header, [first, begin])
    builder.start(header)
    let counter = builder.function.blocks[header].parameters[0]
    let carried = builder.function.blocks[header].parameters[1]
    let testsFirst = random.chance(30)
    nested { maker in
      if testsFirst {
        let body = maker.builder.makeBlock()
        let test = maker.builder.compare(IntegerCondition.equal, .i32, counter, last)
        maker.builder.branch(if: test, after, else: body)
        maker.builder.start(body)
      }
      maker.define(carried)
      maker.walk(counter, base)
      if maker.random.chance(50) { maker.statements(depth: depth + 2) }
      if maker.random.chance(20) {
        let body = maker.builder.makeBlock()
        let condition = maker.condition()
        maker.builder.branch(if: condition, after, else: body)
        maker.builder.start(body)
        maker.walk(counter, base)
      }
      let next = maker.builder.value(.add, .i32, [counter, maker.builder.integer(.i32, step)])
      if maker.random.chance(20) { maker.walk(next, base) }
      let round = maker.value(types[1])
      if testsFirst { return maker.builder.jump(header, [next, round]) }
      let isDown = step > 1 << 31
      let conditions: [IntegerCondition] = [
        .notEqual, .notEqual, isDown ? .greaterUnsigned : .lessUnsigned, isDown ? .greaterSigned : .lessSigned,
      ]
      let condition = maker.random.pick(conditions)
      let test = maker.builder.compare(condition, .i32, maker.random.chance(80) ? next : counter, last)
      maker.builder.branch(if: test, header, [next, round], else: after)
    }
    builder.start(after)
  }

  /// A number that the optimiser does not know.
  private mutating func runtimeConstant(_ number: UInt64) -> Value {
    let pages = insert(InstructionData(.memorySize, .i32, memory: 0), [], .i32)
    let zero = builder.value(.shiftRightUnsigned, .i32, [pages, builder.integer(.i32, 8)])
    return builder.value(.add, .i32, [zero, builder.integer(.i32, number)])
  }

  private mutating func walk(_ counter: Value, _ base: Value) {
    var address = counter
    let scale = UInt64(random.below(4))
    if scale > 0 { address = builder.value(.shiftLeft, .i32, [address, builder.integer(.i32, scale)]) }
    if random.chance(60) { address = builder.value(.add, .i32, [base, address]) }
    if random.chance(20) {
      address = builder.value(.add, .i32, [address, builder.integer(.i32, UInt64(random.pick([4, 16, 0xffff_fff8])))])
    }
    for _ in 0...random.below(3) { access(0, address, UInt64(random.below(24)), isStore: random.chance(40)) }
  }
}

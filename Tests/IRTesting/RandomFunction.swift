import Entities
import IR

/// Makes functions that the verifier accepts and that mostly end after few steps: loops count. Accesses are checked
/// before they run, mostly in runs off one address, some of them out of bounds.
public struct RandomFunction {
  var builder: Builder
  var random: Random
  let shape: ModuleShape
  /// Values that dominate the current place, by raw value of their type.
  private var available: [[Value]] = Array(repeating: [], count: Type.allCases.count)
  private var remaining: Int

  /// What the functions refer to: two memories, two tables, globals of each type, segments, a few imports.
  public static let shape: ModuleShape = {
    var shape = ModuleShape()
    let signatures: [Signature] = [
      Signature(parameters: [.i32, .i64], results: [.i32]),
      Signature(parameters: [], results: []),
      Signature(parameters: [.f64, .f32], results: [.f32, .i64]),
    ]
    for signature in signatures {
      let index = shape.signatures.append(signature)
      shape.functions.append(index)
    }
    shape.importedFunctionCount = shape.functions.count
    for indexType in [Type.i32, .i64] {
      shape.memories.append(
        MemoryShape(indexType: indexType, minimumPages: 1, maximumPages: 3, isImported: false, isExported: true))
    }
    shape.tables.append(
      TableShape(
        indexType: .i32, minimum: 4, maximum: 4, isImported: false, isExported: false, isFunctionTable: true))
    shape.tables.append(
      TableShape(
        indexType: .i32, minimum: 5, maximum: 9, isImported: false, isExported: false, isFunctionTable: true))
    shape.dataSegmentCount = 2
    shape.elementSegmentCount = 2
    for type in Type.allCases {
      shape.globals.append(
        GlobalShape(type: type, isMutable: true, isImported: false, isExported: false, isReference: false))
    }
    return shape
  }()

  /// About `size` statements, at most a few instructions each.
  public static func make(seed: UInt64, size: Int) -> Function {
    var random = Random(seed: seed)
    let signature = signature(&random)
    return make(FunctionIndex(3), signature, in: shape, size: size, &random)
  }

  /// The same with an exported global, which the host can change, and one memory or both.
  public static func executableShape(memories: Int) -> ModuleShape {
    var shape = RandomFunction.shape
    shape.memories = EntityMap(shape.memories.elements.prefix(memories))
    shape.globals[GlobalIndex(0)].isExported = true
    return shape
  }

  public static func signature(_ random: inout Random) -> Signature {
    let types: [Type] = [.i32, .i64, .f32, .f64]
    let parameters = [Type.i32, .i64] + (0..<random.below(4)).map { _ in types[random.below(4)] }
    return Signature(parameters: parameters, results: (0..<(1 + random.below(2))).map { _ in types[random.below(4)] })
  }

  public static func make(
    _ index: FunctionIndex, _ signature: Signature, in shape: ModuleShape, size: Int, _ random: inout Random
  ) -> Function {
    var maker = RandomFunction(index, signature, shape, size, random)
    maker.statements(depth: 0)
    maker.builder.returnValues(signature.results.map { maker.value($0) })
    random = maker.random
    return maker.builder.function
  }

  private init(_ index: FunctionIndex, _ signature: Signature, _ shape: ModuleShape, _ size: Int, _ random: Random) {
    remaining = size
    self.shape = shape
    builder = Builder(index: index, signature: signature)
    self.random = random
    for parameter in builder.function.blocks[builder.block].parameters { define(parameter) }
  }

  // MARK: Values

  @discardableResult
  mutating func define(_ value: Value) -> Value {
    available[Int(builder.function.type(of: value).rawValue)].append(value)
    return value
  }

  /// Appends an instruction with one result.
  mutating func insert(_ data: InstructionData, _ operands: [Value], _ type: Type) -> Value {
    let instruction = builder.insert(data, operands, results: [type])
    return builder.function.result(of: instruction)
  }

  mutating func value(_ type: Type) -> Value {
    let candidates = available[Int(type.rawValue)]
    if candidates.isEmpty || random.chance(15) { return define(constant(type)) }
    return random.chance(60) ? random.pick(candidates.suffix(4)) : random.pick(candidates)
  }

  mutating func constant(_ type: Type) -> Value {
    let integers: [UInt64] = [
      0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 63,
      (1 << 63) - 1, .max, random.next(), random.next() & 0xffff,
    ]
    let doubles: [Double] = [
      0, -0.0, 1, -1, 0.5, 1.5, 2, 1e9, -3e9, 1e20, .infinity, -.infinity, .nan, .pi, 4503599627370497.5,
      .leastNonzeroMagnitude,
    ]
    switch type {
    case .i32: return builder.integer(.i32, random.pick(integers) & 0xffff_ffff)
    case .i64: return builder.integer(.i64, random.pick(integers))
    case .f32: return builder.float(.f32, bits: UInt64(Float(random.pick(doubles)).bitPattern))
    case .f64: return builder.float(.f64, bits: random.pick(doubles).bitPattern)
    case .v128:
      let vector = builder.function.vectorConstants.append(SIMD2(random.next(), random.next()))
      let data = InstructionData(.vectorConstant, .v128, immediate: UInt64(vector.rawValue))
      return insert(data, [], .v128)
    }
  }

  mutating func scalarType() -> Type { random.pick([.i32, .i32, .i32, .i64, .i64, .f32, .f64]) }
  mutating func anyType() -> Type { random.chance(15) ? .v128 : scalarType() }
  mutating func integerType() -> Type { random.pick([.i32, .i64]) }
  private mutating func floatType() -> Type { random.pick([.f32, .f64]) }

  // MARK: Statements

  mutating func statements(depth: Int) {
    var count = 1 + random.below(depth == 0 ? remaining + 1 : 6)
    while count > 0 && remaining > 0 {
      count -= 1
      remaining -= 1
      switch random.below(depth > 3 ? 17 : 22) {
      case 0...6: operation()
      case 7...10: accesses()
      case 11: global()
      case 12: conversion()
      case 13: call()
      case 14: selection()
      case 15: rare()
      case 16: changeState()
      case 17: conditional(depth)
      case 18: diamond(depth)
      case 19: table(depth)
      case 20: countedLoop(depth)
      default: loop(depth)
      }
    }
  }

  mutating func operation() {
    if random.chance(20) { return vectorOperation() }
    let integerBinary: [Opcode] = [
      .add, .subtract, .multiply, .multiplyHighSigned, .multiplyHighUnsigned, .divideSigned, .divideUnsigned, .remainderSigned, .remainderUnsigned, .and, .or, .xor,
      .shiftLeft, .shiftRightSigned, .shiftRightUnsigned, .rotateLeft, .rotateRight, .add, .and, .shiftLeft,
    ]
    let floatBinary: [Opcode] = [
      .floatAdd, .floatSubtract, .floatMultiply, .floatDivide, .floatMinimum, .floatMaximum, .copySign,
    ]
    let floatUnary: [Opcode] = [.absolute, .negate, .squareRoot, .ceiling, .floor, .truncate, .nearest]
    let type = scalarType()
    switch (random.below(8), type.isInteger) {
    case (0...3, true):
      let right = random.chance(30) ? builder.integer(type, UInt64(random.below(72))) : value(type)
      define(builder.value(random.pick(integerBinary), type, [value(type), right]))
    case (4, true):
      let opcode = random.pick([Opcode.countLeadingZeros, .countTrailingZeros, .populationCount])
      define(builder.value(opcode, type, [value(type)]))
    case (5, true):
      let width = random.pick(type == .i64 ? [8, 16, 32] : [8, 16])
      define(builder.value(.signExtendInReg, type, [value(type)], auxiliary: UInt32(width)))
    case (_, true):
      let condition = random.pick(IntegerCondition.allCases)
      define(builder.compare(condition, type, value(type), value(type)))
    case (0...3, false): define(builder.value(random.pick(floatBinary), type, [value(type), value(type)]))
    case (4...5, false): define(builder.value(random.pick(floatUnary), type, [value(type)]))
    case (_, false): define(builder.compare(random.pick(FloatCondition.allCases), type, value(type), value(type)))
    }
  }

  private mutating func conversion() {
    let integer = integerType()
    let float = floatType()
    switch random.below(8) {
    case 0, 1: define(builder.value(random.pick([.extendSigned, .extendUnsigned]), .i64, [value(.i32)]))
    case 2, 3: define(builder.value(.wrap, .i32, [value(.i64)]))
    case 4:
      let opcodes: [Opcode] = [
        .truncateToSigned, .truncateToUnsigned, .truncateToSignedSaturating, .truncateToUnsignedSaturating,
      ]
      define(builder.value(random.pick(opcodes), integer, [value(float)], auxiliary: UInt32(float.rawValue)))
    case 5:
      let opcode = random.pick([Opcode.convertFromSigned, .convertFromUnsigned])
      define(builder.value(opcode, float, [value(integer)], auxiliary: UInt32(integer.rawValue)))
    case 6:
      define(
        random.chance(50) ? builder.value(.demote, .f32, [value(.f64)]) : builder.value(.promote, .f64, [value(.f32)]))
    default:
      let pair = random.pick([(Type.i32, Type.f32), (.f32, .i32), (.i64, .f64), (.f64, .i64)])
      define(builder.value(.reinterpret, pair.0, [value(pair.1)]))
    }
  }

  private mutating func selection() {
    let type = random.chance(10) ? .v128 : scalarType()
    define(builder.value(.select, type, [value(.i32), value(type), value(type)]))
  }

  /// One to six checked accesses off one address, often with growing offsets; some addresses fit no memory.
  private mutating func accesses() {
    let memory: UInt32 = random.chance(85) || shape.memories.count == 1 ? 0 : 1
    let indexType: Type = memory == 0 ? .i32 : .i64
    var address = value(indexType)
    if random.chance(80) {
      let mask: UInt64 = random.pick([0xff, 0xffff, 0xfff0])
      address = define(builder.value(.and, indexType, [address, builder.integer(indexType, mask)]))
    }
    var offset = UInt64(random.pick([0, 0, 8, 100, 65520, 65536, 0xffff_fff0]))
    let stores = random.below(100)
    for _ in 0...random.below(6) {
      access(memory, address, offset, isStore: random.chance(stores))
      if random.chance(25) { continue }
      offset = random.chance(80) ? offset &+ UInt64(random.below(20)) : UInt64(random.below(65600))
      if random.chance(10) { operation() }
      if random.chance(15) {
        let distance = builder.integer(indexType, UInt64(random.below(40)))
        address = define(builder.value(.add, indexType, [address, distance]))
      }
    }
  }

  mutating func access(_ memory: UInt32, _ address: Value, _ offset: UInt64, isStore: Bool) {
    let type = random.chance(5) ? .v128 : scalarType()
    var accesses: [MemoryAccess] = [.full]
    if type.isInteger { accesses += [.unsigned8, .signed8, .unsigned16, .signed16] }
    if type == .i64 { accesses += [.unsigned32, .signed32] }
    if type == .v128 && !isStore { accesses += [.unsigned32, .unsigned64] }
    let access = random.pick(accesses)
    let indexType = builder.function.type(of: address)
    let end = offset + UInt64(access.size(for: type))
    builder.insert(InstructionData(.memoryCheck, indexType, memory: memory, immediate: end), [address])
    if isStore {
      let stored = value(type)
      builder.insert(
        InstructionData(.store, type, access: access, memory: memory, immediate: offset), [address, stored])
    } else {
      let data = InstructionData(.load, type, access: access, memory: memory, immediate: offset)
      define(insert(data, [address], type))
    }
  }

  private mutating func global() {
    let index = random.below(5)
    let type = Type.allCases[index]
    if random.chance(60) {
      define(builder.value(.globalGet, type, [], auxiliary: UInt32(index)))
    } else {
      builder.insert(InstructionData(.globalSet, type, auxiliary: UInt32(index)), [value(type)])
    }
  }

  private mutating func call() {
    let index = FunctionIndex(UInt32(random.below(shape.functions.count)))
    let signature = shape.signature(of: index)
    let arguments = signature.parameters.map { value($0) }
    let data = InstructionData(.call, .i32, auxiliary: index.rawValue)
    let instruction = builder.insert(data, arguments, results: signature.results)
    for result in builder.function.results(of: instruction) { define(result) }
  }

  private mutating func rare() {
    switch random.below(4) {
    case 0: builder.trapIf(value(.i32), .integerOverflow)
    case 1:
      let data = InstructionData(.memorySize, .i32)
      define(insert(data, [], .i32))
    case 2:
      let data = InstructionData(.memoryGrow, .i32)
      define(insert(data, [value(.i32)], .i32))
    default:
      define(builder.value(.functionReference, .i64, [], auxiliary: UInt32(random.below(shape.functions.count))))
    }
  }

  // MARK: Control

  /// Runs `body` with the values available now, and forgets those that it defined.
  mutating func nested(_ body: (inout RandomFunction) -> Void) {
    let outer = available
    body(&self)
    available = outer
  }

  mutating func condition() -> Value {
    random.chance(15) ? builder.integer(.i32, UInt64(random.below(2))) : value(.i32)
  }

  /// `if` without `else`; sometimes a cold block that traps.
  private mutating func conditional(_ depth: Int) {
    let isTrap = random.chance(30)
    let then = builder.makeBlock([], isCold: isTrap)
    let after = builder.makeBlock()
    builder.branch(if: condition(), then, else: after)
    builder.start(then)
    if isTrap {
      builder.trap(.unreachable)
    } else {
      nested { $0.statements(depth: depth + 1) }
      builder.jump(after)
    }
    builder.start(after)
  }

  private mutating func diamond(_ depth: Int) {
    let types = (0..<random.below(3)).map { _ in anyType() }
    let arms = [builder.makeBlock(), builder.makeBlock()]
    let after = builder.makeBlock(types)
    builder.branch(if: condition(), arms[0], else: arms[1])
    for arm in arms {
      builder.start(arm)
      nested { maker in
        if maker.random.chance(70) { maker.statements(depth: depth + 1) }
        let arguments = types.map { maker.value($0) }
        maker.builder.jump(after, arguments)
      }
    }
    builder.start(after)
    for parameter in builder.function.blocks[after].parameters { define(parameter) }
  }

  private mutating func table(_ depth: Int) {
    let arms = (0...random.below(3)).map { _ in builder.makeBlock() }
    let type = scalarType()
    let after = builder.makeBlock([type])
    var targets = arms.map { builder.function.makeTarget($0, []) }
    targets.append(builder.function.makeTarget(after, [value(type)]))
    if random.chance(50) { targets.append(builder.function.makeTarget(random.pick(arms), [])) }
    builder.insert(InstructionData(.branchTable, .i32), [value(.i32)], targets: targets)
    for arm in arms {
      builder.start(arm)
      nested { maker in
        maker.statements(depth: depth + 1)
        if maker.random.chance(20) {
          maker.builder.returnValues(maker.builder.function.signature.results.map { maker.value($0) })
        } else {
          let argument = maker.value(type)
          maker.builder.jump(after, [argument])
        }
      }
    }
    builder.start(after)
    for parameter in builder.function.blocks[after].parameters { define(parameter) }
  }

  /// Runs at most four times; carries a value round; may leave early.
  private mutating func loop(_ depth: Int) {
    let type = anyType()
    let start = value(type)
    let header = builder.makeBlock([.i32, type])
    let after = builder.makeBlock([type])
    builder.jump(header, [builder.integer(.i32, UInt64(1 + random.below(4))), start])
    builder.start(header)
    let counter = builder.function.blocks[header].parameters[0]
    let carried = builder.function.blocks[header].parameters[1]
    nested { maker in
      maker.define(carried)
      maker.statements(depth: depth + 1)
      if maker.random.chance(30) {
        let body = maker.builder.makeBlock()
        let (condition, leaving) = (maker.condition(), maker.value(type))
        maker.builder.branch(if: condition, body, else: after, [leaving])
        maker.builder.start(body)
        maker.statements(depth: depth + 1)
      }
      let next = maker.builder.value(.subtract, .i32, [counter, maker.builder.integer(.i32, 1)])
      let arguments = (maker.value(type), maker.value(type))
      maker.builder.branch(if: next, header, [next, arguments.0], else: after, [arguments.1])
    }
    builder.start(after)
    for parameter in builder.function.blocks[after].parameters { define(parameter) }
  }
}

import Entities

@testable import RegisterAllocation

/// SplitMix64: the same functions on every machine.
struct Generator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// What random functions look like.
struct FunctionShape {
  var blocks = 12
  var instructionsPerBlock = 6
  var generalRegisters = 6
  var vectorRegisters = 4
  var parametersPerBlock = 3
  var callPercent = 8
  var fixedPercent = 12
  var isShuffled = false
  /// From the second general register on.
  var savedRegisters = 1

  var environment: RegisterEnvironment {
    RegisterEnvironment(
      general: (0..<generalRegisters).map { PhysicalRegister(.general, $0) },
      vector: (0..<vectorRegisters).map { PhysicalRegister(.vector, $0) },
      generalScratch: PhysicalRegister(.general, 31), vectorScratch: PhysicalRegister(.vector, 31),
      calleeSaved: RegisterSet((1...savedRegisters).map { PhysicalRegister(.general, $0) }))
  }

  static func random(_ random: inout Generator) -> FunctionShape {
    FunctionShape(
      blocks: 1 + random.below(random.chance(10) ? 60 : 14), instructionsPerBlock: 1 + random.below(9),
      generalRegisters: 3 + random.below(10), vectorRegisters: 3 + random.below(5),
      parametersPerBlock: random.below(random.chance(10) ? 24 : 4), callPercent: random.below(25),
      fixedPercent: random.below(30), isShuffled: random.chance(30),
      savedRegisters: 1 + random.below(2))
  }
}

/// Makes functions that keep the rules of `AllocationInput`: a random graph, reducible or not, filled along its
/// dominator tree.
struct FunctionMaker {
  private var random: Generator
  private let shape: FunctionShape
  private var successors: [[Int]] = []
  private var registers: [VirtualRegisterInfo] = []
  private var parameters: [[VirtualRegister]] = []
  private var bodies: [[(operands: [RegisterOperand], clobbers: RegisterSet, flags: InstructionInfo.Flags)]] = []
  /// Values that may be used at the end of each block.
  private var available: [[VirtualRegister]] = []
  private var tag: UInt32 = 0

  /// A function of a random shape.
  static func make(seed: UInt64) -> (input: AllocationInput, environment: RegisterEnvironment) {
    var random = Generator(seed: seed &* 0x1234_5677)
    let shape = FunctionShape.random(&random)
    return (make(seed: seed, shape: shape), shape.environment)
  }

  static func make(seed: UInt64, shape: FunctionShape) -> AllocationInput {
    var maker = FunctionMaker(random: Generator(seed: seed), shape: shape)
    return maker.make()
  }

  private init(random: Generator, shape: FunctionShape) {
    self.random = random
    self.shape = shape
  }

  // MARK: The graph

  private mutating func make() -> AllocationInput {
    makeGraph()
    let skeleton = emit()
    let flow = ControlFlow(skeleton)
    let dominators = Dominators(skeleton, flow)
    parameters = Array(repeating: [], count: successors.count)
    bodies = Array(repeating: [], count: successors.count)
    available = Array(repeating: [], count: successors.count)
    for block in dominators.reversePostorder {
      let inherited = dominators.immediate[block.index].map { available[$0.index] } ?? []
      fill(block.index, inherited)
    }
    return emit()
  }

  /// Every block is reached from a lower one; back and cross edges are added; blocks not the entry's target.
  private mutating func makeGraph() {
    let count = shape.blocks
    successors = Array(repeating: [], count: count)
    for block in stride(from: 1, to: count, by: 1) {
      let near = random.chance(70) ? max(0, block - 3) : 0
      successors[near + random.below(block - near)].append(block)
    }
    for _ in 0..<(count > 2 ? random.below(count) : 0) {
      let from = random.below(count)
      let to = 1 + random.below(count - 1)
      if !successors[from].contains(to) { successors[from].append(to) }
    }
    splitCriticalEdges()
    if shape.isShuffled { shuffle() }
  }

  private mutating func splitCriticalEdges() {
    var incoming = Array(repeating: 0, count: successors.count)
    for targets in successors { for target in targets { incoming[target] += 1 } }
    for block in 0..<successors.count where successors[block].count > 1 {
      for position in successors[block].indices where incoming[successors[block][position]] > 1 {
        successors.append([successors[block][position]])
        successors[block][position] = successors.count - 1
      }
    }
  }

  private mutating func shuffle() {
    var order = Array(1..<max(1, successors.count))
    order.shuffle(using: &random)
    order.insert(0, at: 0)
    var position = Array(repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { position[old] = new }
    successors = order.map { old in successors[old].map { position[$0] } }
  }

  // MARK: Contents

  private mutating func newRegister(_ registerClass: RegisterClass? = nil) -> VirtualRegister {
    let registerClass = registerClass ?? (random.chance(70) ? .general : .vector)
    let width: SpillWidth = registerClass == .vector && random.chance(50) ? .bytes16 : .bytes8
    registers.append(VirtualRegisterInfo(registerClass, width: width))
    return VirtualRegister(index: registers.count - 1)
  }

  private mutating func pick(_ values: [VirtualRegister], like info: VirtualRegisterInfo) -> VirtualRegister? {
    for _ in 0..<6 where !values.isEmpty {
      let value = values[random.chance(50) ? max(0, values.count - 1 - random.below(5)) : random.below(values.count)]
      let other = registers[value.index]
      if other.registerClass == info.registerClass && other.width == info.width { return value }
    }
    return nil
  }

  private mutating func fill(_ block: Int, _ inherited: [VirtualRegister]) {
    var values = inherited
    if block != 0 {
      for _ in 0..<(shape.parametersPerBlock == 0 ? 0 : random.below(shape.parametersPerBlock + 1)) {
        parameters[block].append(newRegister())
      }
      values += parameters[block]
    } else {
      // One of each kind, so that every parameter finds an argument.
      for (registerClass, width) in [
        (RegisterClass.general, SpillWidth.bytes8), (.vector, .bytes8), (.vector, .bytes16),
      ] {
        registers.append(VirtualRegisterInfo(registerClass, width: width))
        values.append(VirtualRegister(index: registers.count - 1))
      }
      let first = PhysicalRegister(.general, 2)
      bodies[block].append(
        ([.definition(values[0], .fixed(first)), .definition(values[1]), .definition(values[2])], [], []))
    }
    for _ in 0..<random.below(shape.instructionsPerBlock + 1) { addInstruction(to: block, &values) }
    addTerminator(to: block, values)
    available[block] = values
  }

  private mutating func addInstruction(to block: Int, _ values: inout [VirtualRegister]) {
    if random.chance(shape.callPercent) { return addCall(to: block, &values) }
    if random.chance(shape.fixedPercent) { return addFixed(to: block, &values) }
    if random.chance(8) { return addConstant(to: block, &values) }
    if random.chance(8), let source = values.randomElement(using: &random) {
      registers.append(registers[source.index])
      registers[registers.count - 1].rematerialisation = nil
      let copy = VirtualRegister(index: registers.count - 1)
      bodies[block].append(([.definition(copy), .use(source, random.chance(50) ? .any : .register)], [], .move))
      values.append(copy)
      return
    }
    bodies[block].append((plainOperands(&values), [], []))
  }

  /// At most as many operands of a class as it has registers.
  private mutating func plainOperands(_ values: inout [VirtualRegister]) -> [RegisterOperand] {
    var room = [shape.generalRegisters, shape.vectorRegisters]
    var operands: [RegisterOperand] = []
    for _ in 0..<random.below(4) {
      guard let value = values.randomElement(using: &random) else { continue }
      let info = registers[value.index]
      guard room[Int(info.registerClass.rawValue)] > 0 else { continue }
      room[Int(info.registerClass.rawValue)] -= 1
      let constraint: OperandConstraint
      if random.chance(30) {
        constraint = .any
      } else if random.chance(8) && info.rematerialisation == nil {
        constraint = .stack
      } else {
        constraint = .register
      }
      operands.append(random.chance(15) ? .lateUse(value, constraint) : .use(value, constraint))
    }
    for _ in 0..<random.below(3) {
      let value = newRegister()
      let registerClass = registers[value.index].registerClass
      guard room[Int(registerClass.rawValue)] > 0 else { continue }
      room[Int(registerClass.rawValue)] -= 1
      let tied = operands.firstIndex {
        $0.kind == .use && $0.position == .early && $0.constraint == .register
          && registers[$0.register.index].registerClass == registerClass
      }
      if random.chance(40), let tied, !operands.contains(where: { $0.constraint == .reuse(UInt8(tied)) }) {
        operands.append(.definition(value, .reuse(UInt8(tied))))
      } else if random.chance(20) {
        operands.append(.earlyDefinition(value))
      } else {
        operands.append(.definition(value, random.chance(20) ? .any : .register))
      }
      if random.chance(85) { values.append(value) }
    }
    return operands
  }

  private mutating func addConstant(to block: Int, _ values: inout [VirtualRegister]) {
    let value = newRegister()
    tag += 1
    registers[value.index].rematerialisation = tag
    bodies[block].append(([.definition(value)], [], []))
    values.append(value)
  }

  private mutating func addFixed(to block: Int, _ values: inout [VirtualRegister]) {
    let a = PhysicalRegister(.general, random.below(shape.generalRegisters))
    var operands: [RegisterOperand] = []
    guard let input = pick(values, like: VirtualRegisterInfo(.general)) else { return }
    operands.append(random.chance(80) ? .use(input, .fixed(a)) : .lateUse(input, .fixed(a)))
    if random.chance(50), let other = pick(values, like: VirtualRegisterInfo(.general)) { operands.append(.use(other)) }
    let isLate = operands[0].position == .late
    var clobbers: RegisterSet = []
    if !isLate && random.chance(60) {
      let result = newRegister(.general)
      registers[result.index].width = .bytes8
      operands.append(.definition(result, .fixed(a)))
      values.append(result)
    }
    let b = PhysicalRegister(.general, random.below(shape.generalRegisters))
    if b != a && operands.count < shape.generalRegisters {
      if random.chance(50) {
        let result = newRegister(.general)
        operands.append(random.chance(70) ? .definition(result, .fixed(b)) : .earlyDefinition(result, .fixed(b)))
        values.append(result)
      } else {
        clobbers.insert(b)
      }
    }
    bodies[block].append((operands, clobbers, []))
  }

  private mutating func addCall(to block: Int, _ values: inout [VirtualRegister]) {
    var operands: [RegisterOperand] = []
    for number in 0..<random.below(shape.generalRegisters) {
      guard let value = pick(values, like: VirtualRegisterInfo(.general)) else { continue }
      operands.append(.use(value, .fixed(PhysicalRegister(.general, number))))
    }
    if random.chance(30), let value = pick(values, like: VirtualRegisterInfo(.general)) {
      operands.append(.use(value, random.chance(50) ? .any : .register))
    }
    if random.chance(30), let value = pick(values, like: VirtualRegisterInfo(.vector)) {
      operands.append(.use(value, .fixed(PhysicalRegister(.vector, 0))))
    }
    if random.chance(70) {
      let result = newRegister(.general)
      operands.append(.definition(result, .fixed(PhysicalRegister(.general, 0))))
      values.append(result)
    }
    let environment = shape.environment
    var clobbers = RegisterSet(environment.general + environment.vector)
    if random.chance(60) { clobbers.bits &= ~environment.calleeSaved.bits }
    bodies[block].append((operands, clobbers, .call))
  }

  private mutating func addTerminator(to block: Int, _ values: [VirtualRegister]) {
    var operands: [RegisterOperand] = []
    var clobbers: RegisterSet = []
    if successors[block].count != 1 {
      if random.chance(80), let value = values.randomElement(using: &random) {
        operands.append(.use(value, random.chance(50) ? .any : .register))
      }
      if random.chance(20) { operands.append(.earlyDefinition(newRegister(.general))) }
      if random.chance(10) { clobbers = [PhysicalRegister(.general, shape.generalRegisters - 1)] }
    }
    bodies[block].append((operands, clobbers, .terminator))
  }

  // MARK: Tables

  /// Before anything is filled: blocks of one terminator each, for the dominator tree.
  private mutating func emit() -> AllocationInput {
    var input = AllocationInput()
    for info in registers { input.virtualRegisters.append(info) }
    for block in successors.indices {
      let body = bodies.isEmpty ? [([], [], .terminator)] : bodies[block]
      let first = input.instructions.nextID
      for (operands, clobbers, flags) in body {
        input.instructions.append(
          InstructionInfo(operands: input.operands.append(contentsOf: operands), clobbers: clobbers, flags: flags))
      }
      var edges: [EdgeInfo] = []
      for target in successors[block] {
        let wanted = parameters.isEmpty ? [] : parameters[target]
        var arguments: [VirtualRegister] = []
        for parameter in wanted {
          let value = pick(available[block], like: registers[parameter.index])
          arguments.append(value ?? fallback(for: registers[parameter.index]))
        }
        edges.append(EdgeInfo(to: BlockNumber(index: target), arguments: input.registers.append(contentsOf: arguments)))
      }
      input.blocks.append(
        BlockInfo(
          firstInstruction: first, instructionCount: body.count,
          parameters: input.registers.append(contentsOf: parameters.isEmpty ? [] : parameters[block]),
          edges: input.edges.append(contentsOf: edges), loopDepth: loopDepth(of: block)))
    }
    return input
  }

  private func fallback(for info: VirtualRegisterInfo) -> VirtualRegister {
    switch (info.registerClass, info.width) {
    case (.general, _): VirtualRegister(0)
    case (.vector, .bytes8): VirtualRegister(1)
    case (.vector, .bytes16): VirtualRegister(2)
    }
  }

  /// As many back edges in layout order span the block.
  private func loopDepth(of block: Int) -> Int {
    var depth = 0
    for from in block..<successors.count { for to in successors[from] where to <= block { depth += 1 } }
    return min(depth, 4)
  }
}

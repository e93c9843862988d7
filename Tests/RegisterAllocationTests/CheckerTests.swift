import Entities
import Testing

@testable import RegisterAllocation

/// The checker must notice when a right allocation is made wrong.
@Suite struct CheckerTests {
  enum Corruption: CaseIterable {
    case dropEdit
    case redirectEdit
    case swapEdits
    case changeRegister
    case changeSlot
    case forgetUsedRegister
    case delayEdit
  }

  /// Not every corruption of a random function does harm (a register may hold a copy of what is wanted). So a mutant
  /// counts only if a second, naive judge finds it wrong: an interpreter that runs random paths with real values.
  @Test(arguments: Corruption.allCases)
  func corruptionsAreCaught(corruption: Corruption) {
    var harmful = 0
    for seed in UInt64(1)...30 {
      let (input, environment) = FunctionMaker.make(seed: seed)
      let result = RegisterAllocator.allocate(input, environment: environment)
      var random = Generator(seed: seed)
      for _ in 0..<4 {
        guard let mutant = Self.corrupt(result, corruption, input, environment, &random) else { continue }
        let isCaught = !AllocationChecker.check(mutant, of: input, environment: environment).isEmpty
        let isHarmful =
          corruption == .forgetUsedRegister || PathInterpreter.finds(mutant, wrongFor: input, environment, seed: seed)
        if isHarmful {
          harmful += 1
          #expect(isCaught, "seed \(seed), \(corruption)")
        }
      }
    }
    #expect(harmful > 5, "\(corruption) hardly ever does harm: \(harmful)")
  }

  @Test func rightAllocationsRunRight() {
    for seed in UInt64(1)...30 {
      let (input, environment) = FunctionMaker.make(seed: seed)
      let result = RegisterAllocator.allocate(input, environment: environment)
      #expect(!PathInterpreter.finds(result, wrongFor: input, environment, seed: seed), "seed \(seed)")
    }
  }

  private static func corrupt(
    _ result: AllocationResult, _ corruption: Corruption, _ input: AllocationInput,
    _ environment: RegisterEnvironment, _ random: inout Generator
  ) -> AllocationResult? {
    var mutant = result
    func anyRegister(like register: PhysicalRegister, _ random: inout Generator) -> PhysicalRegister {
      let all = environment.allocatable(register.registerClass)
      return all[random.below(all.count)]
    }
    switch corruption {
    case .dropEdit:
      if mutant.edits.isEmpty { return nil }
      mutant.edits.remove(at: random.below(mutant.edits.count))
    case .redirectEdit:
      if mutant.edits.isEmpty { return nil }
      let index = random.below(mutant.edits.count)
      switch mutant.edits[index].action {
      case .move(let source, .register(let register), let width):
        let other = anyRegister(like: register, &random)
        mutant.edits[index].action = .move(from: source, to: .register(other), width: width)
        mutant.usedRegisters.insert(other)
      case .rematerialise(let tag, let register):
        let other = anyRegister(like: register, &random)
        mutant.edits[index].action = .rematerialise(tag: tag, into: other)
        mutant.usedRegisters.insert(other)
      default: return nil
      }
    case .swapEdits:
      let pairs = mutant.edits.indices.dropLast().filter { mutant.edits[$0].before == mutant.edits[$0 + 1].before }
      guard let index = pairs.randomElement(using: &random) else { return nil }
      mutant.edits.swapAt(index, index + 1)
    case .changeRegister:
      if input.operands.count == 0 { return nil }
      let index = random.below(input.operands.count)
      guard let register = mutant.locations[.empty, index].register else { return nil }
      let other = anyRegister(like: register, &random)
      mutant.locations[.empty, index] = .register(other)
      mutant.usedRegisters.insert(other)
    case .changeSlot:
      let inSlots = (0..<input.operands.count).filter { mutant.locations[.empty, $0].slot != nil }
      guard let index = inSlots.randomElement(using: &random) else { return nil }
      mutant.locations[.empty, index] = .slot(SpillSlot(index: random.below(mutant.slots.count)))
    case .forgetUsedRegister:
      guard let register = mutant.usedRegisters.members.randomElement(using: &random) else { return nil }
      mutant.usedRegisters.remove(register)
    case .delayEdit:
      if mutant.edits.isEmpty { return nil }
      let index = random.below(mutant.edits.count)
      let isLast = index + 1 == mutant.edits.count
      let next = InstructionNumber(index: mutant.edits[index].before.index + 1)
      if next.index >= input.instructions.count || (!isLast && mutant.edits[index + 1].before < next) { return nil }
      mutant.edits[index].before = next
    }
    return mutant
  }
}

/// Runs an allocated function along random paths. Each definition makes a new number; every use must find the number
/// of its virtual register's latest definition. Knows nothing of the checker's method.
struct PathInterpreter {
  private let input: AllocationInput
  private let result: AllocationResult
  private let environment: RegisterEnvironment
  private var contents: [Location: Int] = [:]
  private var values: [VirtualRegister: Int] = [:]
  private var nextValue = 1_000_000
  private var isWrong = false

  static func finds(
    _ result: AllocationResult, wrongFor input: AllocationInput, _ environment: RegisterEnvironment, seed: UInt64
  ) -> Bool {
    var random = Generator(seed: seed)
    for _ in 0..<12 {
      var interpreter = PathInterpreter(input: input, result: result, environment: environment)
      interpreter.run(&random)
      if interpreter.isWrong { return true }
    }
    return false
  }

  private init(input: AllocationInput, result: AllocationResult, environment: RegisterEnvironment) {
    self.input = input
    self.result = result
    self.environment = environment
  }

  private mutating func run(_ random: inout Generator) {
    var block = BlockNumber(0)
    var edit = 0
    for _ in 0..<60 {
      let info = input.blocks[block]
      while edit < result.edits.count && result.edits[edit].before < info.firstInstruction { edit += 1 }
      for index in info.instructions {
        let id = InstructionNumber(index: index)
        while edit < result.edits.count && result.edits[edit].before == id {
          apply(result.edits[edit])
          edit += 1
        }
        execute(id)
        if isWrong { return }
      }
      if info.edges.isEmpty { return }
      let edge = input.edges[info.edges, random.below(Int(info.edges.count))]
      let arguments = input.registers[edge.arguments].map { values[$0] }
      for (parameter, argument) in zip(input.registers[input.blocks[edge.target].parameters], arguments) {
        values[parameter] = argument
      }
      block = edge.target
      edit = result.edits.firstIndex { $0.before >= input.blocks[block].firstInstruction } ?? result.edits.count
    }
  }

  private mutating func apply(_ edit: Edit) {
    switch edit.action {
    case .move(let source, let destination, _): contents[destination] = contents[source]
    case .rematerialise(let tag, let register): contents[.register(register)] = Int(tag)
    }
  }

  private mutating func execute(_ id: InstructionNumber) {
    let info = input.instructions[id]
    contents[.register(environment.generalScratch)] = nil
    contents[.register(environment.vectorScratch)] = nil
    define(info.operands, .early)
    read(info.operands, .early)
    for register in info.clobbers.members { contents[.register(register)] = nil }
    read(info.operands, .late)
    define(info.operands, .late)
    for position in 0..<Int(info.operands.count) {
      let operand = input.operands[info.operands, position]
      let location = result.locations[info.operands, position]
      if (operand.kind == .definition || operand.position == .late) && location != .none
        && contents[location] != values[operand.register]
      {
        isWrong = true
      }
      if case .fixed(let register) = operand.constraint, location != .register(register) { isWrong = true }
      if case .reuse(let tied) = operand.constraint, location != result.locations[info.operands, Int(tied)] {
        isWrong = true
      }
    }
  }

  private mutating func define(_ slice: PoolSlice, _ when: RegisterOperand.Position) {
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      guard operand.kind == .definition && operand.position == when else { continue }
      let tag = input.virtualRegisters[operand.register].rematerialisation
      nextValue += 1
      values[operand.register] = tag.map { Int($0) } ?? nextValue
      if result.locations[slice, position] != .none {
        contents[result.locations[slice, position]] = values[operand.register]
      }
    }
  }

  private mutating func read(_ slice: PoolSlice, _ when: RegisterOperand.Position) {
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      guard operand.kind == .use && operand.position == when else { continue }
      if contents[result.locations[slice, position]] != values[operand.register] { isWrong = true }
    }
  }
}

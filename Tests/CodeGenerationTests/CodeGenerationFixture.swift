import Entities
import IR
import IRTesting
import Nexe
import RegisterAllocation

@testable import CodeGeneration

/// Modules for tests: the shape that follows from a text's declarations, in any of the compiler's configurations.
enum CodeGenerationFixture {
  /// The nexe's shape for declarations, the way the driver decides it: 64 KiB reach per page of maximum, at most 2^31.
  static func shape(_ declarations: ModuleShape, _ model: MemoryModel) throws -> Shape {
    var shape = Shape()
    for memory in declarations.memories.elements {
      let isFirst = shape.memories.isEmpty
      shape.memories.append(
        Shape.Memory(
          isImported: memory.isImported, hasIndex64: memory.indexType == .i64,
          log2Reach: isFirst ? (model == .seg32 ? 32 : 20) : memory.indexType == .i64 ? 34 : 32))
    }
    for table in declarations.tables.elements {
      shape.tables.append(
        Shape.Table(
          isImported: table.isImported, isExported: table.isExported, hasIndex64: table.indexType == .i64,
          holdsExternal: !table.isFunctionTable, log2Elements: 4, minimum: table.minimum, maximum: table.maximum))
    }
    for global in declarations.globals.elements {
      shape.globals.append(
        Shape.Global(
          isImported: global.isImported, isMutable: global.isMutable, isReference: global.isReference,
          isExported: global.isExported))
    }
    shape.transferCells = try CallingConvention.transferCells(for: declarations)
    return shape
  }

  static func module(
    _ declarations: ModuleShape, _ options: CodeGenerationOptions, functions: [Function]
  ) throws -> ModuleContext {
    var shape = try shape(declarations, options.memoryModel)
    var count = LimitWordCount()
    for function in functions { count.add(function) }
    shape.limitWords = Array(count.chosen().prefix(4))
    return ModuleContext(
      declarations: declarations, shape: shape, options: options, referencedFunctions: declarations.functions.ids,
      hasIndirectCalls: true)
  }

  static let configurations: [CodeGenerationOptions] = {
    var all: [CodeGenerationOptions] = []
    for model in MemoryModel.allCases {
      for policy in OutOfBoundsPolicy.allCases {
        for instructions in InstructionSet.allCases {
          var options = CodeGenerationOptions()
          options.memoryModel = model
          options.outOfBounds = policy
          options.instructionSet = instructions
          options.checksAllocation = true
          all.append(options)
        }
      }
    }
    return all
  }()
}

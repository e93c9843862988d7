/// What an instruction's operands, results and fields look like. Opcodes of one form differ only in meaning, so
/// verifier, printer and parser work from `rule` alone and never look at opcodes.
public enum OpcodeForm: UInt8, Sendable, CaseIterable {
  case integerConstant, floatConstant, vectorConstant
  case integerBinary, integerUnary, signExtension, extend, wrap
  case compareInteger, compareFloat
  case floatBinary, floatUnary, floatToInteger, integerToFloat, demote, promote, reinterpret
  case vectorUnary, vectorBinary, vectorTernary, vectorShift, vectorTest
  case vectorSplat, vectorExtract, vectorReplace, vectorShuffle
  case vectorCompareInteger, vectorCompareFloat, vectorFloatToInteger
  /// On all 128 bits, or with lanes that are always the same.
  case bitsUnary, bitsBinary, bitsTernary, bitsTest
  case select
  case load, store, memoryCheck, memoryOutOfBounds, memorySize, memoryGrow
  case memoryFill, memoryCopy, memoryInit, dataSegment
  case tableGet, tableSet, tableSize, tableGrow, tableFill, tableCopy, tableInit, elementSegment
  case globalGet, globalSet, functionReference
  case call, callIndirect, trapIf
  case tryCall, tryCallIndirect, exceptionPayload, exceptionStore, exceptionBox, exceptionUnbox
  case jump, branchIf, branchTable, returnValues, returnCall, returnCallIndirect, raise, trap
}

/// Which types an instruction's `type` may be.
public enum TypeRule: Sendable, Equatable {
  /// The type means nothing: not printed, i32 by convention.
  case unused
  case any, integer, float, scalar
  case exactly(Type)
  /// v128; the text form has the shape, `lanes`, in the type's place.
  case lanes
  /// The index type of memory or table `memory`.
  case memoryIndex, tableIndex
  /// That, or i64.
  case memoryIndexOrWider
  /// The type of global `auxiliary`.
  case global
}

/// The type of one operand.
public enum OperandRule: Sendable, Equatable {
  /// The instruction's `type`.
  case own
  case exactly(Type)
  /// The scalar of `lanes`.
  case lane
  /// `auxiliary` is the type; an integer or a float.
  case auxiliaryInteger, auxiliaryFloat
  /// As large as `type`, but a float for an integer and the other way round.
  case reinterpreted
  /// The index type of memory `memory` or `auxiliary`, or the narrower of the two.
  case memoryIndex, otherMemoryIndex, narrowerMemoryIndex
  /// The same of tables.
  case tableIndex, otherTableIndex, narrowerTableIndex
}

/// Operands behind the fixed ones.
public enum TrailingOperands: Sendable, Equatable {
  case none
  /// The parameters of the called signature.
  case callParameters
  /// The function's own results.
  case functionResults
  /// Any number of any type.
  case values
}

public enum ResultRule: Sendable, Equatable {
  case none, own
  case i32
  /// The scalar of `lanes`.
  case lane
  /// The results of the called signature.
  case callResults
  /// The same and an i64 behind them.
  case callResultsAndStatus
  /// None; but the called signature's results must be the function's own.
  case tailCall
}

/// A part of an instruction beside type, operands and targets, in the order of the text form.
public enum FieldRule: Sendable, Equatable {
  case integerBits, floatBits, vectorConstant
  /// `auxiliary`: 8, 16 or 32, less than the type's width.
  case width
  case integerCondition, floatCondition
  case auxiliaryType
  /// `auxiliary`: a lane of the shape; another shape, of floats.
  case lane, auxiliaryLanes
  /// `ShuffleLanes`.
  case shuffleLanes
  case access, memory, table, otherMemory, otherTable
  case dataSegment, elementSegment, global, function, signature
  case trapCode
  /// `auxiliary` as a number.
  case position
  /// `immediate` as a static offset; stands behind the operands in the text form.
  case offset
}

public enum TargetRule: Sendable, Equatable {
  case none, one, two
  case oneOrMore
}

/// Everything there is to say of a form.
public struct FormRule: Sendable {
  public let type: TypeRule
  public let operands: [OperandRule]
  public let trailing: TrailingOperands
  public let result: ResultRule
  public let fields: [FieldRule]
  public let targets: TargetRule

  init(
    _ type: TypeRule, _ operands: [OperandRule] = [], _ result: ResultRule = .none, fields: [FieldRule] = [],
    trailing: TrailingOperands = .none, targets: TargetRule = .none
  ) {
    self.type = type
    self.operands = operands
    self.trailing = trailing
    self.result = result
    self.fields = fields
    self.targets = targets
  }
}

extension OpcodeForm {
  /// Complexity: O(1).
  public var rule: FormRule { Self.rules[Int(rawValue)] }

  private static let rules = allCases.map(makeRule)

  private static func makeRule(_ form: OpcodeForm) -> FormRule {
    switch form {
    case .integerConstant: FormRule(.integer, [], .own, fields: [.integerBits])
    case .floatConstant: FormRule(.float, [], .own, fields: [.floatBits])
    case .vectorConstant: FormRule(.exactly(.v128), [], .own, fields: [.vectorConstant])
    case .integerBinary: FormRule(.integer, [.own, .own], .own)
    case .integerUnary: FormRule(.integer, [.own], .own)
    case .signExtension: FormRule(.integer, [.own], .own, fields: [.width])
    case .extend: FormRule(.exactly(.i64), [.exactly(.i32)], .own)
    case .wrap: FormRule(.exactly(.i32), [.exactly(.i64)], .own)
    case .compareInteger: FormRule(.integer, [.own, .own], .i32, fields: [.integerCondition])
    case .compareFloat: FormRule(.float, [.own, .own], .i32, fields: [.floatCondition])
    case .floatBinary: FormRule(.float, [.own, .own], .own)
    case .floatUnary: FormRule(.float, [.own], .own)
    case .floatToInteger: FormRule(.integer, [.auxiliaryFloat], .own, fields: [.auxiliaryType])
    case .integerToFloat: FormRule(.float, [.auxiliaryInteger], .own, fields: [.auxiliaryType])
    case .demote: FormRule(.exactly(.f32), [.exactly(.f64)], .own)
    case .promote: FormRule(.exactly(.f64), [.exactly(.f32)], .own)
    case .reinterpret: FormRule(.scalar, [.reinterpreted], .own)
    case .vectorUnary: FormRule(.lanes, [.own], .own)
    case .vectorBinary: FormRule(.lanes, [.own, .own], .own)
    case .vectorTernary: FormRule(.lanes, [.own, .own, .own], .own)
    case .vectorShift: FormRule(.lanes, [.own, .exactly(.i32)], .own)
    case .vectorTest: FormRule(.lanes, [.own], .i32)
    case .vectorSplat: FormRule(.lanes, [.lane], .own)
    case .vectorExtract: FormRule(.lanes, [.own], .lane, fields: [.lane])
    case .vectorReplace: FormRule(.lanes, [.own, .lane], .own, fields: [.lane])
    case .vectorShuffle: FormRule(.exactly(.v128), [.own, .own], .own, fields: [.shuffleLanes])
    case .vectorCompareInteger: FormRule(.lanes, [.own, .own], .own, fields: [.integerCondition])
    case .vectorCompareFloat: FormRule(.lanes, [.own, .own], .own, fields: [.floatCondition])
    case .vectorFloatToInteger: FormRule(.lanes, [.own], .own, fields: [.auxiliaryLanes])
    case .bitsUnary: FormRule(.exactly(.v128), [.own], .own)
    case .bitsBinary: FormRule(.exactly(.v128), [.own, .own], .own)
    case .bitsTernary: FormRule(.exactly(.v128), [.own, .own, .own], .own)
    case .bitsTest: FormRule(.exactly(.v128), [.own], .i32)
    case .select: FormRule(.any, [.exactly(.i32), .own, .own], .own)
    case .load: FormRule(.any, [.memoryIndex], .own, fields: [.access, .memory, .offset])
    case .store: FormRule(.any, [.memoryIndex, .own], fields: [.access, .memory, .offset])
    case .memoryCheck: FormRule(.memoryIndex, [.own], fields: [.memory, .offset])
    case .memoryOutOfBounds: FormRule(.memoryIndexOrWider, [.own], .i32, fields: [.memory, .offset])
    case .memorySize: FormRule(.memoryIndex, [], .own, fields: [.memory])
    case .memoryGrow: FormRule(.memoryIndex, [.own], .own, fields: [.memory])
    case .memoryFill: FormRule(.unused, [.memoryIndex, .exactly(.i32), .memoryIndex], fields: [.memory])
    case .memoryCopy:
      FormRule(
        .unused, [.memoryIndex, .otherMemoryIndex, .narrowerMemoryIndex], fields: [.memory, .otherMemory])
    case .memoryInit:
      FormRule(.unused, [.memoryIndex, .exactly(.i32), .exactly(.i32)], fields: [.memory, .dataSegment])
    case .dataSegment: FormRule(.unused, fields: [.dataSegment])
    case .tableGet: FormRule(.exactly(.i64), [.tableIndex], .own, fields: [.table])
    case .tableSet: FormRule(.unused, [.tableIndex, .exactly(.i64)], fields: [.table])
    case .tableSize: FormRule(.tableIndex, [], .own, fields: [.table])
    case .tableGrow: FormRule(.tableIndex, [.exactly(.i64), .own], .own, fields: [.table])
    case .tableFill: FormRule(.unused, [.tableIndex, .exactly(.i64), .tableIndex], fields: [.table])
    case .tableCopy:
      FormRule(.unused, [.tableIndex, .otherTableIndex, .narrowerTableIndex], fields: [.table, .otherTable])
    case .tableInit:
      FormRule(.unused, [.tableIndex, .exactly(.i32), .exactly(.i32)], fields: [.table, .elementSegment])
    case .elementSegment: FormRule(.unused, fields: [.elementSegment])
    case .globalGet: FormRule(.global, [], .own, fields: [.global])
    case .globalSet: FormRule(.global, [.own], fields: [.global])
    case .functionReference: FormRule(.exactly(.i64), [], .own, fields: [.function])
    case .call: FormRule(.unused, [], .callResults, fields: [.function], trailing: .callParameters)
    case .callIndirect:
      FormRule(.unused, [.exactly(.i64)], .callResults, fields: [.signature], trailing: .callParameters)
    case .tryCall: FormRule(.unused, [], .callResultsAndStatus, fields: [.function], trailing: .callParameters)
    case .tryCallIndirect:
      FormRule(.unused, [.exactly(.i64)], .callResultsAndStatus, fields: [.signature], trailing: .callParameters)
    case .exceptionPayload: FormRule(.any, [], .own, fields: [.position])
    case .exceptionStore: FormRule(.unused, trailing: .values)
    case .exceptionBox: FormRule(.exactly(.i64), [.own], .own, trailing: .values)
    case .exceptionUnbox: FormRule(.exactly(.i64), [.own], .own)
    case .trapIf: FormRule(.unused, [.exactly(.i32)], fields: [.trapCode])
    case .jump: FormRule(.unused, targets: .one)
    case .branchIf: FormRule(.unused, [.exactly(.i32)], targets: .two)
    case .branchTable: FormRule(.unused, [.exactly(.i32)], targets: .oneOrMore)
    case .returnValues: FormRule(.unused, trailing: .functionResults)
    case .returnCall: FormRule(.unused, [], .tailCall, fields: [.function], trailing: .callParameters)
    case .returnCallIndirect:
      FormRule(.unused, [.exactly(.i64)], .tailCall, fields: [.signature], trailing: .callParameters)
    case .raise: FormRule(.unused, [.exactly(.i64)], trailing: .values)
    case .trap: FormRule(.unused, fields: [.trapCode])
    }
  }
}

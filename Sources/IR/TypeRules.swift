/// What the rules of an opcode's form mean for one instruction in one module.
enum TypeRules {
  /// Whether the field's value exists. Rules about types may index the module only after this.
  static func isValid(_ field: FieldRule, _ data: InstructionData, _ function: Function, _ shape: ModuleShape) -> Bool {
    switch field {
    case .integerBits: data.type == .i64 || data.immediate <= UInt64(UInt32.max)
    case .floatBits: data.type == .f64 || data.immediate <= UInt64(UInt32.max)
    case .vectorConstant: data.immediate < UInt64(function.vectorConstants.count)
    case .width: data.auxiliary == 8 || data.auxiliary == 16 || (data.auxiliary == 32 && data.type == .i64)
    case .integerCondition: isCase(IntegerCondition.self, data.auxiliary)
    case .floatCondition: isCase(FloatCondition.self, data.auxiliary)
    case .auxiliaryType: auxiliaryType(data).map { $0.isFloat == data.type.isInteger && $0 != .v128 } ?? false
    case .lane: data.auxiliary < UInt32(data.lanes.laneCount)
    case .auxiliaryLanes:
      UInt8(exactly: data.auxiliary).flatMap { LaneShape(rawValue: $0) }.map { $0.isFloat } ?? false
    case .shuffleLanes: data.auxiliary >> 16 == 0
    case .access:
      data.type == .v128
        ? [.full, .unsigned32, .unsigned64].contains(data.access)
        : data.access == .full || data.type == .i64 && data.access != .unsigned64
          || (data.type == .i32 && data.access.size(for: data.type) < data.type.size)
    case .memory: data.memory < UInt32(shape.memories.count)
    case .table: data.memory < UInt32(shape.tables.count)
    case .otherMemory: data.auxiliary < UInt32(shape.memories.count)
    case .otherTable: data.auxiliary < UInt32(shape.tables.count)
    case .dataSegment: data.auxiliary < UInt32(shape.dataSegmentCount)
    case .elementSegment: data.auxiliary < UInt32(shape.elementSegmentCount)
    case .global: data.auxiliary < UInt32(shape.globals.count)
    case .function: data.auxiliary < UInt32(shape.functions.count)
    case .signature: data.auxiliary < UInt32(shape.signatures.count)
    case .trapCode: isCase(TrapCode.self, data.auxiliary)
    case .position: data.auxiliary < 1000
    case .offset: true
    }
  }

  private static func isCase<T: RawRepresentable<UInt8>>(_: T.Type, _ raw: UInt32) -> Bool {
    UInt8(exactly: raw).flatMap { T(rawValue: $0) } != nil
  }

  static func auxiliaryType(_ data: InstructionData) -> Type? {
    UInt8(exactly: data.auxiliary).flatMap { Type(rawValue: $0) }
  }

  static func allows(_ rule: TypeRule, _ data: InstructionData, _ shape: ModuleShape) -> Bool {
    switch rule {
    case .unused, .any: true
    case .integer: data.type.isInteger
    case .float: data.type.isFloat
    case .scalar: data.type != .v128
    case .exactly(let type): data.type == type
    case .lanes: data.type == .v128 && data.opcode.info.lanes.contains(data.lanes)
    case .memoryIndex: data.type == shape.memories[MemoryIndex(data.memory)].indexType
    case .memoryIndexOrWider: data.type == .i64 || data.type == shape.memories[MemoryIndex(data.memory)].indexType
    case .tableIndex: data.type == shape.tables[TableIndex(data.memory)].indexType
    case .global: data.type == shape.globals[GlobalIndex(data.auxiliary)].type
    }
  }

  /// The type that the rule asks of an operand. Requires: the instruction's fields are valid.
  static func type(of operand: OperandRule, _ data: InstructionData, _ shape: ModuleShape) -> Type {
    switch operand {
    case .own: data.type
    case .exactly(let type): type
    case .lane: data.lanes.scalar
    case .auxiliaryInteger, .auxiliaryFloat: auxiliaryType(data) ?? data.type
    case .reinterpreted: reinterpreted(data.type)
    case .memoryIndex: memoryIndex(data.memory, shape)
    case .otherMemoryIndex: memoryIndex(data.auxiliary, shape)
    case .narrowerMemoryIndex: narrower(memoryIndex(data.memory, shape), memoryIndex(data.auxiliary, shape))
    case .tableIndex: tableIndex(data.memory, shape)
    case .otherTableIndex: tableIndex(data.auxiliary, shape)
    case .narrowerTableIndex: narrower(tableIndex(data.memory, shape), tableIndex(data.auxiliary, shape))
    }
  }

  private static func reinterpreted(_ type: Type) -> Type {
    switch type {
    case .i32: .f32
    case .i64: .f64
    case .f32: .i32
    case .f64: .i64
    case .v128: .v128
    }
  }

  private static func memoryIndex(_ memory: UInt32, _ shape: ModuleShape) -> Type {
    shape.memories[MemoryIndex(memory)].indexType
  }
  private static func tableIndex(_ table: UInt32, _ shape: ModuleShape) -> Type {
    shape.tables[TableIndex(table)].indexType
  }
  private static func narrower(_ a: Type, _ b: Type) -> Type { a == .i64 && b == .i64 ? .i64 : .i32 }

  /// nil if the instruction calls nothing, or something that the module does not declare.
  static func calledSignature(_ data: InstructionData, _ shape: ModuleShape) -> Signature? {
    let rule = data.opcode.info.form.rule
    guard rule.trailing == .callParameters else { return nil }
    if rule.fields.contains(.function) {
      let function = FunctionIndex(data.auxiliary)
      return shape.functions.contains(function) ? shape.signature(of: function) : nil
    }
    let signature = SignatureIndex(data.auxiliary)
    return shape.signatures.contains(signature) ? shape.signatures[signature] : nil
  }
}

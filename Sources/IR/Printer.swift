import Entities

/// Writes functions and module shapes in the text form of docs/IR.md, which `Parser` reads back byte for byte.
///
/// Requires: the function's lists lie within their pools (the verifier's first round); anything else may be wrong.
public struct Printer {
  private var text = ""

  public static func print(_ function: Function) -> String {
    var printer = Printer()
    printer.write(function)
    return printer.text
  }

  public static func print(_ shape: ModuleShape) -> String {
    var printer = Printer()
    printer.write(shape)
    return printer.text
  }

  // MARK: Functions

  private mutating func write(_ function: Function) {
    text += "function \(function.index)"
    if !function.name.isEmpty { text += " " + Self.quoted(function.name) }
    text += " " + Self.signature(function.signature) + (function.returnsStatus ? " throws {\n" : " {\n")
    for block in function.layout.blocks {
      text += "\(block)"
      let parameters = function.blocks[block].parameters
      if !parameters.isEmpty {
        text += "(" + parameters.map { "\($0): \(function.type(of: $0).textName)" }.joined(separator: ", ") + ")"
      }
      text += function.blocks[block].isCold ? " cold:\n" : ":\n"
      for instruction in function.layout.instructions[block] { write(instruction, of: function) }
    }
    text += "}\n"
  }

  private mutating func write(_ instruction: Instruction, of function: Function) {
    let data = function.instructions[instruction]
    let rule = data.opcode.info.form.rule
    text += "  "
    if data.resultCount > 0 {
      // Only a call's result types cannot be told from the instruction itself.
      text +=
        function.results(of: instruction).map {
          rule.trailing == .callParameters ? "\($0): \(function.type(of: $0).textName)" : "\($0)"
        }.joined(separator: ", ") + " = "
    }
    text += data.opcode.info.name
    if rule.type == .lanes {
      text += "." + data.lanes.textName
    } else if rule.type != .unused {
      text += "." + data.type.textName
    }
    for field in rule.fields where field != .offset {
      let word = Self.field(field, data, function)
      if !word.isEmpty { text += " " + word }
    }
    if !data.operands.isEmpty {
      text += " " + function.operands(of: instruction).map { "\($0)" }.joined(separator: ", ")
    }
    if !data.targets.isEmpty {
      text += " " + function.targets(of: instruction).map { Self.target($0, function) }.joined(separator: ", ")
    }
    if rule.fields.contains(.offset) && data.immediate != 0 { text += " +\(data.immediate)" }
    if data.sourceOffset != 0 { text += " " + Self.position(data.sourceOffset, function) }
    text += "\n"
  }

  /// `@offset`, or `@offset fnN @offset` of an instruction of function N that a call at the second offset brought in.
  private static func position(_ sourceOffset: UInt32, _ function: Function) -> String {
    let frames = function.frames(at: sourceOffset)
    return frames.dropLast().map { "@\($0.offset) \($0.function) " }.joined() + "@\(frames[frames.count - 1].offset)"
  }

  private static func target(_ target: BranchTarget, _ function: Function) -> String {
    if target.arguments.isEmpty { return "\(target.block)" }
    return "\(target.block)(" + function.arguments(of: target).map { "\($0)" }.joined(separator: ", ") + ")"
  }

  /// Empty where the field has its usual value.
  private static func field(_ field: FieldRule, _ data: InstructionData, _ function: Function) -> String {
    switch field {
    case .integerBits:
      data.type == .i32
        ? "\(Int32(truncatingIfNeeded: data.immediate))" : "\(Int64(truncatingIfNeeded: data.immediate))"
    case .floatBits: "0x" + hexadecimal(data.immediate, digits: data.type.size * 2)
    case .vectorConstant: vector(VectorConstant(UInt32(truncatingIfNeeded: data.immediate)), function)
    case .width: "\(data.auxiliary)"
    case .integerCondition: name(IntegerCondition.self, data.auxiliary)
    case .floatCondition: name(FloatCondition.self, data.auxiliary)
    case .auxiliaryType: name(Type.self, data.auxiliary)
    case .lane: "\(data.auxiliary)"
    case .auxiliaryLanes: name(LaneShape.self, data.auxiliary)
    case .shuffleLanes:
      (0..<16).map { "\(ShuffleLanes(immediate: data.immediate, auxiliary: data.auxiliary)[$0])" }
        .joined(separator: " ")
    case .access: data.access == .full ? "" : data.access.textName
    case .memory: "\(MemoryIndex(data.memory))"
    case .table: "\(TableIndex(data.memory))"
    case .otherMemory: "\(MemoryIndex(data.auxiliary))"
    case .otherTable: "\(TableIndex(data.auxiliary))"
    case .dataSegment, .elementSegment: "\(SegmentIndex(data.auxiliary))"
    case .global: "\(GlobalIndex(data.auxiliary))"
    case .function: "\(FunctionIndex(data.auxiliary))"
    case .signature: "\(SignatureIndex(data.auxiliary))"
    case .trapCode: name(TrapCode.self, data.auxiliary)
    case .position: "\(data.auxiliary)"
    case .offset: ""
    }
  }

  private static func name<T: TextNamed>(_: T.Type, _ raw: UInt32) -> String {
    UInt8(exactly: raw).flatMap { T(rawValue: $0) }?.textName ?? "invalid"
  }

  private static func hexadecimal(_ bits: UInt64, digits: Int) -> String {
    let text = String(bits, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// High half first, as one 128-bit number.
  private static func vector(_ constant: VectorConstant, _ function: Function) -> String {
    guard function.vectorConstants.contains(constant) else { return "invalid" }
    let bits = function.vectorConstants[constant]
    return "0x" + hexadecimal(bits[1], digits: 16) + hexadecimal(bits[0], digits: 16)
  }

  private static func quoted(_ name: String) -> String {
    var text = "\""
    for scalar in name.unicodeScalars {
      if scalar == "\"" || scalar == "\\" {
        text += "\\"
        text.unicodeScalars.append(scalar)
      } else if scalar.value < 0x20 || scalar.value == 0x7f {
        text += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  private static func signature(_ signature: Signature) -> String {
    let parameters = signature.parameters.map(\.textName).joined(separator: ", ")
    let results = signature.results.map(\.textName).joined(separator: ", ")
    return "(\(parameters)) -> (\(results))"
  }

  // MARK: Module shapes

  private mutating func write(_ shape: ModuleShape) {
    text += "module {\n"
    for id in shape.signatures.ids { text += "  \(id) \(Self.signature(shape.signatures[id]))\n" }
    for id in shape.functions.ids {
      text += "  \(id) \(shape.functions[id])" + (id.index < shape.importedFunctionCount ? " imported\n" : "\n")
    }
    for id in shape.memories.ids {
      let memory = shape.memories[id]
      text += "  \(id) \(memory.indexType.textName)" + Self.limits(memory.minimumPages, memory.maximumPages)
      text += Self.flags(
        ("imported", memory.isImported), ("exported", memory.isExported),
        ("wraps \(memory.wrapBits ?? 0)", memory.wrapBits != nil))
    }
    for id in shape.tables.ids {
      let table = shape.tables[id]
      text += "  \(id) \(table.indexType.textName)" + Self.limits(table.minimum, table.maximum)
      text += Self.flags(
        ("imported", table.isImported), ("exported", table.isExported), ("functions", table.isFunctionTable))
    }
    for id in shape.globals.ids {
      let global = shape.globals[id]
      text += "  \(id) \(global.type.textName)"
      text += Self.flags(
        ("mutable", global.isMutable), ("imported", global.isImported), ("exported", global.isExported),
        ("reference", global.isReference))
    }
    if shape.dataSegmentCount > 0 { text += "  data \(shape.dataSegmentCount)\n" }
    if shape.elementSegmentCount > 0 { text += "  elements \(shape.elementSegmentCount)\n" }
    text += "}\n"
  }

  private static func limits(_ minimum: UInt64, _ maximum: UInt64?) -> String {
    " \(minimum)" + (maximum.map { " to \($0)" } ?? "")
  }

  private static func flags(_ flags: (String, Bool)...) -> String {
    flags.filter(\.1).map { " " + $0.0 }.joined() + "\n"
  }
}

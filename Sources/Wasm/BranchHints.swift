import Entities

/// The custom section `metadata.code.branch_hint` (the branch hinting proposal, merged into 3.0): which way conditional branches are
/// expected to go. The compiler takes no hint from it; like every custom section it cannot make a module invalid, but what
/// is wrong with it is worth a warning: hints that stand in other places than their producer meant are of no use to anybody.
public enum BranchHints {
  static let sectionName = "metadata.code.branch_hint"

  /// The first fault of the module's hints; nil if there is none, or no section. Cost: linear in the section and the bodies that it names.
  public static func fault(in module: Module) -> WasmError? {
    guard let section = module.customSections.first(where: { $0.name == sectionName }) else { return nil }
    do throws(WasmError) {
      try check(section.range, in: module)
      return nil
    } catch { return error }
  }

  /// Functions ascend, and the hints of each: a hint has its operator's place in the body, and one byte.
  private static func check(_ range: Range<Int>, in module: Module) throws(WasmError) {
    var cursor = ByteCursor(module.bytes, range)
    var next = UInt32(module.importedFunctionCount)
    for _ in 0..<(try cursor.readU32()) {
      let start = cursor.offset
      let function = FunctionIndex(try cursor.readU32())
      guard function.rawValue >= next, module.functions.contains(function) else {
        throw WasmError(.invalidBranchHint, at: start, "function \(function.rawValue)")
      }
      next = function.rawValue + 1
      try checkHints(&cursor, of: function, in: module)
    }
    if !cursor.isAtEnd { throw WasmError(.sectionSizeMismatch, at: cursor.offset, "in \(sectionName)") }
  }

  private static func checkHints(
    _ cursor: inout ByteCursor, of function: FunctionIndex, in module: Module
  ) throws(WasmError) {
    let body = module.body(of: function).range
    var reader = try FunctionValidator(module, function).reader
    for _ in 0..<(try cursor.readU32()) {
      let start = cursor.offset
      let place = body.lowerBound + Int(try cursor.readU32())
      // Operators are read once, for the hints ascend.
      while reader.offset < place, !reader.isAtEnd { _ = try reader.next() }
      guard reader.offset == place, !reader.isAtEnd, [.if, .brIf].contains(try reader.next().op) else {
        throw WasmError(.invalidBranchHint, at: start, "neither if nor br_if at 0x\(String(place, radix: 16))")
      }
      let size = try cursor.readU32()
      guard size == 1, try cursor.readByte() <= 1 else { throw WasmError(.invalidBranchHint, at: start, "neither 0 nor 1") }
    }
  }
}

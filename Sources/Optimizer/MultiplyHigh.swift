import Entities
import IR

/// Finds the products of 64 by 64 bits that compilers write with four products of halves, WebAssembly having no other way,
/// and makes `mulh_u` of the upper half and `mul` of the lower one.
///
/// With a = ah:al and b = bh:bl, a middle sum of one cross product with what the lower columns carry, in one of two orders:
///
///     t = ah*bl + (al*bl >> 32)    u = al*bh + low(t)                    the carry of t counts (Hacker's Delight, compiler-rt)
///     t = ah*bl                    u = al*bh + low(t) + (al*bl >> 32)    the carry of t is its upper half (xxHash)
///
/// gives the upper half ah*bh + (t >> 32) + (u >> 32), possibly among more terms, and the lower half u << 32 | low(al*bl).
/// None of these sums exceeds 64 bits.
///
/// Requires: nothing beyond a correct function; finds more behind constant folding. Establishes: nothing that others build on;
/// the halves are left to dead-code. Cost: linear; a sum is looked at up to `termLimit` terms.
public enum MultiplyHigh {
  static let termLimit = 6

  public static func run(on function: inout Function, in shape: ModuleShape) {
    for block in function.layout.blocks {
      var position = 0
      while position < function.layout.instructions[block].count {
        let instruction = function.layout.instructions[block][position]
        if let product = lowProduct(instruction, function) {
          function.replace(instruction, with: InstructionData(.multiply, .i64), [product.a, product.b])
        } else if let (product, rest) = highProduct(instruction, function) {
          position += replace(instruction, by: product, plus: rest, in: block, at: position, &function)
        }
        position += 1
      }
    }
  }

  private struct Product {
    var a: Value
    var b: Value
  }

  /// `instruction` becomes the upper half plus `rest`. Returns how many instructions came in front of it.
  private static func replace(
    _ instruction: Instruction, by product: Product, plus rest: [Value], in block: Block, at position: Int,
    _ function: inout Function
  ) -> Int {
    let high = InstructionData(.multiplyHighUnsigned, .i64, sourceOffset: function.instructions[instruction].sourceOffset)
    guard let last = rest.last else {
      function.replace(instruction, with: high, [product.a, product.b])
      return 0
    }
    var inserted: ContiguousArray<Instruction> = []
    func emit(_ data: InstructionData, _ operands: [Value], _ function: inout Function) -> Value {
      var data = data
      data.operands = function.valueLists.append(contentsOf: operands)
      inserted.append(function.makeInstruction(data, results: [.i64]))
      return function.result(of: inserted[inserted.count - 1])
    }
    var sum = emit(high, [product.a, product.b], &function)
    for term in rest.dropLast() {
      sum = emit(InstructionData(.add, .i64, sourceOffset: high.sourceOffset), [sum, term], &function)
    }
    function.layout.instructions[block].insert(contentsOf: inserted, at: position)
    function.replace(instruction, with: InstructionData(.add, .i64), [sum, last])
    return inserted.count
  }

  // MARK: Halves of a product

  /// `u << 32 | low(al*bl)`, or the sum of both.
  private static func lowProduct(_ instruction: Instruction, _ function: Function) -> Product? {
    let data = function.instructions[instruction]
    guard data.opcode == .or || data.opcode == .add, data.type == .i64 else { return nil }
    for (upper, lower) in [(0, 1), (1, 0)] {
      guard case (let sum, 32)? = function.operandAndConstant(of: function.operand(upper, of: data), .shiftLeft),
        let bottom = lowHalf(function.operand(lower, of: data), function), let middle = Self.middle(sum, function),
        middle.bottom == bottom
      else { continue }
      return middle.product
    }
    return nil
  }

  /// A sum of ah*bh, t >> 32, u >> 32 and what is left.
  private static func highProduct(_ instruction: Instruction, _ function: Function) -> (Product, rest: [Value])? {
    let data = function.instructions[instruction]
    guard data.opcode == .add, data.type == .i64 else { return nil }
    let terms = Self.terms(of: function.result(of: instruction), function)
    guard terms.count >= 3 else { return nil }
    for (position, term) in terms.enumerated() {
      guard let sum = highHalf(term, function), let middle = Self.middle(sum, function) else { continue }
      var rest = terms
      rest.remove(at: position)
      guard let carry = rest.firstIndex(where: { highHalf($0, function) == middle.carry }) else { continue }
      rest.remove(at: carry)
      let product = middle.product
      guard let top = rest.firstIndex(where: { isProduct($0, (product.a, true), (product.b, true), function) }) else { continue }
      rest.remove(at: top)
      return (product, rest)
    }
    return nil
  }

  /// What u adds up.
  private struct Middle {
    var product: Product
    /// t, whose upper half counts.
    var carry: Value
    /// al*bl.
    var bottom: Value
  }

  private static func middle(_ sum: Value, _ function: Function) -> Middle? {
    let terms = Self.terms(of: sum, function)
    guard terms.count == 2 || terms.count == 3 else { return nil }
    for (position, term) in terms.enumerated() {
      guard let carry = lowHalf(term, function) else { continue }
      var crosses = terms
      crosses.remove(at: position)
      crosses += terms.count == 2 ? Self.terms(of: carry, function) : [carry]
      guard crosses.count == 3,
        let shifted = crosses.firstIndex(where: { highHalf($0, function) != nil }),
        let bottom = highHalf(crosses.remove(at: shifted), function),
        let product = lowFactors(of: bottom, function)
      else { continue }
      let (a, b) = (product.a, product.b)
      func isCross(_ value: Value, _ isSwapped: Bool) -> Bool {
        isProduct(value, (a, !isSwapped), (b, isSwapped), function)
      }
      if isCross(crosses[0], false) && isCross(crosses[1], true) || isCross(crosses[0], true) && isCross(crosses[1], false) {
        return Middle(product: product, carry: carry, bottom: bottom)
      }
    }
    return nil
  }

  // MARK: Shapes

  /// What nested additions add up; at most `termLimit` terms are told apart.
  private static func terms(of value: Value, _ function: Function) -> [Value] {
    var terms = [value]
    var position = 0
    while position < terms.count, terms.count < termLimit {
      guard let data = function.definition(of: terms[position]), data.opcode == .add else {
        position += 1
        continue
      }
      terms[position] = function.operand(0, of: data)
      terms.append(function.operand(1, of: data))
    }
    return terms
  }

  /// x of `x >> 32`.
  private static func highHalf(_ value: Value, _ function: Function) -> Value? {
    guard case (let source, 32)? = function.operandAndConstant(of: value, .shiftRightUnsigned) else { return nil }
    return source
  }

  /// x of `x & 0xffffffff`, or of its wrapping and extension.
  private static func lowHalf(_ value: Value, _ function: Function) -> Value? {
    if case (let source, 0xffff_ffff)? = function.operandAndConstant(of: value, .and) { return source }
    guard let extended = function.definition(of: value), extended.opcode == .extendUnsigned,
      let wrapped = function.definition(of: function.operand(0, of: extended)), wrapped.opcode == .wrap
    else { return nil }
    return function.operand(0, of: wrapped)
  }

  /// a and b of al*bl.
  private static func lowFactors(of value: Value, _ function: Function) -> Product? {
    guard let data = function.definition(of: value), data.opcode == .multiply, data.type == .i64,
      let a = lowHalf(function.operand(0, of: data), function), let b = lowHalf(function.operand(1, of: data), function)
    else { return nil }
    return Product(a: a, b: b)
  }

  /// The product of one half of `a` and one of `b`, in either order.
  private static func isProduct(
    _ value: Value, _ a: (Value, isHigh: Bool), _ b: (Value, isHigh: Bool), _ function: Function
  ) -> Bool {
    guard let data = function.definition(of: value), data.opcode == .multiply, data.type == .i64 else { return false }
    func isHalf(_ position: Int, _ half: (Value, isHigh: Bool)) -> Bool {
      let operand = function.operand(position, of: data)
      return (half.isHigh ? highHalf(operand, function) : lowHalf(operand, function)) == half.0
    }
    return isHalf(0, a) && isHalf(1, b) || isHalf(0, b) && isHalf(1, a)
  }
}

import Entities

/// Names of the custom section `name`. Names are for people: a malformed section only yields fewer of them.
public struct Names: Sendable {
  /// Of the module; empty if none.
  public private(set) var module = ""
  /// Ascending by function; each with its bytes in the module.
  private var functions: ContiguousArray<Entry> = []

  private struct Entry: Sendable {
    var function: FunctionIndex
    var start: UInt32
    var count: UInt32
  }

  init() {}

  /// Reads the section's contents as far as they make sense.
  init(_ bytes: [UInt8], _ range: Range<Int>, functionCount: Int) {
    var cursor = ByteCursor(bytes, range)
    try? read(&cursor, functionCount: functionCount)
  }

  private mutating func read(_ cursor: inout ByteCursor, functionCount: Int) throws(WasmError) {
    while !cursor.isAtEnd {
      let id = try cursor.readByte()
      let content = try cursor.readByteRange()
      var inner = ByteCursor(cursor.bytes, content)
      switch id {
      case 0: module = try inner.readName()
      case 1: try readFunctions(&inner, functionCount: functionCount)
      default: break
      }
    }
  }

  private mutating func readFunctions(_ cursor: inout ByteCursor, functionCount: Int) throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.functions, of: "names")
    functions.reserveCapacity(cursor.plausible(count, elementSize: 2))
    for _ in 0..<count {
      let function = FunctionIndex(try cursor.readU32())
      let name = try cursor.readByteRange()
      if function.index >= functionCount { return }
      if let last = functions.last, last.function >= function { return }
      functions.append(Entry(function: function, start: UInt32(name.lowerBound), count: UInt32(name.count)))
    }
  }

  /// nil if the section does not name the function. Complexity: O(log n).
  func name(of function: FunctionIndex, in bytes: [UInt8]) -> String? {
    var low = 0
    var high = functions.count
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].function < function { low = middle + 1 } else { high = middle }
    }
    guard low < functions.count, functions[low].function == function else { return nil }
    let start = Int(functions[low].start)
    return String(decoding: bytes[start..<start + Int(functions[low].count)], as: UTF8.self)
  }
}

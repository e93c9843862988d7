import Entities

/// Names of the custom section `name`. Names are for people: a malformed section only yields fewer of them.
public struct Names: Sendable {
  /// Of the module, as a range of its bytes; empty if none.
  var module: Range<Int> = 0..<0
  /// Ascending by function.
  var functions: ContiguousArray<(function: FunctionIndex, start: UInt32, count: UInt32)> = []

  /// Complexity: O(log n).
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

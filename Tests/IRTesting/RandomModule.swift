import Entities
import IR

/// A few functions that call each other, directly and through references, and imports.
public struct RandomModule {
  public let shape: ModuleShape
  /// Behind the shape's imports, in order.
  public let functions: [Function]

  /// Up to six functions, most of them small enough to be inlined.
  public static func make(seed: UInt64) -> RandomModule {
    var random = Random(seed: seed)
    var shape = RandomFunction.shape
    let first = shape.functions.count
    let count = 2 + random.below(5)
    for _ in 0..<count {
      let signature = RandomFunction.signature(&random)
      let known = shape.signatures.ids.first { shape.signatures[$0] == signature }
      shape.functions.append(known ?? shape.signatures.append(signature))
    }
    let functions = (0..<count).map { position in
      let index = FunctionIndex(UInt32(first + position))
      let size = random.chance(70) ? 1 + random.below(5) : 20
      return RandomFunction.make(index, shape.signature(of: index), in: shape, size: size, &random)
    }
    return RandomModule(shape: shape, functions: functions)
  }
}

/// Where arguments and results of a function type lie at the border (docs/ABI.md, C8). A class, since every host call holds one.
final class CallLayout: Sendable {
  enum Place: Sendable, Equatable {
    /// By hardware number.
    case general(Int)
    case vector(Int)
    /// 16-byte cell of the transfer area.
    case cell(Int)
  }

  let type: FunctionType
  let arguments: [Place]
  let results: [Place]
  /// Cells of the transfer area that arguments or results need.
  let cells: Int

  private static let rax = 0
  private static let rdx = 2
  /// rdi, rsi, rdx, rcx, r8, r9.
  private static let argumentRegisters = [7, 6, 2, 1, 8, 9]

  init(_ type: FunctionType) {
    self.type = type
    let (arguments, argumentCells) = Self.places(of: type.parameters, general: Self.argumentRegisters, vectors: 8)
    let (results, resultCells) = Self.places(of: type.results, general: [Self.rax, Self.rdx], vectors: 2)
    self.arguments = arguments
    self.results = results
    cells = max(argumentCells, resultCells)
  }

  private static func places(of types: [ValueType], general: [Int], vectors: Int) -> ([Place], cells: Int) {
    var nextGeneral = 0
    var nextVector = 0
    var nextCell = 0
    let places = types.map { type in
      if type.isInVectorRegister {
        if nextVector < vectors {
          nextVector += 1
          return Place.vector(nextVector - 1)
        }
      } else if nextGeneral < general.count {
        nextGeneral += 1
        return Place.general(general[nextGeneral - 1])
      }
      nextCell += 1
      return Place.cell(nextCell - 1)
    }
    return (places, nextCell)
  }
}

extension ValueType {
  var isInVectorRegister: Bool { self == .f32 || self == .f64 || self == .v128 }
  /// Only the low 32 bits are the value.
  var isNarrow: Bool { self == .i32 || self == .f32 }
}

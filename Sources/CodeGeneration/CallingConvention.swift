import IR
import X86

/// Where arguments and results stand: ABI C8, used for all functions of a module; and, inside a module only, which
/// registers a function gives back as it found them. Whoever calls from outside expects nothing of registers.
public enum CallingConvention {
  static let integerArguments: [X86.Register] = [.rdi, .rsi, .rdx, .rcx, .r8, .r9]
  static let vectorArguments: [X86.Register] = (0..<8).map { .xmm($0) }
  static let integerResults: [X86.Register] = [.rax, .rdx]
  static let vectorResults: [X86.Register] = [.xmm(0), .xmm(1)]
  /// Of a function that returns one: 0, or the word of an exception, whose values stand in the first transfer cells.
  static let status: X86.Register = .rcx
  /// Gates destroy these like all others.
  static let calleeSaved: [X86.Register] = [.rbp, .r12, .r13, .r14]

  enum Place: Hashable, Sendable {
    case register(X86.Register)
    /// A cell of the transfer area.
    case cell(Int)
  }

  static func arguments(_ types: some Sequence<Type>) -> [Place] {
    places(types, integers: integerArguments, vectors: vectorArguments)
  }

  static func results(_ types: some Sequence<Type>) -> [Place] {
    places(types, integers: integerResults, vectors: vectorResults)
  }

  private static func places(
    _ types: some Sequence<Type>, integers: [X86.Register], vectors: [X86.Register]
  ) -> [Place] {
    var integerCount = 0
    var vectorCount = 0
    var cells = 0
    return types.map { type in
      if type.isInteger, integerCount < integers.count {
        integerCount += 1
        return .register(integers[integerCount - 1])
      }
      if !type.isInteger, vectorCount < vectors.count {
        vectorCount += 1
        return .register(vectors[vectorCount - 1])
      }
      cells += 1
      return .cell(cells - 1)
    }
  }

  /// The transfer cells a signature needs for arguments or results beyond the registers, in 16-byte cells.
  public static func transferCells(for signature: Signature) -> UInt32 {
    max(cells(arguments(signature.parameters)), cells(results(signature.results)))
  }

  private static func cells(_ places: [Place]) -> UInt32 {
    places.reduce(0) { count, place in
      if case .cell = place { return count + 1 }
      return count
    }
  }

  /// The transfer area's size for a module: the widest overflow over all its signatures.
  public static func transferCells(for module: ModuleShape) throws(CodeGenerationError) -> UInt32 {
    var widest: UInt32 = 0
    for signature in module.signatures.ids {
      let cells = transferCells(for: module.signatures[signature])
      if cells > 1000 { throw .tooManyArguments(signature) }
      widest = max(widest, cells)
    }
    for tag in module.exceptions?.tags.elements ?? [] {
      if tag.payload.count > 1000 { throw .tooManyArguments(tag.signature) }
      widest = max(widest, UInt32(tag.payload.count))
    }
    return widest
  }
}

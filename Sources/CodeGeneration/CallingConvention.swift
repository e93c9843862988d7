import IR

/// Where arguments and results stand: ABI C8, used for all functions of a module.
public enum CallingConvention {
  /// The transfer cells a signature needs for arguments or results beyond the registers, in 16-byte cells.
  public static func transferCells(for signature: Signature) -> UInt32 {
    max(
      overflow(signature.parameters, integers: 6, vectors: 8), overflow(signature.results, integers: 2, vectors: 2))
  }

  /// The transfer area's size for a module: the widest overflow over all its signatures.
  public static func transferCells(for module: ModuleShape) throws(CodeGenerationError) -> UInt32 {
    var widest: UInt32 = 0
    for signature in module.signatures.ids {
      let cells = transferCells(for: module.signatures[signature])
      if cells > 1000 { throw .tooManyArguments(signature) }
      widest = max(widest, cells)
    }
    return widest
  }

  private static func overflow(_ types: [Type], integers: Int, vectors: Int) -> UInt32 {
    let integerCount = types.lazy.filter(\.isInteger).count
    let vectorCount = types.count - integerCount
    return UInt32(max(0, integerCount - integers) + max(0, vectorCount - vectors))
  }
}

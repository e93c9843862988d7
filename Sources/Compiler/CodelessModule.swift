import Wasm

/// The module as a nexe carries it: without its code section, so that the runtime finds types, imports, exports, segments
/// and names in the form that its decoder already knows.
enum CodelessModule {
  static func bytes(of module: Module) -> [UInt8] {
    guard let code = module.codeSection else { return module.bytes }
    return Array(module.bytes[..<code.lowerBound]) + module.bytes[code.upperBound...]
  }
}

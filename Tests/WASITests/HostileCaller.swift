import Halite
import Testing

@testable import WASI

/// A sandbox whose exports call the functions of preview 1 with all 64 bits of every register and cell.
///
/// It is compiled from a module that imports the functions with 64-bit parameters only; then the types in the embedded module, which
/// no proof depends on, are changed into the true ones, so that the host takes these imports for what they are.
enum HostileCaller {
  static func nexe(_ model: MemoryModel) throws -> [UInt8] {
    var options = CompilerOptions()
    switch model {
    case .mask: options.memoryModel = .mask
    case .seg32: options.memoryModel = .seg32
    }
    var nexe = try Compiler.compile(module(importing: { _ in wide }), options: options).nexe
    let (claimed, real) = (types(importing: { _ in wide }), types(importing: { $0 }))
    let start = try #require(nexe.indices.first { nexe[$0...].starts(with: claimed) }, "the embedded module has the types")
    nexe.replaceSubrange(start..<start + real.count, with: real)
    return nexe
  }

  private static let (narrow, wide) = (UInt8(0x7f), UInt8(0x7e))

  private static func types(importing parameter: (UInt8) -> UInt8) -> [UInt8] {
    func type(_ function: PreviewOne.Function, _ parameter: (UInt8) -> UInt8) -> [UInt8] {
      let parameters = function.type.parameters.map { parameter($0 == .i32 ? narrow : wide) }
      return [0x60, UInt8(parameters.count)] + parameters + [UInt8(function.type.results.count)]
        + function.type.results.map { _ in narrow }
    }
    let functions = PreviewOne.functions
    return WasmBytes.section(1, functions.map { type($0, parameter) } + functions.map { type($0) { _ in wide } })
  }

  private static func module(importing parameter: (UInt8) -> UInt8) -> [UInt8] {
    let functions = PreviewOne.functions
    let count = functions.count
    let imports = functions.enumerated().map { WasmBytes.name(PreviewOne.module) + WasmBytes.name($1.name) + [0] + WasmBytes.number($0) }
    let exports = functions.enumerated().map { WasmBytes.name($1.name) + [0] + WasmBytes.number(count + $0) } + [WasmBytes.name("memory") + [2, 0]]
    let bodies = functions.enumerated().map { index, function in
      var body: [UInt8] = [0]
      for argument in function.type.parameters.indices { body += [0x20, UInt8(argument)] }
      body += [0x10] + WasmBytes.number(index) + [0x0b]
      return WasmBytes.number(body.count) + body
    }
    return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] + types(importing: parameter) + WasmBytes.section(2, imports)
      + WasmBytes.section(3, functions.indices.map { WasmBytes.number(count + $0) }) + WasmBytes.section(5, [[0, 16]]) + WasmBytes.section(7, exports)
      + WasmBytes.section(10, bodies)
  }
}

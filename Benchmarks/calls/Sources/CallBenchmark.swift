import Glibc
import Halite

/// What crossing the border costs, and how many sandboxes one process holds. usage: call-benchmark calls.wasm [COUNT]
@main
struct CallBenchmark {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2 else {
      print("usage: call-benchmark calls.wasm [COUNT]")
      exit(2)
    }
    let wasm = try bytes(of: arguments[1])
    let count = arguments.count > 2 ? Int(arguments[2]) ?? 10_000 : 10_000
    print("nanoseconds of processor time, medians of 9\n")
    print("| | mask | seg32 |\n|---|---:|---:|")
    let columns = try Model.allCases.map { try Crossings(wasm, $0).rows() }
    for (left, right) in zip(columns[0], columns[1]) {
      print("| \(left.what) |\(column(left.time, width: 8)) |\(column(right.time, width: 8)) |")
    }
    print()
    for model in Model.allCases { try Density(wasm, model).report(count) }
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else {
      print("cannot read \(path)")
      exit(1)
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
  }
}

enum Model: CaseIterable {
  case mask, seg32

  var options: CompilerOptions {
    var options = CompilerOptions()
    switch self {
    case .mask: options.memoryModel = .mask
    case .seg32: options.memoryModel = .seg32
    }
    return options
  }
}

/// An engine for many small sandboxes, the module, and the host function that it imports.
struct Program {
  let module: Module
  let linker: Linker

  init(_ wasm: [UInt8], _ model: Model) throws {
    var configuration = Configuration()
    configuration.exportedMemoryReservation = 0
    configuration.stackSize = 64 << 10
    let engine = Engine(configuration: configuration)
    module = try Module(wasm: wasm, engine: engine, options: model.options)
    var linker = Linker(engine: engine)
    linker.define(module: "host", name: "add", type: FunctionType(parameters: [.i32, .i32], results: [.i32])) { call in
      call.setResult(0, call.u32(0) &+ call.u32(1))
    }
    self.linker = linker
  }
}

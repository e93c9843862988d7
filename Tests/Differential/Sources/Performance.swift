import Foundation
import Halite
import Synchronization

/// One module's run, as lines that `oracle.py` writes in the same words: what instantiation, each call and each call of a
/// host function gave, and the state that is left.
struct Performance {
  private let log = Log()
  private let request: Request
  private let engine: Engine

  static func transcript(of request: Request, engine: Engine) -> [String] {
    let performance = Performance(request: request, engine: engine)
    performance.run()
    return performance.log.lines.withLock { $0 }
  }

  private init(request: Request, engine: Engine) {
    self.request = request
    self.engine = engine
  }

  private func run() {
    do {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: request.path)))
      let module = try Module(wasm: bytes, engine: engine, options: request.options)
      let instance = try linker(for: module).instantiate(module)
      log.add("instantiated")
      for call in request.calls { perform(call, in: instance) }
      for export in module.exports {
        if let value = instance.export(export.name) { try show(value) }
      }
    } catch let trap as Trap {
      log.add("trap: \(trap.reason)")
    } catch is WasmException {
      log.add("exception")
    } catch {
      log.add("error: \(error)")
    }
  }

  private func perform(_ call: Request.Call, in instance: Instance) {
    do {
      let results = try instance.call(call.function, call.arguments.map(Spelling.value))
      log.add((["returned"] + results.map(Spelling.text)).joined(separator: " "))
    } catch let trap as Trap {
      log.add("trap: \(trap.reason)")
    } catch is WasmException {
      log.add("exception")
    } catch {
      log.add("error: \(error)")
    }
  }

  private func show(_ value: Extern) throws {
    switch value {
    case .function, .tag: return
    case .global(let global): log.add("global \(Spelling.text(try global.value))")
    case .memory(let memory):
      let size = memory.guest.size
      log.add("memory \(size) \(Checksum.crc32(try memory.guest.read(at: 0, count: size)))")
    case .table(let table):
      let nulls = try (0..<table.count).map { Spelling.isNull(try table.get($0)) ? "0" : "1" }.joined()
      log.add("table \(nulls)")
    }
  }

  /// Host functions log their arguments and return numbers that depend on how often the host was called.
  private func linker(for module: Module) -> Linker {
    var linker = Linker(engine: engine)
    for entry in module.imports {
      guard case .function(let type) = entry.type else { continue }
      linker.define(module: entry.module, name: entry.name, type: type) { [log] call in
        let arguments = try type.parameters.indices.map { Spelling.text(try call.value($0)) }
        let count = log.add((["host \(entry.name)"] + arguments).joined(separator: " "))
        for (index, result) in type.results.enumerated() {
          call.setResult(index, Spelling.hostResult(result, call: count, index: index))
        }
      }
    }
    return linker
  }
}

/// Lines, in order; host functions add theirs from within a call.
private final class Log: Sendable {
  let lines = Mutex<[String]>([])

  /// Returns how many lines there are now.
  @discardableResult
  func add(_ line: String) -> Int {
    lines.withLock {
      $0.append(line)
      return $0.count
    }
  }
}

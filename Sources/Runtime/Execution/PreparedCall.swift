import CSandbox

/// Plain calls of one function, whose arguments the caller writes as words where they belong: what `TypedFunction` is made of.
@usableFromInline
final class PreparedCall {
  /// A call that has begun, on the thread that has claimed the store: `run` must follow.
  @usableFromInline
  struct Entry {
    let execution: Execution
    unowned(unsafe) let outer: Execution?
    @usableFromInline let record: UnsafeMutableRawPointer
  }

  private let store: Store
  private let function: WasmFunction
  /// The function's: the store keeps it.
  private unowned(unsafe) let instance: InstanceBody
  private let code: UInt64
  /// Used again by each call that is not within another one of this function.
  private let execution: Execution
  /// By argument: its offset in the activation's record, or the complement of its offset from cell 0.
  @usableFromInline let places: [Int]
  @usableFromInline let cells: UnsafeMutableRawPointer
  /// Offset of the result in the activation's record; nil if there is none.
  private let result: Int?

  init(_ function: WasmFunction, store: Store) {
    self.store = store
    self.function = function
    instance = function.instance
    code = instance.codeAddress(ofFunction: function.index)
    execution = Execution(preparedFor: function, store: store)
    let layout = FunctionTarget.wasm(function).layout
    places = layout.arguments.map(\.offset)
    cells = instance.transferCells
    result = layout.results.first?.offset
  }

  /// Throws `CallError` or a trap; nothing runs yet.
  @usableFromInline
  func enter() throws -> Entry {
    guard store.claim() else { throw CallError.busy }
    let execution = execution.state == .ready ? execution : Execution(preparedFor: function, store: store)
    let outer: Execution?
    do { outer = try execution.enter() } catch {
      store.release()
      throw error
    }
    do {
      let activation = try execution.push(on: instance, function.index, code: code)
      return Entry(execution: execution, outer: outer, record: UnsafeMutableRawPointer(activation.state))
    } catch {
      throw fail(execution, outer, error)
    }
  }

  /// Writes argument `index` and goes on to the next. The upper half of a cell is cleared; the record is all zero.
  @inlinable
  func set(_ word: UInt64, at index: inout Int, in entry: Entry) {
    let place = places[index]
    index += 1
    if place >= 0 {
      entry.record.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
    } else {
      cells.storeBytes(of: SIMD2(word, 0), toByteOffset: ~place, as: SIMD2<UInt64>.self)
    }
  }

  /// The result's word, 0 if there is none.
  @usableFromInline
  func run(_ entry: Entry) throws -> UInt64 {
    let execution = entry.execution
    do {
      guard try execution.loop() != nil else { preconditionFailure("a plain call never suspends") }
    } catch {
      throw fail(execution, entry.outer, error)
    }
    let word = result.map { entry.record.load(fromByteOffset: $0, as: UInt64.self) } ?? 0
    execution.end(.ready)
    execution.leave(to: entry.outer)
    store.release()
    return word
  }

  private func fail(_ execution: Execution, _ outer: Execution?, _ error: any Error) -> any Error {
    let result = execution.unwound(by: error)
    execution.makeReady()
    execution.leave(to: outer)
    store.release()
    return result
  }
}

extension CallLayout.Place {
  fileprivate var offset: Int {
    switch self {
    case .general(let number): 8 * number
    case .vector(let number): 128 + 16 * number
    case .cell(let index): ~(16 * index)
    }
  }
}

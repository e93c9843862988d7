import CSandbox
import Entities
import NaClValidator

/// What HOSTCALL's eax asks for instead of an imported function (docs/NEXE.md, "Gates").
enum ExceptionService: UInt32 {
  /// rdi: an exception's word, its values in the transfer area; rax: a reference.
  case box = 0x8000_0000
  /// rdi: a reference; rax: the exception's word, its values in the transfer area.
  case unbox = 0x8000_0001
}

/// Exceptions at the border of a sandbox. An exception of a tag that the instance knows is the tag's word, with its
/// values in the transfer area; any other is a reference's word, and its values stay with the host.
extension InstanceBody {
  /// The word of a tag: imports of the same tag share the first one's.
  func tagWord(_ index: Int) -> UInt64 {
    let tag = tags[index]
    return UInt64(tags.firstIndex { $0 === tag } ?? index) + 1
  }

  func serve(_ service: ExceptionService, _ activation: Activation) throws {
    // Only then is the transfer area known to have room for what tags carry.
    guard verified.returnsStatus else { throw Trap(.invalidGateCall("exceptions in a module that has none")) }
    let argument = activation.state.pointee.gpr.7
    let border = activation.border
    let result: UInt64
    switch service {
    case .box: result = try word(of: exception(argument, border))
    case .unbox:
      guard case .exception(let exception) = try decode(argument, as: .exnref) else { throw Trap(.nullReference) }
      result = try deliver(exception, border)
    }
    activation.clearResults()
    activation.state.pointee.gpr.0 = result
  }

  /// The exception that a status, or the argument of a service, stands for. The sandbox may say anything.
  func exception(_ word: UInt64, _ border: Border) throws -> ExceptionBody {
    if ExceptionTable.isWord(word) {
      guard let exception = exceptions[word] else { throw Trap(.invalidGateCall("unknown exception")) }
      return exception
    }
    guard word >= 1, word <= UInt64(tags.count) else { throw Trap(.invalidGateCall("tag \(word)")) }
    let tag = tags[Int(word) - 1]
    let arguments = try tag.type.parameters.enumerated().map { position, type in
      let bits = border.bits(.cell(position), type)
      return type.isReference ? ExceptionBody.Argument.reference(try decode(bits[0], as: type)) : .bits(bits)
    }
    return ExceptionBody(tag: tag, arguments: arguments)
  }

  /// Puts an exception's values into the transfer area, if the instance knows its tag; its word.
  func deliver(_ exception: ExceptionBody, _ border: Border) throws -> UInt64 {
    guard let index = tags.firstIndex(where: { $0 === exception.tag }) else { return try word(of: exception) }
    for (position, argument) in exception.arguments.enumerated() {
      switch argument {
      case .bits(let bits): border.set(.cell(position), bits)
      case .reference(let reference): border.set(.cell(position), SIMD2(try encode(reference), 0))
      }
    }
    return UInt64(index) + 1
  }

  /// The word of a reference to the exception.
  func word(of exception: ExceptionBody) throws(Trap) -> UInt64 {
    if let word = exceptions.known(exception, gate: store.gateCount) { return word }
    if exceptions.isDue { collectExceptions() }
    guard exceptions.count < store.engine.configuration.maximumReferences else {
      throw Trap(.host("too many exceptions"))
    }
    return exceptions.add(exception, gate: store.gateCount)
  }

  // MARK: Collection

  /// Forgets the exceptions whose words are nowhere a sandbox can have them: on its stack, in the registers that its
  /// activations saved, in the transfer area, and in globals and tables of such references. Anything there that looks
  /// like a word keeps its exception.
  private func collectExceptions() {
    var live = Set<UInt64>()
    func look(at start: UnsafePointer<UInt64>, _ count: Int) {
      for position in 0..<count where exceptions.contains(start[position]) { live.insert(start[position]) }
    }
    if let top, let stack = UnsafePointer<UInt64>(bitPattern: UInt(top.state.pointee.gpr.4)) {
      look(at: stack, Int(slot.stackTop - top.state.pointee.gpr.4) / 8)
    }
    var activation = top
    while let current = activation {
      look(at: halite_gpr(current.state), 16)
      activation = current.below
    }
    look(at: transferCells.assumingMemoryBound(to: UInt64.self), 2 * verified.context.transferCells)
    let wasm = module.metadata.wasm
    for (index, global) in wasm.globals.elements.enumerated() where global.type.isException {
      if let offset = verified.context.globalCells[index] { look(at: word(offset), 1) }
    }
    for (index, table) in wasm.tables.elements.enumerated() where table.element.heapType.isException {
      look(at: tableWords[index], Int(tableCount(index)))
    }
    exceptions.keep(live, gate: store.gateCount)
  }
}

import CSandbox

/// The host's record of one entry into a sandbox: saved registers and where it goes when it returns. In host memory;
/// the sandbox never sees it.
///
/// A handle without reference counts, since every call has one: the instance owns the records, those on its stack and those that wait to be
/// used again.
struct Activation: Equatable {
  private struct Record {
    /// Comes first: for C it is all of the record.
    var registers = halite_activation()
    unowned(unsafe) let instance: InstanceBody
    unowned(unsafe) var execution: Execution?
    var function = 0
    var below: Activation?
    var isSuspended = false
    var bulkProgress: UInt64 = 0
  }

  private let record: UnsafeMutablePointer<Record>

  private init(instance: InstanceBody) {
    record = .allocate(capacity: 1)
    record.initialize(to: Record(instance: instance))
  }

  /// The activation whose registers C knows.
  init(_ registers: UnsafeMutablePointer<halite_activation>) {
    record = UnsafeMutableRawPointer(registers).assumingMemoryBound(to: Record.self)
  }

  /// For the instance, when nothing refers to it any more.
  func free() { record.deallocate() }

  var state: UnsafeMutablePointer<halite_activation> {
    UnsafeMutableRawPointer(record).assumingMemoryBound(to: halite_activation.self)
  }
  var instance: InstanceBody { record.pointee.instance }
  /// Whose stack of activations it is on.
  var execution: Execution? { record.pointee.execution }
  /// The function that was called.
  var function: Int { record.pointee.function }
  /// The activation below it on the same stack.
  var below: Activation? { record.pointee.below }
  /// Whether it may not be entered above: its execution is suspended.
  var isSuspended: Bool {
    get { record.pointee.isSuspended }
    nonmutating set { record.pointee.isSuspended = newValue }
  }
  /// Bytes or elements that the operation at whose gate the activation stands has moved, if it was suspended in between (docs/ABI.md, P3).
  var bulkProgress: UInt64 {
    get { record.pointee.bulkProgress }
    nonmutating set { record.pointee.bulkProgress = newValue }
  }

  /// Puts a new activation of `function`, whose code is at `code`, on top of the instance's stack. Arguments are to be written into `state` next.
  ///
  /// Its stack begins below the youngest activation's, which stands at a gate: rule S4 budgets for that.
  static func push(
    on instance: InstanceBody, function: Int, code: UInt64? = nil, of execution: Execution? = nil
  ) -> Activation {
    let activation = instance.spareActivations.popLast() ?? Activation(instance: instance)
    let record = activation.record
    let top = instance.top?.state.pointee.gpr.4 ?? instance.slot.stackTop
    record.pointee.registers = halite_activation()
    halite_prepare(
      activation.state, code ?? instance.codeAddress(ofFunction: function), top,
      UInt64(UInt(bitPattern: instance.slot.origin)), instance.segmentBase, instance.usesSegment)
    record.pointee.registers.memories = UnsafePointer(instance.memoryTable)
    record.pointee.registers.memory_count = UInt64(instance.memories.count)
    if execution != nil { record.pointee.registers.host_call = serveHostCallAtOnce }
    record.pointee.execution = execution
    record.pointee.function = function
    record.pointee.below = instance.top
    instance.top = activation
    return activation
  }

  /// Takes the activation off its stack: it has returned, or will never run again. Clears its return word, a host
  /// address.
  func discard() {
    let instance = instance
    precondition(instance.top == self, "activations of a stack end youngest first (docs/ABI.md, R3)")
    halite_finish(state)
    instance.top = below
    record.pointee.below = nil
    record.pointee.execution = nil
    isSuspended = false
    bulkProgress = 0
    if instance.spareActivations.count < 4 { instance.spareActivations.append(self) } else { free() }
  }

  var layout: CallLayout { instance.module.layout(ofFunction: function) }

  /// Registers and transfer area, to read or write a call's values.
  var border: Border {
    Border(registers: state, cells: instance.transferCells, instance: instance)
  }

  /// The exception status (docs/ABI.md, C8).
  var status: UInt64 {
    get { state.pointee.gpr.1 }
    nonmutating set { state.pointee.gpr.1 = newValue }
  }

  func clearResults() {
    state.pointee.gpr.0 = 0
    state.pointee.gpr.1 = 0
    state.pointee.gpr.2 = 0
    for index in 0..<4 { halite_xmm(state)[index] = 0 }
  }
}

import CSandbox

/// The host's record of one entry into a sandbox: saved registers and where it goes when it returns. In host memory;
/// the sandbox never sees it.
final class Activation {
  unowned let instance: InstanceBody
  let state: UnsafeMutablePointer<halite_activation>
  /// The function that was called.
  private(set) var function = 0
  /// The activation below it on the same stack.
  private(set) var below: Activation?
  /// Whether it may not be entered above: its execution is suspended.
  var isSuspended = false
  /// Bytes that the operation at whose gate the activation stands has moved, if it was suspended in between (docs/ABI.md, P3).
  var bulkProgress: UInt64 = 0

  init(instance: InstanceBody) {
    self.instance = instance
    state = .allocate(capacity: 1)
    state.initialize(to: halite_activation())
  }

  deinit { state.deallocate() }

  /// Puts a new activation of `function` on top of the instance's stack. Arguments are to be written into `state` next.
  ///
  /// Its stack begins below the youngest activation's, which stands at a gate: rule S4 budgets for that.
  static func push(on instance: InstanceBody, function: Int) -> Activation {
    let activation = instance.spareActivations.popLast() ?? Activation(instance: instance)
    let top = instance.top?.state.pointee.gpr.4 ?? instance.slot.stackTop
    activation.state.pointee = halite_activation()
    let memoryBase = instance.memories.first?.base ?? instance.slot.origin
    halite_prepare(
      activation.state, instance.codeAddress(ofFunction: function), top,
      UInt64(UInt(bitPattern: instance.slot.origin)), UInt64(UInt(bitPattern: memoryBase)),
      instance.verified.model == .seg32)
    activation.function = function
    activation.below = instance.top
    instance.top = activation
    return activation
  }

  /// Takes the activation off its stack: it has returned, or will never run again. Clears its return word, a host
  /// address.
  func discard() {
    precondition(instance.top === self, "activations of a stack end youngest first (docs/ABI.md, R3)")
    halite_finish(state)
    instance.top = below
    below = nil
    isSuspended = false
    bulkProgress = 0
    if instance.spareActivations.count < 4 { instance.spareActivations.append(self) }
  }

  var layout: CallLayout { instance.module.layout(ofFunction: function) }

  /// Registers and transfer area, to read or write a call's values.
  var border: Border {
    Border(registers: state, cells: instance.transferCells, instance: instance)
  }

  /// The exception status (docs/ABI.md, C8).
  var status: UInt64 {
    get { state.pointee.gpr.1 }
    set { state.pointee.gpr.1 = newValue }
  }

  func clearResults() {
    state.pointee.gpr.0 = 0
    state.pointee.gpr.1 = 0
    state.pointee.gpr.2 = 0
    for index in 0..<4 { halite_xmm(state)[index] = 0 }
  }
}

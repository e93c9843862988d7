import RegisterAllocation
import X86

// The names that more than one of the imported modules has, as this module means them.
typealias MachineOpcode = X86.Opcode
typealias MachineRegister = X86.Register
typealias AllocationClass = RegisterAllocation.RegisterClass
typealias AllocationSet = RegisterAllocation.RegisterSet

extension X86.Register {
  static let scratch = X86.Register.r11
  static let vectorScratch = X86.Register.xmm(15)

  init(_ register: PhysicalRegister) {
    self = register.registerClass == .general ? .general(register.number) : .xmm(register.number)
  }
}

extension PhysicalRegister {
  init(_ register: X86.Register) {
    self.init(register.physicalClass == .general ? .general : .vector, Int(register.number))
  }
}

extension VirtualRegister {
  init(_ register: X86.Register) { self.init(index: register.virtualNumber) }
}

extension RegisterEnvironment {
  /// rsp and r15 are the sandbox's (rule S3); r11 and xmm15 carry moves. Registers without a role in calls come behind
  /// the others, so that arguments find their registers free, callee-saved ones last; those that need no REX prefix come
  /// first among equals. rbx is not callee-saved: an indirect tail call with six integer arguments needs it.
  static let sandbox = RegisterEnvironment(
    general: [
      .rax, .rcx, .rdx, .rsi, .rdi, .rbx, .r8, .r9, .r10, .rbp, .r12, .r13, .r14,
    ].map { PhysicalRegister($0) },
    vector: (0..<15).map { PhysicalRegister(.vector, $0) },
    generalScratch: PhysicalRegister(.scratch), vectorScratch: PhysicalRegister(.vectorScratch),
    calleeSaved: AllocationSet(CallingConvention.calleeSaved.map { PhysicalRegister($0) }))

  /// What a gate leaves undefined: everything (docs/ABI.md, R1).
  static let gateClobbers = AllocationSet(sandbox.general + sandbox.vector)
  /// What a call of a function does: all but the callee-saved registers.
  static let callClobbers = AllocationSet(bits: gateClobbers.bits & ~sandbox.calleeSaved.bits)
}

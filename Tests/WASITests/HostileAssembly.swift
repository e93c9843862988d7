import Halite
import Testing

@testable import WASI

/// A nexe written by hand, that no compiler had a part in: it calls WASI by itself, over and over, with arguments out of its memory
/// and from its own generator. It passes real addresses of the host where numbers are expected, leaves whatever there is in every other
/// register, and asks for functions that it does not import.
///
/// Its export is `attack(seed: i64, calls: i64)`.
enum HostileAssembly {
  /// Of the memory, in wasm pages. What lies beyond 1 MiB is the attacker's own.
  static let pages = 32
  /// `recordCount` records of 128 bytes: function index, 9 arguments.
  static let records: UInt64 = 1 << 20
  static let recordSize: UInt64 = 128
  static let recordCount: UInt64 = 4096
  /// How many calls returned, a word for each low byte of the answer.
  static let answers: UInt64 = 3 << 19

  static func nexe(_ model: MemoryModel) throws -> [UInt8] {
    var builder = NexeBuilder(model: model == .seg32 ? .seg32 : .mask(k: 21)).function("attack", attack).function("thunk", "HALT")
    builder.importedFunctionCount = UInt32(PreviewOne.functions.count)
    builder.wasmFunctions = PreviewOne.functions.map { _ in "thunk" } + ["attack"]
    builder.module = WasmBytes.module(
      types: PreviewOne.functions.map(\.type) + [FunctionType(parameters: [.i64, .i64], results: [])],
      imports: PreviewOne.functions.enumerated().map { (PreviewOne.module, $1.name, $0) },
      functions: [PreviewOne.functions.count], pages: pages, exports: [("attack", PreviewOne.functions.count)])
    return try builder.build().bytes
  }

  /// Writes the records: random calls, as `FuzzCaller` makes them, with the paths and lists that they need.
  static func prepare(_ memory: GuestMemory, seed: UInt64) throws {
    var next = records
    var caller = FuzzCaller(memory: memory, random: SplitMix(state: seed)) { function, arguments, _ in
      let index = PreviewOne.functions.firstIndex { $0.name == function.name } ?? 0
      try memory.store(UInt64(index), at: next)
      for (position, argument) in arguments.enumerated() { try memory.store(argument, at: next + 8 * UInt64(position + 1)) }
      return .success
    }
    for _ in 0..<recordCount {
      _ = caller.call()
      next += recordSize
    }
  }

  /// How many calls gave each answer since the last time, as the memory says.
  static func takeAnswers(_ memory: GuestMemory) throws -> [Int] {
    let bytes = try memory.read(at: answers, count: 1024)
    try memory.write([UInt8](repeating: 0, count: 1024), at: answers)
    return (0..<256).map { Int(bytes.integer(UInt32.self, at: 4 * $0)) }
  }

  private static let attack = """
    POLL start
    sub rsp, 24
    mov qword ptr [rsp], rdi
    mov qword ptr [rsp + 8], rsi
    POLL next
    mov r11, qword ptr [rsp]
    movabs rbx, 6364136223846793005
    imul r11, rbx
    add r11, 1442695
    mov qword ptr [rsp], r11
    mov rbx, r11
    shr rbx, 40
    and ebx, \((recordCount - 1) * recordSize)
    mov rax, qword ptr [r15 + rbx + \(records + 56)]
    mov qword ptr [r15 + XFER0], rax
    mov rax, qword ptr [r15 + rbx + \(records + 64)]
    mov qword ptr [r15 + XFER1], rax
    mov rax, qword ptr [r15 + rbx + \(records + 72)]
    mov qword ptr [r15 + XFER2], rax
    mov rdi, qword ptr [r15 + rbx + \(records + 8)]
    mov rsi, qword ptr [r15 + rbx + \(records + 16)]
    mov rdx, qword ptr [r15 + rbx + \(records + 24)]
    mov rcx, qword ptr [r15 + rbx + \(records + 32)]
    mov r8, qword ptr [r15 + rbx + \(records + 40)]
    mov r9, qword ptr [r15 + rbx + \(records + 48)]
    mov eax, dword ptr [r15 + rbx + \(records)]
    mov r10, qword ptr [r15 + MBASE0]
    mov rbp, r11
    shr rbp, 8
    test ebp, 0x3f
    cmove rsi, r10
    test ebp, 0xfc0
    cmove rdx, r11
    test ebp, 0x3f000
    cmove rdi, r10
    test ebp, 0xff00000
    cmove eax, ebp
    movq xmm0, r11
    movq xmm7, r10
    call qword ptr [r15 + HOSTCALL]
    movzx eax, al
    add dword ptr [r15 + rax*4 + \(answers)], 1
    sub qword ptr [rsp + 8], 1
    jne next
    add rsp, 24
    ret
    SLOW start
    SLOW next
    """
}

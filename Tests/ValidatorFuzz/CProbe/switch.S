// Into hostile code and back. One thread, so the state is a global that text cannot name: it is further away than any
// displacement from r15, rsp or rip reaches.

#define GPR(number) (8 * (number))
#define XMM(number) (128 + 16 * (number))
#define RIP 384
#define FLAGS 392
#define GS_BASE 400
#define USES_GS 408
#define MXCSR 412
#define STOP 416

  .intel_syntax noprefix
  .text

// void probe_enter(void): loads probe_state, jumps to its rip, comes back with the state of the next gate or return.
  .globl probe_enter
probe_enter:
  push rbx
  push rbp
  push r12
  push r13
  push r14
  push r15
  sub rsp, 8
  mov [rip + host_rsp], rsp
  cmp dword ptr [rip + probe_state + USES_GS], 0
  je 1f
  mov rax, [rip + probe_state + GS_BASE]
  wrgsbase rax
1:
  ldmxcsr [rip + sandbox_mxcsr]
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups xmm\n, [rip + probe_state + XMM(\n)]
  .endr
  mov rax, [rip + probe_state + GPR(0)]
  mov rcx, [rip + probe_state + GPR(1)]
  mov rdx, [rip + probe_state + GPR(2)]
  mov rbx, [rip + probe_state + GPR(3)]
  mov rbp, [rip + probe_state + GPR(5)]
  mov rsi, [rip + probe_state + GPR(6)]
  mov rdi, [rip + probe_state + GPR(7)]
  mov r8, [rip + probe_state + GPR(8)]
  mov r9, [rip + probe_state + GPR(9)]
  mov r10, [rip + probe_state + GPR(10)]
  mov r11, [rip + probe_state + GPR(11)]
  mov r12, [rip + probe_state + GPR(12)]
  mov r13, [rip + probe_state + GPR(13)]
  mov r14, [rip + probe_state + GPR(14)]
  mov r15, [rip + probe_state + GPR(15)]
  // The trap flag, if set, bites behind the next instruction: the handler knows these two.
  push qword ptr [rip + probe_state + FLAGS]
  popfq
  .globl probe_entering
probe_entering:
  mov rsp, [rip + probe_state + GPR(4)]
  jmp [rip + probe_state + RIP]

  .globl probe_gate_stubs
  .p2align 4
probe_gate_stubs:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  .p2align 4
  mov dword ptr [rip + probe_state + STOP], \n
  jmp leave
  .endr
  .p2align 4
  .globl probe_return_stub
probe_return_stub:
  mov dword ptr [rip + probe_state + STOP], 16
leave:
  mov [rip + probe_state + GPR(0)], rax
  mov [rip + probe_state + GPR(1)], rcx
  mov [rip + probe_state + GPR(2)], rdx
  mov [rip + probe_state + GPR(3)], rbx
  mov [rip + probe_state + GPR(4)], rsp
  mov [rip + probe_state + GPR(5)], rbp
  mov [rip + probe_state + GPR(6)], rsi
  mov [rip + probe_state + GPR(7)], rdi
  mov [rip + probe_state + GPR(8)], r8
  mov [rip + probe_state + GPR(9)], r9
  mov [rip + probe_state + GPR(10)], r10
  mov [rip + probe_state + GPR(11)], r11
  mov [rip + probe_state + GPR(12)], r12
  mov [rip + probe_state + GPR(13)], r13
  mov [rip + probe_state + GPR(14)], r14
  mov [rip + probe_state + GPR(15)], r15
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups [rip + probe_state + XMM(\n)], xmm\n
  .endr
  mov rsp, [rip + host_rsp]
  pushfq
  pop qword ptr [rip + probe_state + FLAGS]
  push 0x202
  popfq
  stmxcsr [rip + probe_state + MXCSR]
  ldmxcsr [rip + sandbox_mxcsr]
  rdgsbase rax
  mov [rip + probe_state + GS_BASE], rax
  xor eax, eax
  wrgsbase rax
  add rsp, 8
  pop r15
  pop r14
  pop r13
  pop r12
  pop rbp
  pop rbx
  ret

  .data
  .p2align 3
host_rsp: .quad 0
sandbox_mxcsr: .long 0x1F80

  .section .note.GNU-stack, "", @progbits

// The switch between host and sandbox (docs/ABI.md, R1 and S3; docs/RUNTIME.md has the picture).
//
// Rules kept here:
//  - Into the sandbox: DF clear, MXCSR 0x1F80, the base of gs written; every general and vector register zero but rsp,
//    r15 and what is loaded on purpose. Only behind INTERRUPT all registers come back as they were (upper vector halves
//    zero). Behind a memory gate that memory_gates.c has served MXCSR and gs.base are as the same sandbox left them.
//  - One lfence stands between the branches that choose the state and the first sandbox instruction: a mispredicted
//    branch must not run sandbox code with another tenant's gs or with the host's registers.
//  - No host address stays on the sandbox's stack but the return word of a running activation, cleared on the way out.
//  - At most 16 bytes of the sandbox's stack are used besides a gate's own return word (the limit is 64).

#define GPR(number) (8 * (number))
#define XMM(number) (128 + 16 * (number))
#define HOST_RSP 384
#define GS_BASE 392
#define HOST_GS_BASE 400
#define USES_GS 408
#define HAS_AVX 412
#define MODE 416
#define GATE 420
#define OUTER 424
#define ENTRY_RSP 432
#define HOST_CALL 456

#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3
#define RSP 4
#define RBP 5
#define RSI 6
#define RDI 7

#define MODE_BEGIN 0
#define MODE_AFTER_GATE 1
#define MODE_AFTER_INTERRUPT 2
#define RETURNED 16
#define HOSTCALL 2
#define MEMORY_FILL 5
#define MEMORY_COPY 6

  .intel_syntax noprefix
  .text

// All gates but INTERRUPT destroy every register but rsp and r15, so rbx and r11 are free; r11 brings the number.
  .macro save_call
  mov rbx, halite_current@gottpoff[rip]
  mov rbx, fs:[rbx]
  mov [rbx + GPR(RAX)], rax
  mov [rbx + GPR(RCX)], rcx
  mov [rbx + GPR(RDX)], rdx
  mov [rbx + GPR(RSI)], rsi
  mov [rbx + GPR(RDI)], rdi
  mov [rbx + GPR(8)], r8
  mov [rbx + GPR(9)], r9
  mov [rbx + GPR(10)], r10
  mov [rbx + GPR(RSP)], rsp
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7
  movups [rbx + XMM(\n)], xmm\n
  .endr
  mov dword ptr [rbx + MODE], MODE_AFTER_GATE
  mov [rbx + GATE], r11d
  .endm

// uint32_t halite_switch(halite_activation *activation)
  .globl halite_switch
  .hidden halite_switch
  .type halite_switch, @function
  .p2align 4
halite_switch:
  .cfi_startproc
  push rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset rbx, 0
  push rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset rbp, 0
  push r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r12, 0
  push r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r13, 0
  push r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r14, 0
  push r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r15, 0
  sub rsp, 8
  .cfi_adjust_cfa_offset 8
  stmxcsr [rsp]
  mov [rdi + HOST_RSP], rsp

  mov rax, halite_current@gottpoff[rip]
  mov rcx, fs:[rax]
  mov [rdi + OUTER], rcx
  mov fs:[rax], rdi

enter_sandbox:
  cmp dword ptr [rdi + USES_GS], 0
  je 1f
  rdgsbase rax
  mov [rdi + HOST_GS_BASE], rax
  mov rax, [rdi + GS_BASE]
  wrgsbase rax
1:
  ldmxcsr sandbox_mxcsr[rip]
  cld
  cmp dword ptr [rdi + HAS_AVX], 0
  je 2f
  vzeroall
  jmp 3f
2:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  pxor xmm\n, xmm\n
  .endr
3:
  mov rsp, [rdi + GPR(RSP)]
  mov r15, [rdi + GPR(15)]
  mov eax, [rdi + MODE]
  cmp eax, MODE_AFTER_INTERRUPT
  je 5f
  xor ebx, ebx
  xor ebp, ebp
  xor r10d, r10d
  xor r11d, r11d
  xor r12d, r12d
  xor r13d, r13d
  xor r14d, r14d
  mov rdx, [rdi + GPR(RDX)]
  movups xmm0, [rdi + XMM(0)]
  movups xmm1, [rdi + XMM(1)]
  cmp eax, MODE_AFTER_GATE
  je 4f

  // Begin: the arguments of C8; rax is zero.
  mov rcx, [rdi + GPR(RCX)]
  mov rsi, [rdi + GPR(RSI)]
  mov r8, [rdi + GPR(8)]
  mov r9, [rdi + GPR(9)]
  .irp n, 2, 3, 4, 5, 6, 7
  movups xmm\n, [rdi + XMM(\n)]
  .endr
  xor eax, eax
  mov rdi, [rdi + GPR(RDI)]
  lfence
  // The target is the word that halite_prepare put below the return word, which this call writes: so the processor
  // foresees the sandbox's `ret`, and behind it ours.
  .cfi_remember_state
  .cfi_undefined rip
  call [rsp - 16]
  mov rbx, halite_current@gottpoff[rip]
  mov rbx, fs:[rbx]
  mov [rbx + GPR(RAX)], rax
  mov [rbx + GPR(RCX)], rcx
  mov [rbx + GPR(RDX)], rdx
  movups [rbx + XMM(0)], xmm0
  movups [rbx + XMM(1)], xmm1
  mov rcx, [rbx + ENTRY_RSP]
  mov qword ptr [rcx], 0
  mov dword ptr [rbx + GATE], RETURNED
  jmp leave_sandbox
  .cfi_restore_state

4:  // Behind a gate: its results, and the exception status.
  mov rax, [rdi + GPR(RAX)]
  mov rcx, [rdi + GPR(RCX)]
  xor esi, esi
  xor r8d, r8d
  xor r9d, r9d
  xor edi, edi
  lfence
  ret

5:  // Behind INTERRUPT: everything.
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups xmm\n, [rdi + XMM(\n)]
  .endr
  mov rax, [rdi + GPR(RAX)]
  mov rcx, [rdi + GPR(RCX)]
  mov rdx, [rdi + GPR(RDX)]
  mov rbx, [rdi + GPR(RBX)]
  mov rbp, [rdi + GPR(RBP)]
  mov rsi, [rdi + GPR(RSI)]
  mov r8, [rdi + GPR(8)]
  mov r9, [rdi + GPR(9)]
  mov r10, [rdi + GPR(10)]
  mov r11, [rdi + GPR(11)]
  mov r12, [rdi + GPR(12)]
  mov r13, [rdi + GPR(13)]
  mov r14, [rdi + GPR(14)]
  mov rdi, [rdi + GPR(RDI)]
  lfence
  ret

// HOSTCALL: served by a function of the runtime, on the host's stack and with the host's state, without the way out of
// halite_switch and in again, on which the processor would foresee no return. If it returns false, or there is none,
// the caller of halite_switch serves the gate.
host_call_gate:
  mov r11d, HOSTCALL
  save_call
  cmp qword ptr [rbx + HOST_CALL], 0
  je leave_sandbox
  cld
  mov rsp, [rbx + HOST_RSP]
  ldmxcsr [rsp]
  cmp dword ptr [rbx + USES_GS], 0
  je 8f
  mov rax, [rbx + HOST_GS_BASE]
  wrgsbase rax
8:
  mov rdi, rbx
  call [rbx + HOST_CALL]
  mov rdi, rbx
  test al, al
  jne enter_sandbox
  jmp leave_sandbox

// A memory gate: tried at once, on the host's stack, by a function that returns whether it has done all of it; if not,
// nothing, and it is served like the others. Nobody else runs in between and no branch chooses what the sandbox gets,
// so neither gs.base, MXCSR nor a fence are needed. rdi, rsi, rdx, ecx and r8d are arguments there and here.
  .macro memory_gate function, number
  mov rbx, halite_current@gottpoff[rip]
  mov rbx, fs:[rbx]
  mov [rbx + GPR(RCX)], rcx
  mov [rbx + GPR(RDX)], rdx
  mov [rbx + GPR(RSI)], rsi
  mov [rbx + GPR(RDI)], rdi
  mov [rbx + GPR(8)], r8
  mov [rbx + GPR(RSP)], rsp
  mov rsp, [rbx + HOST_RSP]
  mov r9, rbx
  cld
  call \function
  test al, al
  jne after_memory_gate
  mov dword ptr [rbx + MODE], MODE_AFTER_GATE
  mov dword ptr [rbx + GATE], \number
  jmp leave_sandbox
  .endm

memory_fill_gate:
  memory_gate halite_fill_at_once, MEMORY_FILL
memory_copy_gate:
  memory_gate halite_copy_at_once, MEMORY_COPY

after_memory_gate:
  cmp dword ptr [rbx + HAS_AVX], 0
  je 6f
  vzeroall
  jmp 7f
6:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  pxor xmm\n, xmm\n
  .endr
7:
  mov rsp, [rbx + GPR(RSP)]
  .irp register, eax, ebx, ecx, edx, esi, edi, ebp, r8d, r9d, r10d, r11d, r12d, r13d, r14d
  xor \register, \register
  .endr
  ret

// Back on the host's stack; rbx is the activation. The frame is that of halite_switch at its `sub rsp, 8`.
leave_sandbox:
  cld
  mov rsp, [rbx + HOST_RSP]
  ldmxcsr [rsp]
  cmp dword ptr [rbx + USES_GS], 0
  je 6f
  mov rax, [rbx + HOST_GS_BASE]
  wrgsbase rax
6:
  mov rax, halite_current@gottpoff[rip]
  mov rcx, [rbx + OUTER]
  mov fs:[rax], rcx
  mov eax, [rbx + GATE]
  add rsp, 8
  .cfi_adjust_cfa_offset -8
  pop r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore r15
  pop r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore r14
  pop r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore r13
  pop r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore r12
  pop rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore rbp
  pop rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore rbx
  ret
  .cfi_endproc
  .size halite_switch, . - halite_switch

  .type gate_common, @function
gate_common:
  .cfi_startproc
  .cfi_undefined rip
  save_call
  jmp leave_sandbox
  .cfi_endproc
  .size gate_common, . - gate_common

// Gates 1 to 15: 16 bytes each.
// A debugger finds the sandbox's frames from here, and stops at traps at halite_trap_gate (docs/DEBUGGING.md).
  .p2align 4
  .cfi_startproc
gate_stubs:
  .type halite_trap_gate, @function
halite_trap_gate:
  .p2align 4
  mov r11d, 1
  jmp gate_common
  .p2align 4
  jmp host_call_gate
  .irp n, 3, 4
  .p2align 4
  mov r11d, \n
  jmp gate_common
  .endr
  .p2align 4
  jmp memory_fill_gate
  .p2align 4
  jmp memory_copy_gate
  .irp n, 7, 8, 9, 10, 11, 12, 13, 14, 15
  .p2align 4
  mov r11d, \n
  jmp gate_common
  .endr
  .cfi_endproc

// INTERRUPT keeps every register: r11 waits on the sandbox's stack until the others are safe.
  .type interrupt_stub, @function
interrupt_stub:
  push r11
  mov r11, halite_current@gottpoff[rip]
  mov r11, fs:[r11]
  mov [r11 + GPR(RAX)], rax
  mov [r11 + GPR(RBX)], rbx
  mov rbx, r11
  pop rax
  mov [rbx + GPR(11)], rax
  mov [rbx + GPR(RCX)], rcx
  mov [rbx + GPR(RDX)], rdx
  mov [rbx + GPR(RBP)], rbp
  mov [rbx + GPR(RSI)], rsi
  mov [rbx + GPR(RDI)], rdi
  mov [rbx + GPR(8)], r8
  mov [rbx + GPR(9)], r9
  mov [rbx + GPR(10)], r10
  mov [rbx + GPR(12)], r12
  mov [rbx + GPR(13)], r13
  mov [rbx + GPR(14)], r14
  mov [rbx + GPR(RSP)], rsp
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups [rbx + XMM(\n)], xmm\n
  .endr
  mov dword ptr [rbx + MODE], MODE_AFTER_INTERRUPT
  mov dword ptr [rbx + GATE], 0
  jmp leave_sandbox
  .size interrupt_stub, . - interrupt_stub

// uint64_t halite_gate_address(uint32_t number)
  .globl halite_gate_address
  .hidden halite_gate_address
  .type halite_gate_address, @function
halite_gate_address:
  .cfi_startproc
  test edi, edi
  je 7f
  dec edi
  shl rdi, 4
  lea rax, gate_stubs[rip]
  add rax, rdi
  ret
7:
  lea rax, interrupt_stub[rip]
  ret
  .cfi_endproc
  .size halite_gate_address, . - halite_gate_address

  .section .rodata
  .p2align 2
sandbox_mxcsr:
  .long 0x1F80

  .section .note.GNU-stack, "", @progbits

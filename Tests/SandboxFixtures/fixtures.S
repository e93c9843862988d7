  .intel_syntax noprefix
  .text

store_state:
  mov [r15], rax
  mov [r15 + 8], rcx
  mov [r15 + 16], rdx
  mov [r15 + 24], rbx
  mov qword ptr [r15 + 32], 0
  mov [r15 + 40], rbp
  mov [r15 + 48], rsi
  mov [r15 + 56], rdi
  mov [r15 + 64], r8
  mov [r15 + 72], r9
  mov [r15 + 80], r10
  mov [r15 + 88], r11
  mov [r15 + 96], r12
  mov [r15 + 104], r13
  mov [r15 + 112], r14
  stmxcsr [r15 + 120]
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups [r15 + 128 + 16 * \n], xmm\n
  .endr
  ret

  .globl fixture_store_state
fixture_store_state:
  call store_state
  lea rax, [rdi + rsi]
  ret

  .globl fixture_gate
fixture_gate:
  call [r15 - 24]
  add rax, rdx
  ret

  .globl fixture_interrupt
fixture_interrupt:
  mov rax, 100
  mov rcx, 101
  mov rdx, 102
  mov rbx, 103
  mov rbp, 105
  mov rsi, 106
  mov rdi, 107
  mov r8, 108
  mov r9, 109
  mov r10, 110
  mov r11, 111
  mov r12, 112
  mov r13, 113
  mov r14, 114
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  mov qword ptr [r15], 200 + \n
  movups xmm\n, [r15]
  .endr
  call [r15 - 16]
  call store_state
  ret

  .globl fixture_memory_gate
fixture_memory_gate:
  mov rax, 100
  mov rbx, 103
  mov rbp, 105
  mov r9, 109
  mov r10, 110
  mov r11, 111
  mov r12, 112
  mov r13, 113
  mov r14, 114
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movq xmm\n, rbp
  .endr
  call [r15 - 24]
  call store_state
  ret

  .globl fixture_gs
fixture_gs:
  mov rax, gs:[0]
  ret

  .globl fixture_spoil
fixture_spoil:
  std
  mov eax, 1
  cvtsi2sd xmm0, eax
  mov eax, 3
  cvtsi2sd xmm1, eax
  divsd xmm0, xmm1
  call [r15 - 24]
  ret

  .globl fixture_host_mxcsr
fixture_host_mxcsr:
  stmxcsr [rsp - 8]
  mov eax, [rsp - 8]
  ret

  .globl fixture_host_flags
fixture_host_flags:
  pushfq
  pop rax
  ret

  .globl fixture_host_gs_base
fixture_host_gs_base:
  rdgsbase rax
  ret

  .section .note.GNU-stack, "", @progbits

/// Every machine instruction the compiler can emit, by operation: the operands choose among an opcode's encodings. What
/// each does, takes and looks like stands in its row (`Table/`); names are the mnemonics, without the `v` of VEX forms.
public enum Opcode: UInt16, Sendable, CaseIterable {
  // Two-address arithmetic: destination register, left (tied), right (register, memory, immediate).
  case add, sub, and, or, xor
  /// imul destination, left (tied), right (register, memory).
  case imul
  /// imul destination, source (register, memory), immediate.
  case imulImmediate
  // The same on memory: address, right (register, immediate).
  case addMemory, subMemory, andMemory, orMemory, xorMemory
  // Left (register, memory), right.
  case cmp, test
  /// cmp with a four-byte immediate whatever its value (docs/ABI.md, C3).
  case cmpLong
  /// xor destination, destination, 32 bits wide: the idiom for 0.
  case zero
  // Destination register, source (tied).
  case neg, not, bswap
  // Destination register, source (tied), count (immediate, or rcx).
  case shl, shr, sar, rol, ror

  // rdx:rax := rax * operand.
  case mul, imulWide
  // rax, rdx := rdx:rax / operand, rdx:rax % operand.
  case div, idiv
  /// rdx := the sign of rax; cqo when 64 bits wide.
  case cdq

  // Moves. `mov` goes to registers and memory; the others to registers, from register or memory.
  case mov
  case movzx8, movzx16, movsx8, movsx16, movsxd
  case lea
  case xchg

  // Bits. Destination, source (register, memory).
  case bsf, bsr, lzcnt, tzcnt, popcnt
  // BMI. Destination, source (register, memory), count.
  case shlx, shrx, sarx, rorx
  /// andn destination, a, b: ~a & b.
  case andn
  case blsr, blsi, blsmsk

  // Conditions, by `condition`.
  case setcc
  /// cmovcc destination, otherwise (tied), source (register, memory).
  case cmov

  // Control.
  case jcc, jmp, call, ret
  // To an address in a register; callIndirect also to one in memory.
  case jmpIndirect, callIndirect

  // Scalar moves: vector register and memory, either way.
  case movss, movsd
  /// 64 bits, zeroing the upper half.
  case movq
  case movaps, movups, movdqa, movdqu
  // movd, movq: between a general register or memory and a vector register, `width` bits.
  case moveToVector, moveFromVector

  // Destination, left (tied without VEX), right.
  case addss, addsd, addps, addpd
  case subss, subsd, subps, subpd
  case mulss, mulsd, mulps, mulpd
  case divss, divsd, divps, divpd
  case minss, minsd, minps, minpd
  case maxss, maxsd, maxps, maxpd
  case andps, andpd, andnps, andnpd, orps, orpd, xorps, xorpd
  // Destination, upper part (tied without VEX), source.
  case sqrtss, sqrtsd
  case sqrtps, sqrtpd
  case ucomiss, ucomisd
  // Destination, left (tied without VEX), right, predicate.
  case cmpss, cmpsd, cmpps, cmppd
  // Destination, upper part (tied without VEX), source, mode.
  case roundss, roundsd
  case roundps, roundpd

  // Destination, upper part (tied without VEX), integer source of `width` bits.
  case cvtsi2ss, cvtsi2sd
  // Integer destination of `width` bits, source.
  case cvttss2si, cvttsd2si
  // Destination, upper part (tied without VEX), source.
  case cvtss2sd, cvtsd2ss
  case movmskps, movmskpd, pmovmskb

  /// xorps destination, destination, destination: all zeros.
  case zeroVector
  /// pcmpeqd destination, destination, destination: all ones.
  case onesVector
  case pand, pandn, por, pxor
  case pcmpeqb, pcmpeqw, pcmpeqd, pcmpeqq
  // Destination, source (tied without VEX), count (immediate, vector register, memory).
  case psllw, pslld, psllq, psrlw, psrld, psrlq, psraw, psrad
  // Destination, left (tied without VEX), right, mask (xmm0 without VEX).
  case blendvps, blendvpd, pblendvb

  // Packed integers. Destination, left (tied without VEX), right.
  case paddb, paddw, paddd, paddq, psubb, psubw, psubd, psubq
  case paddsb, paddsw, paddusb, paddusw, psubsb, psubsw, psubusb, psubusw
  case pmullw, pmulhw, pmulhuw, pmuludq, pmaddwd, pminub, pmaxub, pminsw
  case pmaxsw, pavgb, pavgw, pcmpgtb, pcmpgtw, pcmpgtd, packsswb, packuswb
  case packssdw
  case pmaddubsw, pmulhrsw, packusdw, pcmpgtq, pminsb, pminsd, pminuw, pminud
  case pmaxsb, pmaxsd, pmaxuw, pmaxud, pmulld, pmuldq
  // Destination, source.
  case pabsb, pabsw, pabsd
  case ptest

  // Lanes. Destination, left (tied without VEX), right.
  case punpcklbw, punpcklwd, punpckldq, punpcklqdq, punpckhbw, punpckhwd, punpckhdq, punpckhqdq
  case unpcklps, unpckhps, unpcklpd, unpckhpd, movhlps, movlhps
  case pshufb
  // Destination, source, selection.
  case pshufd, pshuflw, pshufhw
  // Destination, left (tied without VEX), right, selection.
  case shufps, shufpd, palignr, pblendw, blendps, blendpd, insertps
  // Destination, source (tied without VEX), bytes.
  case pslldq, psrldq
  // Destination, source of 64 bits.
  case pmovsxbw, pmovsxwd, pmovsxdq, pmovzxbw, pmovzxwd, pmovzxdq
  // Destination, rest (tied without VEX), register or memory, lane. pinsrd is pinsrq when 64 bits wide.
  case pinsrb, pinsrw, pinsrd
  // Register or memory, source, lane. pextrd is pextrq when 64 bits wide.
  case pextrb, pextrw, pextrd
  // Destination, other half (tied without VEX), memory of 64 bits; memory, source.
  case movlpsLoad, movhpsLoad
  case movlpsStore, movhpsStore
  // Destination, source.
  case cvtdq2ps, cvttps2dq, cvtdq2pd, cvttpd2dq, cvtps2pd, cvtpd2ps
  case movddup
  /// FMA. Destination, addend (tied), factor, factor; pd when `width` is 64 bits.
  case fmadd231, fnmadd231
  case broadcastss, pbroadcastb, pbroadcastw, pbroadcastd, pbroadcastq
}

extension Opcode {
  /// Complexity: O(1).
  @inlinable public var row: Row { Row.table[Int(rawValue)] }
}

extension TemplateTable {
  /// Integer and control instructions. Format: see `TemplateTable`.
  static let integerRows = """
    # arithmetic and logic
    np 0 00 0 add Eb.m Gb.r
    np 0 01 v add Ev.mz Gv.r
    np 0 02 0 add Gb.m Eb.r
    np 0 03 v add Gv.mz Ev.r
    np 0 04 0 add ab.m Ib
    np 0 05 v add av.mz Iz
    np 0 80/0 0 add Eb.m Ib
    np 0 81/0 v add Ev.mz Iz
    np 0 83/0 v add Ev.mz Ib
    np 0 08 0 or Eb.m Gb.r
    np 0 09 v or Ev.mz Gv.r
    np 0 0a 0 or Gb.m Eb.r
    np 0 0b v or Gv.mz Ev.r
    np 0 0c 0 or ab.m Ib
    np 0 0d v or av.mz Iz
    np 0 80/1 0 or Eb.m Ib
    np 0 81/1 v or Ev.mz Iz
    np 0 83/1 v or Ev.mz Ib
    np 0 10 0 adc Eb.m Gb.r
    np 0 11 v adc Ev.mz Gv.r
    np 0 12 0 adc Gb.m Eb.r
    np 0 13 v adc Gv.mz Ev.r
    np 0 14 0 adc ab.m Ib
    np 0 15 v adc av.mz Iz
    np 0 80/2 0 adc Eb.m Ib
    np 0 81/2 v adc Ev.mz Iz
    np 0 83/2 v adc Ev.mz Ib
    np 0 18 0 sbb Eb.m Gb.r
    np 0 19 v sbb Ev.mz Gv.r
    np 0 1a 0 sbb Gb.m Eb.r
    np 0 1b v sbb Gv.mz Ev.r
    np 0 1c 0 sbb ab.m Ib
    np 0 1d v sbb av.mz Iz
    np 0 80/3 0 sbb Eb.m Ib
    np 0 81/3 v sbb Ev.mz Iz
    np 0 83/3 v sbb Ev.mz Ib
    np 0 20 0 and Eb.m Gb.r
    np 0 21 v and Ev.mz Gv.r
    np 0 22 0 and Gb.m Eb.r
    np 0 23 v and Gv.mz Ev.r
    np 0 24 0 and ab.m Ib
    np 0 25 v and av.mz Iz
    np 0 80/4 0 and Eb.m Ib
    np 0 81/4 v and Ev.mz Iz
    np 0 83/4 v and Ev.mz Ib
    np 0 28 0 sub Eb.m Gb.r
    np 0 29 v sub Ev.mz Gv.r
    np 0 2a 0 sub Gb.m Eb.r
    np 0 2b v sub Gv.mz Ev.r
    np 0 2c 0 sub ab.m Ib
    np 0 2d v sub av.mz Iz
    np 0 80/5 0 sub Eb.m Ib
    np 0 81/5 v sub Ev.mz Iz
    np 0 83/5 v sub Ev.mz Ib
    np 0 30 0 xor Eb.m Gb.r
    np 0 31 v xor Ev.mz Gv.r
    np 0 32 0 xor Gb.m Eb.r
    np 0 33 v xor Gv.mz Ev.r
    np 0 34 0 xor ab.m Ib
    np 0 35 v xor av.mz Iz
    np 0 80/6 0 xor Eb.m Ib
    np 0 81/6 v xor Ev.mz Iz
    np 0 83/6 v xor Ev.mz Ib
    np 0 38 0 cmp Eb.r Gb.r
    np 0 39 v cmp Ev.r Gv.r
    np 0 3a 0 cmp Gb.r Eb.r
    np 0 3b v cmp Gv.r Ev.r
    np 0 3c 0 cmp ab.r Ib
    np 0 3d v cmp av.r Iz
    np 0 80/7 0 cmp Eb.r Ib
    np 0 81/7 v cmp Ev.r Iz
    np 0 83/7 v cmp Ev.r Ib
    np 0 84 0 test Eb.r Gb.r
    np 0 85 v test Ev.r Gv.r
    np 0 a8 0 test ab.r Ib
    np 0 a9 v test av.r Iz
    np 0 f6/0 0 test Eb.r Ib
    np 0 f7/0 v test Ev.r Iz
    np 0 f6/2 0 not Eb.m
    np 0 f7/2 v not Ev.mz
    np 0 f6/3 0 neg Eb.m
    np 0 f7/3 v neg Ev.mz
    np 0 fe/0 0 inc Eb.m
    np 0 ff/0 v inc Ev.mz
    np 0 fe/1 0 dec Eb.m
    np 0 ff/1 v dec Ev.mz
    # moves
    np 0 88 0 mov Eb.w Gb.r
    np 0 89 v mov Ev.wz Gv.r
    np 0 8a 0 mov Gb.w Eb.r
    np 0 8b v mov Gv.wz Ev.r
    np 0 c6/0 0 mov Eb.w Ib
    np 0 c7/0 v mov Ev.wz Iz
    np 0 b0+r 0 mov Zb.w Ib
    np 0 b8+r 0 mov Zd.wz Id
    66 0 b8+r 0 mov Zw.w Iw
    np 0 b8+r 1 movabs Zq.w Iq
    np 0f b6 v movzx Gv.wz Eb.r
    np 0f b7 y movzx Gy.wz Ew.r
    np 0f be v movsx Gv.wz Eb.r
    np 0f bf y movsx Gy.wz Ew.r
    np 0 63 1 movsxd Gq.w Ed.r
    np 0 98 0 cwde (ad.mz)
    np 0 98 1 cdqe (aq.m)
    np 0 99 0 cdq (dd.wz) (ad.r)
    np 0 99 1 cqo (dq.w) (aq.r)
    np 0 8d y lea Gy.wz Aq
    np 0 86 0 xchg Rb.m Gb.m
    np 0 87 v xchg Rv.mz Gv.mz
    np 0f 40+cc v cmovcc Gv.mz Ev.r
    np 0f 90+cc/0 0 setcc Eb.w
    np 0f c8+r y bswap Zy.mz
    np 38 f0 v *movbe Gv.wz Mv.r
    np 38 f1 v *movbe Mv.w Gv.r
    # multiplication; division stands only in the groups of rule D1
    np 0f af v imul Gv.mz Ev.r
    np 0 69 v imul Gv.wz Ev.r Iz
    np 0 6b v imul Gv.wz Ev.r Ib
    np 0 f7/4 y mul Ey.r (ay.mz) (dy.wz)
    np 0 f7/5 y imul Ey.r (ay.mz) (dy.wz)
    np 0 f7/6 y div Ry.r (ay.mz) (dy.mz)
    np 0 f7/7 y idiv Ry.r (ay.mz) (dy.mz)
    # shifts and rotations; even a count of 0 clears the upper half of a 32-bit register (shld, shrd: not assumed)
    np 0 c0/0 0 rol Eb.m Ib
    np 0 c1/0 v rol Ev.mz Ib
    np 0 d0/0 0 rol Eb.m 1
    np 0 d1/0 v rol Ev.mz 1
    np 0 d2/0 0 rol Eb.m cb.r
    np 0 d3/0 v rol Ev.mz cb.r
    np 0 c0/1 0 ror Eb.m Ib
    np 0 c1/1 v ror Ev.mz Ib
    np 0 d0/1 0 ror Eb.m 1
    np 0 d1/1 v ror Ev.mz 1
    np 0 d2/1 0 ror Eb.m cb.r
    np 0 d3/1 v ror Ev.mz cb.r
    np 0 c0/4 0 shl Eb.m Ib
    np 0 c1/4 v shl Ev.mz Ib
    np 0 d0/4 0 shl Eb.m 1
    np 0 d1/4 v shl Ev.mz 1
    np 0 d2/4 0 shl Eb.m cb.r
    np 0 d3/4 v shl Ev.mz cb.r
    np 0 c0/5 0 shr Eb.m Ib
    np 0 c1/5 v shr Ev.mz Ib
    np 0 d0/5 0 shr Eb.m 1
    np 0 d1/5 v shr Ev.mz 1
    np 0 d2/5 0 shr Eb.m cb.r
    np 0 d3/5 v shr Ev.mz cb.r
    np 0 c0/7 0 sar Eb.m Ib
    np 0 c1/7 v sar Ev.mz Ib
    np 0 d0/7 0 sar Eb.m 1
    np 0 d1/7 v sar Ev.mz 1
    np 0 d2/7 0 sar Eb.m cb.r
    np 0 d3/7 v sar Ev.mz cb.r
    np 0f a4 y shld Ey.m Gy.r Ib
    np 0f a5 y shld Ey.m Gy.r cb.r
    np 0f ac y shrd Ey.m Gy.r Ib
    np 0f ad y shrd Ey.m Gy.r cb.r
    # bits; bsf and bsr keep the destination if the source is 0; the memory forms of bt reach beyond their operand
    np 0f bc y bsf Gy.m Ey.r
    np 0f bd y bsr Gy.m Ey.r
    f3 0f bc y *tzcnt Gy.wz Ey.r
    f3 0f bd y *lzcnt Gy.wz Ey.r
    f3 0f b8 y popcnt Gy.wz Ey.r
    np 0f a3 y bt Ry.r Gy.r
    np 0f ba/4 y bt Ry.r Ib
    np 0f ab y bts Ry.mz Gy.r
    np 0f ba/5 y bts Ry.mz Ib
    np 0f b3 y btr Ry.mz Gy.r
    np 0f ba/6 y btr Ry.mz Ib
    np 0f bb y btc Ry.mz Gy.r
    np 0f ba/7 y btc Ry.mz Ib
    # flags and nothing
    np 0 f5 0 cmc
    np 0 f8 0 clc
    np 0 f9 0 stc
    np 0 90 0 nop
    66 0 90 0 nop
    np 0f 1f/0 0 nop Ad
    66 0f 1f/0 0 nop Aw
    # control
    np 0 70+cc 0 jcc Jb
    np 0f 80+cc 0 jcc Jd
    np 0 eb 0 jmp Jb
    np 0 e9 0 jmp Jd
    np 0 e8 0 call Jd
    np 0 ff/2 0 call Rq.r
    np 0 ff/2 0 call Aq
    np 0 ff/4 0 jmp Rq.r
    np 0 c3 0 ret
    """
}

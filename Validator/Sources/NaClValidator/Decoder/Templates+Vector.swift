extension TemplateTable {
  /// SSE to SSE4.1 in their legacy encodings. Format: see `TemplateTable`.
  static let legacyVectorRows = """
    # moves
    np 0f 10 0 movups V.w Wx.r
    np 0f 11 0 movups Wx.w V.r
    66 0f 10 0 movupd V.w Wx.r
    66 0f 11 0 movupd Wx.w V.r
    f3 0f 10 0 movss V.m Wd.r
    f3 0f 11 0 movss U.m V.r
    f3 0f 11 0 movss Md.w V.r
    f2 0f 10 0 movsd V.m Wq.r
    f2 0f 11 0 movsd U.m V.r
    f2 0f 11 0 movsd Mq.w V.r
    np 0f 12 0 movhlps V.m U.r
    np 0f 16 0 movlhps V.m U.r
    np 0f 12 0 movlps V.m Mq.r
    np 0f 13 0 movlps Mq.w V.r
    np 0f 16 0 movhps V.m Mq.r
    np 0f 17 0 movhps Mq.w V.r
    66 0f 12 0 movlpd V.m Mq.r
    66 0f 13 0 movlpd Mq.w V.r
    66 0f 16 0 movhpd V.m Mq.r
    66 0f 17 0 movhpd Mq.w V.r
    f2 0f 12 0 movddup V.w Wq.r
    f3 0f 12 0 movsldup V.w Wa.r
    f3 0f 16 0 movshdup V.w Wa.r
    np 0f 28 0 movaps V.w Wa.r
    np 0f 29 0 movaps Wa.w V.r
    66 0f 28 0 movapd V.w Wa.r
    66 0f 29 0 movapd Wa.w V.r
    66 0f 6f 0 movdqa V.w Wa.r
    66 0f 7f 0 movdqa Wa.w V.r
    f3 0f 6f 0 movdqu V.w Wx.r
    f3 0f 7f 0 movdqu Wx.w V.r
    f2 0f f0 0 lddqu V.w Mx.r
    66 0f 6e 0 movd V.w Ed.r
    66 0f 6e 1 movq V.w Eq.r
    66 0f 7e 0 movd Ed.wz V.r
    66 0f 7e 1 movq Eq.w V.r
    f3 0f 7e 0 movq V.w Wq.r
    66 0f d6 0 movq Wq.w V.r
    np 0f 50 0 movmskps Gd.wz U.r
    66 0f 50 0 movmskpd Gd.wz U.r
    66 0f d7 0 pmovmskb Gd.wz U.r
    # insertion and extraction
    66 0f c4 0 pinsrw V.m Rd.r Ib
    66 0f c4 0 pinsrw V.m Mw.r Ib
    66 0f c5 0 pextrw Gd.wz U.r Ib
    66 3a 14 0 pextrb Rd.wz V.r Ib
    66 3a 14 0 pextrb Mb.w V.r Ib
    66 3a 15 0 pextrw Rd.wz V.r Ib
    66 3a 15 0 pextrw Mw.w V.r Ib
    66 3a 16 0 pextrd Ed.wz V.r Ib
    66 3a 16 1 pextrq Eq.w V.r Ib
    66 3a 17 0 extractps Ed.wz V.r Ib
    66 3a 20 0 pinsrb V.m Rd.r Ib
    66 3a 20 0 pinsrb V.m Mb.r Ib
    66 3a 21 0 insertps V.m U.r Ib
    66 3a 21 0 insertps V.m Md.r Ib
    66 3a 22 0 pinsrd V.m Ed.r Ib
    66 3a 22 1 pinsrq V.m Eq.r Ib
    # conversions
    f3 0f 2a y cvtsi2ss V.m Ey.r
    f3 0f 2c y cvttss2si Gy.wz Wd.r
    f3 0f 2d y cvtss2si Gy.wz Wd.r
    f2 0f 2a y cvtsi2sd V.m Ey.r
    f2 0f 2c y cvttsd2si Gy.wz Wq.r
    f2 0f 2d y cvtsd2si Gy.wz Wq.r
    np 0f 5a 0 cvtps2pd V.w Wq.r
    66 0f 5a 0 cvtpd2ps V.w Wa.r
    f3 0f 5a 0 cvtss2sd V.m Wd.r
    f2 0f 5a 0 cvtsd2ss V.m Wq.r
    np 0f 5b 0 cvtdq2ps V.w Wa.r
    66 0f 5b 0 cvtps2dq V.w Wa.r
    f3 0f 5b 0 cvttps2dq V.w Wa.r
    66 0f e6 0 cvttpd2dq V.w Wa.r
    f3 0f e6 0 cvtdq2pd V.w Wq.r
    f2 0f e6 0 cvtpd2dq V.w Wa.r
    # floating point
    np 0f 2e 0 ucomiss V.r Wd.r
    np 0f 2f 0 comiss V.r Wd.r
    66 0f 2e 0 ucomisd V.r Wq.r
    66 0f 2f 0 comisd V.r Wq.r
    np 0f 51 0 sqrtps V.w Wa.r
    66 0f 51 0 sqrtpd V.w Wa.r
    f3 0f 51 0 sqrtss V.m Wd.r
    f2 0f 51 0 sqrtsd V.m Wq.r
    np 0f 58 0 addps V.m Wa.r
    66 0f 58 0 addpd V.m Wa.r
    f3 0f 58 0 addss V.m Wd.r
    f2 0f 58 0 addsd V.m Wq.r
    np 0f 59 0 mulps V.m Wa.r
    66 0f 59 0 mulpd V.m Wa.r
    f3 0f 59 0 mulss V.m Wd.r
    f2 0f 59 0 mulsd V.m Wq.r
    np 0f 5c 0 subps V.m Wa.r
    66 0f 5c 0 subpd V.m Wa.r
    f3 0f 5c 0 subss V.m Wd.r
    f2 0f 5c 0 subsd V.m Wq.r
    np 0f 5d 0 minps V.m Wa.r
    66 0f 5d 0 minpd V.m Wa.r
    f3 0f 5d 0 minss V.m Wd.r
    f2 0f 5d 0 minsd V.m Wq.r
    np 0f 5e 0 divps V.m Wa.r
    66 0f 5e 0 divpd V.m Wa.r
    f3 0f 5e 0 divss V.m Wd.r
    f2 0f 5e 0 divsd V.m Wq.r
    np 0f 5f 0 maxps V.m Wa.r
    66 0f 5f 0 maxpd V.m Wa.r
    f3 0f 5f 0 maxss V.m Wd.r
    f2 0f 5f 0 maxsd V.m Wq.r
    # comparisons: Capstone names them by the immediate, which it sees as 0
    np 0f c2 0 cmpeqps V.m Wa.r (Ib)
    66 0f c2 0 cmpeqpd V.m Wa.r (Ib)
    f3 0f c2 0 cmpeqss V.m Wd.r (Ib)
    f2 0f c2 0 cmpeqsd V.m Wq.r (Ib)
    # bitwise and shuffles
    np 0f 54 0 andps V.m Wa.r
    66 0f 54 0 andpd V.m Wa.r
    np 0f 55 0 andnps V.m Wa.r
    66 0f 55 0 andnpd V.m Wa.r
    np 0f 56 0 orps V.m Wa.r
    66 0f 56 0 orpd V.m Wa.r
    np 0f 57 0 xorps V.m Wa.r
    66 0f 57 0 xorpd V.m Wa.r
    np 0f 14 0 unpcklps V.m Wa.r
    66 0f 14 0 unpcklpd V.m Wa.r
    np 0f 15 0 unpckhps V.m Wa.r
    66 0f 15 0 unpckhpd V.m Wa.r
    np 0f c6 0 shufps V.m Wa.r Ib
    66 0f c6 0 shufpd V.m Wa.r Ib
    66 0f 7c 0 haddpd V.m Wa.r
    66 0f 7d 0 hsubpd V.m Wa.r
    66 0f d0 0 addsubpd V.m Wa.r
    f2 0f 7c 0 haddps V.m Wa.r
    f2 0f 7d 0 hsubps V.m Wa.r
    f2 0f d0 0 addsubps V.m Wa.r
    66 3a 08 0 roundps V.w Wa.r Ib
    66 3a 09 0 roundpd V.w Wa.r Ib
    66 3a 0a 0 roundss V.m Wd.r Ib
    66 3a 0b 0 roundsd V.m Wq.r Ib
    66 3a 40 0 dpps V.m Wa.r Ib
    66 3a 41 0 dppd V.m Wa.r Ib
    # packed integers
    66 0f 60 0 punpcklbw V.m Wa.r
    66 0f 61 0 punpcklwd V.m Wa.r
    66 0f 62 0 punpckldq V.m Wa.r
    66 0f 63 0 packsswb V.m Wa.r
    66 0f 64 0 pcmpgtb V.m Wa.r
    66 0f 65 0 pcmpgtw V.m Wa.r
    66 0f 66 0 pcmpgtd V.m Wa.r
    66 0f 67 0 packuswb V.m Wa.r
    66 0f 68 0 punpckhbw V.m Wa.r
    66 0f 69 0 punpckhwd V.m Wa.r
    66 0f 6a 0 punpckhdq V.m Wa.r
    66 0f 6b 0 packssdw V.m Wa.r
    66 0f 6c 0 punpcklqdq V.m Wa.r
    66 0f 6d 0 punpckhqdq V.m Wa.r
    66 0f 70 0 pshufd V.w Wa.r Ib
    f3 0f 70 0 pshufhw V.w Wa.r Ib
    f2 0f 70 0 pshuflw V.w Wa.r Ib
    66 0f 71/2 0 psrlw U.m Ib
    66 0f 71/4 0 psraw U.m Ib
    66 0f 71/6 0 psllw U.m Ib
    66 0f 72/2 0 psrld U.m Ib
    66 0f 72/4 0 psrad U.m Ib
    66 0f 72/6 0 pslld U.m Ib
    66 0f 73/2 0 psrlq U.m Ib
    66 0f 73/3 0 psrldq U.m Ib
    66 0f 73/6 0 psllq U.m Ib
    66 0f 73/7 0 pslldq U.m Ib
    66 0f 74 0 pcmpeqb V.m Wa.r
    66 0f 75 0 pcmpeqw V.m Wa.r
    66 0f 76 0 pcmpeqd V.m Wa.r
    66 0f d1 0 psrlw V.m Wa.r
    66 0f d2 0 psrld V.m Wa.r
    66 0f d3 0 psrlq V.m Wa.r
    66 0f d4 0 paddq V.m Wa.r
    66 0f d5 0 pmullw V.m Wa.r
    66 0f d8 0 psubusb V.m Wa.r
    66 0f d9 0 psubusw V.m Wa.r
    66 0f da 0 pminub V.m Wa.r
    66 0f db 0 pand V.m Wa.r
    66 0f dc 0 paddusb V.m Wa.r
    66 0f dd 0 paddusw V.m Wa.r
    66 0f de 0 pmaxub V.m Wa.r
    66 0f df 0 pandn V.m Wa.r
    66 0f e0 0 pavgb V.m Wa.r
    66 0f e1 0 psraw V.m Wa.r
    66 0f e2 0 psrad V.m Wa.r
    66 0f e3 0 pavgw V.m Wa.r
    66 0f e4 0 pmulhuw V.m Wa.r
    66 0f e5 0 pmulhw V.m Wa.r
    66 0f e8 0 psubsb V.m Wa.r
    66 0f e9 0 psubsw V.m Wa.r
    66 0f ea 0 pminsw V.m Wa.r
    66 0f eb 0 por V.m Wa.r
    66 0f ec 0 paddsb V.m Wa.r
    66 0f ed 0 paddsw V.m Wa.r
    66 0f ee 0 pmaxsw V.m Wa.r
    66 0f ef 0 pxor V.m Wa.r
    66 0f f1 0 psllw V.m Wa.r
    66 0f f2 0 pslld V.m Wa.r
    66 0f f3 0 psllq V.m Wa.r
    66 0f f4 0 pmuludq V.m Wa.r
    66 0f f5 0 pmaddwd V.m Wa.r
    66 0f f6 0 psadbw V.m Wa.r
    66 0f f8 0 psubb V.m Wa.r
    66 0f f9 0 psubw V.m Wa.r
    66 0f fa 0 psubd V.m Wa.r
    66 0f fb 0 psubq V.m Wa.r
    66 0f fc 0 paddb V.m Wa.r
    66 0f fd 0 paddw V.m Wa.r
    66 0f fe 0 paddd V.m Wa.r
    66 38 00 0 pshufb V.m Wa.r
    66 38 01 0 phaddw V.m Wa.r
    66 38 02 0 phaddd V.m Wa.r
    66 38 03 0 phaddsw V.m Wa.r
    66 38 04 0 pmaddubsw V.m Wa.r
    66 38 05 0 phsubw V.m Wa.r
    66 38 06 0 phsubd V.m Wa.r
    66 38 07 0 phsubsw V.m Wa.r
    66 38 08 0 psignb V.m Wa.r
    66 38 09 0 psignw V.m Wa.r
    66 38 0a 0 psignd V.m Wa.r
    66 38 0b 0 pmulhrsw V.m Wa.r
    66 38 28 0 pmuldq V.m Wa.r
    66 38 29 0 pcmpeqq V.m Wa.r
    66 38 2b 0 packusdw V.m Wa.r
    66 38 37 0 pcmpgtq V.m Wa.r
    66 38 38 0 pminsb V.m Wa.r
    66 38 39 0 pminsd V.m Wa.r
    66 38 3a 0 pminuw V.m Wa.r
    66 38 3b 0 pminud V.m Wa.r
    66 38 3c 0 pmaxsb V.m Wa.r
    66 38 3d 0 pmaxsd V.m Wa.r
    66 38 3e 0 pmaxuw V.m Wa.r
    66 38 3f 0 pmaxud V.m Wa.r
    66 38 40 0 pmulld V.m Wa.r
    66 38 1c 0 pabsb V.w Wa.r
    66 38 1d 0 pabsw V.w Wa.r
    66 38 1e 0 pabsd V.w Wa.r
    66 38 41 0 phminposuw V.w Wa.r
    66 38 17 0 ptest V.r Wa.r
    66 38 20 0 pmovsxbw V.w Wq.r
    66 38 21 0 pmovsxbd V.w Wd.r
    66 38 22 0 pmovsxbq V.w Ww.r
    66 38 23 0 pmovsxwd V.w Wq.r
    66 38 24 0 pmovsxwq V.w Wd.r
    66 38 25 0 pmovsxdq V.w Wq.r
    66 38 30 0 pmovzxbw V.w Wq.r
    66 38 31 0 pmovzxbd V.w Wd.r
    66 38 32 0 pmovzxbq V.w Ww.r
    66 38 33 0 pmovzxwd V.w Wq.r
    66 38 34 0 pmovzxwq V.w Wd.r
    66 38 35 0 pmovzxdq V.w Wq.r
    66 3a 0c 0 blendps V.m Wa.r Ib
    66 3a 0d 0 blendpd V.m Wa.r Ib
    66 3a 0e 0 pblendw V.m Wa.r Ib
    66 3a 0f 0 palignr V.m Wa.r Ib
    66 3a 42 0 mpsadbw V.m Wa.r Ib
    66 38 10 0 pblendvb V.m Wa.r (K.r)
    66 38 14 0 blendvps V.m Wa.r (K.r)
    66 38 15 0 blendvpd V.m Wa.r (K.r)
    """
}

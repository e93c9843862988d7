extension TemplateTable {
  /// The same as AVX, 128 bits wide, AVX2 on such vectors, and FMA. Format: see `TemplateTable`.
  static let vexVectorRows = """
    # moves
    v.np 0f 10 0 vmovups V.w Wx.r
    v.np 0f 11 0 vmovups Wx.w V.r
    v.66 0f 10 0 vmovupd V.w Wx.r
    v.66 0f 11 0 vmovupd Wx.w V.r
    v.f3 0f 10 0 vmovss V.w H.r U.r
    v.f3 0f 10 0 vmovss V.w Md.r
    v.f3 0f 11 0 vmovss U.w H.r V.r
    v.f3 0f 11 0 vmovss Md.w V.r
    v.f2 0f 10 0 vmovsd V.w H.r U.r
    v.f2 0f 10 0 vmovsd V.w Mq.r
    v.f2 0f 11 0 vmovsd U.w H.r V.r
    v.f2 0f 11 0 vmovsd Mq.w V.r
    v.np 0f 12 0 vmovhlps V.w H.r U.r
    v.np 0f 16 0 vmovlhps V.w H.r U.r
    v.np 0f 12 0 vmovlps V.w H.r Mq.r
    v.np 0f 13 0 vmovlps Mq.w V.r
    v.np 0f 16 0 vmovhps V.w H.r Mq.r
    v.np 0f 17 0 vmovhps Mq.w V.r
    v.66 0f 12 0 vmovlpd V.w H.r Mq.r
    v.66 0f 13 0 vmovlpd Mq.w V.r
    v.66 0f 16 0 vmovhpd V.w H.r Mq.r
    v.66 0f 17 0 vmovhpd Mq.w V.r
    v.f2 0f 12 0 vmovddup V.w Wq.r
    v.f3 0f 12 0 vmovsldup V.w Wx.r
    v.f3 0f 16 0 vmovshdup V.w Wx.r
    v.np 0f 28 0 vmovaps V.w Wa.r
    v.np 0f 29 0 vmovaps Wa.w V.r
    v.66 0f 28 0 vmovapd V.w Wa.r
    v.66 0f 29 0 vmovapd Wa.w V.r
    v.66 0f 6f 0 vmovdqa V.w Wa.r
    v.66 0f 7f 0 vmovdqa Wa.w V.r
    v.f3 0f 6f 0 vmovdqu V.w Wx.r
    v.f3 0f 7f 0 vmovdqu Wx.w V.r
    v.f2 0f f0 0 vlddqu V.w Mx.r
    v.66 0f 6e 0 vmovd V.w Ed.r
    v.66 0f 6e 1 vmovq V.w Eq.r
    v.66 0f 7e 0 vmovd Ed.wz V.r
    v.66 0f 7e 1 vmovq Eq.w V.r
    v.f3 0f 7e 0 vmovq V.w Wq.r
    v.66 0f d6 0 vmovq Wq.w V.r
    v.np 0f 50 0 vmovmskps Gd.wz U.r
    v.66 0f 50 0 vmovmskpd Gd.wz U.r
    v.66 0f d7 0 vpmovmskb Gd.wz U.r
    # insertion and extraction
    v.66 0f c4 0 vpinsrw V.w H.r Rd.r Ib
    v.66 0f c4 0 vpinsrw V.w H.r Mw.r Ib
    v.66 0f c5 0 vpextrw Gd.wz U.r Ib
    v.66 3a 14 0 vpextrb Rd.wz V.r Ib
    v.66 3a 14 0 vpextrb Mb.w V.r Ib
    v.66 3a 15 0 vpextrw Rd.wz V.r Ib
    v.66 3a 15 0 vpextrw Mw.w V.r Ib
    v.66 3a 16 0 vpextrd Ed.wz V.r Ib
    v.66 3a 16 1 vpextrq Eq.w V.r Ib
    v.66 3a 17 0 vextractps Ed.wz V.r Ib
    v.66 3a 20 0 vpinsrb V.w H.r Rd.r Ib
    v.66 3a 20 0 vpinsrb V.w H.r Mb.r Ib
    v.66 3a 21 0 vinsertps V.w H.r U.r Ib
    v.66 3a 21 0 vinsertps V.w H.r Md.r Ib
    v.66 3a 22 0 vpinsrd V.w H.r Ed.r Ib
    v.66 3a 22 1 vpinsrq V.w H.r Eq.r Ib
    # conversions
    v.f3 0f 2a y vcvtsi2ss V.w H.r Ey.r
    v.f3 0f 2c y vcvttss2si Gy.wz Wd.r
    v.f3 0f 2d y vcvtss2si Gy.wz Wd.r
    v.f2 0f 2a y vcvtsi2sd V.w H.r Ey.r
    v.f2 0f 2c y vcvttsd2si Gy.wz Wq.r
    v.f2 0f 2d y vcvtsd2si Gy.wz Wq.r
    v.np 0f 5a 0 vcvtps2pd V.w Wq.r
    v.66 0f 5a 0 vcvtpd2ps V.w U.r
    v.66 0f 5a 0 vcvtpd2psx V.w Mx.r
    v.f3 0f 5a 0 vcvtss2sd V.w H.r Wd.r
    v.f2 0f 5a 0 vcvtsd2ss V.w H.r Wq.r
    v.np 0f 5b 0 vcvtdq2ps V.w Wx.r
    v.66 0f 5b 0 vcvtps2dq V.w Wx.r
    v.f3 0f 5b 0 vcvttps2dq V.w Wx.r
    v.66 0f e6 0 vcvttpd2dq V.w U.r
    v.66 0f e6 0 vcvttpd2dqx V.w Mx.r
    v.f3 0f e6 0 vcvtdq2pd V.w Wq.r
    v.f2 0f e6 0 vcvtpd2dq V.w U.r
    v.f2 0f e6 0 vcvtpd2dqx V.w Mx.r
    # floating point
    v.np 0f 2e 0 vucomiss V.r Wd.r
    v.np 0f 2f 0 vcomiss V.r Wd.r
    v.66 0f 2e 0 vucomisd V.r Wq.r
    v.66 0f 2f 0 vcomisd V.r Wq.r
    v.np 0f 51 0 vsqrtps V.w Wx.r
    v.66 0f 51 0 vsqrtpd V.w Wx.r
    v.f3 0f 51 0 vsqrtss V.w H.r Wd.r
    v.f2 0f 51 0 vsqrtsd V.w H.r Wq.r
    v.np 0f 58 0 vaddps V.w H.r Wx.r
    v.66 0f 58 0 vaddpd V.w H.r Wx.r
    v.f3 0f 58 0 vaddss V.w H.r Wd.r
    v.f2 0f 58 0 vaddsd V.w H.r Wq.r
    v.np 0f 59 0 vmulps V.w H.r Wx.r
    v.66 0f 59 0 vmulpd V.w H.r Wx.r
    v.f3 0f 59 0 vmulss V.w H.r Wd.r
    v.f2 0f 59 0 vmulsd V.w H.r Wq.r
    v.np 0f 5c 0 vsubps V.w H.r Wx.r
    v.66 0f 5c 0 vsubpd V.w H.r Wx.r
    v.f3 0f 5c 0 vsubss V.w H.r Wd.r
    v.f2 0f 5c 0 vsubsd V.w H.r Wq.r
    v.np 0f 5d 0 vminps V.w H.r Wx.r
    v.66 0f 5d 0 vminpd V.w H.r Wx.r
    v.f3 0f 5d 0 vminss V.w H.r Wd.r
    v.f2 0f 5d 0 vminsd V.w H.r Wq.r
    v.np 0f 5e 0 vdivps V.w H.r Wx.r
    v.66 0f 5e 0 vdivpd V.w H.r Wx.r
    v.f3 0f 5e 0 vdivss V.w H.r Wd.r
    v.f2 0f 5e 0 vdivsd V.w H.r Wq.r
    v.np 0f 5f 0 vmaxps V.w H.r Wx.r
    v.66 0f 5f 0 vmaxpd V.w H.r Wx.r
    v.f3 0f 5f 0 vmaxss V.w H.r Wd.r
    v.f2 0f 5f 0 vmaxsd V.w H.r Wq.r
    # comparisons: Capstone names them by the immediate, which it sees as 0
    v.np 0f c2 0 vcmpeqps V.w H.r Wx.r (Ib)
    v.66 0f c2 0 vcmpeqpd V.w H.r Wx.r (Ib)
    v.f3 0f c2 0 vcmpeqss V.w H.r Wd.r (Ib)
    v.f2 0f c2 0 vcmpeqsd V.w H.r Wq.r (Ib)
    # bitwise and shuffles
    v.np 0f 54 0 vandps V.w H.r Wx.r
    v.66 0f 54 0 vandpd V.w H.r Wx.r
    v.np 0f 55 0 vandnps V.w H.r Wx.r
    v.66 0f 55 0 vandnpd V.w H.r Wx.r
    v.np 0f 56 0 vorps V.w H.r Wx.r
    v.66 0f 56 0 vorpd V.w H.r Wx.r
    v.np 0f 57 0 vxorps V.w H.r Wx.r
    v.66 0f 57 0 vxorpd V.w H.r Wx.r
    v.np 0f 14 0 vunpcklps V.w H.r Wx.r
    v.66 0f 14 0 vunpcklpd V.w H.r Wx.r
    v.np 0f 15 0 vunpckhps V.w H.r Wx.r
    v.66 0f 15 0 vunpckhpd V.w H.r Wx.r
    v.np 0f c6 0 vshufps V.w H.r Wx.r Ib
    v.66 0f c6 0 vshufpd V.w H.r Wx.r Ib
    v.66 0f 7c 0 vhaddpd V.w H.r Wx.r
    v.66 0f 7d 0 vhsubpd V.w H.r Wx.r
    v.66 0f d0 0 vaddsubpd V.w H.r Wx.r
    v.f2 0f 7c 0 vhaddps V.w H.r Wx.r
    v.f2 0f 7d 0 vhsubps V.w H.r Wx.r
    v.f2 0f d0 0 vaddsubps V.w H.r Wx.r
    v.66 3a 08 0 vroundps V.w Wx.r Ib
    v.66 3a 09 0 vroundpd V.w Wx.r Ib
    v.66 3a 0a 0 vroundss V.w H.r Wd.r Ib
    v.66 3a 0b 0 vroundsd V.w H.r Wq.r Ib
    v.66 3a 40 0 vdpps V.w H.r Wx.r Ib
    v.66 3a 41 0 vdppd V.w H.r Wx.r Ib
    # packed integers
    v.66 0f 60 0 vpunpcklbw V.w H.r Wx.r
    v.66 0f 61 0 vpunpcklwd V.w H.r Wx.r
    v.66 0f 62 0 vpunpckldq V.w H.r Wx.r
    v.66 0f 63 0 vpacksswb V.w H.r Wx.r
    v.66 0f 64 0 vpcmpgtb V.w H.r Wx.r
    v.66 0f 65 0 vpcmpgtw V.w H.r Wx.r
    v.66 0f 66 0 vpcmpgtd V.w H.r Wx.r
    v.66 0f 67 0 vpackuswb V.w H.r Wx.r
    v.66 0f 68 0 vpunpckhbw V.w H.r Wx.r
    v.66 0f 69 0 vpunpckhwd V.w H.r Wx.r
    v.66 0f 6a 0 vpunpckhdq V.w H.r Wx.r
    v.66 0f 6b 0 vpackssdw V.w H.r Wx.r
    v.66 0f 6c 0 vpunpcklqdq V.w H.r Wx.r
    v.66 0f 6d 0 vpunpckhqdq V.w H.r Wx.r
    v.66 0f 70 0 vpshufd V.w Wx.r Ib
    v.f3 0f 70 0 vpshufhw V.w Wx.r Ib
    v.f2 0f 70 0 vpshuflw V.w Wx.r Ib
    v.66 0f 71/2 0 vpsrlw H.w U.r Ib
    v.66 0f 71/4 0 vpsraw H.w U.r Ib
    v.66 0f 71/6 0 vpsllw H.w U.r Ib
    v.66 0f 72/2 0 vpsrld H.w U.r Ib
    v.66 0f 72/4 0 vpsrad H.w U.r Ib
    v.66 0f 72/6 0 vpslld H.w U.r Ib
    v.66 0f 73/2 0 vpsrlq H.w U.r Ib
    v.66 0f 73/3 0 vpsrldq H.w U.r Ib
    v.66 0f 73/6 0 vpsllq H.w U.r Ib
    v.66 0f 73/7 0 vpslldq H.w U.r Ib
    v.66 0f 74 0 vpcmpeqb V.w H.r Wx.r
    v.66 0f 75 0 vpcmpeqw V.w H.r Wx.r
    v.66 0f 76 0 vpcmpeqd V.w H.r Wx.r
    v.66 0f d1 0 vpsrlw V.w H.r Wx.r
    v.66 0f d2 0 vpsrld V.w H.r Wx.r
    v.66 0f d3 0 vpsrlq V.w H.r Wx.r
    v.66 0f d4 0 vpaddq V.w H.r Wx.r
    v.66 0f d5 0 vpmullw V.w H.r Wx.r
    v.66 0f d8 0 vpsubusb V.w H.r Wx.r
    v.66 0f d9 0 vpsubusw V.w H.r Wx.r
    v.66 0f da 0 vpminub V.w H.r Wx.r
    v.66 0f db 0 vpand V.w H.r Wx.r
    v.66 0f dc 0 vpaddusb V.w H.r Wx.r
    v.66 0f dd 0 vpaddusw V.w H.r Wx.r
    v.66 0f de 0 vpmaxub V.w H.r Wx.r
    v.66 0f df 0 vpandn V.w H.r Wx.r
    v.66 0f e0 0 vpavgb V.w H.r Wx.r
    v.66 0f e1 0 vpsraw V.w H.r Wx.r
    v.66 0f e2 0 vpsrad V.w H.r Wx.r
    v.66 0f e3 0 vpavgw V.w H.r Wx.r
    v.66 0f e4 0 vpmulhuw V.w H.r Wx.r
    v.66 0f e5 0 vpmulhw V.w H.r Wx.r
    v.66 0f e8 0 vpsubsb V.w H.r Wx.r
    v.66 0f e9 0 vpsubsw V.w H.r Wx.r
    v.66 0f ea 0 vpminsw V.w H.r Wx.r
    v.66 0f eb 0 vpor V.w H.r Wx.r
    v.66 0f ec 0 vpaddsb V.w H.r Wx.r
    v.66 0f ed 0 vpaddsw V.w H.r Wx.r
    v.66 0f ee 0 vpmaxsw V.w H.r Wx.r
    v.66 0f ef 0 vpxor V.w H.r Wx.r
    v.66 0f f1 0 vpsllw V.w H.r Wx.r
    v.66 0f f2 0 vpslld V.w H.r Wx.r
    v.66 0f f3 0 vpsllq V.w H.r Wx.r
    v.66 0f f4 0 vpmuludq V.w H.r Wx.r
    v.66 0f f5 0 vpmaddwd V.w H.r Wx.r
    v.66 0f f6 0 vpsadbw V.w H.r Wx.r
    v.66 0f f8 0 vpsubb V.w H.r Wx.r
    v.66 0f f9 0 vpsubw V.w H.r Wx.r
    v.66 0f fa 0 vpsubd V.w H.r Wx.r
    v.66 0f fb 0 vpsubq V.w H.r Wx.r
    v.66 0f fc 0 vpaddb V.w H.r Wx.r
    v.66 0f fd 0 vpaddw V.w H.r Wx.r
    v.66 0f fe 0 vpaddd V.w H.r Wx.r
    v.66 38 00 0 vpshufb V.w H.r Wx.r
    v.66 38 01 0 vphaddw V.w H.r Wx.r
    v.66 38 02 0 vphaddd V.w H.r Wx.r
    v.66 38 03 0 vphaddsw V.w H.r Wx.r
    v.66 38 04 0 vpmaddubsw V.w H.r Wx.r
    v.66 38 05 0 vphsubw V.w H.r Wx.r
    v.66 38 06 0 vphsubd V.w H.r Wx.r
    v.66 38 07 0 vphsubsw V.w H.r Wx.r
    v.66 38 08 0 vpsignb V.w H.r Wx.r
    v.66 38 09 0 vpsignw V.w H.r Wx.r
    v.66 38 0a 0 vpsignd V.w H.r Wx.r
    v.66 38 0b 0 vpmulhrsw V.w H.r Wx.r
    v.66 38 28 0 vpmuldq V.w H.r Wx.r
    v.66 38 29 0 vpcmpeqq V.w H.r Wx.r
    v.66 38 2b 0 vpackusdw V.w H.r Wx.r
    v.66 38 37 0 vpcmpgtq V.w H.r Wx.r
    v.66 38 38 0 vpminsb V.w H.r Wx.r
    v.66 38 39 0 vpminsd V.w H.r Wx.r
    v.66 38 3a 0 vpminuw V.w H.r Wx.r
    v.66 38 3b 0 vpminud V.w H.r Wx.r
    v.66 38 3c 0 vpmaxsb V.w H.r Wx.r
    v.66 38 3d 0 vpmaxsd V.w H.r Wx.r
    v.66 38 3e 0 vpmaxuw V.w H.r Wx.r
    v.66 38 3f 0 vpmaxud V.w H.r Wx.r
    v.66 38 40 0 vpmulld V.w H.r Wx.r
    v.66 38 1c 0 vpabsb V.w Wx.r
    v.66 38 1d 0 vpabsw V.w Wx.r
    v.66 38 1e 0 vpabsd V.w Wx.r
    v.66 38 41 0 vphminposuw V.w Wx.r
    v.66 38 17 0 vptest V.r Wx.r
    v.66 38 20 0 vpmovsxbw V.w Wq.r
    v.66 38 21 0 vpmovsxbd V.w Wd.r
    v.66 38 22 0 vpmovsxbq V.w Ww.r
    v.66 38 23 0 vpmovsxwd V.w Wq.r
    v.66 38 24 0 vpmovsxwq V.w Wd.r
    v.66 38 25 0 vpmovsxdq V.w Wq.r
    v.66 38 30 0 vpmovzxbw V.w Wq.r
    v.66 38 31 0 vpmovzxbd V.w Wd.r
    v.66 38 32 0 vpmovzxbq V.w Ww.r
    v.66 38 33 0 vpmovzxwd V.w Wq.r
    v.66 38 34 0 vpmovzxwq V.w Wd.r
    v.66 38 35 0 vpmovzxdq V.w Wq.r
    v.66 3a 0c 0 vblendps V.w H.r Wx.r Ib
    v.66 3a 0d 0 vblendpd V.w H.r Wx.r Ib
    v.66 3a 0e 0 vpblendw V.w H.r Wx.r Ib
    v.66 3a 0f 0 vpalignr V.w H.r Wx.r Ib
    v.66 3a 42 0 vmpsadbw V.w H.r Wx.r Ib
    v.66 3a 4c 0 vpblendvb V.w H.r Wx.r L.r
    v.66 3a 4a 0 vblendvps V.w H.r Wx.r L.r
    v.66 3a 4b 0 vblendvpd V.w H.r Wx.r L.r
    # only in VEX
    v.66 38 78 0 vpbroadcastb V.w Wb.r
    v.66 38 79 0 vpbroadcastw V.w Ww.r
    v.66 38 58 0 vpbroadcastd V.w Wd.r
    v.66 38 59 0 vpbroadcastq V.w Wq.r
    v.66 38 18 0 vbroadcastss V.w Wd.r
    v.66 38 0c 0 vpermilps V.w H.r Wx.r
    v.66 38 0d 0 vpermilpd V.w H.r Wx.r
    v.66 3a 04 0 vpermilps V.w Wx.r Ib
    v.66 3a 05 0 vpermilpd V.w Wx.r Ib
    v.66 3a 02 0 vpblendd V.w H.r Wx.r Ib
    v.66 38 47 0 vpsllvd V.w H.r Wx.r
    v.66 38 47 1 vpsllvq V.w H.r Wx.r
    v.66 38 45 0 vpsrlvd V.w H.r Wx.r
    v.66 38 45 1 vpsrlvq V.w H.r Wx.r
    v.66 38 46 0 vpsravd V.w H.r Wx.r
    v.np 0f 77 0 vzeroupper
    # fused multiply-add
    v.66 38 98 0 vfmadd132ps V.m H.r Wx.r
    v.66 38 99 0 vfmadd132ss V.m H.r Wd.r
    v.66 38 98 1 vfmadd132pd V.m H.r Wx.r
    v.66 38 99 1 vfmadd132sd V.m H.r Wq.r
    v.66 38 9a 0 vfmsub132ps V.m H.r Wx.r
    v.66 38 9b 0 vfmsub132ss V.m H.r Wd.r
    v.66 38 9a 1 vfmsub132pd V.m H.r Wx.r
    v.66 38 9b 1 vfmsub132sd V.m H.r Wq.r
    v.66 38 9c 0 vfnmadd132ps V.m H.r Wx.r
    v.66 38 9d 0 vfnmadd132ss V.m H.r Wd.r
    v.66 38 9c 1 vfnmadd132pd V.m H.r Wx.r
    v.66 38 9d 1 vfnmadd132sd V.m H.r Wq.r
    v.66 38 9e 0 vfnmsub132ps V.m H.r Wx.r
    v.66 38 9f 0 vfnmsub132ss V.m H.r Wd.r
    v.66 38 9e 1 vfnmsub132pd V.m H.r Wx.r
    v.66 38 9f 1 vfnmsub132sd V.m H.r Wq.r
    v.66 38 a8 0 vfmadd213ps V.m H.r Wx.r
    v.66 38 a9 0 vfmadd213ss V.m H.r Wd.r
    v.66 38 a8 1 vfmadd213pd V.m H.r Wx.r
    v.66 38 a9 1 vfmadd213sd V.m H.r Wq.r
    v.66 38 aa 0 vfmsub213ps V.m H.r Wx.r
    v.66 38 ab 0 vfmsub213ss V.m H.r Wd.r
    v.66 38 aa 1 vfmsub213pd V.m H.r Wx.r
    v.66 38 ab 1 vfmsub213sd V.m H.r Wq.r
    v.66 38 ac 0 vfnmadd213ps V.m H.r Wx.r
    v.66 38 ad 0 vfnmadd213ss V.m H.r Wd.r
    v.66 38 ac 1 vfnmadd213pd V.m H.r Wx.r
    v.66 38 ad 1 vfnmadd213sd V.m H.r Wq.r
    v.66 38 ae 0 vfnmsub213ps V.m H.r Wx.r
    v.66 38 af 0 vfnmsub213ss V.m H.r Wd.r
    v.66 38 ae 1 vfnmsub213pd V.m H.r Wx.r
    v.66 38 af 1 vfnmsub213sd V.m H.r Wq.r
    v.66 38 b8 0 vfmadd231ps V.m H.r Wx.r
    v.66 38 b9 0 vfmadd231ss V.m H.r Wd.r
    v.66 38 b8 1 vfmadd231pd V.m H.r Wx.r
    v.66 38 b9 1 vfmadd231sd V.m H.r Wq.r
    v.66 38 ba 0 vfmsub231ps V.m H.r Wx.r
    v.66 38 bb 0 vfmsub231ss V.m H.r Wd.r
    v.66 38 ba 1 vfmsub231pd V.m H.r Wx.r
    v.66 38 bb 1 vfmsub231sd V.m H.r Wq.r
    v.66 38 bc 0 vfnmadd231ps V.m H.r Wx.r
    v.66 38 bd 0 vfnmadd231ss V.m H.r Wd.r
    v.66 38 bc 1 vfnmadd231pd V.m H.r Wx.r
    v.66 38 bd 1 vfnmadd231sd V.m H.r Wq.r
    v.66 38 be 0 vfnmsub231ps V.m H.r Wx.r
    v.66 38 bf 0 vfnmsub231ss V.m H.r Wd.r
    v.66 38 be 1 vfnmsub231pd V.m H.r Wx.r
    v.66 38 bf 1 vfnmsub231sd V.m H.r Wq.r
    """
}

import IR
import IRTesting
import Testing

/// Printer and parser are each other's inverse, and the parser says where an error is.
struct TextTests {
  static func roundTrip(_ function: Function) throws {
    let text = Printer.print(function)
    #expect(Printer.print(try Parser.parseFunction(text)) == text)
  }

  @Test func randomFunctionsRoundTrip() throws {
    for seed in UInt64(0)..<100 {
      let function = RandomFunction.make(seed: seed, size: 40)
      let findings = Verifier.verify(function, in: RandomFunction.shape)
      #expect(findings.isEmpty, "seed \(seed): \(findings)")
      try Self.roundTrip(function)
      let parsed = try Parser.parseFunction(Printer.print(function))
      #expect(Verifier.verify(parsed, in: RandomFunction.shape).isEmpty)
    }
  }

  @Test func shapesRoundTrip() throws {
    let text = Printer.print(RandomFunction.shape)
    #expect(Printer.print(try Parser.parse(text).shape) == text)
    let full = """
      module {
        sig0 () -> (i32, f64)
        fn0 sig0 imported
        fn1 sig0
        mem0 i32 1 to 18446744073709551615 imported exported
        mem1 i64 0
        table0 i64 1 to 2 imported exported functions
        global0 i64 mutable imported exported reference
        data 3
        elements 4
      }

      """
    #expect(Printer.print(try Parser.parse(full).shape) == full)
  }

  /// One line for each opcode, as the printer writes it.
  static let everyOpcode = """
    function fn7 "a \\"name\\\\ \\u{a}é" (i32, i64, f32, f64, v128) -> (i32) throws {
    block0(v0: i32, v1: i64, v2: f32, v3: f64, v4: v128):
      v5 = iconst.i32 -1 @17
      v6 = fconst.f32 0x7fc00000
      v7 = vconst.v128 0x000102030405060708090a0b0c0d0e0f
      v8 = add.i32 v0, v5
      v9 = sub.i64 v1, v1
      v10 = mul.i32 v0, v0
      v200 = mulh_s.i64 v1, v1
      v201 = mulh_u.i32 v0, v0
      v11 = div_s.i32 v0, v0
      v12 = div_u.i32 v0, v0
      v13 = rem_s.i32 v0, v0
      v14 = rem_u.i32 v0, v0
      v15 = and.i32 v0, v0
      v16 = or.i32 v0, v0
      v17 = xor.i32 v0, v0
      v18 = shl.i32 v0, v0
      v19 = shr_s.i32 v0, v0
      v20 = shr_u.i32 v0, v0
      v21 = rotl.i32 v0, v0
      v22 = rotr.i32 v0, v0
      v23 = clz.i32 v0
      v24 = ctz.i32 v0
      v25 = popcnt.i32 v0
      v26 = sext_in_reg.i64 32 v1
      v27 = extend_s.i64 v0
      v28 = extend_u.i64 v0
      v29 = wrap.i32 v1
      v30 = icmp.i64 lt_s v1, v9
      v31 = fcmp.f32 ge v2, v6
      v32 = fadd.f64 v3, v3
      v33 = fsub.f64 v3, v3
      v34 = fmul.f64 v3, v3
      v35 = fdiv.f64 v3, v3
      v36 = fmin.f64 v3, v3
      v37 = fmax.f64 v3, v3
      v38 = copysign.f64 v3, v3
      v39 = fabs.f64 v3
      v40 = fneg.f64 v3
      v41 = fsqrt.f64 v3
      v42 = fceil.f64 v3
      v43 = ffloor.f64 v3
      v44 = ftrunc.f64 v3
      v45 = fnearest.f64 v3
      v46 = trunc_s.i32 f64 v3
      v47 = trunc_u.i64 f32 v2
      v48 = trunc_sat_s.i32 f64 v3
      v49 = trunc_sat_u.i64 f32 v2
      v50 = convert_s.f64 i32 v0
      v51 = convert_u.f32 i64 v1
      v52 = demote.f32 v3
      v53 = promote.f64 v2
      v54 = reinterpret.i64 v3
      v55 = select.v128 v0, v4, v7
      v56 = load.i32 unsigned8 mem0 v0 +4294967295
      store.v128 mem1 v1, v4 +16
      memory_check.i32 mem0 v0 +4294967296
      v57 = memory_oob.i64 mem1 v1 +8
      v58 = memory_size.i64 mem1
      v59 = memory_grow.i32 mem0 v0
      memory_fill mem0 v0, v5, v0
      memory_copy mem0 mem1 v0, v1, v0
      memory_init mem0 segment0 v0, v0, v0
      data_drop segment0
      v60 = table_get.i64 table0 v0
      table_set table0 v0, v60
      v61 = table_size.i32 table0
      v62 = table_grow.i32 table0 v60, v61
      table_fill table0 v0, v60, v0
      table_copy table0 table0 v0, v0, v0
      table_init table0 segment0 v0, v0, v0
      elem_drop segment0
      v63 = global_get.f64 global0
      global_set.f64 global0 v63
      v64 = func_ref.i64 fn0
      v65: i32, v66: f32 = call fn0 v0
      call fn1
      v67: i32, v68: f32 = call_indirect sig0 v64, v0
      trap_if integerOverflow v0
      br_if v0 block1, block2(v0, v3)
    block1 cold:
      trap unreachable
    block2(v69: i32, v70: f64):
      br_table v69 block3, block4, block3
    block3:
      return_call fn2
    block4:
      br_if v69 block5, block6
    block5:
      return_call_indirect sig2 v64
    block6:
      jump block7
    block7:
      br_if v69 block8, block9
    block8:
      return v69
    block9:
      v71: i32, v72: f32, v73: i64 = try_call fn0 v69
      v74: i64 = try_call_indirect sig1 v64
      v75 = exn_payload.v128 3
      exn_store v72, v75
      v76 = exn_box.i64 v73, v72
      v77 = exn_unbox.i64 v76
      raise v77, v71, v72
    }

    """

  /// The same for vectors.
  static let everyVectorOpcode = """
    function fn7 (v128, v128, i32, f32) -> (v128) {
    block0(v0: v128, v1: v128, v2: i32, v3: f32):
      v4 = vconst.v128 0x000102030405060708090a0b0c0d0e0f
      v5 = vsplat.f32x4 v3
      v6 = vextract_s.i16x8 3 v0
      v7 = vextract_u.f32x4 3 v0
      v8 = vreplace.f32x4 3 v0, v3
      v9 = vshuffle.v128 3 10 17 24 31 6 13 20 27 2 9 16 23 30 5 12 v0, v1
      v10 = vswizzle.v128 v0, v1
      v11 = vswizzle_relaxed.v128 v0, v1
      v12 = vand.v128 v0, v1
      v13 = vor.v128 v0, v1
      v14 = vxor.v128 v0, v1
      v15 = vandnot.v128 v0, v1
      v16 = vbitselect.v128 v0, v1, v0
      v17 = vany_true.v128 v0
      v18 = vall_true.i64x2 v0
      v19 = vbitmask.i64x2 v0
      v20 = vadd.f32x4 v0, v1
      v21 = vsub.f32x4 v0, v1
      v22 = vmul.i64x2 v0, v1
      v23 = vneg.f32x4 v0
      v24 = vabs.f32x4 v0
      v25 = vadd_sat_s.i16x8 v0, v1
      v26 = vadd_sat_u.i16x8 v0, v1
      v27 = vsub_sat_s.i16x8 v0, v1
      v28 = vsub_sat_u.i16x8 v0, v1
      v29 = vmin_s.i8x16 v0, v1
      v30 = vmin_u.i8x16 v0, v1
      v31 = vmax_s.i8x16 v0, v1
      v32 = vmax_u.i8x16 v0, v1
      v33 = vavgr_u.i16x8 v0, v1
      v34 = vshl.i64x2 v0, v2
      v35 = vshr_s.i64x2 v0, v2
      v36 = vshr_u.i64x2 v0, v2
      v37 = vpopcnt.i8x16 v0
      v38 = vdot.i32x4 v0, v1
      v39 = vdot_relaxed.i16x8 v0, v1
      v40 = vq15mul.i16x8 v0, v1
      v41 = vq15mul_relaxed.i16x8 v0, v1
      v42 = vadd_pairwise_s.i32x4 v0
      v43 = vadd_pairwise_u.i32x4 v0
      v44 = vnarrow_s.i16x8 v0, v1
      v45 = vnarrow_u.i16x8 v0, v1
      v46 = vextend_low_s.i32x4 v0
      v47 = vextend_low_u.i32x4 v0
      v48 = vextend_high_s.i32x4 v0
      v49 = vextend_high_u.i32x4 v0
      v50 = vicmp.i64x2 gt_u v0, v1
      v51 = vfcmp.f64x2 le v0, v1
      v52 = vdiv.f64x2 v0, v1
      v53 = vsqrt.f64x2 v0
      v54 = vceil.f64x2 v0
      v55 = vfloor.f64x2 v0
      v56 = vtrunc.f64x2 v0
      v57 = vnearest.f64x2 v0
      v58 = vmin.f64x2 v0, v1
      v59 = vmax.f64x2 v0, v1
      v60 = vpmin.f64x2 v0, v1
      v61 = vpmax.f64x2 v0, v1
      v62 = vtrunc_sat_s.i32x4 f64x2 v0
      v63 = vtrunc_sat_u.i32x4 f64x2 v0
      v64 = vtrunc_relaxed_s.i32x4 f64x2 v0
      v65 = vconvert_s.f64x2 v0
      v66 = vconvert_u.f64x2 v0
      v67 = vdemote.v128 v0
      v68 = vpromote.v128 v0
      v69 = vmadd.f64x2 v0, v1, v0
      v70 = vnmadd.f64x2 v0, v1, v0
      v71 = load.v128 unsigned64 mem0 v2 +8
      v72 = load.v128 unsigned32 mem0 v2
      return v71
    }

    """

  static let everyOpcodeShape = """
    module {
      sig0 (i32) -> (i32, f32)
      sig1 () -> ()
      sig2 () -> (i32)
      fn0 sig0
      fn1 sig1
      fn2 sig2
      mem0 i32 1
      mem1 i64 1
      table0 i32 1
      global0 f64 mutable
      data 1
      elements 1
    }
    """

  @Test func everyOpcodeRoundTrips() throws {
    let shape = try Parser.parse(Self.everyOpcodeShape).shape
    var used: Set<Opcode> = []
    for text in [Self.everyOpcode, Self.everyVectorOpcode] {
      let function = try Parser.parseFunction(text)
      #expect(Printer.print(function) == text)
      used.formUnion(function.instructions.elements.map(\.opcode))
      #expect(Verifier.verify(function, in: shape) == [])
    }
    #expect(used == Set(Opcode.allCases))
  }

  @Test(arguments: [
    ("function fn0 () -> () {\nblock0:\n  frob v1\n}", 3, 3, "unknown opcode 'frob'"),
    ("function fn0 () -> () {\nblock0:\n  v0 = add.i32 v0\n  return v1\n}", 4, 10, "v1 is not defined"),
    ("function fn0 () -> () {\nblock0:\n  jump block9\n}", 3, 8, "block9 is not defined"),
    ("function fn0 () -> () {\nblock0:\n  return\nblock0:\n}", 4, 1, "block0 is defined twice"),
    ("function fn0 () -> () {\nblock0(v0: i32, v0: i32):\n}", 2, 17, "v0 is defined twice"),
    ("function fn0 () -> () {\nblock0:\n  v1 = return\n}", 3, 3, "the instruction has no result"),
    ("function fn0 () -> () {\nblock0:\n  iconst.i32 1\n}", 3, 3, "the instruction has one result"),
    ("function fn0 () -> () {\nblock0:\n  v0 = iconst 1\n}", 3, 8, "'iconst' needs a type"),
    ("function fn0 () -> () {\nblock0:\n  jump.i32 block0\n}", 3, 3, "'jump' takes no type"),
    ("function fn0 () -> () {\nblock0:\n  v0 = iconst.i32 4294967296\n}", 3, 19, "too large for an i32"),
    ("function fn0 () -> () {\nblock0:\n  v0, v2 = call fn0\n}", 3, 3, "a call's results need types"),
    (
      "function fn0 () -> () {\nblock0:\n  v0: i32, v2: i32 = call fn0\n}", 3, 12,
      "results must have consecutive numbers"
    ),
    ("function fn0 () -> () {\nblock0:\n  v999999999 = iconst.i32 1\n}", 3, 3, "the number is too large"),
    ("function fn0 \"x\n", 1, 14, "the string does not end on its line"),
    ("function fn0 () -> () {\n  %\n}", 2, 3, "unexpected character"),
    ("function fn0 () -> () {\n} x", 2, 3, "expected the end of the text"),
    ("function fn0 (i33) -> () {\n}", 1, 15, "expected a type"),
  ])
  func errorsHaveAPlace(text: String, line: Int, column: Int, reason: String) {
    #expect(throws: ParseError(line: line, column: column, reason: reason)) { try Parser.parseFunction(text) }
  }

  /// Any prefix of a text parses or fails; nothing traps.
  @Test func damagedTextsFail() throws {
    var random = Random(seed: 1)
    let bytes = Array(Self.everyOpcode.utf8)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      _ = try? Parser.parseFunction(String(decoding: bytes[..<length], as: UTF8.self))
      var damaged = bytes
      damaged[length] = UInt8(truncatingIfNeeded: random.next())
      _ = try? Parser.parseFunction(String(decoding: damaged, as: UTF8.self))
    }
    #expect(throws: ParseError.self) { try Parser.parseFunction("") }
  }
}

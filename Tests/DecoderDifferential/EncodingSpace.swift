/// Bytes of one candidate encoding, zero behind the last.
struct Candidate {
  private(set) var low: UInt64 = 0
  private(set) var high: UInt64 = 0
  private(set) var count = 0

  @inline(__always) mutating func append(_ byte: UInt8) {
    if count < 8 {
      low |= UInt64(byte) << UInt64(8 * count)
    } else if count < 15 {
      high |= UInt64(byte) << UInt64(8 * (count - 8))
    }
    count += 1
  }

  @inline(__always) mutating func append(_ value: UInt64, size: Int) {
    for position in 0..<size { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * position))) }
  }
}

/// Every way to write the fields of an instruction, whatever the validator thinks of it: prefixes, REX or VEX, opcode map, opcode
/// and ModRM in full; SIB, displacement and immediate at their edges.
struct EncodingSpace {
  /// A form is everything up to ModRM. One form in so many is taken; up to one in eight, whole opcodes are left out rather than
  /// values of ModRM.
  let stride: UInt64
  /// Tails (SIB, displacement, immediate) for each form that takes any.
  let variants: Int

  private static let immediates: [UInt64] = [
    0, 1, 0x7F, 0x80, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max,
    0x1234_5678_9ABC_DEF0, 0x10, 0x70, 0x1F, 0x20,
  ]
  private static let displacements: [UInt64] = [0, 1, 0x7F, 0x80, 0xFF, 0x1000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FF80, 0xFFFF_FFFF, 0x1234_5678]

  /// Calls `visit` with each candidate; it says whether the candidate was accepted and has more tails than this one.
  func forEach(_ visit: (Candidate) -> TailAnswer) {
    var (number, form): (UInt64, UInt64) = (0, 0)
    let (headStride, modRMStride) = (min(stride, 8), max(stride / 8, 1))
    forEachHead { head in
      number &+= 1
      if Self.mix(number) % headStride != 0 { return }
      for modRM in UInt8(0)...255 {
        form &+= 1
        if modRMStride > 1 && Self.mix(form) % modRMStride != 0 { continue }
        for variant in 0..<variants {
          let answer = visit(Self.complete(head, modRM, Self.mix(form ^ UInt64(variant) << 40)))
          if answer != .acceptedWithTail { break }
        }
      }
    }
  }

  enum TailAnswer { case rejected, acceptedWhole, acceptedWithTail }

  private static func complete(_ head: Candidate, _ modRM: UInt8, _ random: UInt64) -> Candidate {
    var candidate = head
    candidate.append(modRM)
    let (mod, low) = (modRM >> 6, modRM & 7)
    var displacementSize = mod == 1 ? 1 : mod == 2 || (mod == 0 && low == 5) ? 4 : 0
    if mod != 3 && low == 4 {
      let sib = UInt8(truncatingIfNeeded: random >> 8)
      candidate.append(sib)
      if mod == 0 && sib & 7 == 5 { displacementSize = 4 }
    }
    candidate.append(displacements[Int(random >> 20 & 0xFFFF) % displacements.count], size: displacementSize)
    candidate.append(immediates[Int(random >> 40 & 15)], size: 8)
    return candidate
  }

  /// Everything before ModRM.
  private func forEachHead(_ body: (Candidate) -> Void) {
    let rex: [UInt8?] = [nil] + (0x40...0x4F).map { $0 }
    let escapes: [[UInt8]] = [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]]
    for isSegmentForm in [false, true] {
      for prefix in [nil, 0x66, 0xF3, 0xF2] as [UInt8?] {
        for rex in rex {
          for escape in escapes {
            for opcode in UInt8(0)...255 {
              var head = Self.segment(isSegmentForm)
              if let prefix { head.append(prefix) }
              if let rex { head.append(rex) }
              for byte in escape { head.append(byte) }
              head.append(opcode)
              body(head)
            }
          }
        }
      }
      forEachVEXHead(isSegmentForm, body)
    }
  }

  /// R, X, B and the map; W, four values of vvvv, both L and all four pp.
  private func forEachVEXHead(_ isSegmentForm: Bool, _ body: (Candidate) -> Void) {
    for second in [0x00, 0x28, 0x50, 0x78, 0x04, 0x7C, 0x80, 0xA8, 0xD0, 0xF8] as [UInt8] {
      for pp in UInt8(0)...3 {
        for opcode in UInt8(0)...255 {
          var short = Self.segment(isSegmentForm)
          short.append(0xC5)
          short.append(second | pp)
          short.append(opcode)
          body(short)
          for extensions in Swift.stride(from: UInt8(0), through: 0xE0, by: 0x20) {
            for map in UInt8(1)...3 {
              var long = Self.segment(isSegmentForm)
              long.append(0xC4)
              long.append(extensions | map)
              long.append(second | pp)
              long.append(opcode)
              body(long)
            }
          }
        }
      }
    }
  }

  private static func segment(_ isSegmentForm: Bool) -> Candidate {
    var head = Candidate()
    if isSegmentForm {
      head.append(0x65)
      head.append(0x67)
    }
    return head
  }

  /// Prefixes in any order and number before any bytes: what no assembler writes.
  static func disorderly(_ number: UInt64) -> Candidate {
    let prefixes: [UInt8] = [0x65, 0x67, 0x66, 0xF2, 0xF3, 0xF0, 0x2E, 0x64, 0x40, 0x48, 0x4F, 0x36, 0x0F, 0xC4, 0xC5, 0x62]
    var state = mix(number)
    var candidate = Candidate()
    for _ in 0..<(state >> 60 & 7) {
      state = mix(state)
      candidate.append(prefixes[Int(state >> 32 & 15)])
    }
    while candidate.count < 15 {
      state = mix(state)
      candidate.append(UInt8(truncatingIfNeeded: state >> 32))
    }
    return candidate
  }

  @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Rule {
  /// What the rule asks for, in one sentence. SPEC.md has the whole rule and its argument.
  public var summary: String {
    switch self {
    case .e1_elfHeader: "The ELF header is exactly that of a nexe."
    case .e2_segments: "Five program headers, in order, exact, disjoint; every byte outside them is zero."
    case .e3_note: "The note is of this format and ABI version and describes itself exactly."
    case .e4_metadata: "The metadata's sections lie in the segment, fit their counts and name existing functions."
    case .e5_hostLimits: "Model, reach and instruction set level are within what the host allows."
    case .s1_contextSize: "The context block is at most 1 MiB."
    case .s3_reservedRegister:
      "rsp and r15 are neither written nor used as data outside the groups and the frame's own instructions."
    case .m1_region: "Base, bounded index and displacement stay inside one region that grants the access."
    case .m3_segmentForm:
      "gs only as the pair 65 67, in seg32, with a memory 0, on unaligned accesses, without rsp, r15 and rip."
    case .m4_frameSlot: "[rsp+d] without index, inside the frame, only where the frame is taken."
    case .m5_readOnlyData: "RIP-relative operands only read, and only from read-only data."
    case .m6_alignment: "Operands that must be aligned are read-only data at a multiple of 16."
    case .m8_atomic: "No LOCK, no exchange with memory."
    case .f1_functionTable: "The function table tiles text exactly."
    case .f2_depth: "The depth is 0 or N, one N a function, and every way to an instruction agrees on it."
    case .f3_poll: "POLL and Large lead to call [r15-INTERRUPT] and back; frames above 4,096 bytes only by Large."
    case .f4_entryPoll: "A function that calls, or is large, or has a large frame, begins with POLL or Large."
    case .f5_terminator: "No function's end can be reached."
    case .c1_directTarget:
      "Nothing crosses a bundle; direct jumps reach instruction starts of their function, calls function starts."
    case .c2_callGroup: "Indirect calls and tail calls only by the group through the entry area."
    case .c3_entryArea: "The entry area holds trap bundles and type checks that lead to function starts, nothing else."
    case .c4_tableJump: "Table jumps only by the group, with a disjoint table of bundle starts of the same function."
    case .c6_gate: "Calls through memory only to gates."
    case .c7_size: "Text and read-only data end below 2^31."
    case .d1_division: "Divisions only in the two guarded groups."
    case .p1_backwardEdge: "Every backward edge lands on a POLL or directly follows one."
    case .p2_weight: "Bounded bytes and calls since the last POLL."
    case .v2_instruction: "Only instructions of the allow-list, on which field parser and Capstone agree."
    }
  }
}

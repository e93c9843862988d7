/// The rules a nexe must keep, by the ids that SPEC.md gives them. `rawValue` is the id as text.
public enum Rule: String, CaseIterable, Sendable {
  // The envelope: file, note, metadata, and what the host asked for.
  case e1_elfHeader = "E1"
  case e2_segments = "E2"
  case e3_note = "E3"
  case e4_metadata = "E4"
  case e5_hostLimits = "E5"
  // The slot.
  case s1_contextSize = "S1"
  case s3_reservedRegister = "S3"
  // Memory.
  case m1_region = "M1"
  case m3_segmentForm = "M3"
  case m4_frameSlot = "M4"
  case m5_readOnlyData = "M5"
  case m6_alignment = "M6"
  case m8_atomic = "M8"
  // Functions and frames.
  case f1_functionTable = "F1"
  case f2_depth = "F2"
  case f3_poll = "F3"
  case f4_entryPoll = "F4"
  case f5_terminator = "F5"
  // Control.
  case c1_directTarget = "C1"
  case c2_callGroup = "C2"
  case c3_entryArea = "C3"
  case c4_tableJump = "C4"
  case c6_gate = "C6"
  case c7_size = "C7"
  // Division, preemption, and the decoder.
  case d1_division = "D1"
  case p1_backwardEdge = "P1"
  case p2_weight = "P2"
  case v2_instruction = "V2"

  public var id: String { rawValue }
}

import IR
import RegisterAllocation
import X86

/// Lanes to and from scalars.
extension Lowering {
  /// A lane in memory: a load of just so many bytes that only this instruction needs.
  private func laneLoad(_ value: Value, _ lanes: LaneShape) -> IR.Instruction? {
    guard let load = canSinkRead(value, by: .load) else { return nil }
    let data = function.instructions[load]
    return data.access.size(for: data.type) * 8 == lanes.laneBits ? load : nil
  }

  // MARK: Splat

  mutating func selectSplat(_ data: InstructionData) {
    let value = operandValue(0)
    if laneLoad(value, data.lanes) != nil, isa >= .v3 || data.lanes.laneBits >= 32 {
      let source = foldedLoad(value)
      return splat(memory: source, data.lanes)
    }
    if data.lanes.isFloat {
      let source = X86.Operand.register(use(value))
      if data.lanes == .f64x2 {
        finish(.movddup, source)
      } else if isa >= .v3 {
        finish(.broadcastss, source)
      } else {
        finish(.shufps, source, source, .immediate(0))
      }
      return
    }
    let scalar = data.lanes == .i64x2 ? use(value) : useLow32(value)
    let vector = vectorRegister()
    emit(.moveToVector, data.lanes == .i64x2 ? .w64 : .w32, vector, .register(scalar))
    splat(vector, data.lanes)
  }

  private mutating func splat(memory: Source, _ lanes: LaneShape) {
    switch lanes {
    case .f64x2, .i64x2: finish(.movddup, memory.operand, region: memory.region)
    case .f32x4 where isa >= .v3, .i32x4 where isa >= .v3:
      finish(.broadcastss, memory.operand, region: memory.region)
    case .f32x4, .i32x4:
      let scalar = packed(.movss, memory.operand, region: memory.region)
      finish(.shufps, scalar, scalar, .immediate(0))
    case .i16x8: finish(.pbroadcastw, memory.operand, region: memory.region)
    case .i8x16: finish(.pbroadcastb, memory.operand, region: memory.region)
    }
  }

  /// From lane 0 to all.
  private mutating func splat(_ vector: X86.Operand, _ lanes: LaneShape) {
    switch lanes {
    case .i64x2, .f64x2: finish(.punpcklqdq, vector, vector)
    case .i32x4, .f32x4: finish(.pshufd, vector, .immediate(0))
    case .i16x8 where isa >= .v3: finish(.pbroadcastw, vector)
    case .i8x16 where isa >= .v3: finish(.pbroadcastb, vector)
    case .i16x8: finish(.pshufd, packed(.pshuflw, vector, .immediate(0)), .immediate(0))
    case .i8x16: finish(.pshufb, vector, constantInRegister(0, 0))
    }
  }

  // MARK: Extract

  mutating func selectExtractLane(_ data: InstructionData) {
    let lane = Int64(data.auxiliary)
    let vector = useVector(0)
    let result = X86.Operand.register(result())
    switch data.lanes {
    case .i8x16, .i16x8:
      let isByte = data.lanes == .i8x16
      let isSigned = data.opcode == .vectorExtractSigned
      let scalar = isSigned ? X86.Operand.register(fresh()) : result
      emit(isByte ? .pextrb : .pextrw, .w32, scalar, vector, .immediate(lane))
      if isSigned { emit(isByte ? .movsx8 : .movsx16, .w32, result, scalar) }
    case .i32x4, .i64x2:
      let width: Width = data.lanes == .i64x2 ? .w64 : .w32
      if lane == 0 {
        emit(.moveFromVector, width, result, vector)
      } else {
        emit(.pextrd, width, result, vector, .immediate(lane))
      }
    case .f32x4, .f64x2:
      if lane == 0 {
        emitMove(self.result(), use(operandValue(0)), .vector)
      } else {
        finish(.pshufd, vector, .immediate(data.lanes == .f64x2 ? 0xEE : lane))
      }
    }
  }

  /// A store of a lane that nobody else needs, straight from the vector.
  mutating func selectStoreLane(_ data: InstructionData) -> Bool {
    guard let extract = canSink(operandValue(1), by: .vectorExtractUnsigned) else { return false }
    let extractData = function.instructions[extract]
    guard data.access.size(for: data.type) * 8 == extractData.lanes.laneBits else { return false }
    let lane = Int64(extractData.auxiliary)
    let opcode: MachineOpcode
    switch extractData.lanes {
    case .i8x16: opcode = .pextrb
    case .i16x8: opcode = .pextrw
    case .i32x4, .f32x4: opcode = lane == 0 ? .movss : .pextrd
    case .i64x2, .f64x2: opcode = lane == 0 ? .movsd : .movhpsStore
    }
    sink(extract)
    let vector = X86.Operand.register(use(function.operand(0, of: extract)))
    let operand = operand(of: currentInstruction)
    let takesLane = [.pextrb, .pextrw, .pextrd].contains(opcode)
    emit(
      opcode, .w32, .address(operand.address), vector, takesLane ? .immediate(lane) : .none, region: operand.region)
    return true
  }

  // MARK: Replace

  mutating func selectReplaceLane(_ data: InstructionData) {
    let lane = Int64(data.auxiliary)
    let vector = useVector(0)
    if data.lanes.isFloat { return replaceFloat(data, vector, lane) }
    let value = operandValue(1)
    let source: Source =
      if laneLoad(value, data.lanes) != nil {
        foldedLoad(value)
      } else {
        Source(operand: .register(data.lanes == .i64x2 ? use(value) : useLow32(value)))
      }
    let opcode: MachineOpcode =
      switch data.lanes {
      case .i8x16: .pinsrb
      case .i16x8: .pinsrw
      default: .pinsrd
      }
    emit(
      opcode, data.lanes == .i64x2 ? .w64 : .w32, .register(result()), vector, source.operand, .immediate(lane),
      region: source.region)
  }

  private mutating func replaceFloat(_ data: InstructionData, _ vector: X86.Operand, _ lane: Int64) {
    let source = floatSource(operandValue(1))
    if data.lanes == .f32x4 {
      finish(.insertps, vector, source.operand, .immediate(lane << 4), region: source.region)
    } else if case .address = source.operand {
      finish(lane == 0 ? .movlpsLoad : .movhpsLoad, vector, source.operand, region: source.region)
    } else if lane == 0 {
      finish(.blendpd, vector, source.operand, .immediate(1))
    } else {
      finish(.unpcklpd, vector, source.operand)
    }
  }
}

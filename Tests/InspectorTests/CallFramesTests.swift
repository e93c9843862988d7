import Testing

@testable import Inspector

private struct NoDisassembler: Error {}

@Suite struct CallFramesTests {
  private func steps(_ code: [UInt8]) throws -> [CallFrames.Step] {
    guard let disassembler = Disassembler() else { throw NoDisassembler() }
    return CallFrames.steps(of: 0..<code.count, in: code[...], disassembler)
  }

  private func step(_ offset: Int, _ depth: Int) -> CallFrames.Step { CallFrames.Step(offset: offset, depth: depth) }

  @Test func aFunctionWithoutFrameHasOneStep() throws {
    // mov eax, 1; ret
    #expect(try steps([0xb8, 1, 0, 0, 0, 0xc3]) == [step(0, 0)])
  }

  @Test func frameTakenAndGiven() throws {
    // sub rsp, 24; nop; add rsp, 24; ret
    #expect(try steps([0x48, 0x83, 0xec, 24, 0x90, 0x48, 0x83, 0xc4, 24, 0xc3]) == [step(0, 0), step(4, 24), step(9, 0)])
    // sub rsp, 4096; lea rsp, [rsp + 4096]; ret
    let large: [UInt8] = [0x48, 0x81, 0xec, 0, 16, 0, 0, 0x48, 0x8d, 0xa4, 0x24, 0, 16, 0, 0, 0xc3]
    #expect(try steps(large) == [step(0, 0), step(7, 4096), step(15, 0)])
  }

  @Test func behindAReturnTheFrameIsThereAgain() throws {
    // sub rsp, 8; add rsp, 8; ret; nop; add rsp, 8; ret
    let code: [UInt8] = [0x48, 0x83, 0xec, 8, 0x48, 0x83, 0xc4, 8, 0xc3, 0x90, 0x48, 0x83, 0xc4, 8, 0xc3]
    #expect(try steps(code) == [step(0, 0), step(4, 8), step(8, 0), step(9, 8), step(14, 0)])
  }

  @Test func coldCodeHasTheDepthOfItsJump() throws {
    // jb +9 (before the frame); sub rsp, 8; add rsp, 8; ret; nop; the target: nop; jmp -16
    let code: [UInt8] = [0x72, 9, 0x48, 0x83, 0xec, 8, 0x48, 0x83, 0xc4, 8, 0xc3, 0x90, 0xeb, 0xf2]
    #expect(try steps(code) == [step(0, 0), step(6, 8), step(10, 0)])
  }

  @Test func trapsSideBySideHaveTheDepthsOfTheirJumps() throws {
    // jb to the second trap, before the frame; sub rsp, 8; jb to the first; add rsp, 8; ret; call [r15 - 24]; nop; call [r15 - 24]
    let code: [UInt8] = [
      0x72, 17, 0x48, 0x83, 0xec, 8, 0x72, 5, 0x48, 0x83, 0xc4, 8, 0xc3, 0x41, 0xff, 0x57, 0xe8, 0x66, 0x90, 0x41, 0xff, 0x57, 0xe8,
    ]
    #expect(try steps(code) == [step(0, 0), step(6, 8), step(12, 0), step(13, 8), step(19, 0)])
  }

  @Test func textThatIsNoCode() throws {
    let code: [UInt8] = [0x0f, 0xff, 0x06, 0x06, 0x48, 0x83]
    #expect(try steps(code) == [step(0, 0)])
  }

  @Test func entriesOfDebugFrame() {
    var section = DebugFrameSection()
    section.add([step(32, 0), step(36, 24), step(300, 0)], size: 320, textAddress: 0x10000)
    let bytes = section.bytes
    // The common entry, 20 bytes and its length.
    #expect(bytes.count % 8 == 0 && bytes[0] == 20 && bytes[4..<8].allSatisfy { $0 == 0xff })
    let entry = Array(bytes[24...])
    #expect(entry[4..<8] == [0, 0, 0, 0], "the common entry's offset")
    #expect(entry[8..<16] == [0x20, 0, 1, 0, 0, 0, 0, 0] && entry[16..<18] == [0x40, 1])
    // advance_loc4 4, def_cfa_offset 32, advance_loc4 264, def_cfa_offset 8
    #expect(entry[24..<38] == [4, 4, 0, 0, 0, 0x0e, 32, 4, 8, 1, 0, 0, 0x0e, 8])
  }
}

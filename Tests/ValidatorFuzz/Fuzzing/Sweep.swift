import CCapstone

/// Where an instruction lies in text, and where its fields are, as Capstone says. Hints for mutation and, by their
/// starts, the places where a step may stop; neither is what the validator itself decodes.
public struct InstructionPlace: Sendable {
  /// From the start of text.
  public let offset: Int
  public let length: Int
  /// From the instruction's start; 0: none.
  let modRM: Int
  let displacement: Int
  let immediate: Int
}

/// A linear reading of text. Nothing crosses a 32-byte bundle or a function's border (rules C1, F1), so each bundle is
/// read for itself.
public enum Sweep {
  static let bundleSize = 32

  /// - Parameter borders: offsets of function starts, ascending.
  public static func instructions(_ text: ArraySlice<UInt8>, borders: [Int]) -> [InstructionPlace] {
    var handle: csh = 0
    guard cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK,
      cs_option(handle, CS_OPT_DETAIL, Int(CS_OPT_ON.rawValue)) == CS_ERR_OK, let instruction = cs_malloc(handle)
    else { return [] }
    defer {
      cs_free(instruction, 1)
      cs_close(&handle)
    }
    let starts = Set(borders)
    var result: [InstructionPlace] = []
    text.withUnsafeBufferPointer { text in
      var offset = 0
      while offset < text.count {
        var end = min(text.count, (offset / bundleSize + 1) * bundleSize)
        if let border = (offset + 1..<end).first(where: starts.contains) { end = border }
        var code = text.baseAddress.map { $0 + offset }
        var (size, address) = (end - offset, UInt64(offset))
        if cs_disasm_iter(handle, &code, &size, &address, instruction), let detail = halite_x86(instruction) {
          let encoding = detail.pointee.encoding
          result.append(
            InstructionPlace(
              offset: offset, length: Int(instruction.pointee.size), modRM: Int(encoding.modrm_offset),
              displacement: Int(encoding.disp_offset), immediate: Int(encoding.imm_offset)))
          offset += Int(instruction.pointee.size)
        } else {
          offset = end
        }
      }
    }
    return result
  }
}

import CCapstone

/// Disassembles text for people, through Capstone. What Capstone does not know is shown as a byte.
public struct Disassembler: ~Copyable {
  private var handle: csh = 0
  private let instruction: UnsafeMutablePointer<cs_insn>

  public struct Line {
    public var address: Int
    public var size: Int
    /// Mnemonic and operands, Intel syntax.
    public var text: String
  }

  public init?() {
    guard cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK, let allocated = cs_malloc(handle) else { return nil }
    instruction = allocated
  }

  deinit {
    cs_free(instruction, 1)
    var closing = handle
    cs_close(&closing)
  }

  /// The instruction at `offset` of `text`, which starts at `address`.
  public func line(at offset: Int, of text: ArraySlice<UInt8>, address: Int) -> Line {
    let rest = text.dropFirst(offset).prefix(16)
    let found: Line? = rest.withUnsafeBufferPointer { buffer in
      var code: UnsafePointer<UInt8>? = buffer.baseAddress
      var size = buffer.count
      var position = UInt64(address + offset)
      guard cs_disasm_iter(handle, &code, &size, &position, instruction) else { return nil }
      return Line(
        address: address + offset, size: Int(instruction.pointee.size),
        text: Self.string(instruction.pointee.mnemonic) + " " + Self.string(instruction.pointee.op_str))
    }
    let byte = rest.first ?? 0
    return found ?? Line(address: address + offset, size: 1, text: "(byte 0x\(String(byte, radix: 16)))")
  }

  /// A NUL-terminated C array, which Swift sees as a tuple.
  private static func string<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

import Testing

@testable import Wasm

@Suite struct LEB128Tests {
  func cursor(_ bytes: [UInt8]) -> ByteCursor { ByteCursor(bytes, 0..<bytes.count) }

  @Test(
    arguments: [
      ([0x00], 0), ([0x7f], 127), ([0x80, 0x01], 128), ([0xe5, 0x8e, 0x26], 624_485),
      ([0xff, 0xff, 0xff, 0xff, 0x0f], 0xffff_ffff), ([0x83, 0x80, 0x80, 0x80, 0x00], 3),
    ] as [([UInt8], UInt32)])
  func unsigned32(bytes: [UInt8], value: UInt32) throws {
    var cursor = cursor(bytes)
    #expect(try cursor.readU32() == value)
    #expect(cursor.isAtEnd)
  }

  @Test(
    arguments: [
      ([0x00], 0), ([0x7f], -1), ([0x40], -64), ([0x3f], 63), ([0x80, 0x7f], -128), ([0x9b, 0xf1, 0x59], -624_485),
      ([0xff, 0xff, 0xff, 0xff, 0x07], .max), ([0x80, 0x80, 0x80, 0x80, 0x78], .min),
      ([0xff, 0xff, 0xff, 0xff, 0x7f], -1),
    ] as [([UInt8], Int32)])
  func signed32(bytes: [UInt8], value: Int32) throws {
    var cursor = cursor(bytes)
    #expect(try cursor.readI32() == value)
    #expect(cursor.isAtEnd)
  }

  @Test(
    arguments: [
      ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], .min),
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00], .max),
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], -1),
    ] as [([UInt8], Int64)])
  func signed64(bytes: [UInt8], value: Int64) throws {
    var cursor = cursor(bytes)
    #expect(try cursor.readI64() == value)
  }

  @Test func unsigned64() throws {
    var cursor = cursor([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
    #expect(try cursor.readU64() == .max)
  }

  @Test func widthsAreChecked() {
    func reason(_ bytes: [UInt8], _ read: (inout ByteCursor) throws(WasmError) -> Void) -> WasmError? {
      var cursor = cursor(bytes)
      do { try read(&cursor) } catch { return error }
      return nil
    }
    let u32 = { (cursor: inout ByteCursor) throws(WasmError) in _ = try cursor.readU32() }
    let i32 = { (cursor: inout ByteCursor) throws(WasmError) in _ = try cursor.readI32() }
    let u64 = { (cursor: inout ByteCursor) throws(WasmError) in _ = try cursor.readU64() }
    #expect(reason([0x80, 0x80, 0x80, 0x80, 0x80, 0x00], u32)?.reason == .integerTooLong)
    #expect(reason([0x80, 0x80, 0x80, 0x80, 0x10], u32)?.reason == .integerTooLarge)
    #expect(reason([0x80, 0x80, 0x80, 0x80, 0x80, 0x00], i32)?.reason == .integerTooLong)
    #expect(reason([0xff, 0xff, 0xff, 0xff, 0x0f], i32)?.reason == .integerTooLarge)
    #expect(reason([0xff, 0xff, 0xff, 0xff, 0x4f], i32)?.reason == .integerTooLarge)
    #expect(reason([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], u64)?.reason == .integerTooLarge)
    let end = reason([0x80, 0x80], u32)
    #expect(end?.reason == .unexpectedEnd)
    #expect(end?.offset == 2)
  }
}

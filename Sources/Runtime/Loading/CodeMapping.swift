import Glibc
import NaClValidator

/// Text (read, execute) and read-only data (read) of a module, at the distance the file gives them.
final class CodeMapping: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let size: Int
  /// Address of text.
  let text: UInt64
  let textSize: UInt64

  /// Copies exactly the bytes that were validated into private memory, then takes the right to write away.
  init(_ bytes: [UInt8], _ verified: VerifiedModule) throws(LoadError) {
    // File offsets and addresses are the same numbers; the first page, with the headers, is not needed.
    let first = Int(verified.text.address)
    let size = (Int(verified.readOnlyData.end) - first + 4095) & ~4095
    guard
      let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED
    else { throw .resources("cannot map \(size) bytes for code") }
    self.base = base
    self.size = size
    text = UInt64(UInt(bitPattern: base))
    textSize = verified.text.size

    for segment in [verified.text, verified.readOnlyData] {
      bytes.withUnsafeBytes { file in
        let source = UnsafeRawBufferPointer(rebasing: file[Int(segment.address)..<Int(segment.end)])
        UnsafeMutableRawBufferPointer(start: base + Int(segment.address) - first, count: source.count)
          .copyMemory(from: source)
      }
    }
    let border = Int(verified.readOnlyData.address) - first
    guard mprotect(base, border, PROT_READ | PROT_EXEC) == 0, mprotect(base + border, size - border, PROT_READ) == 0
    else {
      munmap(base, size)
      throw .resources("cannot make code executable")
    }
  }

  deinit { munmap(base, size) }
}

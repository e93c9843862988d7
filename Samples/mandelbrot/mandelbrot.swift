// Embedded Swift without a standard C library: a picture of the Mandelbrot set through one WASI call.

/// WASI's `ciovec`: a buffer's address and length.
struct Buffer {
  var start: UInt32
  var count: UInt32
}

@_extern(wasm, module: "wasi_snapshot_preview1", name: "fd_write")
@_extern(c)
func fd_write(_ file: Int32, _ buffers: UnsafeRawPointer, _ count: Int32, _ written: UnsafeMutablePointer<UInt32>) -> Int32

func write(_ line: UnsafeMutableBufferPointer<UInt8>) {
  var buffer = Buffer(start: UInt32(UInt(bitPattern: line.baseAddress)), count: UInt32(line.count))
  var written: UInt32 = 0
  _ = fd_write(1, &buffer, 1, &written)
}

func escapeTime(_ x: Double, _ y: Double) -> Int {
  var (a, b) = (0.0, 0.0)
  for step in 0..<200 {
    if a * a + b * b > 4 { return step }
    (a, b) = (a * a - b * b + x, 2 * a * b + y)
  }
  return 200
}

@_expose(wasm, "_start")
@_cdecl("_start")
public func start() {
  let shades: StaticString = " .:-=+*#%@"
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 72) { line in
    for row in 0..<28 {
      for column in 0..<71 {
        let time = escapeTime(-2.2 + Double(column) * 0.045, -1.3 + Double(row) * 0.096)
        line[column] = shades.utf8Start[time == 200 ? 9 : time % 9]
      }
      line[71] = 10
      write(line)
    }
  }
}

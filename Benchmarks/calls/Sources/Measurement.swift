import Glibc

/// Nanoseconds of this thread's processor time for one of `rounds` that `body` makes: the median of `batches`.
func nanoseconds(rounds: Int, batches: Int = 9, _ body: () throws -> Void) rethrows -> Double {
  try body()
  var times: [Double] = []
  for _ in 0..<batches {
    let start = threadTime()
    try body()
    times.append(Double(threadTime() - start) / Double(rounds))
  }
  return times.sorted()[times.count / 2]
}

/// Processor time of the calling thread in nanoseconds: what others do on the machine does not count.
func threadTime() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Resident bytes of this process (/proc/self/statm, the second number, in pages).
func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var text = [CChar](repeating: 0, count: 128)
  guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
  let words = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(separator: " ")
  return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}

/// `value` with `digits` behind the point, right-aligned in `width`.
func column(_ value: Double, _ digits: Int = 1, width: Int = 12) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = (value * scale).rounded() / scale
  var text = digits == 0 ? String(Int(rounded)) : String(rounded)
  text = String(repeating: " ", count: max(0, width - text.count)) + text
  return text
}

// Compiled into the copy of the validator that mutate.py makes.
import Glibc

/// The mutant that is switched on, by HALITE_MUTANT or by the runner; -1: none.
nonisolated(unsafe) public var activeMutant = getenv("HALITE_MUTANT").flatMap { Int(String(cString: $0)) } ?? -1

/// The row of the instruction table that is another one, or none if that is empty: HALITE_ROW as `OLD>NEW`, for any mutant's number.
nonisolated(unsafe) public var activeRow: (old: String, new: String)? = getenv("HALITE_ROW").flatMap {
  let parts = String(cString: $0).split(separator: ">", omittingEmptySubsequences: false)
  return activeMutant < 0 || parts.count != 2 ? nil : (String(parts[0]), String(parts[1]))
}

/// A row as the mutant has it.
func haliteRow(_ row: Substring) -> Substring? {
  guard let (old, new) = activeRow, row == old[...] else { return row }
  return new.isEmpty ? nil : new[...]
}

@inline(__always) func halite(_ number: Int) -> Bool { activeMutant == number }

/// Appends an input of `Validator.validate` to the file that HALITE_RECORD names: options, size, and the pages that are not zero. Only
/// one in HALITE_RECORD_ONE_IN, by its bytes.
func haliteRecord(_ bytes: UnsafeRawBufferPointer, _ options: ValidationOptions) {
  guard let path = getenv("HALITE_RECORD") else { return }
  if let share = getenv("HALITE_RECORD_ONE_IN").flatMap({ UInt64(String(cString: $0)) }), share > 1 {
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    if (hash >> 20) % share != 0 { return }
  }
  var record: [UInt8] = []
  func append(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { record += $0 } }
  append(UInt64(options.allowedModels.reduce(0) { $0 | 1 << Int($1.rawValue) }))
  append(options.maximumReach)
  append(UInt64(options.instructionSet.rawValue))
  append(options.requiresPreemption ? 1 : 0)
  append(UInt64(options.maximumFindings))
  append(UInt64(bytes.count))
  let pageSize = 4096
  let pages = stride(from: 0, to: bytes.count, by: pageSize).filter { start in
    // Reading a page of a file of a GiB would make it exist; only its first and last pages hold anything.
    if bytes.count > 1 << 26 && start > 1 << 20 && start < bytes.count - 1 << 20 { return false }
    return bytes[start..<min(start + pageSize, bytes.count)].contains { $0 != 0 }
  }
  append(UInt64(pages.count))
  for start in pages {
    append(UInt64(start))
    let page = bytes[start..<min(start + pageSize, bytes.count)]
    record += page
    record += Array(repeating: 0, count: pageSize - page.count)
  }
  let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
  _ = record.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
  close(file)
}

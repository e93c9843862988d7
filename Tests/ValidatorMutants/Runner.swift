// The program that tries one mutant: compiled with the copy of the validator.
import Glibc
import NaClValidator

/// Inputs as `haliteRecord` writes them, read in place.
struct Inputs {
  private let bytes: UnsafeRawBufferPointer

  init(path: String) {
    let file = open(path, O_RDONLY)
    let size = Int(lseek(file, 0, SEEK_END))
    let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0)
    bytes = UnsafeRawBufferPointer(start: base, count: size)
  }

  /// Calls `body` with each input until it says stop.
  func forEach(_ body: (UnsafeRawBufferPointer, ValidationOptions) -> Bool) {
    var at = 0
    func next() -> UInt64 {
      defer { at += 8 }
      return bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    }
    while at < bytes.count {
      let models = next()
      var options = ValidationOptions(
        allowedModels: Set(MemoryModel.allCases.filter { models >> UInt64($0.rawValue) & 1 == 1 }), maximumReach: next())
      options.instructionSet = InstructionSetLevel(rawValue: UInt8(next())) ?? .v3
      options.requiresPreemption = next() == 1
      options.maximumFindings = Int(next())
      let size = Int(next())
      let memory = mmap(nil, max(size, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      guard let memory, memory != MAP_FAILED else { return }
      for _ in 0..<next() {
        let start = Int(next())
        memcpy(memory + start, bytes.baseAddress! + at, min(4096, size - start))
        at += 4096
      }
      defer { munmap(memory, max(size, 1)) }
      if !body(UnsafeRawBufferPointer(start: memory, count: size), options) { return }
    }
  }
}

/// Accepted or not, and the first finding's rule and place: what the tests look at.
func verdict(_ bytes: UnsafeRawBufferPointer, _ options: ValidationOptions) -> UInt64 {
  switch Validator.validate(bytes, options: options) {
  case .success(let module):
    // What a loader takes from the result counts too.
    return 1 << 63 | UInt64(module.functions.count) << 32 | UInt64(truncatingIfNeeded: module.functions.reduce(0) { $0 &* 31 &+ Int($1.frameSize) + ($1.beginsWithPoll ? 1 : 0) }) & 0xFFFF_FFFF
  case .failure(let rejection):
    guard let first = rejection.findings.first else { return 0 }
    let rule = UInt64(Rule.allCases.firstIndex(of: first.rule) ?? 63)
    let place: UInt64 =
      switch first.location {
      case .address(let address): address << 1
      case .fileOffset(let offset): offset << 1 | 1
      }
    return rule << 56 | place & 0xFF_FFFF_FFFF_FFFF
  }
}

// mutant-runner INPUTS VERDICTS MUTANT: MUTANT -1 writes the verdicts; else exits with 1 at the first that differs from them.
let inputs = Inputs(path: CommandLine.arguments[1])
let path = CommandLine.arguments[2]
activeMutant = Int(CommandLine.arguments[3]) ?? -1
if activeMutant < 0 {
  var verdicts: [UInt64] = []
  inputs.forEach { bytes, options in
    verdicts.append(verdict(bytes, options))
    return true
  }
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  _ = verdicts.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
  print("\(verdicts.count) inputs, \(verdicts.filter { $0 >> 63 == 1 }.count) accepted")
} else {
  let file = open(path, O_RDONLY)
  var verdicts = Array(repeating: UInt64(0), count: Int(lseek(file, 0, SEEK_END)) / 8)
  lseek(file, 0, SEEK_SET)
  _ = verdicts.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
  var number = 0
  inputs.forEach { bytes, options in
    let isSame = verdict(bytes, options) == verdicts[number]
    if !isSame { exit(1) }
    number += 1
    return true
  }
}

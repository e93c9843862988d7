// The program that tries mutants: compiled with the copy of the validator.
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

/// What the tests look at: accepted or not, the first finding's rule and place, and what a loader takes from the result.
func verdict(_ bytes: UnsafeRawBufferPointer, _ options: ValidationOptions) -> Int {
  var hasher = StableHasher()
  switch Validator.validate(bytes, options: options) {
  case .success(let module):
    for field in Mirror(reflecting: module).children where field.label != "statistics" { hasher.combine("\(field.value)") }
    return hasher.value | 1
  case .failure(let rejection):
    guard let first = rejection.findings.first else { return 0 }
    hasher.combine("\(first.rule.id) \(first.location)")
    return hasher.value & ~1
  }
}

/// FNV-1a, the same in every process.
struct StableHasher {
  private(set) var value = Int(bitPattern: 0xCBF2_9CE4_8422_2325)
  mutating func combine(_ text: String) {
    for byte in text.utf8 { value = (value ^ Int(byte)) &* 0x100_0000_01B3 }
  }
}

// mutant-runner INPUTS FIRST LAST: every mutant judges all inputs in a process of its own, two at a time, and is compared with the
// validator as it is. A line for each: its number and `killed`, `crashed`, `hangs` or `survives`. The first line counts the inputs.
let inputs = Inputs(path: CommandLine.arguments[1])
let (first, last) = (Int(CommandLine.arguments[2]) ?? 0, Int(CommandLine.arguments[3]) ?? 0)

/// Seconds of the processor a mutant may take: the real one needs a few for all inputs.
let patience: rlim_t = 60

@_silgen_name("fork") func forkProcess() -> pid_t

/// What the validator says without a mutant, written by a child: what it computes once, such as its tables, each mutant must compute anew.
struct Expected {
  private let words: UnsafeMutablePointer<Int>
  var count: Int { words[0] }
  subscript(index: Int) -> Int { words[index + 1] }

  init?() {
    let room = 1 << 20
    let memory = mmap(nil, 8 * room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { return nil }
    words = memory.bindMemory(to: Int.self, capacity: room)
    let child = forkProcess()
    if child == 0 {
      inputs.forEach { [words] bytes, options in
        words[words[0] + 1] = verdict(bytes, options)
        words[0] += 1
        return words[0] + 1 < room
      }
      _exit(0)
    }
    var status: Int32 = 0
    guard waitpid(child, &status, 0) == child, status == 0 else { return nil }
  }
}

guard let expected = Expected() else { fatalError("the validator itself does not get through the inputs") }
print("\(expected.count) inputs, \((0..<expected.count).count { expected[$0] & 1 == 1 }) accepted")
// Before the first fork: what a child inherits unwritten it would write again.
fflush(nil)

func judge(_ mutant: Int, _ expected: Expected) -> Never {
  activeMutant = mutant
  var limit = rlimit(rlim_cur: patience, rlim_max: patience + 1)
  setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit)
  // What a trap says is of no interest.
  close(2)
  var number = 0
  inputs.forEach { bytes, options in
    if verdict(bytes, options) != expected[number] { _exit(1) }
    number += 1
    return true
  }
  _exit(0)
}

/// The children, by process.
struct Children {
  private var mutants: [pid_t: Int] = [:]

  mutating func start(_ mutant: Int, _ expected: Expected) {
    if mutants.count == 2 { collect() }
    let child = forkProcess()
    if child == 0 { judge(mutant, expected) }
    mutants[child] = mutant
  }

  mutating func finish() { while !mutants.isEmpty { collect() } }

  private mutating func collect() {
    var status: Int32 = 0
    guard let mutant = mutants.removeValue(forKey: wait(&status)) else { return }
    let signal = status & 0x7F
    print(mutant, signal == SIGXCPU ? "hangs" : signal != 0 ? "crashed" : status >> 8 == 0 ? "survives" : "killed")
    fflush(nil)
  }
}

var children = Children()
for mutant in first..<last { children.start(mutant, expected) }
children.finish()

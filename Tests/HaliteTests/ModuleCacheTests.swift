import Foundation
import Testing

@testable import Halite

/// Compiled modules are found again, and nothing that somebody put into the directory is ever taken for one.
@Suite struct ModuleCacheTests {
  /// A module whose function `f` returns `number`.
  static func wasm(returning number: UInt8) -> [UInt8] {
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10, 6, 1, 4, 0, 0x41, number, 0x0b]
  }

  private final class Place {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("halite-cache-\(UUID().uuidString)")
    var directory: String { root.path + "/below/cache" }
    var keyFile: String { root.path + "/state/key" }
    deinit { try? FileManager.default.removeItem(at: root) }

    func cache(capacity: UInt64 = 1 << 20, keyFile: String? = nil) throws -> ModuleCache {
      try ModuleCache(directory: directory, keyFile: keyFile ?? self.keyFile, capacity: capacity)
    }
    var entries: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted() }
    func path(_ name: String) -> String { directory + "/" + name }
  }

  private let wasm = Self.wasm(returning: 7)

  private func isCached(_ cache: ModuleCache, _ wasm: [UInt8], _ options: CompilerOptions = CompilerOptions()) throws -> Bool {
    let (nexe, isCached) = try cache.compile(wasm, options: options)
    // Whatever happened, what comes out is what the compiler makes.
    #expect(try nexe == Compiler.compile(wasm, options: options).nexe)
    return isCached
  }

  @Test func theSecondTimeComesFromTheDirectory() throws {
    let place = Place()
    let cache = try place.cache()
    #expect(try !isCached(cache, wasm))
    #expect(try isCached(cache, wasm))
    #expect(try isCached(try place.cache(), wasm))
    #expect(place.entries.count == 1)
    let module = try Module(nexe: cache.compile(wasm, options: CompilerOptions()).nexe, engine: Engine())
    guard case .i32(7)? = try Linker(engine: module.engine).instantiate(module).call("f").first else {
      Issue.record("another result")
      return
    }
  }

  @Test func everyOptionThatReachesTheOutputCounts() throws {
    let place = Place()
    let cache = try place.cache()
    #expect(try !isCached(cache, wasm))
    var variants: [CompilerOptions] = []
    for change: (inout CompilerOptions) -> Void in [
      { $0.memoryModel = .seg32 }, { $0.maximumMemory = 1 << 20 }, { $0.policy = .wrap }, { $0.instructionSet = .x86_64_v2 },
      { $0.optimization = .none },
    ] {
      var options = CompilerOptions()
      change(&options)
      variants.append(options)
    }
    for options in variants { #expect(try !isCached(cache, wasm, options)) }
    for options in variants { #expect(try isCached(cache, wasm, options)) }
    #expect(try !isCached(cache, Self.wasm(returning: 8)))
    var sameOutput = CompilerOptions()
    sameOutput.jobs = 2
    #expect(try isCached(cache, wasm, sameOutput))
  }

  @Test func aFailureIsNotKept() throws {
    let place = Place()
    #expect(throws: CompileError.self) { try place.cache().compile([0, 0x61, 0x73, 0x6d], options: CompilerOptions()) }
    #expect(place.entries.isEmpty)
  }

  @Test func anyChangedByteIsNoticed() throws {
    let place = Place()
    let cache = try place.cache()
    _ = try isCached(cache, wasm)
    let path = place.path(try #require(place.entries.first))
    let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for position in Array(stride(from: 0, to: good.count, by: 211)) + Array((good.count - 48)..<good.count) {
      var bad = good
      bad[position] ^= 1
      try Data(bad).write(to: URL(fileURLWithPath: path))
      #expect(cache.load(CacheEntry.Name(wasm, CompilerOptions())) == nil, "byte \(position)")
    }
    for length in [0, 8, 40, good.count - 1] {
      try Data(good.prefix(length)).write(to: URL(fileURLWithPath: path))
      #expect(cache.load(CacheEntry.Name(wasm, CompilerOptions())) == nil, "\(length) bytes")
    }
    try Data(good + [0]).write(to: URL(fileURLWithPath: path))
    #expect(cache.load(CacheEntry.Name(wasm, CompilerOptions())) == nil)
    #expect(try !isCached(cache, wasm))
    #expect(try isCached(cache, wasm))
  }

  /// The attack that validation alone would not stop: another program's entry, valid and untouched, under this one's name.
  @Test func anotherProgramsEntryIsNotTaken() throws {
    let place = Place()
    let cache = try place.cache()
    _ = try isCached(cache, wasm)
    let own = try #require(place.entries.first)
    _ = try isCached(cache, Self.wasm(returning: 9))
    let other = try #require(place.entries.first { $0 != own })
    try FileManager.default.removeItem(atPath: place.path(own))
    try FileManager.default.copyItem(atPath: place.path(other), toPath: place.path(own))
    #expect(try !isCached(cache, wasm))
    #expect(try isCached(cache, wasm))
  }

  @Test func anEntryOfAnotherUsersKeyIsNotTaken() throws {
    let place = Place()
    _ = try isCached(try place.cache(keyFile: place.root.path + "/attacker/key"), wasm)
    #expect(try !isCached(try place.cache(), wasm))
  }

  @Test func whatIsNoRegularFileIsNotRead() throws {
    let place = Place()
    let cache = try place.cache()
    _ = try isCached(cache, wasm)
    let name = try #require(place.entries.first)
    let path = place.path(name)
    try FileManager.default.moveItem(atPath: path, toPath: place.path("elsewhere"))
    try #require(symlink(place.path("elsewhere"), path) == 0)
    #expect(cache.load(CacheEntry.Name(wasm, CompilerOptions())) == nil)
    // A pipe that nobody writes must not be waited for.
    unlink(path)
    try #require(mkfifo(path, 0o600) == 0)
    #expect(cache.load(CacheEntry.Name(wasm, CompilerOptions())) == nil)
    unlink(path)
    try #require(symlink("/dev/zero", path) == 0)
    #expect(cache.load(CacheEntry.Name(wasm, CompilerOptions())) == nil)
    #expect(try !isCached(cache, wasm))
    #expect(try isCached(cache, wasm))
    // An absurd size is not allocated.
    unlink(path)
    let file = open(path, O_WRONLY | O_CREAT, 0o600)
    try #require(ftruncate(file, 1 << 40) == 0)
    close(file)
    #expect(cache.load(CacheEntry.Name(wasm, CompilerOptions())) == nil)
    // What stands in the way of an entry costs the entry only.
    unlink(path)
    try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
    #expect(try !isCached(cache, wasm))
    #expect(try !isCached(cache, wasm))
  }

  @Test func aDirectoryThatCannotBeMadeIsNoEntry() throws {
    let place = Place()
    _ = try place.cache()
    let file = place.root.path + "/file"
    try Data().write(to: URL(fileURLWithPath: file))
    let cache = try ModuleCache(directory: file + "/cache", keyFile: place.keyFile)
    #expect(try !isCached(cache, wasm))
    #expect(try !isCached(cache, wasm))
  }

  @Test func theOldestGoFirst() throws {
    let place = Place()
    let modules = (0..<4).map { Self.wasm(returning: $0) }
    _ = try isCached(try place.cache(), modules[0])
    let name = try #require(place.entries.first)
    let size = try UInt64(Data(contentsOf: URL(fileURLWithPath: place.path(name))).count)
    let cache = try place.cache(capacity: 3 * size)
    for module in modules[1...2] { _ = try isCached(cache, module) }
    // Long unused are 1, 2, 0; then 0 is used, so 1 has to go for 3, and 2 after it.
    for (module, age) in [(0, 100), (2, 200), (1, 300)] {
      let path = place.path(CacheEntry.Name(modules[module], CompilerOptions()).text)
      let date = Date(timeIntervalSinceNow: -Double(age))
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }
    #expect(try isCached(cache, modules[0]))
    try Data([1]).write(to: URL(fileURLWithPath: place.path("mine.txt")))
    try Data([1]).write(to: URL(fileURLWithPath: place.path(".new-left")))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: place.path(".new-left"))
    #expect(try !isCached(cache, modules[3]))
    let kept = Set(place.entries)
    #expect(!kept.contains(CacheEntry.Name(modules[1], CompilerOptions()).text))
    for module in [0, 2, 3] { #expect(kept.contains(CacheEntry.Name(modules[module], CompilerOptions()).text)) }
    #expect(kept.contains("mine.txt") && !kept.contains(".new-left"))
    // What alone is larger than the cache is not kept, and drives nothing out.
    #expect(try !isCached(try place.cache(capacity: size - 1), Self.wasm(returning: 5)))
    #expect(Set(place.entries) == kept)
  }

  @Test func keysThatOthersCouldKnowAreRefused() throws {
    let place = Place()
    _ = try place.cache()
    #expect(try FileManager.default.attributesOfItem(atPath: place.keyFile)[.posixPermissions] as? Int == 0o600)
    for mode in [0o644, 0o660, 0o602] {
      chmod(place.keyFile, mode_t(mode))
      let error = #expect(throws: CacheError.self) { try place.cache() }
      #expect(error?.isSuspicious == true)
    }
    chmod(place.keyFile, 0o600)
    _ = try place.cache()
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: place.keyFile))
    #expect(throws: CacheError.self) { try place.cache() }
    unlink(place.keyFile)
    try #require(symlink("/etc/hostname", place.keyFile) == 0)
    #expect(throws: CacheError.self) { try place.cache() }
  }

  @Test func manyAtOnceShareOneKeyAndOneEntry() async throws {
    let place = Place()
    let (directory, keyFile, wasm) = (place.directory, place.keyFile, wasm)
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<8 {
        group.addTask {
          try ModuleCache(directory: directory, keyFile: keyFile).compile(wasm, options: CompilerOptions()).nexe
        }
      }
      for try await nexe in group { #expect(try nexe == Compiler.compile(wasm, options: CompilerOptions()).nexe) }
    }
    #expect(place.entries.count == 1)
    #expect(try isCached(try place.cache(), wasm))
  }
}

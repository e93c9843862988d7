import Runtime
import Testing
import WASI

@testable import nacl_run

@Suite struct OptionTests {
  private func parse(_ words: String...) throws -> ProgramOptions { try NaClRun.parse(words).options() }

  @Test func everythingBehindTheProgramIsItsOwn() throws {
    let options = try parse(
      "--dir", "a::/b", "--env", "K=V=W", "--argv0", "me", "--timeout", "1500ms", "prog.wasm", "--dir", "x", "--", "-h")
    #expect(options.path == "prog.wasm")
    #expect(options.arguments == ["--dir", "x", "--", "-h"])
    #expect(options.name == "me")
    #expect(options.preopens == [WASI.Preopen(hostPath: "a", guestPath: "/b")])
    #expect(options.environment.map(\.name) == ["K"] && options.environment.map(\.value) == ["V=W"])
    #expect(options.limits.timeout == .milliseconds(1500))
  }

  @Test func aDoubleDashEndsTheOptions() throws {
    let options = try parse("--env", "A=1", "--", "dir/--odd", "--", "x")
    #expect(options.path == "dir/--odd")
    #expect(options.name == "--odd")
    #expect(options.arguments == ["--", "x"])
  }

  @Test func valuesThatLookLikeOptions() throws {
    let options = try parse("--argv0", "--name", "--dir", "-d", "p")
    #expect(options.name == "--name")
    #expect(options.preopens == [WASI.Preopen(hostPath: "-d", guestPath: "-d")])
  }

  @Test(arguments: [
    [], ["--nonsense", "p"], ["--dir"], ["--dir", "::x", "p"], ["--env", "=x", "p"], ["--timeout", "0", "p"],
    ["--timeout", "-1", "p"], ["--timeout", "1e999", "p"], ["--timeout", "nan", "p"], ["--timeout", "5 s", "p"],
    ["--max-memory", "0", "p"], ["--max-memory", "lots", "p"], ["--memory-model", "x", "p"], ["--oob", "x", "p"],
    ["--cpu", "x", "p"], ["-O9", "p"], ["--"],
  ])
  func wrongCommandLines(words: [String]) {
    #expect(throws: (any Error).self) { try NaClRun.parse(words).options() }
  }

  @Test(arguments: ["--help", "-h", "--version"]) func questions(word: String) throws {
    for words in [[word], ["--env", "A=1", word], [word, "p"]] {
      let error = #expect(throws: (any Error).self) { try NaClRun.parse(words).options() }
      #expect(error.map { NaClRun.exitCode(for: $0) } == .success)
    }
    #expect(try parse("p", word).arguments == [word])
  }

  @Test func durations() throws {
    #expect(try OptionSyntax.duration("10") == .seconds(10))
    #expect(try OptionSyntax.duration("1.5s") == .milliseconds(1500))
    #expect(try OptionSyntax.duration("2m") == .seconds(120))
    #expect(try OptionSyntax.duration("1h") == .seconds(3600))
  }

  @Test func compilation() throws {
    let options = try parse(
      "-O1", "--memory-model", "mask", "--oob", "wrap", "--cpu", "x86-64-v2", "--max-memory", "16M", "p")
    #expect(options.compiler.memoryModel == .mask)
    #expect(options.compiler.policy == .wrap)
    #expect(options.compiler.instructionSet == .x86_64_v2)
    #expect(options.compiler.maximumMemory == 16 << 20)
    #expect(options.compiler.optimization == .basic)
    #expect(try parse("p").compiler.memoryModel == nil)
  }

  @Test func kindsOfFiles() {
    #expect(ProgramFile.isWasm([0, 0x61, 0x73, 0x6d, 1], "p"))
    #expect(ProgramFile.isWasm([], "p.wasm"))
    #expect(!ProgramFile.isWasm([0x7f, 0x45, 0x4c, 0x46], "p.nexe"))
    #expect(!ProgramFile.isWasm([], "p.nexe"))
  }
}

@Suite struct InvocationTests {
  private func values(_ words: [String], _ types: [ValueType]) throws -> [String] {
    try Invocation.arguments(words, for: FunctionType(parameters: types)).map(Invocation.text)
  }

  @Test func integers() throws {
    #expect(try values(["-1", "4294967295", "0x10", "-0x10"], [.i32, .i32, .i32, .i32]) == ["-1", "-1", "16", "-16"])
    #expect(
      try values(["18446744073709551615", "-9223372036854775808"], [.i64, .i64]) == ["-1", "-9223372036854775808"])
    for word in ["4294967296", "-2147483649", "x", "", "--1", "1.0", "0x"] {
      #expect(throws: Invocation.ArgumentError.self) { try values([word], [.i32]) }
    }
  }

  @Test func floats() throws {
    let words = ["1.5", "-0", "1e30", "1e-7", "0.1", "nan", "-inf", "123456789012", "5e-324", "1e21", "1.25e3"]
    #expect(
      try values(Array(words.prefix(8)), Array(repeating: .f64, count: 8)) == [
        "1.5", "-0", "1" + String(repeating: "0", count: 30), "0.0000001", "0.1", "NaN", "-inf", "123456789012",
      ])
    #expect(
      try values(Array(words.suffix(3)), Array(repeating: .f64, count: 3)) == [
        "0." + String(repeating: "0", count: 323) + "5", "1" + String(repeating: "0", count: 21), "1250",
      ])
    #expect(try values(["0.1", "16777216"], [.f32, .f32]) == ["0.1", "16777216"])
  }

  @Test func vectors() throws {
    let words = ["0x0", "0xff", "0x10000000000000000", "0x0123456789abcdefFEDCBA9876543210"]
    #expect(
      try values(words, Array(repeating: .v128, count: 4)) == [
        "0x00000000000000000000000000000000", "0x000000000000000000000000000000ff", "0x00000000000000010000000000000000",
        "0x0123456789abcdeffedcba9876543210",
      ])
    for word in ["0x", "", "1", "-0x1", "0x-1", "0xg", "0x" + String(repeating: "0", count: 33)] {
      #expect(throws: Invocation.ArgumentError.self) { try values([word], [.v128]) }
    }
  }

  @Test func counts() {
    #expect(throws: Invocation.ArgumentError.self) { try values(["1"], [.i32, .i32]) }
    #expect(throws: Invocation.ArgumentError.self) { try values(["1", "2"], [.i32]) }
    #expect(throws: Invocation.ArgumentError.self) { try values(["0"], [.externref]) }
  }
}

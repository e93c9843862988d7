import Glibc

/// `naclc build`: a file in, a file out, messages, an exit code.
public struct BuildCommand {
  public static let success: Int32 = 0
  public static let cannotCompile: Int32 = 1
  public static let usageOrInputOutput: Int32 = 2

  let input: String
  let output: String
  let options: CompilerOptions
  let showsTimings: Bool

  public init(input: String, output: String, options: CompilerOptions, showsTimings: Bool) {
    self.input = input
    self.output = output
    self.options = options
    self.showsTimings = showsTimings
  }

  /// `dir/prog.wasm` -> `dir/prog.nexe`.
  public static func defaultOutput(for input: String) -> String {
    (input.hasSuffix(".wasm") ? String(input.dropLast(5)) : input) + ".nexe"
  }

  public func run() -> Int32 {
    do {
      let wasm = try WholeFile.read(input)
      let built: CompiledModule
      do { built = try Compiler.compile(wasm, options: options, progress: .terminal) } catch {
        Messages.complain("naclc: \(input): \(error)")
        return Self.cannotCompile
      }
      try WholeFile.write(built.nexe, to: output)
      for stage in CompilerOptions.Stage.allCases {
        if let text = built.record.texts[stage] { print(text) }
      }
      for warning in built.warnings { Messages.complain("naclc: \(input): warning: offset \(warning)") }
      if options.memoryModel == nil { Messages.complain("naclc: \(input): memory model \(built.model)") }
      if showsTimings {
        for timing in built.record.timings { Messages.complain("\(timing.step.rawValue): \(timing.duration)") }
      }
      return Self.success
    } catch {
      Messages.complain("naclc: \(error)")
      return Self.usageOrInputOutput
    }
  }


}

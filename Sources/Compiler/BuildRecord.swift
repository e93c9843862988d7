/// What a build leaves beside the nexe: texts of stages and timings.
public struct BuildRecord: Sendable {
  public enum Step: String, Sendable, CaseIterable {
    case decode = "decode"
    case translateAndOptimize = "translate and optimise"
    case generateCode = "generate code"
    case link = "link"
    case write = "write"
  }

  /// In the order they ran.
  public private(set) var timings: [(step: Step, duration: Duration)] = []
  /// By stage, only those asked for.
  public private(set) var texts: [CompilerOptions.Stage: String] = [:]
  private let wanted: Set<CompilerOptions.Stage>

  init(_ options: CompilerOptions) { wanted = options.emittedStages }

  mutating func time<Result, Failure: Error>(
    _ step: Step, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    timings.append((step, clock.now - start))
    return result
  }

  mutating func keep(_ stage: CompilerOptions.Stage, _ text: () -> String) {
    if wanted.contains(stage) { texts[stage] = text() }
  }

  mutating func keep(_ stage: CompilerOptions.Stage, _ texts: some Sequence<String>) {
    keep(stage) { texts.joined(separator: "\n") }
  }

  /// Texts that do not say themselves whose they are.
  mutating func keep(
    _ stage: CompilerOptions.Stage, of functions: [TranslatedFunction], _ texts: some Sequence<String>
  ) {
    keep(stage, zip(functions, texts).lazy.map { "function \($0.function.index) \"\($0.function.name)\":\n\($1)" })
  }
}

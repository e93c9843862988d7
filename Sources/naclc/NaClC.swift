import ArgumentParser
import Compiler

@main
struct NaClC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "naclc",
    abstract: "Compiles WebAssembly to sandboxed x86-64.",
    version: "naclc \(CompilerVersion.text)",
    subcommands: [Build.self, Inspect.self])
}

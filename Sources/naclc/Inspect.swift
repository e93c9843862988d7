import ArgumentParser
import Compiler
import Inspector

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a nexe holds.",
    discussion: """
      A dash before an address marks the first instruction of a 32-byte bundle. Nothing shown is verified: use naclv for that.
      Exit codes: 0 shown, 1 not a nexe, 2 usage or I/O.
      """)

  @Argument(help: "The nexe.")
  var input: String

  @Flag(name: .shortAndLong, help: "Disassemble.")
  var disassemble = false

  @Option(name: .shortAndLong, help: "Disassemble only the functions of this name.")
  var function: String?

  func run() throws {
    let bytes: [UInt8]
    do { bytes = try WholeFile.read(input) } catch {
      Messages.complain("naclc: \(error)")
      throw ExitCode(BuildCommand.usageOrInputOutput)
    }
    let listing: NexeListing
    do { listing = try NexeListing(bytes) } catch {
      Messages.complain("naclc: \(input): not a nexe: \(error)")
      throw ExitCode(BuildCommand.cannotCompile)
    }
    if function == nil { print(listing.summary()) }
    guard disassemble || function != nil else { return }
    guard listing.disassembly(of: function, to: { print($0) }) else {
      Messages.complain("naclc: \(input): no function \(function ?? "")")
      throw ExitCode(BuildCommand.cannotCompile)
    }
  }
}

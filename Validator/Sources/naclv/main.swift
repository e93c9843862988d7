import ArgumentParser
import Glibc

do {
  var command = try NaClVerifier.parseAsRoot()
  try command.run()
} catch {
  // The argument parser's own code for wrong usage is 64; naclv's is 2.
  let code = NaClVerifier.exitCode(for: error)
  let message = NaClVerifier.fullMessage(for: error)
  if code == .success {
    print(message)
  } else if !(error is ExitCode) {
    printError(message)
  }
  exit(code == .validationFailure ? 2 : code.rawValue)
}

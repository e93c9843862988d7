import Glibc

/// One line to standard error.
public enum Messages {
  public static func complain(_ message: String) { fputs(message + "\n", stderr) }
}

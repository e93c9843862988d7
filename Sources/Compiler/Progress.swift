import Glibc
import Synchronization

/// Tells a person at a terminal how far a long build is: one line on standard error, rewritten in place.
public struct Progress: Sendable {
  private let isShown: Bool

  public static let none = Progress(isShown: false)
  /// Shown if standard error is a terminal.
  public static var terminal: Progress { Progress(isShown: isatty(STDERR_FILENO) == 1) }

  /// One stage's counter; `advance` may be called from any thread.
  final class Step: Sendable {
    private let label: String
    private let count: Int
    private let isShown: Bool
    private let done = Atomic<Int>(0)

    init(label: String, count: Int, isShown: Bool) {
      self.label = label
      self.count = count
      self.isShown = isShown && count > 200
    }

    func advance() {
      guard isShown else { return }
      let value = done.add(1, ordering: .relaxed).newValue
      guard value % 64 == 0 || value == count else { return }
      let text = "\r\u{1b}[K\(label): \(value) of \(count) functions"
      text.utf8.withContiguousStorageIfAvailable { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  }

  func start(_ label: String, count: Int) -> Step { Step(label: label, count: count, isShown: isShown) }

  func finish() {
    if isShown { _ = Glibc.write(STDERR_FILENO, "\r\u{1b}[K", 4) }
  }
}

import Dispatch
import Synchronization

/// `concurrentPerform` over indices, in chunks that threads take as they come; results stand in index order, so the
/// number of threads cannot be seen in them.
enum ParallelMap {
  /// - Complexity: one call of `transform` an index; `jobs` threads.
  static func map<Result: Sendable, Failure: Error>(
    count: Int, jobs: Int, _ transform: @Sendable (Int) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    guard jobs > 1, count > 1 else {
      var results: [Result] = []
      results.reserveCapacity(count)
      for index in 0..<count { results.append(try transform(index)) }
      return results
    }
    let slots = Slots<Result, Failure>(count: count)
    let next = Atomic<Int>(0)
    let chunk = max(1, min(32, count / (jobs * 4)))
    DispatchQueue.concurrentPerform(iterations: jobs) { _ in
      while true {
        let start = next.add(chunk, ordering: .relaxed).oldValue
        if start >= count { return }
        for index in start..<min(start + chunk, count) { slots.fill(index, by: transform) }
      }
    }
    return try slots.take()
  }

  private struct Shared<Element>: @unchecked Sendable {
    let elements: UnsafeMutableBufferPointer<Element>
  }

  /// Changes each element in place.
  ///
  /// Unsafe: the buffer is shared by many threads, but each index is handed to one of them, once.
  static func update<Element: Sendable, Failure: Error>(
    _ elements: inout [Element], jobs: Int, _ change: @Sendable (inout Element) throws(Failure) -> Void
  ) throws(Failure) {
    try elements.withUnsafeMutableBufferPointer { (buffer) throws(Failure) in
      let shared = Shared(elements: buffer)
      _ = try map(count: buffer.count, jobs: jobs) { (index) throws(Failure) in try change(&shared.elements[index]) }
    }
  }

  /// Results by index.
  ///
  /// Unsafe: the buffer is written by many threads. Each index is handed out once by the counter, so no slot is written
  /// twice, and `concurrentPerform` returns only after every write.
  private final class Slots<Result: Sendable, Failure: Error>: @unchecked Sendable {
    private let buffer: UnsafeMutableBufferPointer<Swift.Result<Result, Failure>?>

    init(count: Int) {
      buffer = .allocate(capacity: count)
      buffer.initialize(repeating: nil)
    }

    deinit {
      buffer.deinitialize()
      buffer.deallocate()
    }

    func fill(_ index: Int, by transform: (Int) throws(Failure) -> Result) {
      do throws(Failure) { buffer[index] = .success(try transform(index)) } catch { buffer[index] = .failure(error) }
    }

    /// The results, or the error of the lowest index that failed.
    func take() throws(Failure) -> [Result] {
      var results: [Result] = []
      results.reserveCapacity(buffer.count)
      for slot in buffer {
        guard let slot else { preconditionFailure("an index was never handed out") }
        results.append(try slot.get())
      }
      return results
    }
  }
}

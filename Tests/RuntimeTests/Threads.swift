import Foundation

/// Runs `body` on a fresh thread and waits for it.
func onAnotherThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
  let box = Box<Result>()
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    box.result = body()
    done.signal()
  }
  thread.start()
  done.wait()
  guard let result = box.result else { preconditionFailure("the thread has run") }
  return result
}

private final class Box<Value>: @unchecked Sendable { var result: Value? }

/// A group of instances that may be linked with one another. One thread at a time runs in a store; any thread may.
public final class Store: @unchecked Sendable {
  public let engine: Engine
  public init(engine: Engine) { self.engine = engine }

  var isInterrupted: Bool { false }
  func checkInterrupt() throws {}
}

/// What an engine allows its sandboxes. Hostile modules are bounded by these numbers, whatever their own declarations
/// say.
public struct Configuration: Sendable {
  /// S of the slot in bytes, a multiple of 4,096, at least 8,192: the sandbox's own machine stack.
  public var stackSize: Int = 1 << 20
  /// The models that may be loaded. Strangers' modules should be `mask` only: a hostile seg32 module can commit 4 GiB.
  public var allowsMask = true
  public var allowsSegment32 = true
  /// The largest sum of a module's memories and tables, in bytes, that the loader accepts: what a hostile module can
  /// commit.
  public var maximumReach: UInt64 = 1 << 34
  /// Whether code must poll in bounded time (docs/ABI.md, P). Without, a sandbox cannot be stopped.
  public var requiresPreemption = true
  /// Threads that validate a module together, if it is large.
  public var validationJobs = 1
  /// The largest size of a memory in bytes: a larger minimum is refused, memory.grow fails above.
  public var maximumMemorySize: UInt64 = 1 << 32
  /// The largest number of elements of a table: a larger minimum is refused, table.grow fails above.
  public var maximumTableElements: UInt64 = 1 << 20
  /// Bytes reserved for an exported memory even if its module reaches less, so that modules that reach further can
  /// import it. 0 reserves what the module itself needs: right for many small sandboxes that never share a memory.
  public var exportedMemoryReservation: UInt64 = 1 << 32
  /// Distinct references to host values, and to functions of others, that an instance may hold.
  public var maximumReferences = 1 << 20
  /// Entries into sandboxes within one another on one thread.
  public var nestedEntryLimit = 200

  public init() {}
}

/// Shared by any number of modules and stores: configuration and the arenas that slots come from.
public final class Engine: Sendable {
  public let configuration: Configuration
  let pool = RegionPool()
  let types = TypeRegistry()

  public init(configuration: Configuration = Configuration()) {
    precondition(
      configuration.stackSize >= 8192 && configuration.stackSize % 4096 == 0,
      "the stack is a multiple of 4,096 and at least 8,192 bytes")
    self.configuration = configuration
  }
}

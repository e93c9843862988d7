/// A function of an instance or of the host: what a funcref refers to. Equal if it is the same function.
public struct FunctionReference: Sendable {
  public let type: FunctionType
}

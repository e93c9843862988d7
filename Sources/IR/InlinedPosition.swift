import Entities

/// Where an instruction stood that came in with an inlined call.
///
/// `InstructionData.sourceOffset` is a byte offset in the wasm module, inside the function's own body; or, with
/// `inlinedFlag`, an index into `Function.inlinedPositions`.
public struct InlinedPosition: Hashable, Sendable {
  /// Byte offset in the wasm module.
  public var offset: UInt32
  /// The function whose body the offset is in.
  public var function: FunctionIndex
  /// The `sourceOffset` of the call that was replaced; it may have been inlined itself.
  public var caller: UInt32

  public init(offset: UInt32, function: FunctionIndex, caller: UInt32) {
    self.offset = offset
    self.function = function
    self.caller = caller
  }
}

/// One line of a backtrace.
public struct SourceFrame: Hashable, Sendable {
  public var function: FunctionIndex
  /// Byte offset in the wasm module.
  public var offset: UInt32

  public init(function: FunctionIndex, offset: UInt32) {
    self.function = function
    self.offset = offset
  }
}

extension Function {
  /// Set in a `sourceOffset` that is no offset. Modules of 2 GiB and more are not inlined into.
  @inlinable public static var inlinedFlag: UInt32 { 1 << 31 }

  /// The `sourceOffset` that stands for `position`. Equal positions asked for in a row share an entry.
  public mutating func sourceOffset(of position: InlinedPosition) -> UInt32 {
    if inlinedPositions.last != position { inlinedPositions.append(position) }
    return Self.inlinedFlag | UInt32(inlinedPositions.count - 1)
  }

  /// nil for an offset in the function's own body.
  public func inlinedPosition(at sourceOffset: UInt32) -> InlinedPosition? {
    let index = Int(sourceOffset & ~Self.inlinedFlag)
    guard sourceOffset & Self.inlinedFlag != 0, index < inlinedPositions.count else { return nil }
    return inlinedPositions[index]
  }

  /// The calls that led to an instruction as wasm wrote them, the innermost first; the last one is in this function.
  public func frames(at sourceOffset: UInt32) -> [SourceFrame] {
    var frames: [SourceFrame] = []
    var rest = sourceOffset
    while let position = inlinedPosition(at: rest) {
      frames.append(SourceFrame(function: position.function, offset: position.offset))
      rest = position.caller
    }
    frames.append(SourceFrame(function: index, offset: rest))
    return frames
  }
}

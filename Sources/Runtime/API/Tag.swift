/// The kind of an exception: what it carries, and an identity of its own.
public struct Tag: @unchecked Sendable {
  let storage: TagStorage
  public let store: Store

  /// A tag of the host, for modules to import.
  public init(parameters: [ValueType], store: Store) {
    storage = TagStorage(type: FunctionType(parameters: parameters), id: nil)
    self.store = store
  }

  init(storage: TagStorage, store: Store) {
    self.storage = storage
    self.store = store
  }

  /// What an exception of this tag carries.
  public var parameters: [ValueType] { storage.type.parameters }
}

extension Tag: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.storage === right.storage }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(storage)) }
}

/// A tag as instances share it; its identity is the object's.
final class TagStorage: Sendable {
  let type: FunctionType
  /// nil for a tag of the host.
  let id: DefinedTypeID?

  init(type: FunctionType, id: DefinedTypeID?) {
    self.type = type
    self.id = id
  }
}

/// An exception as a value (exnref): opaque to sandboxes, to be looked into by the host.
public struct ExceptionReference: @unchecked Sendable {
  let body: ExceptionBody
  public let store: Store

  init(body: ExceptionBody, store: Store) {
    self.body = body
    self.store = store
  }

  public var tag: Tag { Tag(storage: body.tag, store: store) }
  /// The tag's parameters.
  public var arguments: [Value] {
    zip(body.arguments, body.tag.type.parameters).map { argument, type in
      switch argument {
      case .bits(let bits): Value(bits: bits, type: type)
      case .reference(let reference): Value(reference, type: type, store: store)
      }
    }
  }
}

extension ExceptionReference: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.body === right.body }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(body)) }
}

/// An exception that nobody caught, thrown out of the host's call; a host function throws it into its caller.
public struct WasmException: Error, Sendable {
  public let reference: ExceptionReference
  public var tag: Tag { reference.tag }
  public var arguments: [Value] { reference.arguments }

  /// Throws `CallError.argumentMismatch` if the arguments are none of the tag's, `CallError.storeMismatch` if one belongs
  /// to another store.
  public init(tag: Tag, _ arguments: [Value] = []) throws {
    guard Value.match(arguments, tag.parameters, tag.store.engine.types) else {
      throw CallError.argumentMismatch(expected: tag.parameters, given: arguments.map(\.type))
    }
    let carried = try arguments.map { value in
      value.type.isReference
        ? ExceptionBody.Argument.reference(try value.reference(in: tag.store)) : .bits(value.bits)
    }
    reference = ExceptionReference(body: ExceptionBody(tag: tag.storage, arguments: carried), store: tag.store)
  }

  init(_ reference: ExceptionReference) { self.reference = reference }
}

extension WasmException: CustomStringConvertible {
  public var description: String { "uncaught exception with (\(arguments.map { "\($0)" }.joined(separator: ", ")))" }
}

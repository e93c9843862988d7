/// A function as the host knows it. Instances refer to one another unowned: their store keeps them all alive.
enum FunctionTarget {
  case wasm(WasmFunction)
  case host(HostFunctionBody)

  var layout: CallLayout {
    switch self {
    case .wasm(let function): function.instance.module.layout(ofFunction: function.index)
    case .host(let function): function.layout
    }
  }
  var type: FunctionType { layout.type }

  /// Whether the function may stand where a reference to `id` is asked for.
  func matches(_ id: DefinedTypeID, _ types: TypeRegistry) -> Bool {
    switch self {
    case .wasm(let function): types.matches(function.instance.module.typeID(ofFunction: function.index), id)
    case .host(let function): types.entry(id)?.plainFunction == function.layout.type
    }
  }

  var key: FunctionKey {
    switch self {
    case .wasm(let function): FunctionKey(object: ObjectIdentifier(function.instance), index: function.index)
    case .host(let function): FunctionKey(object: ObjectIdentifier(function), index: 0)
    }
  }
}

struct WasmFunction {
  unowned let instance: InstanceBody
  /// Wasm function index, not of an import.
  let index: Int
}

final class HostFunctionBody: Sendable {
  let layout: CallLayout
  let body: HostFunction
  init(layout: CallLayout, body: @escaping HostFunction) {
    self.layout = layout
    self.body = body
  }
}

/// Identity of a function.
struct FunctionKey: Hashable {
  let object: ObjectIdentifier
  let index: Int
}

/// A reference as the host keeps it. Sandboxes hold 64-bit words that mean something in one instance only
/// (`InstanceBody.encode`, `decode`).
enum Reference {
  case null
  case function(FunctionTarget)
  case external(ExternReference)
  case exception(ExceptionBody)
}

/// An exception as the host keeps it. Does not keep its store alive, which may hold it.
final class ExceptionBody {
  enum Argument {
    case bits(SIMD2<UInt64>)
    case reference(Reference)
  }

  let tag: TagStorage
  let arguments: [Argument]

  init(tag: TagStorage, arguments: [Argument]) {
    self.tag = tag
    self.arguments = arguments
  }
}

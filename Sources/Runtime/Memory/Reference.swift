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
}

import CSandbox

/// The registers and cells in which values cross between a sandbox and the host (docs/ABI.md, C8).
struct Border {
  let registers: UnsafeMutablePointer<halite_activation>
  /// Cell 0 of the transfer area in the sandbox, which writes there only while it runs; nil if the layout needs none.
  let cells: UnsafeMutableRawPointer?
  /// Whose references the values are; nil for the host's own, which carries them aside. A border does not outlive a call of the instance.
  unowned(unsafe) let instance: InstanceBody?

  func address(_ place: CallLayout.Place) -> UnsafeMutableRawPointer {
    switch place {
    case .general(let number): return UnsafeMutableRawPointer(halite_gpr(registers) + number)
    case .vector(let number): return UnsafeMutableRawPointer(halite_xmm(registers) + 2 * number)
    case .cell(let index):
      guard let cells, index < instance?.transferCellCount ?? 0 else {
        preconditionFailure("whatever crosses the border has room in the transfer area (ModuleAgreement)")
      }
      return cells + 16 * index
    }
  }

  /// The 64 or 128 bits at `place`; the upper halves of narrower types are cleared.
  func bits(_ place: CallLayout.Place, _ type: ValueType) -> SIMD2<UInt64> {
    let address = address(place)
    if type == .v128 { return address.loadUnaligned(as: SIMD2<UInt64>.self) }
    let word = address.loadUnaligned(as: UInt64.self)
    return SIMD2(type.isNarrow ? word & 0xffff_ffff : word, 0)
  }

  func set(_ place: CallLayout.Place, _ bits: SIMD2<UInt64>) {
    if case .general = place {
      address(place).storeBytes(of: bits[0], as: UInt64.self)
    } else {
      address(place).storeBytes(of: bits, as: SIMD2<UInt64>.self)
    }
  }

  /// Carries values of `types` from `places` here to the same places of `other`, translating references.
  func carry(_ types: [ValueType], at places: [CallLayout.Place], to other: Border) throws(Trap) {
    for (type, place) in zip(types, places) {
      var bits = bits(place, type)
      if type.isReference, let instance, let target = other.instance, target !== instance {
        bits[0] = try target.encode(instance.decode(bits[0], as: type))
      }
      other.set(place, bits)
    }
  }

  func value(_ place: CallLayout.Place, _ type: ValueType, store: Store) throws(Trap) -> Value {
    let bits = bits(place, type)
    guard type.isReference, let instance else { return Value(bits: bits, type: type) }
    return Value(try instance.decode(bits[0], as: type), type: type, store: store)
  }

  func set(_ place: CallLayout.Place, _ value: Value) throws {
    if value.type.isReference, let instance {
      set(place, SIMD2(try instance.encode(value.reference(in: instance.store)), 0))
    } else {
      set(place, value.bits)
    }
  }
}

extension Value {
  /// Bits of a number; references are zero.
  var bits: SIMD2<UInt64> {
    switch self {
    case .i32(let value), .f32(let value): SIMD2(UInt64(value), 0)
    case .i64(let value), .f64(let value): SIMD2(value, 0)
    case .v128(let value): value
    case .funcref, .externref, .exnref, .anyref: .zero
    }
  }

  init(bits: SIMD2<UInt64>, type: ValueType) {
    self =
      switch type {
      case .i32: .i32(UInt32(truncatingIfNeeded: bits[0]))
      case .i64: .i64(bits[0])
      case .f32: .f32(bits: UInt32(truncatingIfNeeded: bits[0]))
      case .f64: .f64(bits: bits[0])
      case .v128: .v128(bits)
      case .reference: .zero(of: type)
      }
  }

  init(_ reference: Reference, type: ValueType, store: Store) {
    switch reference {
    case .null: self = .zero(of: type)
    case .function(let target): self = .funcref(FunctionReference(target: target, store: store))
    case .external(let object): self = .externref(object)
    case .exception(let body): self = .exnref(ExceptionReference(body: body, store: store))
    }
  }

  /// The reference, for use in `store`. Functions of another store cannot enter.
  func reference(in store: Store) throws -> Reference {
    switch self {
    case .funcref(let function?):
      if case .wasm = function.target, function.store !== store { throw CallError.storeMismatch }
      return .function(function.target)
    case .externref(let object?): return .external(object)
    case .exnref(let exception?):
      if exception.store !== store { throw CallError.storeMismatch }
      return .exception(exception.body)
    default: return .null
    }
  }
}

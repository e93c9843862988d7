"""Runs a module with wasmtime and writes down what happened, in the words of Sources/Performance.swift."""

import ctypes
import math
import random
import struct
import zlib

import wasmtime
from wasmtime import _ffi as ffi

from signatures import exported_functions

TRAPS = {
    "UNREACHABLE": "unreachable",
    "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access",
    "TABLE_OUT_OF_BOUNDS": "out of bounds table access",
    "INDIRECT_CALL_TO_NULL": "uninitialized element",
    "BAD_SIGNATURE": "indirect call type mismatch",
    "INTEGER_DIVISION_BY_ZERO": "integer divide by zero",
    "INTEGER_OVERFLOW": "integer overflow",
    "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer",
    "STACK_OVERFLOW": "call stack exhausted",
    "NULL_REFERENCE": "null reference",
}

KINDS = {
    "i32": ffi.WASMTIME_I32, "i64": ffi.WASMTIME_I64, "f32": ffi.WASMTIME_F32, "f64": ffi.WASMTIME_F64,
    "v128": ffi.WASMTIME_V128, "funcref": ffi.WASMTIME_FUNCREF, "externref": ffi.WASMTIME_EXTERNREF,
}
# The last two have no names in the Python API.
NAMES = {kind.value if hasattr(kind, "value") else kind: name for name, kind in KINDS.items()} | {7: "anyref", 8: "exnref"}


class Oracle:
    """wasmtime's compiler; one engine for every module."""

    def __init__(self, features):
        if "references" in features:
            features = (*features, "memory64", "tail-call", "exceptions")
        config = wasmtime.Config()
        config.parallel_compilation = False
        # Beyond what the fuel of a module can use.
        ffi.wasmtime_config_async_stack_size_set(config.ptr(), 64 << 20)
        config.max_wasm_stack = 32 << 20
        config.wasm_memory64 = "memory64" in features
        config.wasm_multi_memory = "multi-memory" in features
        config.wasm_tail_call = "tail-call" in features
        config.wasm_exceptions = "exceptions" in features
        config.wasm_relaxed_simd = "relaxed-simd" in features
        config.wasm_function_references = config.wasm_gc = "references" in features
        # It compiles faster, and what is not optimised is not optimised wrongly.
        config.cranelift_opt_level = "none"
        self.engine = wasmtime.Engine(config)

    def run(self, path, rng):
        """The transcript, and the calls that were made (as requests for the other side)."""
        with open(path, "rb") as file:
            data = file.read()
        run = Run(self.engine, wasmtime.Module(self.engine, data), exported_functions(data), rng)
        try:
            return run.perform()
        finally:
            # The host functions hold the store and the store holds them: nobody else would free its memories.
            run.store.close()


class Run:
    def __init__(self, engine, module, signatures, rng):
        self.store = wasmtime.Store(engine)
        self.module = module
        self.signatures = signatures
        self.rng = rng
        self.lines = []
        self.calls = []

    def perform(self):
        try:
            instance = wasmtime.Instance(self.store, self.module, [self.host(entry) for entry in self.module.imports])
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            self.lines.append(self.trap_line(error))
            return self.lines, self.calls
        self.lines.append("instantiated")
        exports = [(entry.name, instance.exports(self.store)[entry.name]) for entry in self.module.exports]
        functions = [(name, item) for name, item in exports if isinstance(item, wasmtime.Func)]
        for name, function in functions + functions[:4]:
            self.call(name, function)
        for _, item in exports:
            self.show(item)
        return self.lines, self.calls

    def trap_line(self, error):
        code = error.trap_code if isinstance(error, wasmtime.Trap) else None
        if not code and "exception" in str(error):
            return "exception"
        return f"trap: {TRAPS.get(code.name, code.name)}" if code else f"error: {error}"

    # Calls: with raw values, for the Python API has no vectors and loses bits of NaNs.

    def call(self, name, function):
        parameters, results = self.signatures[name]
        if not all(kind in KINDS for kind in parameters + results):
            return
        spelled = [self.argument(kind) for kind in parameters]
        raw = (ffi.wasmtime_val_t * max(len(parameters), 1))()
        for index, (kind, text) in enumerate(zip(parameters, spelled)):
            fill(raw[index], kind, text)
        returned = (ffi.wasmtime_val_t * max(len(results), 1))()
        trap = ctypes.POINTER(ffi.wasm_trap_t)()
        error = ffi.wasmtime_func_call(
            self.store._context(), ctypes.byref(function._func), raw, len(parameters), returned, len(results), ctypes.byref(trap))
        self.calls.append({"function": name, "arguments": spelled})
        if error:
            self.lines.append(self.trap_line(wasmtime.WasmtimeError._from_ptr(error)))
        elif trap:
            self.lines.append(self.trap_line(wasmtime.Trap._from_ptr(trap)))
        else:
            self.lines.append(" ".join(["returned"] + [spell(returned[index]) for index in range(len(results))]))

    def argument(self, kind):
        rng = self.rng
        if kind in ("funcref", "externref"):
            return kind
        if kind in ("f32", "f64"):
            number = rng.choice([0.0, -0.0, 1.0, -1.5, 0.1, 1e10, -1e30, 2147483647.0, -2147483648.0, math.inf, -math.inf, rng.uniform(-9, 9)])
            if kind == "f32":
                return f"f32:{struct.unpack('<I', struct.pack('<f', number))[0]}"
            return f"f64:{struct.unpack('<Q', struct.pack('<d', number))[0]}"
        width = 32 if kind == "i32" else 64
        choices = [0, 1, 2, 7, 64, 65535, 65536, (1 << width - 1) - 1, 1 << width - 1, (1 << width) - 1, rng.getrandbits(width), rng.getrandbits(16)]
        if kind == "v128":
            return f"v128:{rng.choice(choices)}:{rng.choice(choices)}"
        return f"{kind}:{rng.choice(choices)}"

    # Host functions.

    def host(self, entry):
        type_ = entry.type
        parameters = [str(parameter) for parameter in type_.params]
        results = [str(result) for result in type_.results]

        def function(*arguments):
            words = [spell_python(kind, value) for kind, value in zip(parameters, arguments)]
            self.lines.append(" ".join([f"host {entry.name}"] + words))
            values = [host_result(kind, len(self.lines), index) for index, kind in enumerate(results)]
            return None if not values else values[0] if len(values) == 1 else values

        return wasmtime.Func(self.store, type_, function)

    # The state that is left.

    def show(self, item):
        if isinstance(item, wasmtime.Memory):
            content = item.read(self.store, 0, item.data_len(self.store))
            self.lines.append(f"memory {len(content)} {zlib.crc32(content)}")
        elif isinstance(item, wasmtime.Global):
            raw = ffi.wasmtime_val_t()
            ffi.wasmtime_global_get(self.store._context(), ctypes.byref(item._global), ctypes.byref(raw))
            self.lines.append(f"global {spell(raw)}")
        elif isinstance(item, wasmtime.Table):
            nulls = "".join("0" if self.element_is_null(item, index) else "1" for index in range(item.size(self.store)))
            self.lines.append(f"table {nulls}")

    def element_is_null(self, table, index):
        raw = ffi.wasmtime_val_t()
        ffi.wasmtime_table_get(self.store._context(), ctypes.byref(table._table), index, ctypes.byref(raw))
        return spell(raw) == "null"


def payload(raw):
    return ctypes.string_at(ctypes.addressof(raw.of), 16)


def fill(raw, kind, text):
    raw.kind = KINDS[kind]
    words = [int(word) for word in text.split(":")[1:]]
    # A null reference is all zeros.
    bits = b"".join(struct.pack("<Q", word) for word in words).ljust(16, b"\0")
    ctypes.memmove(ctypes.addressof(raw.of), bits, 16)


def spell(raw):
    kind, bits = NAMES[raw.kind], payload(raw)
    if kind in ("i32", "f32"):
        number = struct.unpack("<I", bits[:4])[0]
        is_nan = kind == "f32" and number & 0x7FFFFFFF > 0x7F800000
    elif kind in ("i64", "f64"):
        number = struct.unpack("<Q", bits[:8])[0]
        is_nan = kind == "f64" and number & (1 << 63) - 1 > 0x7FF0000000000000
    elif kind == "v128":
        low, high = struct.unpack("<QQ", bits)
        return f"v128:{low}:{high}"
    else:
        return "null" if struct.unpack("<Q", bits[:8])[0] == 0 else "reference"
    return f"{kind}:nan" if is_nan else f"{kind}:{number}"


def spell_python(kind, value):
    if kind == "i32":
        return f"i32:{value & 0xFFFFFFFF}"
    if kind == "i64":
        return f"i64:{value & (1 << 64) - 1}"
    if kind in ("f32", "f64"):
        if math.isnan(value):
            return f"{kind}:nan"
        return f"{kind}:{int.from_bytes(struct.pack('<f' if kind == 'f32' else '<d', value), 'little')}"
    return "null" if value is None else "reference"


def host_result(kind, call, index):
    number = (call * 31 + index) * 2654435761 % (1 << 32) >> 12
    if kind in ("f32", "f64"):
        return float(number)
    return number if kind in ("i32", "i64") else None


def calls_seed(seed):
    """Arguments come from a generator of their own, so that they do not depend on how the module was made."""
    return random.Random(f"calls {seed}")

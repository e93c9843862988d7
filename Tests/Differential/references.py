"""Random modules of typed function references, recursion groups, subtypes, exceptions and relaxed operators: of these `wasm-tools smith`
makes nothing without the collected heap, which is out of scope, or little. Text, a function of the random numbers alone; valid by construction."""

from bodies import Body
from types_of_references import FUNCREF, NUMBERS, Types, may_be_null, reference, spell

FUEL = 300
HOST = """  (type $log (func (param i32) (result i32)))
  (import "host" "i32" (func $log (type $log)))"""
# Which NaN an operation gives is open; so all become one.
ONE_NAN = """  (func $one_nan_{shape} (param v128) (result v128)
    (v128.bitselect (local.get 0) ({constant}) ({shape}.eq (local.get 0) (local.get 0))))"""
VECTORS = [
    "f32x4 nan inf -inf 1.5", "f32x4 3e9 -3e9 5e9 -0", "f32x4 0.5 -1e-40 2147483647 -2147483649", "f64x2 nan -1e10", "f64x2 3e9 -0.75",
    "f64x2 0x1.0000001p-3 0x1.fffffep+30", "i8x16 0 255 128 127 16 15 31 1 2 3 200 7 8 9 129 64", "i16x8 -32768 32767 -1 0 1 255 256 -32768",
]


class ReferenceModule:
    """`text` is the module. Every function has an exported wrapper that gives it fuel, makes the arguments that the host cannot,
    and returns of a reference only whether it is null."""

    def __init__(self, rng, has_relaxed):
        self.rng = rng
        self.has_relaxed = has_relaxed
        self.types = Types(rng)
        # One function of every type, so that a reference to each can be made, and some more.
        self.functions = list(range(len(self.types))) + [rng.randrange(len(self.types)) for _ in range(rng.randrange(5))]
        self.tags = [self.tag_types() for _ in range(rng.choice([0, 1, 2, 4]))]
        self.memory_index = rng.choice(["i32", "i32", "i64"])
        self.tables = self.make_tables()
        self.globals = []
        self.lines = []
        self.declare()
        for index in range(len(self.functions)):
            self.define(index)
        self.text = "(module\n" + "\n".join(self.lines) + "\n)\n"

    def tag_types(self):
        return [self.types.random_value(len(self.types)) for _ in range(self.rng.randrange(4))]

    def make_tables(self):
        """(index type, elements): one of plain references for call_indirect, the others of one function type each."""
        tables = [(self.rng.choice(["i32", "i64"]), FUNCREF)]
        for _ in range(self.rng.randrange(3)):
            kind = reference(self.rng.randrange(len(self.types)), self.rng.random() < 0.7)
            tables.append((self.rng.choice(["i32", "i32", "i64"]), kind))
        return tables

    def declare(self):
        rng, add = self.rng, self.lines.append
        for group in self.types.groups:
            types = [f"(type $t{index} {self.types.declaration(index)})" for index in group]
            add(f"  (rec {' '.join(types)})" if len(types) > 1 or rng.random() < 0.3 else "  " + types[0])
        add(HOST)
        if self.has_relaxed:
            add(ONE_NAN.format(shape="f32x4", constant="v128.const f32x4 nan nan nan nan"))
            add(ONE_NAN.format(shape="f64x2", constant="v128.const f64x2 nan nan"))
        add(f"  (memory {'i64 ' if self.memory_index == 'i64' else ''}1 2)")
        add(f'  (global $fuel (mut i32) (i32.const {FUEL}))')
        for index, types in enumerate(self.tags):
            add(f"  (tag $e{index} (param {' '.join(map(spell, types))}))" if types else f"  (tag $e{index})")
        for _ in range(rng.randrange(7)):
            self.declare_global()
        for index, (index_type, element) in enumerate(self.tables):
            limits = f"{'i64 ' if index_type == 'i64' else ''}{rng.randrange(3, 7)} {rng.randrange(7, 10)}"
            first = "" if may_be_null(element) and rng.random() < 0.5 else " " + self.constant(element, globals_=[])
            add(f'  (table $x{index} (export "x{index}") {limits} {spell(element)}{first})')
        for index, (index_type, element) in enumerate(self.tables):
            constants = " ".join(f"(item {self.constant(element)})" for _ in range(rng.randrange(4)))
            offset = f"(offset ({index_type}.add ({index_type}.const 0) ({index_type}.const {rng.randrange(2)})))"
            add(f"  (elem $s{index} (table $x{index}) {offset} {spell(element)} {constants})" if rng.random() < 0.6 else
                f"  (elem $s{index} {spell(element)} {constants})")
        add("  (elem declare func " + " ".join(f"$f{index}" for index in range(len(self.functions))) + ")")

    def declare_global(self):
        rng, index = self.rng, len(self.globals)
        kind = self.types.random_value(len(self.types))
        # A constant expression may read only what cannot change.
        is_mutable = rng.random() < 0.6
        kind_text = f"(mut {spell(kind)})" if is_mutable else spell(kind)
        self.lines.append(f'  (global $g{index} (export "g{index}") {kind_text} {self.constant(kind)})')
        self.globals.append((kind, is_mutable))

    def constant(self, kind, globals_=None):
        """A constant expression. Those of tables cannot read the module's own globals, which come after them."""
        rng = self.rng
        globals_ = self.globals if globals_ is None else globals_
        earlier = [f"(global.get $g{index})" for index, (other, is_mutable) in enumerate(globals_)
                   if not is_mutable and self.types.matches(other, kind)]
        if earlier and rng.random() < 0.5:
            return rng.choice(earlier)
        if kind in ("i32", "i64") and rng.random() < 0.25:
            return f"({kind}.{rng.choice(['add', 'sub', 'mul'])} {self.constant(kind)} {self.constant(kind)})"
        if kind in NUMBERS:
            return self.number(kind)
        if may_be_null(kind) and (rng.random() < 0.3 or kind[2] in ("exn", "extern")):
            return f"(ref.null {self.types.bottom(kind) if rng.random() < 0.3 else spell_heap(kind)})"
        return self.function_reference(kind) or f"(ref.null {spell_heap(kind)})"

    def number(self, kind):
        value = self.rng.choice([0, 1, 2, 3, 7, 255, self.rng.randrange(1 << 31)])
        if kind == "v128" and self.rng.random() < 0.7:
            return f"(v128.const {self.rng.choice(VECTORS)})"
        return f"(v128.const i32x4 {value} 1 {value} 3)" if kind == "v128" else f"({kind}.const {value})"

    def function_reference(self, kind):
        fitting = [index for index, type_ in enumerate(self.functions) if self.types.matches(reference(type_, False), kind)]
        return f"(ref.func $f{self.rng.choice(fitting)})" if fitting else None

    def define(self, index):
        signature = self.types.signatures[self.functions[index]]
        body = Body(self, signature.parameters, signature.results)
        self.lines.append(f"  (func $f{index} (type $t{self.functions[index]})\n{body.text()})")
        # The wrapper.
        parameters = ["i32", "i64", "f64", "v128", "externref"]
        results = ["i32" if isinstance(kind, tuple) else kind for kind in signature.results]
        wrapper = Body(self, ["i32", "i64", "f64", "v128", reference("extern", True)], results)
        call = wrapper.call_for_host(f"call $f{index}", signature)
        declared = "".join(f" (result {kind})" for kind in results)
        self.lines.append(
            f'  (func (export "call{index}") (param {" ".join(parameters)}){declared}\n'
            f"{wrapper.declare_locals()}    (global.set $fuel (i32.const {FUEL}))\n{call})")


def spell_heap(kind):
    heap = kind[2]
    return f"$t{heap}" if isinstance(heap, int) else heap


def reference_module(rng, has_relaxed):
    return ReferenceModule(rng, has_relaxed).text

"""Random function bodies for `references.py`: folded expressions, chosen by the type that is wanted."""

from types_of_references import EXNREF, FUNCREF, NUMBERS, is_defaultable, nullable, reference, spell

UNARY = {
    "i32": [("i32.eqz", "i32"), ("i64.eqz", "i64"), ("i32.wrap_i64", "i64"), ("i32.clz", "i32"), ("i32x4.extract_lane 2", "v128"),
            ("i32.trunc_sat_f64_s", "f64")],
    "i64": [("i64.extend_i32_s", "i32"), ("i64.extend_i32_u", "i32"), ("i64.popcnt", "i64"), ("i64.trunc_sat_f32_u", "f32"),
            ("i64x2.extract_lane 1", "v128")],
    "f32": [("f32.convert_i32_s", "i32"), ("f32.neg", "f32"), ("f32.demote_f64", "f64")],
    "f64": [("f64.convert_i64_s", "i64"), ("f64.promote_f32", "f32"), ("f64.floor", "f64")],
    "v128": [("i32x4.splat", "i32"), ("i64x2.splat", "i64"), ("v128.not", "v128")],
}
BINARY = {
    "i32": [("i32.add", "i32"), ("i32.sub", "i32"), ("i32.xor", "i32"), ("i32.lt_s", "i32"), ("i64.eq", "i64"), ("f64.lt", "f64"),
            ("i32.shl", "i32"), ("i32.div_s", "i32")],
    "i64": [("i64.add", "i64"), ("i64.mul", "i64"), ("i64.rotl", "i64"), ("i64.rem_u", "i64")],
    "f32": [("f32.add", "f32"), ("f32.max", "f32")],
    "f64": [("f64.sub", "f64"), ("f64.mul", "f64")],
    "v128": [("i8x16.add", "v128"), ("i32x4.mul", "v128"), ("v128.xor", "v128")],
}
# Relaxed SIMD, of which smith makes little: operators, how many operands, and what makes one of the NaNs that they may give.
RELAXED = (
    [("i8x16.relaxed_swizzle", 2, None), ("i16x8.relaxed_q15mulr_s", 2, None), ("i16x8.relaxed_dot_i8x16_i7x16_s", 2, None),
     ("i32x4.relaxed_dot_i8x16_i7x16_add_s", 3, None)]
    + [(f"i32x4.relaxed_trunc_{name}", 1, None) for name in ("f32x4_s", "f32x4_u", "f64x2_s_zero", "f64x2_u_zero")]
    + [(f"{shape}.relaxed_laneselect", 3, None) for shape in ("i8x16", "i16x8", "i32x4", "i64x2")]
    + [(f"{shape}.relaxed_{name}", count, shape) for shape in ("f32x4", "f64x2")
       for name, count in (("madd", 3), ("nmadd", 3), ("min", 2), ("max", 2))])
SPEND = ("(if (i32.eqz (global.get $fuel)) (then unreachable))"
         " (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))")


class Body:
    """One function's locals, labels and text. `budget` bounds the number of expressions, so also the recursion."""

    def __init__(self, module, parameters, results):
        self.module, self.rng, self.types = module, module.rng, module.types
        self.results = results
        self.locals = list(parameters)
        # Parameters are set; so are locals with a zero or null. Others are read only where they have just been set.
        self.readable = list(range(len(parameters)))
        self.parameter_count = len(parameters)
        self.labels = []
        self.label_count = 0
        self.budget = self.rng.choice([6, 15, 40, 80])
        for _ in range(self.rng.randrange(3)):
            kind = self.types.random_value(len(self.types))
            if is_defaultable(kind):
                self.readable.append(self.local(kind))

    # Whole functions.

    def text(self):
        statements = "".join(f"    {self.statement()}\n" for _ in range(self.rng.randrange(4)))
        results = "".join(f"    {self.value(kind)}\n" for kind in self.results)
        return f"{self.declare_locals()}    {SPEND}\n{statements}{results}"

    def declare_locals(self):
        """Last: making expressions makes locals."""
        return "".join(f"    (local {spell(kind)})\n" for kind in self.locals[self.parameter_count:])

    def call_for_host(self, operator, signature):
        """The call, and of the results that are references only whether they are null."""
        arguments = "".join(f" {self.value(kind)}" for kind in signature.parameters)
        kept = [self.local(nullable(kind) if isinstance(kind, tuple) else kind) for kind in signature.results]
        taken = "".join(f"    (local.set {index})\n" for index in reversed(kept))
        shown = "".join(
            f"    (ref.is_null (local.get {index}))\n" if isinstance(kind, tuple) else f"    (local.get {index})\n"
            for kind, index in zip(signature.results, kept))
        return f"    ({operator}{arguments})\n{taken}{shown}"

    # Locals and labels.

    def local(self, kind):
        self.locals.append(kind)
        return len(self.locals) - 1

    def label(self, kinds):
        """Pushes a label that takes `kinds`; the caller pops it."""
        self.label_count += 1
        self.labels.append((f"$l{self.label_count}", kinds))
        return self.labels[-1][0]

    def scope(self, kinds, make):
        """What `make` gives within a label that takes `kinds`. What became readable inside is not outside."""
        known = list(self.readable)
        label = self.label(kinds)
        text = make(label)
        self.labels.pop()
        self.readable = known
        return text

    # Values.

    def value(self, kind):
        self.budget -= 1
        if self.budget < 0:
            return self.leaf(kind)
        choices = [self.leaf, self.call, self.call_reference, self.call_indirect, self.block, self.if_else, self.loop, self.select,
                   self.branch_on_null, self.try_table, self.try_table, self.branch_if]
        if kind in NUMBERS:
            choices += [self.unary, self.binary, self.binary, self.inspect]
            if kind == "v128" and self.module.has_relaxed:
                choices += [self.relaxed] * 4
        else:
            choices += [self.leaf, self.branch_on_non_null, self.as_non_null, self.table_get]
        if self.rng.random() < 0.03:
            return self.leave()
        return self.rng.choice(choices)(kind)

    def values(self, kinds):
        return "".join(" " + self.value(kind) for kind in kinds)

    def leaf(self, kind):
        """Without further expressions."""
        rng = self.rng
        fitting = [f"(local.get {index})" for index in self.readable if self.types.matches(self.locals[index], kind)]
        fitting += [f"(global.get $g{index})" for index, (other, _) in enumerate(self.module.globals) if self.types.matches(other, kind)]
        if fitting and rng.random() < 0.7:
            return rng.choice(fitting)
        if kind in NUMBERS:
            return self.module.number(kind)
        made = self.module.function_reference(kind)
        if made and (not kind[1] or rng.random() < 0.8):
            return made
        heap = self.types.bottom(kind) if rng.random() < 0.2 else f"$t{kind[2]}" if isinstance(kind[2], int) else kind[2]
        null = f"(ref.null {heap})"
        return null if kind[1] else f"(ref.as_non_null {null})"

    def unary(self, kind):
        operator, operand = self.rng.choice(UNARY[kind])
        return f"({operator} {self.value(operand)})"

    def binary(self, kind):
        operator, operand = self.rng.choice(BINARY[kind])
        return f"({operator} {self.value(operand)} {self.value(operand)})"

    def relaxed(self, _):
        operator, count, shape = self.rng.choice(RELAXED)
        text = f"({operator}{self.values(['v128'] * count)})"
        return f"(call $one_nan_{shape} {text})" if shape else text

    def inspect(self, kind):
        """Numbers that the state gives."""
        if kind == "i32":
            return self.rng.choice([self.is_null, self.is_null, self.table_size, self.log, self.load])(kind)
        return self.load(kind)

    def is_null(self, _):
        return f"(ref.is_null {self.value(self.some_reference())})"

    def table_size(self, kind):
        index, (index_type, _) = self.some_table()
        return f"(table.size $x{index})" if index_type == kind else f"(i32.wrap_i64 (table.size $x{index}))"

    def log(self, _):
        return f"(call $log {self.value('i32')})"

    def load(self, kind):
        return f"({kind}.load offset={self.rng.randrange(64)} {self.address()})"

    def address(self):
        index_type = self.module.memory_index
        return f"({index_type}.and {self.value(index_type)} ({index_type}.const {self.rng.choice([255, 65535, 131071])}))"

    def some_reference(self):
        kind = self.types.random_value(len(self.types))
        return kind if isinstance(kind, tuple) else self.rng.choice([FUNCREF, EXNREF])

    def some_table(self):
        return self.rng.choice(list(enumerate(self.module.tables)))

    def table_index(self, index_type):
        """Mostly within."""
        return self.value(index_type) if self.rng.random() < 0.05 else f"({index_type}.const {self.rng.randrange(5)})"

    # Calls.

    def producing(self, kind):
        """A function type that gives one value which fits, or several of which the last does."""
        fitting = [index for index, signature in enumerate(self.types.signatures)
                   if signature.results and self.types.matches(signature.results[-1], kind)]
        return self.rng.choice(fitting) if fitting else None

    def finish_call(self, text, signature, kind):
        """Drops all results but the last, which has become the last of a block."""
        if len(signature.results) == 1:
            return text
        kept = self.local(nullable(kind) if isinstance(kind, tuple) else kind)
        drops = " (drop)" * (len(signature.results) - 1)
        get = f"(local.get {kept})"
        if not is_defaultable(kind):
            get = f"(ref.as_non_null {get})"
        return f"(block (result {spell(kind)}) {text} (local.set {kept}){drops} {get})"

    def call(self, kind):
        type_ = self.producing(kind)
        if type_ is None:
            return self.leaf(kind)
        callee = self.rng.choice([index for index, other in enumerate(self.module.functions) if other == type_])
        signature = self.types.signatures[type_]
        return self.finish_call(f"(call $f{callee}{self.values(signature.parameters)})", signature, kind)

    def call_reference(self, kind):
        type_ = self.producing(kind)
        if type_ is None:
            return self.leaf(kind)
        signature = self.types.signatures[type_]
        callee = self.value(reference(type_, self.rng.random() < 0.6))
        return self.finish_call(f"(call_ref $t{type_}{self.values(signature.parameters)} {callee})", signature, kind)

    def call_indirect(self, kind):
        type_ = self.producing(kind)
        if type_ is None:
            return self.leaf(kind)
        signature = self.types.signatures[type_]
        table, (index_type, _) = self.some_table()
        arguments = self.values(signature.parameters)
        return self.finish_call(
            f"(call_indirect $x{table} (type $t{type_}){arguments} {self.table_index(index_type)})", signature, kind)

    def leave(self):
        """Expressions of any type: they do not come back."""
        rng = self.rng
        ways = [self.throw, self.throw, self.tail_call, self.tail_call, self.branch]
        if rng.random() < 0.3:
            ways.append(lambda: f"(throw_ref {self.value(EXNREF)})")
        if rng.random() < 0.2:
            ways.append(lambda: f"(return{self.values(self.results)})")
        return rng.choice(ways)()

    def throw(self):
        if not self.module.tags:
            return f"(throw_ref {self.leaf(EXNREF)})"
        tag = self.rng.randrange(len(self.module.tags))
        return f"(throw $e{tag}{self.values(self.module.tags[tag])})"

    def tail_call(self):
        fitting = [index for index, signature in enumerate(self.types.signatures) if len(signature.results) == len(self.results)
                   and all(map(self.types.matches, signature.results, self.results))]
        if not fitting:
            return f"(return{self.values(self.results)})"
        type_ = self.rng.choice(fitting)
        arguments = self.values(self.types.signatures[type_].parameters)
        way = self.rng.randrange(3)
        if way == 0:
            callee = self.rng.choice([index for index, other in enumerate(self.module.functions) if other == type_])
            return f"(return_call $f{callee}{arguments})"
        if way == 1:
            return f"(return_call_ref $t{type_}{arguments} {self.value(reference(type_, self.rng.random() < 0.5))})"
        table, (index_type, _) = self.some_table()
        return f"(return_call_indirect $x{table} (type $t{type_}){arguments} {self.table_index(index_type)})"

    # Control.

    def branch(self):
        if not self.labels:
            return "(unreachable)"
        label, kinds = self.rng.choice(self.labels)
        if self.rng.random() < 0.2:
            return f"(br_table {label} {label}{self.values(kinds)} {self.value('i32')})"
        return f"(br {label}{self.values(kinds)})"

    def branch_if(self, kind):
        fitting = [label for label, kinds in self.labels if len(kinds) == 1 and kinds[0] == kind]
        if not fitting:
            return self.block(kind)
        return f"(br_if {self.rng.choice(fitting)} {self.value(kind)} {self.value('i32')})"

    def block(self, kind):
        return self.scope([kind], lambda label: f"(block {label} (result {spell(kind)}) {self.statement()} {self.value(kind)})")

    def if_else(self, kind):
        condition = self.value("i32")

        def arms(label):
            known = list(self.readable)
            first = self.value(kind)
            self.readable = known
            return f"(if {label} (result {spell(kind)}) {condition} (then {first}) (else {self.value(kind)}))"

        return self.scope([kind], arms)

    def loop(self, kind):
        """A loop that goes round while the condition holds and there is plenty of fuel. Each round costs some."""
        def make(label):
            self.labels.pop()
            self.labels.append((label, []))
            again = f"(br_if {label} (i32.and {self.value('i32')} (i32.gt_u (global.get $fuel) (i32.const 250))))"
            return f"(loop {label} (result {spell(kind)}) {SPEND} {self.statement()} {again} {self.value(kind)})"

        return self.scope([], make)

    def select(self, kind):
        return f"(select (result {spell(kind)}) {self.value(kind)} {self.value(kind)} {self.value('i32')})"

    # References.

    def as_non_null(self, kind):
        return f"(ref.as_non_null {self.value(nullable(kind))})"

    def table_get(self, kind):
        fitting = [(index, index_type) for index, (index_type, element) in enumerate(self.module.tables) if self.types.matches(element, kind)]
        if not fitting:
            return self.leaf(kind)
        index, index_type = self.rng.choice(fitting)
        return f"(table.get $x{index} {self.table_index(index_type)})"

    def branch_on_null(self, kind):
        """The value, computed before, if the reference is null; else another one, computed with what it refers to."""
        tested = self.some_reference()
        found = self.local(reference(tested[2], False))

        def make(label):
            text = f"(block {label} (result {spell(kind)}) (br_on_null {label} {self.value(kind)} {self.value(tested)})"
            self.readable.append(found)
            return text + f" (local.set {found}) (drop) {self.value(kind)})"

        return self.scope([kind], make)

    def branch_on_non_null(self, kind):
        target = reference(kind[2], False)

        def make(label):
            return (f"(block {label} (result {spell(target)}) (br_on_non_null {label} {self.value(nullable(kind))})"
                    f" {self.value(target)})")

        return self.scope([target], make)

    # Exceptions.

    def try_table(self, kind):
        """Up to three clauses, each with a handler behind a block of its own that the clause branches to."""
        rng = self.rng

        def outermost(out):
            clauses = [self.clause() for _ in range(rng.randrange(1, 4))]
            labels = [self.label(kinds) for _, kinds in clauses]
            catches = " ".join(f"({text} {label})" for (text, _), label in zip(clauses, labels))
            body = self.scope([kind], lambda label: f"(try_table {label} (result {spell(kind)}) {catches} {self.thrower(kind)})")
            text = f"(br {out} {body})"
            for (_, kinds), label in zip(reversed(clauses), reversed(labels)):
                self.labels.pop()
                results = "".join(f" (result {spell(other)})" for other in kinds)
                text = f"(block {label}{results} {text}) {self.handler(kinds, kind, out)}"
            return f"(block {out} (result {spell(kind)}) {text})"

        return self.scope([kind], outermost)

    def clause(self):
        takes = self.rng.random() < 0.5
        suffix, caught = ("_ref", [reference("exn", self.rng.random() < 0.5)]) if takes else ("", [])
        if not self.module.tags or self.rng.random() < 0.3:
            return f"catch_all{suffix}", caught
        tag = self.rng.randrange(len(self.module.tags))
        return f"catch{suffix} $e{tag}", self.module.tags[tag] + caught

    def thrower(self, kind):
        """Something that often throws."""
        if self.rng.random() < 0.4:
            return f"(if (result {spell(kind)}) {self.value('i32')} (then {self.throw()}) (else {self.value(kind)}))"
        return self.value(kind)

    def handler(self, kinds, kind, out):
        """Takes what the clause left on the stack, and branches out with a value."""
        known = list(self.readable)
        kept = [self.local(other) for other in kinds]
        text = " ".join(f"(local.set {index})" for index in reversed(kept))
        self.readable += kept
        if kinds and kinds[-1] in (EXNREF, reference("exn", False)) and self.rng.random() < 0.3:
            text += f" (if {self.value('i32')} (then (throw_ref (local.get {kept[-1]}))))"
        text += f" (br {out} {self.value(kind)})"
        self.readable = known
        return text

    # Statements.

    def statement(self):
        self.budget -= 1
        if self.budget < 0:
            return "(nop)"
        return self.rng.choice([
            self.drop, self.set_local, self.set_local, self.set_global, self.set_table, self.store, self.bulk, self.log_statement])()

    def drop(self):
        return f"(drop {self.value(self.types.random_value(len(self.types)))})"

    def log_statement(self):
        return f"(drop {self.log('i32')})"

    def set_local(self):
        rng = self.rng
        if self.readable and rng.random() < 0.6:
            index = rng.choice(self.readable)
            return f"(local.set {index} {self.value(self.locals[index])})"
        kind = self.types.random_value(len(self.types))
        index = self.local(kind)
        text = f"(local.set {index} {self.value(kind)})" if rng.random() < 0.7 else f"(drop (local.tee {index} {self.value(kind)}))"
        self.readable.append(index)
        return text

    def set_global(self):
        mutable = [(index, kind) for index, (kind, is_mutable) in enumerate(self.module.globals) if is_mutable]
        if not mutable:
            return self.set_local()
        index, kind = self.rng.choice(mutable)
        return f"(global.set $g{index} {self.value(kind)})"

    def set_table(self):
        index, (index_type, element) = self.some_table()
        return f"(table.set $x{index} {self.table_index(index_type)} {self.value(element)})"

    def store(self):
        kind = self.rng.choice(["i32", "i64", "v128"])
        return f"({kind}.store offset={self.rng.randrange(64)} {self.address()} {self.value(kind)})"

    def bulk(self):
        rng = self.rng
        index, (index_type, element) = self.some_table()
        count = f"({index_type}.const {rng.randrange(3)})"
        way = rng.randrange(5)
        if way == 0:
            return f"(drop (table.grow $x{index} {self.value(element)} {count}))"
        if way == 1:
            return f"(table.fill $x{index} {self.table_index(index_type)} {self.value(element)} {count})"
        if way == 2:
            return f"(table.init $x{index} $s{index} {self.table_index(index_type)} (i32.const {rng.randrange(2)}) (i32.const {rng.randrange(3)}))"
        if way == 3:
            return f"(elem.drop $s{index})" if rng.random() < 0.2 else "(nop)"
        fitting = [(other, kinds[0]) for other, kinds in enumerate(self.module.tables) if self.types.matches(kinds[1], element)]
        other, other_type = rng.choice(fitting)
        narrow = "i64" if index_type == other_type == "i64" else "i32"
        return (f"(table.copy $x{index} $x{other} {self.table_index(index_type)} {self.table_index(other_type)}"
                f" ({narrow}.const {rng.randrange(3)}))")

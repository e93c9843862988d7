"""Value types and the type section of modules that `references.py` makes. A number's type is its name; a reference's is
("ref", nullable, heap), heap an abstract type's name or the index of a type."""

import dataclasses

NUMBERS = ("i32", "i64", "f32", "f64", "v128")
# Abstract heap types: top, bottom.
BOTTOMS = {"func": "nofunc", "extern": "noextern", "exn": "noexn"}


def reference(heap, is_nullable):
    return ("ref", is_nullable, heap)


FUNCREF, EXNREF = reference("func", True), reference("exn", True)


def nullable(kind):
    return ("ref", True, kind[2])


def may_be_null(kind):
    return isinstance(kind, tuple) and kind[1]


def is_defaultable(kind):
    return kind in NUMBERS or kind[1]


def spell(kind):
    if kind in NUMBERS:
        return kind
    heap = f"$t{kind[2]}" if isinstance(kind[2], int) else kind[2]
    return f"(ref null {heap})" if kind[1] else f"(ref {heap})"


@dataclasses.dataclass
class Signature:
    parameters: list
    results: list
    supertype: int | None = None
    is_final: bool = True


class Types:
    """Function types in recursion groups. A copy of a group is the same types again: `canonical` has the first."""

    def __init__(self, rng):
        self.rng = rng
        self.signatures = []
        self.canonical = []
        self.groups = []
        for _ in range(rng.randrange(2, 6)):
            if self.groups and rng.random() < 0.2:
                self.copy(rng.choice(self.groups))
            else:
                self.make_group(rng.choice([1, 1, 2, 3]))

    def __len__(self):
        return len(self.signatures)

    def make_group(self, size):
        begin = len(self)
        self.groups.append(range(begin, begin + size))
        self.canonical += self.groups[-1]
        for index in self.groups[-1]:
            supertypes = [other for other in range(index) if not self.signatures[other].is_final]
            if supertypes and self.rng.random() < 0.7:
                self.signatures.append(self.subtype(self.rng.choice(supertypes)))
            else:
                self.signatures.append(Signature(
                    [self.random_value(begin + size) for _ in range(self.rng.choice([0, 1, 1, 2, 3]))],
                    [self.random_value(begin + size) for _ in range(self.rng.choice([0, 1, 1, 1, 2, 3]))]))
            self.signatures[-1].is_final = self.rng.random() < 0.3

    def copy(self, group):
        begin = len(self)
        moved = {index: begin + index - group.start for index in group}

        def move(kind):
            return (*kind[:2], moved.get(kind[2], kind[2])) if isinstance(kind, tuple) else kind

        for index in group:
            old = self.signatures[index]
            self.signatures.append(Signature(
                list(map(move, old.parameters)), list(map(move, old.results)), moved.get(old.supertype, old.supertype), old.is_final))
            self.canonical.append(self.canonical[index])
        self.groups.append(range(begin, len(self)))

    def subtype(self, supertype):
        """Parameters may be wider, results narrower."""
        above = self.signatures[supertype]
        return Signature(
            [self.widen(kind) for kind in above.parameters], [self.narrow(kind) for kind in above.results], supertype)

    def widen(self, kind):
        if kind in NUMBERS or self.rng.random() < 0.5:
            return kind
        heap = kind[2]
        if isinstance(heap, int):
            # A type of this group may not be there yet.
            known = self.signatures[heap].supertype if heap < len(self) else None
            heap = self.rng.choice([heap, "func", heap if known is None else known])
        return reference(heap, True)

    def narrow(self, kind):
        if kind in NUMBERS or self.rng.random() < 0.5:
            return kind
        fitting = [other for other in range(len(self)) if self.matches(reference(other, False), kind)]
        # Of the other hierarchies nothing but null can be made everywhere.
        if not fitting or kind[2] in ("exn", "extern"):
            return kind
        return reference(self.rng.choice(fitting), kind[1] and self.rng.random() < 0.5)

    def random_value(self, end):
        """A type of a value; concrete references are to types below `end`."""
        rng = self.rng
        if rng.random() < 0.55:
            return rng.choice(NUMBERS[:4] if rng.random() < 0.7 else NUMBERS)
        if rng.random() < 0.25:
            return reference(rng.choice(["func", "extern", "exn", "exn"]), True)
        return reference(rng.randrange(end), rng.random() < 0.6) if end else FUNCREF

    def matches(self, kind, expected):
        if kind in NUMBERS or expected in NUMBERS:
            return kind == expected
        return (expected[1] or not kind[1]) and self.matches_heap(kind[2], expected[2])

    def matches_heap(self, heap, expected):
        if heap == expected or BOTTOMS.get(self.top(expected)) == heap:
            return True
        if not isinstance(heap, int):
            return False
        if expected == "func":
            return True
        if not isinstance(expected, int):
            return False
        while heap is not None:
            if self.canonical[heap] == self.canonical[expected]:
                return True
            heap = self.signatures[heap].supertype if heap < len(self) else None
        return False

    def top(self, heap):
        return heap if heap in BOTTOMS else "func"

    def bottom(self, kind):
        return BOTTOMS[self.top(kind[2])]

    def declaration(self, index):
        signature = self.signatures[index]
        text = "(func" + "".join(f" (param {spell(kind)})" for kind in signature.parameters)
        text += "".join(f" (result {spell(kind)})" for kind in signature.results) + ")"
        if signature.supertype is None and signature.is_final:
            return text
        above = "" if signature.supertype is None else f"$t{signature.supertype} "
        return f"(sub {'final ' if signature.is_final else ''}{above}{text})"

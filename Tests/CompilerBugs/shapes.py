"""Wasm modules for bugs that the seeds do not show: large frames, long leaves, long straight code, values kept over calls."""


def leb(value):
    """Unsigned LEB128."""
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def signed_leb(value):
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            return bytes(out + bytes([byte]))
        out.append(byte | 0x80)


def section(number, items):
    body = leb(len(items)) + b"".join(items)
    return bytes([number]) + leb(len(body)) + body


def load(offset):
    """i64.load of the parameter plus an offset."""
    return b"\x20\x00\x29\x03" + leb(offset)


XOR = b"\x85"


def large():
    """Three functions (i32) -> i64: 900 values alive at once, 150 loads in a leaf, 4,000 loads in a row."""
    # The store keeps the loads from being folded into the sums.
    alive = b"".join(load(8 * at) for at in range(900)) + b"\x20\x00\x42\x01\x37\x03\x00" + XOR * 899
    leaf = load(0) + b"".join(load(8 * at) + XOR for at in range(150))
    straight = load(0) + b"".join(load(8 * at % 60000) + XOR for at in range(4000))
    codes = [alive, leaf, straight]
    bodies = [leb(len(code) + 2) + b"\x00" + code + b"\x0b" for code in codes]
    exports = [bytes([1, 97 + index, 0, index]) for index in range(3)]
    return (
        b"\0asm\1\0\0\0"
        + section(1, [b"\x60\x01\x7f\x01\x7e"])
        + section(3, [b"\0"] * 3)
        + section(5, [b"\x01\x01\x01"])
        + section(7, exports)
        + section(10, bodies)
    )


def module(parameters, results, body, memories, locals=b"\x00"):
    """One exported function, and an import of type (i32) -> i32 as function 0, which no inlining removes."""
    code = leb(len(locals) + len(body) + 1) + locals + body + b"\x0b"
    return (
        b"\0asm\1\0\0\0"
        + section(1, [b"\x60\x01\x7f\x01\x7f", b"\x60" + leb(len(parameters)) + parameters + leb(len(results)) + results])
        + section(2, [b"\x01h\x01f\x00\x00"])
        + section(3, [b"\1"])
        + section(5, [b"\x01\x01\x01"] * memories)
        + section(7, [b"\x01k\x00\x01"])
        + section(10, [code])
    )


def kept():
    """A loop that loads at its parameter before and after a call, so that the parameter stays in a register over it."""
    first = b"\x20\x01\x20\x00\x2d\x00\x00\x6a\x21\x01"
    call = b"\x20\x01\x10\x00\x21\x01"
    second = b"\x20\x01\x20\x00\x2f\x01\x02\x6a\x22\x01"
    return module(b"\x7f", b"\x7f", b"\x03\x40" + first + call + second + b"\x0d\x00\x0b\x20\x01", 1, b"\x01\x01\x7f")


def based():
    """A load and a store of memory 1, between them a comparison of floats, which takes the register of the base."""
    return module(b"\x7f\x7c\x7c", b"", b"\x20\x00\x20\x00\x2d\x40\x01\x01\x20\x01\x20\x02\x61\x6a\x3a\x40\x01\x00", 2)

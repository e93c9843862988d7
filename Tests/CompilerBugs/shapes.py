"""Wasm modules too large to write by hand: large frames, long leaves, long straight code."""


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

"""Relaxed SIMD: the specification allows several results, and each engine takes the one that costs it least. Ours are fixed
(docs/SIMD.md). `pin` writes a module in which these choices are ordinary operators, so that wasmtime must give the same."""

import re
import subprocess

# Where wasmtime on x86 takes another result than we do. The others are the same machine instruction on both sides: swizzle pshufb, signed
# trunc cvttps2dq or cvttpd2dq, q15mulr pmulhrsw, dot pmaddubsw.
SAME_AS = {
    "i32x4.relaxed_trunc_f32x4_u": "i32x4.trunc_sat_f32x4_u",
    "i32x4.relaxed_trunc_f64x2_u_zero": "i32x4.trunc_sat_f64x2_u_zero",
    **{f"{shape}.relaxed_laneselect": "v128.bitselect" for shape in ("i8x16", "i16x8", "i32x4", "i64x2")},
    **{f"{shape}.relaxed_{way}": f"{shape}.p{way}" for shape in ("f32x4", "f64x2") for way in ("min", "max")},
}
# Without FMA a product and a sum, rounded each.
UNFUSED = {
    f"{shape}.relaxed_{name}": f"(func (param v128 v128 v128) (result v128) local.get 0 local.get 1 {shape}.mul {sign} local.get 2 {shape}.add)"
    for shape in ("f32x4", "f64x2")
    for name, sign in (("madd", ""), ("nmadd", f"{shape}.neg"))
}
OPERATOR = re.compile(r"\b[if]\d+x\d+\.relaxed_\w+")


def pin(wasm_tools, path, cpu, pinned):
    """Writes the module at `path` with our choices for `cpu` to `pinned`; False if it has no relaxed operators."""
    text = subprocess.run([wasm_tools, "print", path], capture_output=True, check=True).stdout.decode()
    if not OPERATOR.search(text):
        return False
    # The printed functions have their numbers in comments.
    count = len(re.findall(r"^\s*\((?:import [^\n]*\(func\b|func\b)", text, re.MULTILINE))
    added = {}

    def replacement(match):
        name = match.group()
        if name in UNFUSED and cpu == "x86-64-v2":
            return f"call {added.setdefault(name, count + len(added))}"
        return SAME_AS.get(name, name)

    text = OPERATOR.sub(replacement, text)
    end = text.rindex(")")
    text = text[:end] + "\n".join(UNFUSED[name] for name in added) + text[end:]
    subprocess.run([wasm_tools, "parse", "-", "--output", pinned], input=text.encode(), check=True)
    return True

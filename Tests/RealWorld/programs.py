"""The programs: none of them was written for this project but the samples. What each needs is made by `run`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    name: str
    module: str  # a wasm file in the cache
    arguments: tuple[str, ...]
    # Folders of the cache that the program sees besides its own, with its names for them.
    folders: tuple[tuple[str, str], ...] = ()


SHARE = (("share", "/share"),)
SYNTHESIS = "read_verilog /counter.v; synth_ice40 -top top -json /counter.json; stat"
NEXTPNR = ("-q", "--lp384", "--package", "qn32", "--seed", "1", "--json")

PROGRAMS = [
    Program("journey", "journey", ("300",)),
    Program("journey, bad argument", "journey", ("1",)),
    Program("icepll", "icepll", ("-i", "12", "-o", "48")),
    Program("icepll, bad argument", "icepll", ("-i", "12", "-o", "4800")),
    Program("QuickJS, script", "quickjs", ("report.js",)),
    Program("QuickJS, expression", "quickjs", ("-e", "print([3,1,2].sort().map(x => x * 1.5))")),
    Program("Lua, script", "lua", ("report.lua",)),
    Program("Lua, uncaught error", "lua", ("-e", 'print(1); error("x")')),
    Program("SQLite speedtest1", "sqlite", ("--size", "3", "--verify")),
    Program("zstd, three levels", "zstd", ("1",)),
    Program("avr-as", "avr-as", ("-mmcu=avr5", "/blink.s", "-o", "/blink.o")),
    Program("avr-as, wrong source", "avr-as", ("-mmcu=avr5", "/wrong.s", "-o", "/wrong.o")),
    Program("resvg", "resvg", ("/picture.svg", "/picture.png")),
    Program("resvg, no such file", "resvg", ("/absent.svg", "/absent.png")),
    Program("Boolector, factors", "boolector", ("--smt2", "/factors.smt2")),
    Program("Boolector, unsatisfiable", "boolector", ("--smt2", "/identity.smt2")),
    Program("Boolector, wrong input", "boolector", ("--smt2", "/crc.c")),
    Program("nextpnr, place and route", "nextpnr-ice40", (*NEXTPNR, "/made/counter.json", "--asc", "/counter.asc"), (*SHARE, ("made", "/made"))),
    Program("nextpnr, C++ exception", "nextpnr-ice40", (*NEXTPNR, "/counter.v"), SHARE),
    Program("nextpnr, bad option", "nextpnr-ice40", ("--no-such-option",)),
    Program("icepack", "icepack", ("/made/counter.asc", "/counter.bin"), (("made", "/made"),)),
    Program("GCC cc1 -O2", "cc1", ("-quiet", "-O2", "-mmcu=avr5", "/crc.c", "-o", "/crc.s")),
    Program("GCC cc1, wrong source", "cc1", ("-quiet", "-mmcu=avr5", "/blink.s", "-o", "/blink.out")),
    Program("CPython, script", "python", ("/report.py",)),
    Program("CPython, its library", "python", ("/library.py",)),
    Program("CPython, expression", "python", ("-c", "import json; print(json.dumps({'a': sum(i * i for i in range(1000))}))")),
    Program("Yosys, synthesis", "yosys", ("-q", "-p", SYNTHESIS), (*SHARE, ("tmp", "/tmp"))),
]

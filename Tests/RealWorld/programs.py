"""The programs: none of them was written for this project but the samples. What each needs is made by `run`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    name: str
    module: str  # a wasm file in the cache
    arguments: tuple[str, ...]


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
    Program("GCC cc1 -O2", "cc1", ("-quiet", "-O2", "-mmcu=avr5", "/crc.c", "-o", "/crc.s")),
    Program("CPython, script", "python", ("/report.py",)),
    Program("CPython, expression", "python", ("-c", "import json; print(json.dumps({'a': sum(i * i for i in range(1000))}))")),
]

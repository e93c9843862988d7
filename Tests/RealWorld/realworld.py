#!/usr/bin/env python3
"""Real programs against wasmtime: output, exit code and the files they write, in both memory models and both policies.

usage: realworld.py BIN WASMTIME CACHE [NAME...]
BIN holds naclc, naclv and nacl-run; CACHE holds the wasm modules; names select programs by their beginnings. Exits with 1 if anything
differs, or if nothing was compared.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from programs import PROGRAMS

INPUTS = pathlib.Path(__file__).resolve().parent / "inputs"
MODES = [(model, policy) for model in ("mask", "seg32") for policy in ("trap", "wrap")]
WASMTIME_OPTIONS = ["-W", "exceptions=y"]
TIME_LIMIT = 300
TRAPPED = 134  # where engines use words of their own
# What a compilation may take at most: so much, and so much a byte of the module. CPython takes 0.4 GiB, cc1 1.2, Yosys 2.4.
MEMORY_BOUND = (256 << 20, 56)


@dataclass(frozen=True)
class Behaviour:
    """What a run can be told by from outside."""

    output: bytes
    errors: bytes
    code: int
    files: tuple[tuple[str, bytes], ...]

    def difference(self, expected):
        if self.code != expected.code:
            return f"exit code {self.code}, not {expected.code}"
        if self.output != expected.output:
            return "other output"
        if self.errors != expected.errors and self.code != TRAPPED:
            return "other errors"
        for mine, theirs in zip(self.files, expected.files):
            if mine != theirs:
                return f"file {theirs[0]} differs"
        return None if len(self.files) == len(expected.files) else "other files"


def observe(command):
    """Runs in a fresh copy of the inputs. None if there is no end."""
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder) / "work"
        shutil.copytree(INPUTS, work)
        try:
            done = subprocess.run(
                command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIME_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return None
        files = tuple((str(path.relative_to(work)), path.read_bytes()) for path in sorted(work.rglob("*")) if path.is_file())
        return Behaviour(done.stdout, done.stderr, done.returncode, files)


def build(bin_folder, wasm, nexe, model, policy):
    """Compiles and verifies. Returns seconds, peak KiB, and the error if there is one."""
    limit = ["--max-memory", "1G"] if model == "mask" else []
    begin = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [bin_folder / "naclc", "build", wasm, "-o", nexe, "--memory-model", model, "--oob", policy, *limit],
            stdout=errors, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begin
        errors.seek(0)
        if process.returncode != 0:
            return seconds, usage.ru_maxrss, "naclc: " + errors.read().decode(errors="replace").strip()
    verified = subprocess.run([bin_folder / "naclv", "verify", nexe], capture_output=True, check=False)
    error = None if verified.returncode == 0 else "naclv: " + verified.stdout.decode(errors="replace").strip()
    return seconds, usage.ru_maxrss, error


class Table:
    def __init__(self, bin_folder, wasmtime, cache):
        self.bin_folder, self.wasmtime, self.cache = bin_folder, wasmtime, cache
        self.builds = {}  # (module, model, policy) -> (seconds, KiB, error, nexe)
        self.compared = self.differences = 0

    def nexe(self, module, model, policy):
        key = (module, model, policy)
        if key not in self.builds:
            nexe = self.cache / f"{module}.{model}.{policy}.nexe"
            self.builds[key] = (*build(self.bin_folder, self.cache / f"{module}.wasm", nexe, model, policy), nexe)
        return self.builds[key]

    def oracle(self, module):
        """The module as wasmtime compiles it, once for all of its programs."""
        wasm, compiled = (self.cache / f"{module}.{kind}" for kind in ("wasm", "cwasm"))
        if not compiled.exists() or compiled.stat().st_mtime < wasm.stat().st_mtime:
            subprocess.run([self.wasmtime, "compile", *WASMTIME_OPTIONS, wasm, "-o", compiled], check=True)
        return [self.wasmtime, "run", "--allow-precompiled", *WASMTIME_OPTIONS], compiled

    def command(self, engine, file, program):
        folders = [option for place, name in program.folders for option in ("--dir", f"{self.cache / place}::{name}")]
        return [*engine, "--argv0", program.module, "--dir", ".::/", *folders, file, *program.arguments]

    def compare(self, program):
        wasm = self.cache / f"{program.module}.wasm"
        missing = [name for name in (wasm.name, *(place for place, _ in program.folders)) if not (self.cache / name).exists()]
        if missing:
            print(f"SKIPPED {program.name}: {missing[0]} cannot be had here")
            return
        expected = observe(self.command(*self.oracle(program.module), program))
        if expected is None:
            sys.exit(f"{program.name}: no end in wasmtime in {TIME_LIMIT} s")
        cells, explanations = [], []
        for model, policy in MODES:
            _, _, error, nexe = self.nexe(program.module, model, policy)
            if error is None:
                actual = observe(self.command([self.bin_folder / "nacl-run"], nexe, program))
                error = actual.difference(expected) if actual else f"no end in {TIME_LIMIT} s"
                if error and actual:
                    explanations.append(actual.errors.decode(errors="replace")[:600])
            self.compared += 1
            self.differences += error is not None
            cells.append("same" if error is None else error.split("\n")[0][:60])
            if error:
                explanations.append(f"{model} {policy}: {error[:600]}")
        written = [name for name, _ in expected.files if not (INPUTS / name).exists()]
        print(f"| {program.name} | {expected.code} | {' '.join(written) or '-'} | " + " | ".join(cells) + " |", flush=True)
        for explanation in explanations:
            print(explanation)

    def print_builds(self):
        print("\nCompilation: seconds of wall time and peak resident MiB in each mode\n")
        print("| module | wasm MB | nexe MB (mask trap) | " + " | ".join(" ".join(mode) for mode in MODES) + " |")
        print("|---|---:|---:|" + "---:|" * len(MODES))
        for module in dict.fromkeys(module for module, _, _ in self.builds):
            size = (self.cache / f"{module}.wasm").stat().st_size
            nexe = self.builds[module, *MODES[0]][3]
            cells = [f"{self.builds[module, *mode][0]:.1f} s, {self.builds[module, *mode][1] / 1024:.0f} MiB" for mode in MODES]
            made = f"{nexe.stat().st_size / 1e6:.1f}" if nexe.exists() else "-"
            print(f"| {module} | {size / 1e6:.2f} | {made} | " + " | ".join(cells) + " |")
            constant, factor = MEMORY_BOUND
            bound = constant + factor * size
            for mode in MODES:
                if self.builds[module, *mode][1] * 1024 > bound:
                    print(f"{module} {' '.join(mode)}: more than the {bound >> 20} MiB that a compilation may take")
                    self.differences += 1


def main():
    bin_folder, wasmtime, cache = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    names = sys.argv[4:]
    table = Table(bin_folder, wasmtime, cache)
    print("| program | exit code | files written | " + " | ".join(" ".join(mode) for mode in MODES) + " |")
    print("|---|---:|---|" + "---|" * len(MODES))
    for program in PROGRAMS:
        if not names or any(program.name.startswith(name) for name in names):
            table.compare(program)
    table.print_builds()
    version = subprocess.run([wasmtime, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"\n{table.compared} comparisons with {version}, {table.differences} differ")
    return 0 if table.compared and not table.differences else 1


if __name__ == "__main__":
    sys.exit(main())

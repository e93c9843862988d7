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
TIME_LIMIT = 300


@dataclass(frozen=True)
class Behaviour:
    """What a run can be told by from outside."""

    output: bytes
    code: int
    files: tuple[tuple[str, bytes], ...]

    def difference(self, expected):
        if self.code != expected.code:
            return f"exit code {self.code}, not {expected.code}"
        if self.output != expected.output:
            return "other output"
        for mine, theirs in zip(self.files, expected.files):
            if mine != theirs:
                return f"file {theirs[0]} differs"
        return None if len(self.files) == len(expected.files) else "other files"


def observe(command):
    """Runs in a fresh copy of the inputs; standard error is kept apart and only shown."""
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder) / "work"
        shutil.copytree(INPUTS, work)
        try:
            done = subprocess.run(
                command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIME_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return None, b"no end in %d s" % TIME_LIMIT
        files = tuple((str(path.relative_to(work)), path.read_bytes()) for path in sorted(work.rglob("*")) if path.is_file())
        return Behaviour(done.stdout, done.returncode, files), done.stderr


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

    def compare(self, program):
        wasm = self.cache / f"{program.module}.wasm"
        if not wasm.exists():
            print(f"SKIPPED {program.name}: {wasm.name} cannot be had here")
            return
        expected, _ = observe([self.wasmtime, "run", "--dir", ".::/", wasm, *program.arguments])
        cells, explanations = [], []
        for model, policy in MODES:
            _, _, error, nexe = self.nexe(program.module, model, policy)
            if error is None:
                actual, messages = observe([self.bin_folder / "nacl-run", "--dir", ".::/", nexe, *program.arguments])
                error = actual.difference(expected) if actual else "no end"
                if error:
                    explanations.append(messages.decode(errors="replace")[:600])
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

#!/usr/bin/env python3
"""Random modules through our compiler, validator and runtime, with wasmtime as the oracle.

usage: differential.py RUNNER WASM_TOOLS OUTPUT [--count N] [--seed N] [--features F,F] [--check FILE]

Module number i has seed SEED + i; one seed always gives the same module, arguments and options. Compared are the results or the
kind of trap of each call, what the host was called with, and the globals, memories and tables that are left. A difference is
kept in OUTPUT as seed-N.wasm and seed-N.txt. --check runs one file in every configuration, for `wasm-tools shrink`.
Exits with 1 if there was a difference.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import select
import subprocess
import sys
import threading
import time

from generate import FEATURES, Generator
from oracle import Oracle, calls_seed

STACK = "trap: call stack exhausted"
BOUNDS = "trap: out of bounds memory access"


class Candidate:
    """Our side: a process that answers requests; started again when a module kills it."""

    def __init__(self, runner):
        self.runner = runner
        self.process = None

    def run(self, request):
        if self.process is None:
            self.process = subprocess.Popen([self.runner], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return self.died()
        ready, _, _ = select.select([self.process.stdout], [], [], 120)
        if not ready:
            self.process.kill()
            return self.died("no answer in two minutes")
        line = self.process.stdout.readline()
        return json.loads(line) if line else self.died()

    def stop(self):
        if self.process:
            self.process.communicate()
            self.process = None

    def died(self, why=None):
        _, errors = self.process.communicate()
        why = why or f"exit code {self.process.returncode}: {errors.decode(errors='replace')[-2000:]}"
        self.process = None
        return [f"died: {why}"]


def configurations(rng, transcript):
    """Both models, each at a level, instruction set and policy of its own. Wrapping is the same only where nothing is out of bounds."""
    for model in ("mask", "seg32"):
        may_wrap = BOUNDS not in transcript
        yield {
            "model": model,
            "policy": "wrap" if may_wrap and rng.random() < 0.25 else "trap",
            "level": rng.choice("22210"),
            "cpu": rng.choice(["x86-64-v3", "x86-64-v3", "x86-64-v2"]),
            "verify": rng.random() < 0.1,
        }


def every_configuration(transcript):
    for model in ("mask", "seg32"):
        for policy in ("trap",) if BOUNDS in transcript else ("trap", "wrap"):
            for level in "210":
                for cpu in ("x86-64-v3", "x86-64-v2"):
                    yield {"model": model, "policy": policy, "level": level, "cpu": cpu, "verify": True}


class Comparison:
    def __init__(self, arguments):
        self.arguments = arguments
        features = tuple(filter(None, arguments.features.split(",")))
        self.generator = Generator(arguments.wasm_tools, features)
        self.oracle = Oracle(features)
        self.candidate = Candidate(arguments.runner)
        self.output = pathlib.Path(arguments.output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.imports = str(self.output / "imports.wasm")
        here = pathlib.Path(__file__).parent
        subprocess.run([arguments.wasm_tools, "parse", here / "imports.wat", "-o", self.imports], check=True)
        self.counts = collections.Counter()

    def compare(self, path, seed, every=False):
        """The first difference as text, or None."""
        expected, calls = self.oracle.run(path, calls_seed(seed))
        if STACK in expected:
            self.counts["not compared: wasmtime's stack exhausted"] += 1
            return None
        self.counts["calls"] += len(calls)
        self.counts["calls that returned"] += sum(line.startswith("returned") for line in expected)
        for line in expected:
            if line.startswith("trap"):
                self.counts[line] += 1
        choices = every_configuration(expected) if every else configurations(random.Random(f"options {seed}"), expected)
        for options in choices:
            actual = self.candidate.run({"path": path, "calls": calls, **options})
            self.counts[f"runs {options['model']} {options['policy']} -O{options['level']}"] += 1
            if STACK in actual:
                self.counts["not compared: our stack exhausted"] += 1
            elif actual != expected:
                return describe(options, calls, expected, actual)
        return None

    def loop(self):
        arguments, findings, begin = self.arguments, 0, time.monotonic()
        path = str(self.output / "module.wasm")
        for number in range(arguments.count):
            seed = arguments.seed + number
            if not self.generator.generate(seed, path, self.imports):
                self.counts["no module"] += 1
                continue
            self.counts["modules"] += 1
            difference = self.compare(path, seed)
            if difference:
                findings += 1
                kept = self.output / f"seed-{seed}.wasm"
                os.replace(path, kept)
                kept.with_suffix(".txt").write_text(difference)
                print(f"seed {seed}: {difference.splitlines()[0]}", flush=True)
            if (number + 1) % 1000 == 0:
                print(f"{number + 1} seeds, {findings} differ, {time.monotonic() - begin:.0f} s", flush=True)
        for name, count in sorted(self.counts.items()):
            print(f"  {count:9,} {name}")
        self.candidate.stop()
        usage = os.times()
        seconds = usage.user + usage.system + usage.children_user + usage.children_system
        print(f"{self.counts['modules']} modules from seeds {arguments.seed} to {arguments.seed + arguments.count - 1}, {findings} differ"
              f" ({time.monotonic() - begin:.0f} s; {seconds:.0f} s of processor time)")
        return 1 if findings else 0


def describe(options, calls, expected, actual):
    for index in range(max(len(expected), len(actual))):
        ours = actual[index] if index < len(actual) else "nothing"
        theirs = expected[index] if index < len(expected) else "nothing"
        if ours != theirs:
            break
    text = " ".join(f"{key}={value}" for key, value in options.items())
    return (f"line {index}: wasmtime {theirs!r}, ours {ours!r} [{text}]\n\n"
            + "\n".join(json.dumps(call) for call in calls) + "\n\nwasmtime:\n" + "\n".join(expected) + "\n\nours:\n" + "\n".join(actual) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runner")
    parser.add_argument("wasm_tools")
    parser.add_argument("output")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--features", default="", help=", ".join(FEATURES))
    parser.add_argument("--check")
    arguments = parser.parse_args()
    comparison = Comparison(arguments)
    if arguments.check:
        difference = comparison.compare(arguments.check, arguments.seed, every=True)
        print(difference or "no difference")
        return 1 if difference else 0
    return comparison.loop()


if __name__ == "__main__":
    # wasmtime runs on this thread's stack.
    threading.stack_size(256 << 20)
    status = []
    thread = threading.Thread(target=lambda: status.append(main()))
    thread.start()
    thread.join()
    sys.exit(status[0] if status else 2)

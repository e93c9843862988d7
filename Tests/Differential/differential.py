#!/usr/bin/env python3
"""Random modules through our compiler, validator and runtime, with wasmtime as the oracle.

usage: differential.py RUNNER WASM_TOOLS OUTPUT [--count N] [--seed N] [--jobs N] [--seconds N] [--features F,F|all] [--check FILE]

Module number i has seed SEED + i; one seed always gives the same module, arguments and options, whatever the number of jobs. Compared are the
results or the kind of trap of each call, what the host was called with, and the globals, memories and tables that are left. A difference is
kept in OUTPUT as seed-N.wasm and seed-N.txt. --check runs one file in every configuration, for `wasm-tools shrink`. --seconds ends the run
early, behind the last of consecutive seeds. Exits with 1 if there was a difference.
"""

import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import random
import select
import subprocess
import sys
import threading
import time
import traceback

from generate import FEATURES, Generator, feature_list
from oracle import Oracle, calls_seed
from relaxed import pin

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
    """One worker: a generator, an oracle and a candidate of its own."""

    def __init__(self, arguments, job=0):
        self.arguments, self.job = arguments, job
        features = feature_list(arguments.features)
        self.has_relaxed = "relaxed-simd" in features
        self.generator = Generator(arguments.wasm_tools, features)
        self.oracle = Oracle(features)
        self.candidate = Candidate(arguments.runner)
        self.output = pathlib.Path(arguments.output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.path, self.imports, self.pinned = (str(self.output / f"{name}-{job}.wasm") for name in ("module", "imports", "pinned"))
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
            if line.startswith("trap") or line == "exception":
                self.counts[line] += 1
        choices = every_configuration(expected) if every else configurations(random.Random(f"options {seed}"), expected)
        for options in choices:
            actual = self.candidate.run({"path": path, "calls": calls, **options})
            self.counts[f"runs {options['model']} {options['policy']} -O{options['level']}"] += 1
            if STACK in actual:
                self.counts["not compared: our stack exhausted"] += 1
            elif one_null(actual) != one_null(expected):
                difference = self.compare_pinned(path, seed, options) if self.has_relaxed else None
                if difference != "":
                    return difference or describe(options, calls, expected, actual)
        return None

    def compare_pinned(self, path, seed, options):
        """Whether wasmtime agrees where the module says which of the results of relaxed operators it means: "" if so, None if there
        are none, else the difference."""
        if not pin(self.arguments.wasm_tools, path, options["cpu"], self.pinned):
            return None
        expected, calls = self.oracle.run(self.pinned, calls_seed(seed))
        if options["policy"] == "wrap" and BOUNDS in expected or STACK in expected:
            self.counts["not compared: relaxed, then out of bounds or stack exhausted"] += 1
            return ""
        actual = self.candidate.run({"path": path, "calls": calls, **options})
        if one_null(actual) != one_null(expected):
            return describe(options, calls, expected, actual)
        self.counts["explained: another choice of a relaxed operator"] += 1
        return ""

    def loop(self, seeds):
        """One seed after the other. Answers with the counts and the differing seeds."""
        findings = []
        for seed in seeds:
            try:
                if not self.generator.generate(seed, self.path, self.imports):
                    self.counts["no module"] += 1
                    continue
                self.counts["modules"] += 1
                difference = self.compare(self.path, seed)
            # Whatever it is, it is looked at; the other seeds go on.
            except Exception as error:  # pylint: disable=broad-exception-caught
                difference = f"not compared: {error!r}\n\n{traceback.format_exc()}"
            if difference:
                findings.append(seed)
                kept = self.output / f"seed-{seed}.wasm"
                os.replace(self.path, kept)
                kept.with_suffix(".txt").write_text(difference)
                print(f"seed {seed}: {difference.splitlines()[0]}", flush=True)
        self.candidate.stop()
        return self.counts, findings


def with_large_stack(function):
    """wasmtime runs on its thread's stack."""
    threading.stack_size(256 << 20)
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0] if result else None


def run(arguments):
    """All jobs, each of which takes the next seed when it is ready."""
    begin = time.monotonic()
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    taken = context.Value("q", 0)

    def seeds():
        while not arguments.seconds or time.monotonic() < begin + arguments.seconds:
            with taken:
                if taken.value == arguments.count:
                    return
                taken.value += 1
                seed = arguments.seed + taken.value - 1
            yield seed

    def work(job):
        answers.put(with_large_stack(lambda: Comparison(arguments, job).loop(seeds())))

    jobs = [context.Process(target=work, args=(job,)) for job in range(arguments.jobs)]
    for job in jobs:
        job.start()
    counts, findings = collections.Counter(), []
    for _ in jobs:
        while answers.empty():
            time.sleep(0.05)
            if any(job.exitcode for job in jobs):
                raise SystemExit(f"a job died: exit codes {[job.exitcode for job in jobs]}")
        answer = answers.get()
        if answer is None:
            raise SystemExit("a job died")
        counts += answer[0]
        findings += answer[1]
    for job in jobs:
        job.join()
    for name, count in sorted(counts.items()):
        print(f"  {count:9,} {name}")
    usage = os.times()
    seconds = usage.user + usage.system + usage.children_user + usage.children_system
    last = arguments.seed + taken.value - 1
    print(f"{counts['modules']} modules from seeds {arguments.seed} to {last}, {len(findings)} differ"
          f" ({time.monotonic() - begin:.0f} s; {seconds:.0f} s of processor time)")
    return 1 if findings else 0


def one_null(lines):
    """wasmtime tells a null that call_ref meets from one that call_indirect finds in its table; ours is one trap."""
    return ["trap: null reference" if line == "trap: uninitialized element" else line for line in lines]


def describe(options, calls, expected, actual):
    for index in range(max(len(expected), len(actual))):
        ours = actual[index] if index < len(actual) else "nothing"
        theirs = expected[index] if index < len(expected) else "nothing"
        if one_null([ours]) != one_null([theirs]):
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
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--features", default="", help=", ".join(FEATURES) + ", or all")
    parser.add_argument("--check")
    arguments = parser.parse_args()
    if not arguments.check:
        return run(arguments)
    difference = with_large_stack(lambda: Comparison(arguments).compare(arguments.check, arguments.seed, every=True) or "no difference")
    print(difference)
    return 2 if difference is None else 0 if difference == "no difference" else 1


if __name__ == "__main__":
    sys.exit(main())

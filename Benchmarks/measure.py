#!/usr/bin/env python3
"""Times the workloads that `build` made: interleaved runs, user time, medians; the outputs of all engines must be equal.

usage: measure.py BUILT BIN WASMTIME RUNS [NAME...]
BUILT is the folder that `build` filled, BIN holds nacl-run. Prints tables in Markdown; exits with 1 if any run failed or differed.
"""

import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
NO_GUARD = ["-O", "memory-reservation=0", "-O", "memory-guard-size=0"]
NATIVE, GUARDED, UNGUARDED = "native", "wasmtime", "wasmtime-no-guard"
OURS = [f"{model}-{policy}" for model in ("mask", "seg32") for policy in ("trap", "wrap")]
ENGINES = [NATIVE, GUARDED, UNGUARDED] + OURS


@dataclass
class Workload:
    name: str
    arguments: list[str]
    idle_arguments: list[str]  # everything but the work: what start-up costs
    seconds: dict[str, list[float]] = field(default_factory=dict)  # engine -> user seconds of each run
    idle_seconds: dict[str, list[float]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)  # engine -> what went wrong

    def median(self, engine):
        return statistics.median(self.seconds[engine])

    def idle(self, engine):
        return statistics.median(self.idle_seconds[engine])

    def spread(self):
        """The largest (maximum - minimum) / median over the engines."""
        return max((max(runs) - min(runs)) / statistics.median(runs) for runs in self.seconds.values())


def workloads(only):
    for line in (HERE / "workloads.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, arguments, idle, _ = line.split("\t")
        if not only or name in only:
            script = [str(HERE / "programs/rounds.lua")] if name == "lua" else []
            yield Workload(name, script + arguments.split(), script + idle.split())


class Runner:
    def __init__(self, built, bin_folder, wasmtime):
        self.built, self.bin_folder, self.wasmtime = built, bin_folder, wasmtime

    def command(self, engine, name, arguments):
        programs = str(HERE / "programs")
        if engine == NATIVE:
            return [str(self.built / "native" / name)] + arguments
        if engine in OURS:
            nexe = str(self.built / engine / f"{name}.nexe")
            return [str(self.bin_folder / "nacl-run"), "--dir", programs, nexe] + arguments
        flags = NO_GUARD if engine == UNGUARDED else []
        compiled = str(self.built / engine / f"{name}.cwasm")
        return [self.wasmtime, "run", "--allow-precompiled", *flags, "--dir", programs, compiled] + arguments

    def run(self, engine, name, arguments):
        """User seconds, output and exit code of one run."""
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                self.command(engine, name, arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            return usage.ru_utime, output.read(), process.returncode


def measure(workload, runner, rounds):
    expected = None
    for round_number in range(rounds):
        for engine in ENGINES:
            if engine in workload.problems:
                continue
            seconds, output, code = runner.run(engine, workload.name, workload.arguments)
            expected = expected if expected is not None else output
            if code != 0:
                workload.problems[engine] = f"exit code {code}: {output[-200:].decode(errors='replace').strip()}"
            elif output != expected:
                workload.problems[engine] = "other output than " + ENGINES[0]
            workload.seconds.setdefault(engine, []).append(seconds)
            idle_seconds, _, _ = runner.run(engine, workload.name, workload.idle_arguments)
            workload.idle_seconds.setdefault(engine, []).append(idle_seconds)
        print(f"{workload.name}: {round_number + 1} of {rounds}", file=sys.stderr)


def table(title, header, rows):
    print(f"\n{title}\n")
    print("| " + " | ".join(header) + " |")
    print("|---|" + "---:|" * (len(header) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def ratios(title, results, base, engines):
    """Medians over `base`'s; the last row is the geometric mean over the workloads that every engine ran."""
    complete = [workload for workload in results if not workload.problems]
    rows = []
    for workload in results:
        cells = [
            workload.problems[engine].split(":")[0] if engine in workload.problems
            else f"{workload.median(engine) / workload.median(base):.2f}" for engine in engines
        ]
        rows.append([workload.name] + cells)
    if complete:
        means = [
            math.exp(statistics.fmean(math.log(workload.median(engine) / workload.median(base)) for workload in complete))
            for engine in engines
        ]
        rows.append([f"**geometric mean of {len(complete)}**"] + [f"**{mean:.2f}**" for mean in means])
    table(title, ["workload"] + engines, rows)


def report(results, rounds):
    table(
        f"User seconds, medians of {rounds} interleaved runs, start-up included (ours: validation too)",
        ["workload"] + ENGINES + ["spread"],
        [[workload.name] + [f"{workload.median(engine):.3f}" for engine in ENGINES] + [f"{workload.spread():.0%}"]
         for workload in results])
    ratios("Times native", results, NATIVE, ENGINES[1:])
    ratios("Times wasmtime without guard pages", results, UNGUARDED, OURS)
    table(
        "Of that, start-up: user milliseconds of a run that does no work", ["workload"] + ENGINES,
        [[workload.name] + [f"{1000 * workload.idle(engine):.0f}" for engine in ENGINES] for workload in results])


def main():
    built, bin_folder, wasmtime, rounds = sys.argv[1:5]
    runner = Runner(pathlib.Path(built), pathlib.Path(bin_folder), wasmtime)
    results = list(workloads(sys.argv[5:]))
    for workload in results:
        measure(workload, runner, int(rounds))
    report(results, rounds)
    problems = [(w.name, engine, text) for w in results for engine, text in w.problems.items()]
    for name, engine, text in problems:
        print(f"{name} with {engine}: {text}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""How long a large module takes to start: compiled anew, and then out of nacl-run's cache.

usage: start.py BIN WASM RUNS ARGUMENTS...
Prints wall time, processor time and peak memory: of the first start, and medians of RUNS others. Exits with 1 if the second start takes
more than LIMIT of processor time (wall time says more of what else the machine does), or if what the program prints differs.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT = 0.6  # s


def run(command):
    """Wall, user and system time in seconds, peak MiB, and the output."""
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024, (process.returncode, output.read())


def main():
    binaries, wasm, runs, *arguments = sys.argv[1:]
    tool = pathlib.Path(binaries) / "nacl-run"
    print(f"{wasm}: {pathlib.Path(wasm).stat().st_size / 1e6:.1f} MB, load average {os.getloadavg()[0]:.1f}")
    slow = False
    for model in ("seg32", "mask"):
        with tempfile.TemporaryDirectory() as cache:
            # The key that entries are signed with is of this run, too.
            os.environ["XDG_STATE_HOME"] = cache
            limit = ["--max-memory", "1G"] if model == "mask" else []
            command = [tool, "--cache-dir", f"{cache}/modules", "--memory-model", model, *limit, wasm, *arguments]
            first = run(command)
            nexe = max(path.stat().st_size for path in pathlib.Path(cache).rglob("*.halite"))
            others = [run(command) for _ in range(int(runs))]
        wall, user, system, memory = (statistics.median(column) for column in list(zip(*others))[:4])
        print(f"{model}, first start:   {first[0]:.2f} s wall, {first[1]:.2f} s user, {first[2]:.2f} s system, {first[3]:.0f} MiB")
        print(
            f"{model}, second start:  {wall:.2f} s wall, {user:.2f} s user, {system:.2f} s system, {memory:.0f} MiB"
            f" (medians of {runs}, least wall {min(other[0] for other in others):.2f} s; nexe {nexe / 1e6:.1f} MB)")
        if any(other[4] != first[4] for other in others):
            sys.exit("the output differs")
        if user + system > LIMIT:
            print(f"more than {LIMIT} s of processor time")
            slow = True
    return slow


if __name__ == "__main__":
    sys.exit(main())

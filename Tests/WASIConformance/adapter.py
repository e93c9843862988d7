"""nacl-run as the wasi-testsuite's runner sees it (its doc/adapters.md).

NACL_RUN: the command, with what is to stand before the test's own options.
"""

import os
import shlex
import subprocess
from typing import Dict, List, Optional, Tuple

NACL_RUN = shlex.split(os.getenv("NACL_RUN", "nacl-run"))


def get_name() -> str:
    return "nacl-run"


def get_version() -> str:
    result = subprocess.run(NACL_RUN + ["--version"], encoding="UTF-8", capture_output=True, check=True)
    return result.stdout.splitlines()[0].split(" ")[1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def get_timeout_seconds() -> float:
    return 60.0


def compute_argv(
    test_path: str,
    args_env_root: Tuple[List[str], Dict[str, str], Optional[str]],
    proposals: List[str],
    wasi_world: str,
    wasi_version: str,
) -> List[str]:
    args, env, root = args_env_root
    argv = list(NACL_RUN)
    for key, value in env.items():
        argv += ["--env", f"{key}={value}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path] + args

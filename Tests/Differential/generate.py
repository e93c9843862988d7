"""Random modules, whose choices are a function of a seed alone: from `wasm-tools smith`, and of typed references from `references.py`."""

import dataclasses
import json
import random
import subprocess
import tempfile

from references import reference_module

# What `--features` of differential.py may switch on beyond WebAssembly 2.0 without SIMD: feature -> smith's settings. Extended constant
# expressions are always there; 64-bit tables come with memory64.
FEATURES = {
    "simd": {"simd-enabled": True},
    "relaxed-simd": {"simd-enabled": True, "relaxed-simd-enabled": True},
    "memory64": {"memory64-enabled": True},
    "multi-memory": {"max-memories": 4},
    "tail-call": {"tail-call-enabled": True},
    "exceptions": {"exceptions-enabled": True, "max-tags": 4},
    # A third of the modules are of `references.py`: smith has typed references only together with the collected heap. They have
    # exceptions, tail calls, vectors, 64-bit memories and tables too.
    "references": {},
}


def feature_list(text):
    """Of `--features`: names with commas between, or `all`."""
    names = tuple(FEATURES) if text == "all" else tuple(filter(None, text.split(",")))
    unknown = set(names) - set(FEATURES)
    if unknown:
        raise SystemExit(f"no such feature: {', '.join(sorted(unknown))}; there are {', '.join(FEATURES)}, all")
    return names


BASE = {
    "simd-enabled": False,
    "relaxed-simd-enabled": False,
    "memory64-enabled": False,
    "tail-call-enabled": False,
    "exceptions-enabled": False,
    "gc-enabled": False,
    "threads-enabled": False,
    "shared-everything-threads-enabled": False,
    "custom-page-sizes-enabled": False,
    "wide-arithmetic-enabled": False,
    "compact-imports-enabled": False,
    "custom-descriptors-enabled": False,
    "generate-custom-sections": False,
    "extended-const-enabled": True,
    # Every effect is to be seen, and a NaN's bits are not to decide anything.
    "export-everything": True,
    "canonicalize-nans": True,
    # Limits that every memory model keeps, so that growth succeeds or fails alike.
    "memory-max-size-required": True,
    "table-max-size-required": True,
    "max-memory32-bytes": 8 << 16,
    "max-memory64-bytes": 8 << 16,
    "max-memories": 1,
    "max-table-elements": 100,
    "min-types": 4,
    "min-memories": 1,
}


@dataclasses.dataclass(frozen=True)
class Generator:
    wasm_tools: str
    features: tuple[str, ...] = ()

    def settings(self, rng):
        """A different corner each time: sizes, and whether traps are avoided (else most functions end in one soon)."""
        settings = dict(BASE)
        for feature in self.features:
            settings.update(FEATURES[feature])
        settings["disallow-traps"] = rng.random() < 0.6
        settings["min-funcs"] = rng.choice([1, 3, 6, 12])
        # The imported functions count: imports.wat has eight.
        settings["max-funcs"] = settings["min-funcs"] + 8 + rng.choice([0, 4])
        settings["max-instructions"] = rng.choice([20, 60, 200, 600])
        settings["max-imports"] = rng.choice([0, 0, 8])
        # Mostly small offsets; some beyond the memory, some beyond 2^31.
        settings["memory-offset-choices"] = rng.choice([[90, 9, 1], [50, 40, 10], [100, 0, 0]])
        if rng.random() < 0.2:
            settings["allow-floats"] = False
        return settings

    def generate(self, seed, path, imports):
        """Writes the module of `seed` to `path`; False if smith makes none of it. `imports`: a module that lists what may be
        imported."""
        rng = random.Random(seed)
        if "references" in self.features and rng.random() < 1 / 3:
            text = reference_module(rng, "relaxed-simd" in self.features)
            made = subprocess.run(
                [self.wasm_tools, "parse", "-", "--output", path], input=text.encode(), capture_output=True, check=False)
            if made.returncode:
                raise RuntimeError(f"seed {seed}: {made.stderr.decode()}")
            return True
        settings = self.settings(rng)
        # Smith stops where its bytes end: their number bounds the module's size.
        entropy = rng.randbytes(rng.choice([500, 2000, 6000, 12000]))
        command = [self.wasm_tools, "smith", "--ensure-termination", "--fuel", str(rng.choice([200, 2000, 10000]))]
        if settings["max-imports"]:
            command += ["--available-imports", imports]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
            json.dump(settings, config)
            config.flush()
            made = subprocess.run(
                command + ["--config", config.name, "--output", path], input=entropy, capture_output=True, check=False)
        return made.returncode == 0

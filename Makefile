# The two commands are `make demo` and `make test`; both set up what they need.

SHELL := /bin/bash
# Where the WebAssembly spec test suite (*.wast) lies; its tests are skipped, loudly, where it is absent.
SUITE ?= ../shared/spec-testsuite
SWIFT_FLAGS := -c release -Xswiftc -enable-testing
BIN = $(shell swift build $(SWIFT_FLAGS) --show-bin-path)

.PHONY: demo test build setup conformance realworld clean

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

# Real programs against wasmtime: output and exit code, in both models and both policies.
realworld: build
	@Tests/RealWorld/run $(BIN)

clean:
	rm -rf .build .cache .venv

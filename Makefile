# The few commands of the house. `make` lists them.

# One set of flags for demo, tests and tools, so that they share one build. The import check makes
# SwiftPM refuse an import that no target in reach declares; Tests/HouseTests is stricter.
flags := --configuration release --explicit-target-dependency-import-check error
test_flags := $(flags) --disable-testable-imports --disable-xctest
rooms := $(wildcard graphs codegen Sources tools Tests Benchmarks)

.PHONY: help setup build demo test test-exhaustive check lint format fuzz-graphs bench install \
  uninstall clean

help: ## lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## installs what is missing (says what; does nothing the second time)
	@tools/setup

build: setup ## builds everything, in release
	swift build $(flags)

demo: ## builds, segments a clip of moving shapes, leaves demo/report.html
	@tools/demo

test: setup lint ## checks the format, then builds and runs every test, in release
	swift test $(test_flags)

# Which functions: all, or names with commas between them, as tanh,sigmoid,gelu.
FUNCTIONS ?= all

test-exhaustive: setup ## FUNCTIONS=all: the error of vector mathematics over all 2^32 inputs in f32
	SMALTI_EXHAUSTIVE=$(FUNCTIONS) swift test $(test_flags) \
	  --filter 'VectorMathTests.(SingleTests|CompositionTests)/keepsBudget\('

check: setup ## what a change must pass: house rules, then make test
	@tools/check

lint: ## checks the format; changes nothing
	swift format lint --strict --parallel --recursive Package.swift $(rooms)

format: ## formats all Swift in place
	swift format --in-place --parallel --recursive Package.swift $(rooms)

# How many random graphs, and the first seed.
COUNT ?= 1000
SEED ?= 1

fuzz-graphs: setup ## COUNT=1000 SEED=1: ways of computing random graphs, compared
	swift build $(flags) --product FuzzGraphs
	@.build/release/FuzzGraphs --count $(COUNT) --seed $(SEED)

bench: setup ## every benchmark, half an hour (Benchmarks/peers/setup first): Benchmarks/RESULTS.md
	swift build $(flags) --product smalti
	@Benchmarks/bench

# Where the command and the library go.
PREFIX ?= /usr/local

install: setup ## PREFIX=/usr/local: smalti, libsmalti, its header and pkg-config file
	@tools/install --prefix $(PREFIX)

uninstall: ## PREFIX=/usr/local: removes what install put there
	@tools/install --prefix $(PREFIX) --uninstall

clean: ## removes what building made
	swift package clean
	rm -rf .build demo

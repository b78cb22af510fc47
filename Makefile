PYTHON ?= python
export PYTHONPATH := .:passes:backends:$(PYTHONPATH)
.DEFAULT_GOAL := help
.PHONY: help format lint types floors test docs docs-check wheel-test check bench release-check

help:            ## show this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/: .*## /\t/' | expand -t 14

format:          ## rewrite the sources in the project's format
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

lint:            ## format and lint, changing nothing
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types:           ## mypy, strict, sources and tests
	$(PYTHON) -m mypy

floors:          ## imports only go down (import-linter)
	lint-imports

test:            ## the test suite
	$(PYTHON) -m pytest

docs:            ## print the reference pages into docs/reference
	$(PYTHON) -m qvm.cli.pages docs/reference

docs-check:      ## the reference pages equal what the program prints
	$(PYTHON) -m qvm.cli.pages --check docs/reference

wheel-test:      ## build the wheel and run the tests against it, installed in a fresh environment
	$(PYTHON) tests/wheel.py

bench:           ## speed ratios against peers, interleaved in one run; writes docs/results
	$(PYTHON) -m pytest tests/benchmarks
	$(PYTHON) -m tests.benchmarks.twenty docs/results/suite.md
	$(PYTHON) -m tests.benchmarks.compiler docs/results/compiler.md
	$(PYTHON) -m tests.benchmarks.tracing docs/results/tracing.md
	OMP_NUM_THREADS=1 $(PYTHON) -m qvm.cli.qvm bench --strict -o docs/benchmarks.md --plot docs/results/benchmarks.png

release-check:   ## machine and prover against their oracles, thousands of cases each; writes docs/results
	$(PYTHON) -m tests.release
	$(PYTHON) -m tests.prover.release

check: lint types floors test docs-check wheel-test  ## everything that CI does

# Everything sets itself up: `make demo` and `make test` need only git, make and Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test soak check lint types format install stale clean
demo: install
	$(BIN)/analogdecor sweep demo -o results.h5
	$(BIN)/analogdecor report results.h5 -o report.html

test: install
	$(BIN)/pytest -n 2

soak: install  # sweeps killed a few hundred times
	ANALOGDECOR_KILLS=$(or $(KILLS),400) $(BIN)/pytest -n 0 tests/experiments/test_killed.py

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

check: lint types test

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: .venv/installed
.venv/installed: pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15) and 'analogdecor needs Python 3.11 to 3.14; set PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	touch $@

stale:  # kernels cached by numba, which does not see a change of what they take in
	find crossbar device_models experiments analogdecor -name '*.nb[ic]' -delete

clean: stale
	rm -rf .venv results.h5 results.h5.runs report.html

# Two commands do everything on a fresh machine with Python 3.11 or newer: make report, make test.
PYTHON ?= python3
VENV := .venv
WORKERS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.ready-test
# Rivals bring extensions of Jupyter that report home: none of that beside an office's data.
RIVALS := $(VENV)-bench
INSTALL := python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
PIP := $(BIN)/$(INSTALL)

.PHONY: report test lint lab bench certify notebooks example clean help

help:            ## what can be made
	@grep -E '^[a-z]+: *.*##' $(MAKEFILE_LIST) | sed -E 's/: *[^#]*## */\t/'

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kopanalysis needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 report"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) .
	@touch $@

$(TOOLS): $(READY)
	$(PIP) '.[test]'
	@touch $@

$(RIVALS)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/bin/$(INSTALL) '.[test,bench]'
	@touch $@

report: $(READY) ## demo office files and published figures to reports/
	$(BIN)/kopanalysis report

test: $(TOOLS) lint ## lint, types, tests, and every notebook's checked outputs
	PYTHONWARNDEFAULTENCODING=1 JUPYTER_PREFER_ENV_PATH=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m 'not certify and not slow' --nbval-lax --nbval-kernel-name kopanalysis-warm tests notebooks

lint: $(TOOLS)
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

lab: $(READY) ## JupyterLab in a writable copy of the notebooks
	$(BIN)/kopanalysis lab

certify: $(READY) ## the known-truth certificate
	$(BIN)/kopanalysis certify

bench: $(RIVALS)/.ready ## speed as ratios, side by side in one run; FULL=--full for national sizes
	$(RIVALS)/bin/python tests/bench/run.py $(FULL)

notebooks: $(TOOLS) ## run the notebooks again and keep only their checked outputs
	$(BIN)/python tests/refresh_notebooks.py

example: $(READY) ## the rendered brief that the README shows
	$(BIN)/python tests/refresh_example.py

clean:
	rm -rf $(VENV) $(RIVALS) reports/13.* build dist

# make run: from a clone to a dataset, a federated checkpoint and the Dagster UI. make test: all tests.
# make evaluate-worlds: are the worlds local, varied and consistent; bench/worlds.json.
# make evaluate-curation: curation held against test films with known truth; bench/curation.json.
# make run UI=0 stops before serving. PROFILE=full makes every cell at full size instead of the demo.
PYTHON ?= python3
UI ?= 1
PORT ?= 3000
PROFILE ?= demo
DATA ?= data
VENV ?= .venv
BIN := $(VENV)/bin

export WORLDFACTORY_SPECS ?= specs
export WORLDFACTORY_DATA := $(DATA)
export WORLDFACTORY_PROFILE := $(PROFILE)
export DAGSTER_HOME := $(abspath $(DATA)/dagster)
# Nothing phones home; see assets/__init__.py for the rest of the list.
export DAGSTER_DISABLE_TELEMETRY := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run ui test test-long lint bench evaluate-worlds evaluate-curation clean help

help:
	@grep -hE '^# make' Makefile

$(VENV)/run.stamp: constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed, not {v.major}.{v.minor}; say make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --no-compile -c constraints.txt -e '.[dagster]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(BIN)/pip install --no-compile -c constraints.txt -e '.[dagster,dev]'
	@touch $@

$(DAGSTER_HOME)/dagster.yaml: assets/dagster.yaml
	@mkdir -p $(DAGSTER_HOME)
	@cp $< $@

run: $(VENV)/run.stamp $(DAGSTER_HOME)/dagster.yaml
	$(BIN)/python -m assets.demo
ifneq ($(UI),0)
	@$(MAKE) --no-print-directory ui
endif

ui: $(VENV)/run.stamp $(DAGSTER_HOME)/dagster.yaml
	@echo "Dagster UI: http://localhost:$(PORT)   (Ctrl-C stops it)"
	$(BIN)/dagster dev -w workspace.yaml --port $(PORT)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python

test: lint
	$(BIN)/pytest -n 2

test-long: $(VENV)/dev.stamp
	$(BIN)/pytest -m long --timeout=3600

bench: $(VENV)/run.stamp
	$(BIN)/python -m bench

evaluate-worlds: $(VENV)/run.stamp
	$(BIN)/python -m bench._evaluate_worlds

evaluate-curation: $(VENV)/run.stamp
	$(BIN)/python -m bench._curation

clean:
	rm -rf $(VENV) build dist *.egg-info

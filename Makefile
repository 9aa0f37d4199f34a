# The commands of the project. `make run` and `make test` need Python 3.11+ and make, nothing else; they set up .venv themselves
# (and the tests Debian's Chromium, where apt-get is).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
PORT ?= 8420

.PHONY: run desk test check eval bench lock train clean

run: $(VENV)/.ready ## read the example report
	@$(BIN)/sagt read examples/havnbroen.txt --outlet Nordpressen --published 2026-03-03T06:12:00+01:00 && printf '\nmake desk opens an example story in the browser: who has it from whom, and what rests on one origin alone\n'

desk: $(VENV)/example.db ## an example story at the desk, in the browser
	@echo "open the address below and choose the story; Ctrl-C stops (make desk PORT=8421 takes another port)"
	@$(BIN)/sagt serve --port $(PORT) --db sqlite:///$(VENV)/example.db

test: $(VENV)/.ready $(VENV)/.chromium ## all tests
	@$(BIN)/python -m pytest

check: $(VENV)/.ready ## style, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check sagt evaluation tests training
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_imports.py

eval: $(VENV)/.ready ## quality, on the corpora in DATA and on our own stories
	$(BIN)/python -m evaluation.run $(if $(wildcard $(DATA)),--data $(DATA)) --write
	$(BIN)/python -m evaluation.record $(if $(wildcard $(DATA)),--data $(DATA)) --write
	$(BIN)/python -m evaluation.times $(if $(wildcard $(DATA)),--data $(DATA)) --write
	$(BIN)/python -m evaluation.ledger --write
	$(if $(wildcard $(DATA)),$(BIN)/python -m evaluation.meaning --data $(DATA) --write)
	$(if $(wildcard $(DATA)),$(BIN)/python -m evaluation.stories --data $(DATA) --write)

bench: $(VENV)/.bench ## speed and memory, beside textacy's quotations on spaCy's parse
	$(BIN)/python -m evaluation.bench --write

lock: ## pin all dependencies anew
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --extra postgres --extra desk --extra mcp --extra parquet --constraint requirements.lock pyproject.toml -o deploy/requirements.lock

train: ## make the weights anew: see training/README.md
	sh training/run.sh $(DATA)

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "sagt needs Python 3.11 or newer: make PYTHON=python3.11 …"; exit 1; }
	@echo "setting up $(VENV) (once, a minute or two) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/example.db: examples/press.jsonl | $(VENV)/.ready
	@$(BIN)/sagt add $< --db sqlite:///$@

$(VENV)/.chromium: | $(VENV)/.ready
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { command -v apt-get >/dev/null && { echo "installing chromium for the tests (once) …"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; }; } \
	  || { echo "the desk is tested in Chromium, and it could not be installed: as root, apt-get install chromium; elsewhere, put chromium on the PATH"; exit 1; }
	@touch $@

$(VENV)/.bench: $(VENV)/.ready evaluation/requirements-bench.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r evaluation/requirements-bench.txt
	@touch $@

clean: ## remove what the commands above made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

# `make run` opens the app, `make test` runs every test; both make the environment they need, once.
PYTHON ?= python3
PY := .venv/bin/python
# torch is pinned to its CPU build; a GPU user runs `make run CONSTRAINTS=`
CONSTRAINTS ?= constraints.txt
PIP := $(PY) -m pip install --quiet --disable-pip-version-check $(if $(CONSTRAINTS),-c $(CONSTRAINTS))
PORT ?= 8501
# HOST=0.0.0.0 lets other machines in, without a login: README, "For others"
HOST ?= localhost

.PHONY: run test test-slow check bench lab redraw mapping pictures audit clean

run: .venv/app
	@echo "Starting the explorer: http://$(HOST):$(PORT) in a few seconds"
	@$(PY) -m nuonuo app --host $(HOST) --port $(PORT)

test: .venv/dev
	$(PY) -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile

test-slow: .venv/dev
	$(PY) -m pytest -m slow

check: .venv/dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(MAKE) test

# Prints every figure the README gives for speed and retrieval; needs ../shared/data.
bench: .venv/dev
	$(PY) -m nuonuo lab locomo ../shared/data/locomo-dev.json --cues
	$(PY) -m nuonuo lab multihop ../shared/data/2wiki-dev.json
	$(PY) -m nuonuo lab ablation ../shared/data/locomo-dev.json
	$(PY) -m nuonuo lab ablation ../shared/data/2wiki-dev.json
	$(PY) -m nuonuo triage ../shared/data/locomo-dev.json
	$(PY) -m nuonuo suggest ../shared/data/locomo-dev.json --plain
	$(PY) -m nuonuo lab chains ../shared/data/locomo-dev.json --links 2755
	$(PY) -m nuonuo lab chains ../shared/data/sentences-20k.txt --links 19999
	$(PY) -m nuonuo lab speed ../shared/data/sentences-20k.txt --n 20000

# Every experiment at full size (half an hour): the results that the Lab page opens on, and the README's tables.
lab: .venv/dev
	$(PY) -m nuonuo.lab.full ../shared/data

# How long a slider move takes to redraw each page over 20,000 and 200,000 memories, in Chromium, and its bytes.
redraw: .venv/dev
	$(PY) -m tests.browser.redraw ../shared/data/sentences-20k.txt
	$(PY) -m tests.browser.redraw --n 200000

# How long UMAP of 20,000 memories takes beside umap-learn itself.
mapping: .venv/dev
	$(PY) -m tests.load.mapping 20000

# Makes the README's pictures from a running explorer.
pictures: .venv/dev
	$(PY) -m tests.browser.pictures

# Known vulnerabilities of everything installed (asks pypi.org), and the licence of each package.
audit: .venv/dev
	$(PIP) -e '.[audit]'
	$(PY) -m piplicenses --format markdown --order license
	$(PY) -m pip_audit --local --skip-editable

clean:
	rm -rf .venv

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "NuoNuo needs Python 3.11 or newer: make run PYTHON=python3.11")'
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv

# torch first and alone, so that nothing else can pull another build of it
.venv/app: pyproject.toml setup.py $(wildcard constraints.txt) | .venv/bin/python
	@echo "1/2 Installing PyTorch (some 200 MB; a minute or two)"
	@$(PIP) torch
	@echo "2/2 Installing the explorer with Streamlit and the language model (some 400 MB; a minute or two)"
	@$(PIP) -e .
	@touch $@

.venv/dev: .venv/app
	@echo "Installing what the tests need (a few minutes)"
	@$(PIP) -e '.[dev]'
	@touch $@

# `make run` opens the app, `make test` runs every test; both make the environment they need, once.
PYTHON ?= python3
PY := .venv/bin/python
# torch is pinned to its CPU build; a GPU user runs `make run CONSTRAINTS=`
CONSTRAINTS ?= constraints.txt
PIP := $(PY) -m pip install --quiet --disable-pip-version-check $(if $(CONSTRAINTS),-c $(CONSTRAINTS))
PORT ?= 8501

.PHONY: run test test-slow check bench lab redraw clean

run: .venv/app
	$(PY) -m streamlit run app.py --server.port $(PORT)

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
	$(PY) -m nuonuo triage ../shared/data/locomo-dev.json
	$(PY) -m nuonuo suggest ../shared/data/locomo-dev.json --plain
	$(PY) -m nuonuo lab chains ../shared/data/locomo-dev.json --links 2755
	$(PY) -m nuonuo lab chains ../shared/data/sentences-20k.txt --links 19999
	$(PY) -m nuonuo lab speed ../shared/data/sentences-20k.txt --n 20000

# Every experiment at full size (half an hour): the results that the Lab page opens on, and the README's tables.
lab: .venv/dev
	$(PY) -m nuonuo.lab.full ../shared/data

# How long a slider move takes to redraw each page over 20,000 memories, in Chromium.
redraw: .venv/dev
	$(PY) -m tests.browser.redraw ../shared/data/sentences-20k.txt

clean:
	rm -rf .venv

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "NuoNuo needs Python 3.11 or newer: make run PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

# torch first and alone, so that nothing else can pull another build of it
.venv/app: pyproject.toml $(wildcard constraints.txt) | .venv/bin/python
	$(PIP) torch
	$(PIP) -e .
	touch $@

.venv/dev: .venv/app
	$(PIP) -e '.[dev]'
	touch $@

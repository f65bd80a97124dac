# Everything on a fresh machine with git, Python 3.11, make and a package index.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
RUNTIME := .venv/.runtime
DEV := .venv/.dev

.PHONY: help setup demo run test check lint types screenshots bench browser lock clean
.DEFAULT_GOAL := help

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUNTIME) ## Make .venv with the program in it, as the lock file states it

demo: setup ## Rehearse offline: a stand-in Parliament and the whole program; prints the address
	@$(BIN)/tracker demo

run: setup ## Run it for real, as config.toml says
	@$(BIN)/tracker run

test: $(DEV) browser ## Run the whole suite, browser and PostgreSQL included
	@$(BIN)/python -m pytest -q -n auto --dist loadfile $(ARGS)

check: lint types test ## What decides whether a change lands: lint, types, tests

screenshots: $(DEV) browser ## Take the README's pictures anew, out of a rehearsal
	@$(BIN)/python -m tools.screenshots

bench: $(DEV) ## Measure, and print what was measured
	@$(BIN)/python -m bench $(ARGS)

lint: $(DEV) ## Lint and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV) ## mypy, strict
	@$(BIN)/mypy

browser:
	@sh .ci/browser

lock: $(DEV) ## Write the lock files anew from pyproject.toml
	@$(BIN)/pip-compile $(LOCK) --extra build -o requirements.lock pyproject.toml
	@$(BIN)/pip-compile $(LOCK) --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
LOCK := --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --no-header

clean: ## Remove .venv and what the tools left
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed: install it, or say where it is with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@
	@echo "Installed in .venv: make demo rehearses, make run runs it for real."

$(DEV): requirements-dev.lock $(RUNTIME)
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

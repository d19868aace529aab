# Orderbridge. Everything lives inside this folder: .venv, .env and var/.
.DEFAULT_GOAL := help
.PHONY: help setup demo run test bench lint setup-browser

VENV := .venv
BIN := $(VENV)/bin
# A virtual environment is as new as the requirements it was made from, so this name changes with them.
STAMP := $(VENV)/.made-from-$(shell cat requirements.txt requirements-dev.txt | cksum | tr ' ' '-')

help:
	@echo "make demo    the whole system with two stand-in vendors, nothing to configure"
	@echo "make run     the same system against what .env names"
	@echo "make test    lint, types, import rules and all tests"
	@echo "make bench   the benchmark, also written to var/bench.json"
	@echo "make setup   the virtual environment and .env (part of all of these)"

setup: $(STAMP) .env
	@:

$(STAMP):
	@bash .ci/make-venv $(VENV)
	@rm -f $(VENV)/.made-from-*
	@touch $@

.env: | $(STAMP)
	@$(BIN)/python -m project.first_env

demo: setup
	@$(BIN)/python -m project.launch demo

run: setup
	@$(BIN)/python -m project.launch run

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python manage.py makemigrations --check --dry-run

test: lint
	$(BIN)/pytest -n 2 -m "not slow"

bench: setup
	$(BIN)/python -m tests.bench

setup-browser:
	@command -v chromium >/dev/null || apt-get install -y --no-install-recommends chromium

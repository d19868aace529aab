# Orderbridge. Everything lives inside this folder: .venv, .env and var/.
.DEFAULT_GOAL := help
.PHONY: help setup demo run test soak bench lint setup-browser screenshots

VENV := .venv
BIN := $(VENV)/bin
# A virtual environment is as new as the requirements it was made from, so this name changes with them.
STAMP := $(VENV)/.made-from-$(shell cat requirements.txt requirements-dev.txt | cksum | tr ' ' '-')

help:
	@echo "make demo    the whole system with two stand-in vendors, nothing to configure"
	@echo "make run     the same system against what .env names"
	@echo "make test    lint, types, import rules and all tests that take seconds"
	@echo "make soak    orders, faults and kills for MINUTES=10, then both sides compared; also written to var/soak.json"
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
	$(BIN)/pytest -n $(or $(WORKERS),3) --dist worksteal -m "not slow"

soak: setup
	$(BIN)/pytest -m slow tests
	$(BIN)/pytest --hypothesis-profile=thorough tests/unit/mapping/test_properties.py tests/clients/test_shopify_unknown_outcome.py
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),10)

bench: setup
	$(BIN)/python -m tests.bench

setup-browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		{ apt-get update -q && apt-get install -qy --no-install-recommends chromium; }

# Takes the pictures of docs/images anew, from pages that the product's own flows filled.
screenshots: setup setup-browser
	$(BIN)/pytest tests/browser/screenshots.py -q -p no:xdist

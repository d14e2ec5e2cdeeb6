# Two commands do everything on a new machine: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PORT ?= 5006
DATA ?=

.DEFAULT_GOAL := help
.PHONY: help run test check bench docs figures build screenshots clean

help: ## Say what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "Python 3.11 to 3.13 is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

run: $(STAMP) ## Build the embedded city, serve it, print the address
	$(BIN)/cityboard serve --port $(PORT)

build: $(STAMP) ## Publish the files in DATA: make build DATA=../shared/data/seoul
	$(BIN)/cityboard build $(if $(DATA),--data $(DATA))

test: $(STAMP) ## Run everything that CI runs
	@sh tests/chromium.sh
	$(MAKE) --no-print-directory check docs
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(STAMP) ## Format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/nbstripout --verify notebooks/*.ipynb

bench: $(STAMP) ## Run the benchmarks
	$(BIN)/python -m benchmarks

# Not with --quiet: it drops the warnings that --strict counts, and a broken link passes.
docs: $(STAMP) ## Build the documentation; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

figures: $(STAMP) ## Compute the embedded figures from the files in DATA
	$(BIN)/python -m data_sources.figures --data $(DATA)

screenshots: $(STAMP) ## Take the documentation's screenshots
	$(BIN)/python -m docs.screenshots

clean: ## Remove the environment and everything built
	rm -rf $(VENV) site build dist .pytest_cache .ruff_cache .mypy_cache *.egg-info

# All commands of a contributor. `make demo` and `make test` create their own environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# An environment of the versions of Kaggle's notebooks, in which exports must predict.
KAGGLE_VENV ?= $(VENV)-kaggle
KAGGLE_PYTHON ?= $(shell python3.12 -c '' 2>/dev/null && echo python3.12 || echo $(PYTHON))
export NOTEBOOK_VENV := $(abspath $(KAGGLE_VENV))
SOURCES := kagglebot tests benchmarks docs examples

.PHONY: demo test test-long torch kaggle-image lint format docs lock audit licences wheel clean

demo: $(VENV)/.installed  ## the whole job offline, in about a minute
	$(BIN)/kagglebot demo

test: $(VENV)/.installed  ## every test; needs no network, account or GPU
	$(BIN)/python -m pytest -n 2

test-long: $(VENV)/.installed  ## tests that take longer: a hundred kills, fuzzing, every command in the docs
	$(BIN)/python -m pytest -n 2 -m long --timeout 3600

lint: $(VENV)/.installed  ## ruff, mypy and import-linter, as CI runs them
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed  ## format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

docs: $(VENV)/.installed  ## the documentation as a static site, site/index.html; a broken link fails
	$(BIN)/python docs/commands.py
	$(BIN)/python -m sphinx -W --keep-going -q docs site

wheel: $(VENV)/.installed  ## dist/*.whl, with the shipped studies inside
	$(BIN)/python -m build --wheel --no-isolation

# PyTorch is an extra and not in the lock: the lock is for every platform, and for some PyTorch comes with gigabytes
# of CUDA libraries. Its tests are skipped without it, but not in CI.
torch: $(VENV)/.installed  ## PyTorch too, for the tests of that backend
	$(BIN)/python -m pip install --quiet torch==2.13.0

kaggle-image: $(KAGGLE_VENV)/.installed  ## the versions of Kaggle's notebooks, for the tests of exports there

# The locks hold exact versions and hashes, the first one for every supported Python and platform.
lock:
	uv pip compile pyproject.toml --extra dev --extra docs --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --upgrade --output-file requirements.lock
	uv pip compile tests/kaggle-image.in --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --upgrade --output-file tests/kaggle-image.lock

audit:  ## known vulnerabilities of the locked packages; needs uv and the network
	uvx pip-audit --disable-pip --require-hashes --requirement requirements.lock

licences: $(VENV)/.installed  ## docs/LICENCES.md, after a change of the lock
	$(BIN)/python docs/licences.py

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kagglebot needs Python 3.11 or newer: run make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(KAGGLE_VENV)/.installed: tests/kaggle-image.lock
	@$(KAGGLE_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || \
		{ echo "Kaggle's versions need Python 3.12 or 3.11: run make KAGGLE_PYTHON=/path/to/python3.12"; exit 1; }
	$(KAGGLE_PYTHON) -m venv --clear $(KAGGLE_VENV)
	$(KAGGLE_VENV)/bin/python -m pip install --quiet --no-compile --require-hashes --requirement tests/kaggle-image.lock
	@touch $@

clean:
	rm -rf $(VENV) $(KAGGLE_VENV) dist build site .mypy_cache .ruff_cache .pytest_cache

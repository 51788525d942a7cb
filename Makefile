# make run    the main job on the demo fund        make test   everything that checks it
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; \
	then echo $$p; break; fi; done)
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
export DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: run grade test lint unit stage-code docs lock clean

run: $(VENV)/.runtime   ## the whole pipeline, then where its results are
	dvc repro
	if fraudml where --is-demo; then dvc repro data/synthetic/dvc.yaml:grade; fi
	fraudml where

test: $(VENV)/.dev lint unit   ## everything

lint: $(VENV)/.dev
	ruff check .
	ruff format --check .
	mypy src
	lint-imports

unit: $(VENV)/.dev
	bash .ci/browser.sh
	bash .ci/java.sh
	pytest -n 2 --dist loadgroup --durations 8

stage-code: $(VENV)/.dev   ## write the code each stage imports into dvc.yaml
	python tests/repo/stage_code.py --write

docs: $(VENV)/.dev   ## write docs/contract.md, features.md, rules.md, params.md and cli.md from the code
	python tests/repo/reference.py --write

lock:   ## after changing pyproject.toml (needs uv)
	printf 'pandas<3\nnumba>=0.61\n' > .lock-constraints
	for args in 'requirements.lock' 'requirements-dev.lock --extra dev'; do set -- $$args; out=$$1; shift; \
	uv pip compile pyproject.toml "$$@" --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url -c .lock-constraints -o $$out -q; done
	rm .lock-constraints

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "fraudml needs Python 3.11, 3.12 or 3.13 on the PATH"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/pip
	@echo "Installing the pinned packages (a few minutes the first time)"
	pip install --disable-pip-version-check --require-hashes -r requirements.lock
	pip install --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/pip
	@echo "Installing the pinned packages and the tools for tests"
	pip install --disable-pip-version-check --require-hashes -r requirements-dev.lock
	pip install --disable-pip-version-check --no-deps -e .
	touch $@ $(VENV)/.runtime

clean:   ## remove the environment; data, models and reports stay
	rm -rf $(VENV)

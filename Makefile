# `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Some images set this, and then every process compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV   := $(CURDIR)/.venv
CACHE  := $(CURDIR)/.cache
export PATH := $(VENV)/bin:$(PATH)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 18

## environment
.PHONY: venv lock
venv: $(VENV)/.done ## the development environment in .venv (ansible, openstacksdk, the linters)
$(VENV)/.done: requirements-dev.txt tools/venv
	@PYTHON=$(PYTHON) tools/venv $(VENV) $<
	@touch $@

lock: venv ## pin requirements-dev.txt anew from requirements-dev.in
	uv pip compile -q --no-header --upgrade --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt

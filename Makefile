# The commands of this repository. Each makes ready what it needs, in this directory alone; nothing is installed.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
STACK := $(PYTHON) -m local_stack
LOCK := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
SOURCES := libs services tools tests bench conftest.py

.PHONY: help up down status logs clean test test-faults test-fuzz test-security check fmt docs lock python stack

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' $(MAKEFILE_LIST) | while read -r target words; do printf '  make %-13s %s\n' "$$target" "$$words"; done

up: stack ## start everything, and return when it is ready; prints the addresses
	@$(STACK) up

down: python ## stop everything
	@$(STACK) down

status: python ## what runs, and where
	@$(STACK) status

logs: python ## follow the logs; of one part: make logs S=checkout
	@$(STACK) logs $(S)

clean: python ## stop, and throw all state away
	@$(STACK) clean

test: ## every test, on a stack of its own; a part of them: make test K=refund
	@tools/bootstrap stack chromium edge
	@$(PYTHON) -m pytest --numprocesses 3 $(if $(K),-k "$(K)")

test-fuzz: ## every reader of foreign input, fed 100,000 inputs, and the gateways some thousands over HTTP
	@tools/bootstrap stack
	@FUZZ_INPUTS=$(or $(INPUTS),3500) $(PYTHON) -m pytest tests/fuzz tests/integration/test_foreign_requests.py --timeout 900

test-security: ## outside judges against the whole stack behind TLS: Observatory, CSP evaluator, wapiti, bandit, pip-audit
	@tools/bootstrap stack judges
	@$(PYTHON) tools/security_scan.py

test-faults: ## 200 schedules of faults of each invariant, in hours; again, one: make test-faults SEED=4711 ONLY=8
	@tools/bootstrap stack
	@$(PYTHON) -m tests.faults $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED)) $(if $(SCHEDULES),--schedules $(SCHEDULES))

check: python ## lint, formatting, types, import law, security lint, generated documents
	@.venv/bin/ruff check $(SOURCES)
	@.venv/bin/ruff format --check $(SOURCES)
	@.venv/bin/mypy libs services tests bench conftest.py tools/*.py tools/*/src
	@for tests in tools/*/tests; do .venv/bin/mypy $$tests || exit 1; done
	@.venv/bin/lint-imports
	@.venv/bin/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml services/*/src libs/*/src tools/tempages/src
	@$(PYTHON) tools/generate_docs.py --check

fmt: python ## format, and fix what ruff can fix
	@.venv/bin/ruff check --fix $(SOURCES)
	@.venv/bin/ruff format $(SOURCES)

docs: python ## write the generated documents anew
	@$(PYTHON) tools/generate_docs.py

lock: python ## pin requirements.in and requirements-dev.in anew
	@UV_NATIVE_TLS=1 $(LOCK) --output-file requirements.lock requirements.in
	@UV_NATIVE_TLS=1 $(LOCK) --output-file requirements-dev.lock requirements-dev.in

python:
	@tools/bootstrap

stack:
	@tools/bootstrap stack

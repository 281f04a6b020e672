# Needs python3 (3.11 or later) with its venv module, and a package registry that pip can reach.
# A distribution's interpreter is built with profile-guided optimisation; pyenv's is not, and takes a third longer.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; assert sys.version_info >= (3, 11)' 2>/dev/null && echo /usr/bin/)python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check --quiet
STAMP  := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
DEBIAN_TOOLS := chromium freeradius-utils gettext
PEERS        := freeradius freeradius-utils eapoltest hostapd wpasupplicant ocserv openconnect iproute2
APT_INSTALL  := apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(DEBIAN_TOOLS)

.DEFAULT_GOAL := help
.PHONY: help install install-dev run shell test test-again check fast soak test-peers test-tools bench bench-growth shots words lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv and install the locked packages into it

run: install ## install, then start everything with demo data (Ctrl-C ends it)
	@exec $(BIN)/hotgate up --demo

shell: install ## a shell with hotgate on its PATH
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec "$${SHELL:-/bin/sh}"

install-dev: $(STAMP_DEV) ## install, and what tests and checks need

test: install-dev test-tools check ## everything: checks, then all tests
	$(BIN)/pytest -n 2 --dist loadfile --durations 30 tests

test-again: ## the tests that failed, if they are five or fewer, one at a time; they are named first
	@$(BIN)/python -c 'import json, pathlib, sys; failed = [*json.loads(pathlib.Path(".pytest_cache/v/cache/lastfailed").read_text())]; \
	  print("failed the first time:", *failed, sep="\n  "); sys.exit(len(failed) > 5)'
	$(BIN)/pytest --last-failed --last-failed-no-failures none tests

check: install-dev ## style, types, import contracts, migrations
	$(BIN)/ruff check --no-cache src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run --settings hotgate.config.settings

soak: install-dev ## the fault tests at full size, for hours; HOTGATE_SOAK=0.1 is a tenth of it
	@mkdir -p build
	HOTGATE_SOAK=$${HOTGATE_SOAK:-1} HOTGATE_SOAK_LOG=$(CURDIR)/build/soak.log $(BIN)/pytest tests/faults tests/soak
	$(BIN)/python tests/soak/fuzz_with_coverage.py build/soak-corpus -max_total_time=3600

fast: install-dev ## rules, wire and house only: under 20 s
	$(BIN)/pytest -q $(wildcard tests/domain tests/radius tests/house)

test-peers: install-dev ## real RADIUS clients against the server, in namespaces, as root on Debian
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! dpkg -s $(PEERS) >/dev/null 2>&1; then \
	apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(PEERS); fi
	HOTGATE_TEST_PEERS=1 $(BIN)/pytest tests/peers

lock: install-dev ## resolve both lock files anew
	$(COMPILE) --upgrade pyproject.toml --extra embedded --extra documents --extra messaging --group build -o requirements.lock
	$(COMPILE) --upgrade --group dev -c requirements.lock -o requirements-dev.lock

bench: install-dev ## Hotgate against FreeRADIUS with SQL, in one run, into docs/benchmarks.md (root, gcc, PostgreSQL 15, FreeRADIUS)
	$(BIN)/python benchmarks/radius/run.py --out docs/benchmarks.md

bench-growth: install-dev ## the same with ten million subscribers and sessions, warm and cold (hours, tens of GB)
	$(BIN)/python benchmarks/radius/growth.py --out docs/benchmarks.md

shots: install-dev test-tools ## picture every page in four looks, into docs/shots
	HOTGATE_TEST_SHOTS="$(CURDIR)/docs/shots" $(BIN)/pytest -q -n 2 tests/journeys/test_screens.py tests/journeys/test_registering.py \
	  tests/journeys/test_user_pages.py tests/journeys/test_own_style.py -k look

words: install-dev ## gather the texts of the sources into the catalogues, and compile them (needs gettext)
	cd src/hotgate && ../../$(BIN)/python -m django makemessages --settings hotgate.config.settings --no-location --no-wrap \
	  --no-obsolete --extension=html,txt,py $(foreach language,it de fr es pt ar,-l $(language))
	cd src/hotgate && ../../$(BIN)/python -m django compilemessages --settings hotgate.config.settings

clean: ## remove .venv and caches; the state folder stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

test-tools:
	@if command -v chromium >/dev/null && command -v radclient >/dev/null && command -v msgfmt >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then $(APT_INSTALL); \
	else echo "some tests will be skipped; as root: $(APT_INSTALL)"; fi

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Hotgate needs Python 3.11 or later") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

# The editable install needs no build isolation, because the build back end is in the lock with its hashes.
$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP_DEV): requirements-dev.lock $(STAMP)
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

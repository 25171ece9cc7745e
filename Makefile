# Everything a person or a machine does with a checkout. Works with GNU make 3.81 and later.
#
#   make run     install what the service needs into .venv and start it
#   make setup   install what the service, its tests and its checks need into .venv
#
# Both are a no-op while the lock files are unchanged. PYTHON=/path/to/python picks the interpreter.

SHELL  := /bin/sh
VENV   := .venv
RUN    := $(VENV)/bin/python
PIP    := $(RUN) -m pip --disable-pip-version-check
LOCKED := install -q --require-hashes --no-deps --only-binary :all:
JOBS   ?= auto
ALONE  := tests/rigs tests/proof tests/stories/infra

# What is compiled once is kept, whatever the environment says: every process of the tests reads it.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup run test test-slow check format lock bench demo clean

setup: $(VENV)/.dev

run: $(VENV)/.runtime
	$(RUN) -m bot serve $(ARGS)

test: $(VENV)/.dev
	$(RUN) -m pytest -q -n $(JOBS) --dist worksteal -m "not slow and not again and not broad" $(ARGS)

test-slow: $(VENV)/.dev
	@worst=0; \
	for chosen in "-n $(JOBS) --dist worksteal -m 'again or broad or slow' $(ALONE:%=--ignore %)" \
	  "-m slow $(ALONE)"; do \
	  status=0; eval "$(RUN) -m pytest -q $$chosen $(ARGS)" || status=$$?; \
	  if [ $$status -ne 0 ] && [ $$status -ne 5 ]; then worst=$$status; fi; \
	done; exit $$worst

check: $(VENV)/.dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -c "from importlinter.cli import lint_imports_command as lint; lint(['--no-logo'])"
	$(RUN) -W ignore -m bandit -q -ll -r bot commands integrations store

format: $(VENV)/.dev
	$(RUN) -m ruff check --fix-only .
	$(RUN) -m ruff format .

bench: $(VENV)/.dev
	$(RUN) -m tests.bench $(ARGS)

demo: $(VENV)/.dev
	$(RUN) -m tests.support.demo $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The interpreter: PYTHON if given, else the newest of 3.14 to 3.11 that can make an environment.
$(VENV)/.runtime: requirements.txt pyproject.toml
	@set -e; \
	if ! $(RUN) -m pip --version >/dev/null 2>&1; then \
	  probe='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'; \
	  found=; \
	  for each in $(if $(PYTHON),"$(PYTHON)",python3.14 python3.13 python3.12 python3.11 python3); do \
	    if "$$each" -c "$$probe" >/dev/null 2>&1; then found="$$each"; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "PixelView needs Python 3.11 or newer with its venv module$(if $(PYTHON), and $(PYTHON) is not that,)." >&2; \
	    echo "Install it (Debian: apt install python3 python3-venv; macOS: brew install python)" >&2; \
	    echo "or name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	    exit 1; \
	  fi; \
	  echo "making $(VENV) with $$($$found --version)"; \
	  "$$found" -m venv --clear $(VENV); \
	fi
	$(PIP) $(LOCKED) -r requirements.txt
	$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(PIP) $(LOCKED) -r requirements-dev.txt
	@touch $@

# Pins what pyproject.toml asks for, for every platform at once. What is pinned stays as it is
# while it fits; `make lock UPGRADE=1` takes the newest of everything.
COMPILE = $(VENV)-lock/bin/uv pip compile -q --config-file uv.toml --universal --python-version 3.11 \
  --only-binary :all: --generate-hashes --no-header --annotation-style line \
  --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade,)

lock: $(VENV)/.runtime
	@test -x $(VENV)-lock/bin/uv || { $(RUN) -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install -q uv; }
	$(COMPILE) pyproject.toml --group build -o requirements.txt
	$(COMPILE) pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt
	rm -rf $(VENV)-lock

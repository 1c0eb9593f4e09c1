# Everything a developer or a user types. Needs Linux or macOS, make and Python 3.11 or newer; all else is installed
# here, into virtual environments, from lock files with hashes (requirements/README.md). `make` alone lists the targets.

# Candidates, best first; `make test PYTHON=/usr/bin/python3.12` chooses one.
PYTHON ?= python3.13 python3.12 python3.11 python3
VENV ?= .venv
PORT ?= 4599
MINUTE ?= 60
CSV ?=
LABEL ?=
ARGS ?=

PIP_INSTALL = -m pip --disable-pip-version-check --no-input install -qq --no-compile --require-hashes --no-deps
# A file's tests stay in one process: local AWS is one per process. The files that take longest come first.
PARALLEL = --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Local AWS starts many processes: where this is set, each would compile its packages anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE
SUITES = layers functions local_aws tests examples benchmarks tools

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo local test check rights build bench lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.local $(VENV)/.demo  ## a real CSV becomes a promoted model, on this machine (CSV=mine.csv LABEL=churned)
	@$(VENV)/bin/python -m examples.demo $(if $(CSV),--csv "$(CSV)") $(if $(LABEL),--label "$(LABEL)") $(ARGS)

local: $(VENV)/.local  ## local AWS with the template deployed, until Ctrl-C (PORT=4599 MINUTE=60)
	@$(VENV)/bin/python -m local_aws --port $(PORT) --minute $(MINUTE) $(ARGS)

test: $(VENV)/.dev $(VENV)/.demo $(if $(REQUIRE_ALL),.venv-lint/.ready .venv-sam/.ready .venv-lambda/.ready)  ## all tests (ARGS="tests/unit -k split"; REQUIRE_ALL=1 fails instead of skipping)
	@$(VENV)/bin/python -m pytest $(PARALLEL) $(ARGS)

check: $(VENV)/.dev .venv-lint/.ready .venv-sam/.ready  ## ruff, mypy, cfn-lint, checkov, sam validate
	$(VENV)/bin/ruff check $(SUITES)
	$(VENV)/bin/ruff format --check $(SUITES)
	$(VENV)/bin/mypy
	.venv-lint/bin/cfn-lint template.yaml examples/chat/*.yaml
	.venv-lint/bin/checkov --quiet --compact --skip-download --framework cloudformation --file template.yaml
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint

RIGHTS = .local/rights
# Journeys that use every right on the virtual clock, and one local AWS whose functions and containers really run.
rights: $(VENV)/.dev $(VENV)/.demo  ## which rights of the template are used, by whom, and which never
	@rm -rf $(RIGHTS)
	@YARDMASTER_RIGHTS=$(CURDIR)/$(RIGHTS) $(VENV)/bin/python -m pytest $(PARALLEL) --quiet tests/sam/test_rights_reduced.py tests/journey $(ARGS)
	@$(VENV)/bin/python -m tools.rights $(RIGHTS)

build: .venv-sam/.ready  ## what `sam deploy` uploads, in .aws-sam/build (needs python3.13, or ARGS=--use-container)
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build $(ARGS)

bench: $(VENV)/.dev $(VENV)/.demo  ## goals of speed, size and cost, measured (ARGS="split calls", ARGS=--full)
	@$(VENV)/bin/python -m benchmarks $(ARGS)

clean:  ## remove all that make has made
	rm -rf .venv .venv-* .local .aws-sam dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Virtual environments ---------------------------------------------------------------------------------------------

# A stamp in the environment is as new as the lock file that was installed into it.
$(VENV)/.local: requirements/local.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing $< into $(VENV) (once)"
	@$(VENV)/bin/python $(PIP_INSTALL) --only-binary :all: --requirement $<
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.local
	@echo "Installing $< into $(VENV) (once)"
	@$(VENV)/bin/python $(PIP_INSTALL) --only-binary :all: --requirement $<
	@touch $@

# Only an sdist exists; it is built with the locked setuptools.
$(VENV)/.demo: requirements/demo.lock $(VENV)/.local
	@echo "Installing $< into $(VENV) (once)"
	@$(VENV)/bin/python $(PIP_INSTALL) --no-build-isolation --requirement $<
	@touch $@

.venv-lint/.ready .venv-sam/.ready: .venv-%/.ready: requirements/%.lock | .venv-%/bin/python
	@echo "Installing $< into .venv-$* (once)"
	@.venv-$*/bin/python $(PIP_INSTALL) --requirement $<
	@touch $@

# What the built functions meet on Lambda, of the same version; pyenv may have it though it is not on PATH.
PYENV_313 = $(lastword $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.13*/bin))
.venv-lambda/.ready: requirements/lambda.lock
	@PATH="$(addsuffix :,$(PYENV_313))$$PATH"; \
	  if ! python3.13 -c 'import venv, ensurepip' 2>/dev/null; then \
	    echo "python3.13 is not on PATH (or can't make virtual environments), and Lambda runs the functions on it:" \
	      "install it, from your system or by pyenv install 3.13" >&2; \
	    exit 1; \
	  fi; \
	  rm -rf $(@D) && python3.13 -m venv $(@D)
	@echo "Installing $< into $(@D) (once)"
	@$(@D)/bin/python $(PIP_INSTALL) --only-binary :all: --requirement $<
	@touch $@

$(VENV)/bin/python .venv-lint/bin/python .venv-sam/bin/python:
	@found=; bare=; \
	for candidate in $(PYTHON); do \
	  $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  if $$candidate -c 'import venv, ensurepip' >/dev/null 2>&1; then found=$$candidate; break; fi; \
	  bare=$$candidate; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
	  echo "$$bare can't make virtual environments: apt-get install python3-venv (or your system's package for it)" >&2; \
	  exit 1; \
	elif [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer among: $(PYTHON). Install one, or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	rm -rf $(@D:/bin=) && $$found -m venv $(@D:/bin=)

# --- Lock files -------------------------------------------------------------------------------------------------------

# Valid for every Python from 3.11 on and every platform. They name no index: pip's own settings decide where to look.
LOCK = $(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --fork-strategy fewest \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(VENV)/.dev  ## compile the lock files again, at the newest versions that pyproject.toml allows
	$(LOCK) pyproject.toml --extra local --group build --group test --group check --group lock \
	  --output-file requirements/dev.lock
	$(LOCK) pyproject.toml --extra local --group build --constraint requirements/dev.lock --output-file requirements/local.lock
	$(LOCK) --group layer --constraint requirements/dev.lock --output-file layers/yardmaster/python/requirements.txt
	$(LOCK) --group numeric --constraint requirements/dev.lock --output-file layers/numeric/python/requirements.txt
	$(VENV)/bin/python tools/service_models.py
	$(LOCK) --group demo --no-deps --output-file requirements/demo.lock
	$(LOCK) --group lint --output-file requirements/lint.lock
	$(LOCK) --group sam --output-file requirements/sam.lock
	$(LOCK) --group lambda --constraint requirements/dev.lock --output-file requirements/lambda.lock

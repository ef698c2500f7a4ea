# `make` lists the verbs. Each makes the environment it needs, from a lock with hashes, and remakes
# it when the lock changes.
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL = $(@D)/bin/python -m pip install --quiet --disable-pip-version-check
# The warehouses and clusters of the tests have environments of their own, without pytest-xdist.
PYTEST := bin/pytest --override-ini addopts=-ra

.PHONY: help build report export backfill lint test-quick test mutations sequences faults \
	stability outlook costs benchmark lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: $(VENV)/.base ## dbt build, which ends with the segments
	$(BIN)/dbt build

REPORT_FLAGS ?=
report: $(VENV)/.base ## write report.html from the published file (REPORT_FLAGS=--no-customers)
	$(BIN)/python scripts/report $(REPORT_FLAGS)

EXPORT_FLAGS ?=
export: $(VENV)/.base ## write the segment lists to exports/ (EXPORT_FLAGS=--changed-only)
	$(BIN)/python scripts/export.py $(EXPORT_FLAGS)

EVERY ?= 14
backfill: $(VENV)/.base ## replay past snapshot dates (FROM=2025-01-01 UNTIL=2025-06-30 EVERY=14)
	$(BIN)/python scripts/backfill.py $(FROM) $(UNTIL) --every $(EVERY)

# Some deprecations are only seen in a full parse.
lint: $(VENV)/.dev ## ruff, mypy, yamllint, dbt parse without deprecations, sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	$(BIN)/dbt --warn-error-options '{"error": ["Deprecations"]}' parse --no-partial-parse
	$(BIN)/sqlfluff lint models tests
	$(BIN)/sqlfluff lint --templater placeholder scripts/report/queries

test-quick: $(VENV)/.dev ## the tests that build nothing large (under a minute)
	$(BIN)/pytest -m quick

test: $(VENV)/.dev ## all Python tests (the data tests run in make build)
	$(BIN)/pytest

test-%: $(VENV)-%/.done ## dbt2, metrics, superset, versions, warehouses or spark, each in its own environment
	$(VENV)-$*/$(PYTEST) $(MORE_TESTS) tests/$*

test-superset test-versions: export DBT := $(abspath $(BIN))/dbt
test-superset test-versions: $(VENV)/.base
test-dbt2: export DBT := $(abspath $(VENV)-versions/bin/dbt)
test-dbt2: $(VENV)-versions/.done

# Needs Java, else skips. The jars of the cluster are half a GB that no client needs.
test-spark: MORE_TESTS := spark_session_adapter/tests
test-spark: $(VENV)-spark/.adapter $(VENV)-spark-cluster/.done

MUTATIONS_FLAGS ?=
mutations: $(VENV)/.dev ## make small mistakes: tests must notice (MUTATIONS_FLAGS="--model NAME")
	$(BIN)/python campaigns/check_mutations.py $(MUTATIONS_FLAGS)

SEQUENCES_FLAGS ?=
sequences: $(VENV)/.base ## random changes: a refresh equals a full build (15 min; SEQUENCES_FLAGS=)
	$(BIN)/python campaigns/check_sequences.py $(SEQUENCES_FLAGS)

faults: $(VENV)/.base ## kill, interrupt and starve builds while a reader reads (an hour)
	$(BIN)/python campaigns/inject_faults.py

stability: $(VENV)/.base ## measure how many labels change from refresh to refresh
	$(BIN)/python campaigns/benchmark_stability.py 2025-01-01 2025-07-01 --counts 4 5

OUTLOOK_FLAGS ?=
outlook: $(VENV)/.base ## print how good the outlook is on several shops (OUTLOOK_FLAGS="--cdnow FILE")
	$(BIN)/python benchmarks/outlook.py $(OUTLOOK_FLAGS)

COSTS_FLAGS ?=
costs: $(VENV)/.base ## compare the CPU of builds with what was recorded (COSTS_FLAGS=--record)
	$(BIN)/python benchmarks/costs.py $(COSTS_FLAGS)

SIZES ?= 1e6 1e7
benchmark: $(VENV)-benchmark/.done ## time builds beside the scripts of experts (SIZES="1e6 1e7")
	$(VENV)-benchmark/bin/python benchmarks/run.py $(SIZES) --output docs/benchmarks.md
	$(VENV)-benchmark/bin/python benchmarks/fit.py --output docs/fit.md

# For every Python and system that pyproject.toml allows. The larger set is resolved first, so that
# both locks agree. Superset and the adapters of other warehouses want older packages.
LOCK_FLAGS ?=
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock" \
	$(LOCK_FLAGS)
AS_DEV := --constraint requirements-dev.txt pyproject.toml
lock: $(VENV)/.dev ## resolve the locks again; pins that fit stay (LOCK_FLAGS=--upgrade)
	$(COMPILE) --extra dev -o requirements-dev.txt pyproject.toml
	$(COMPILE) $(AS_DEV) -o requirements.txt
	$(COMPILE) $(AS_DEV) --extra benchmark -o benchmarks/requirements.txt
	$(COMPILE) $(AS_DEV) --extra metrics -o tests/metrics/requirements.txt
	$(COMPILE) $(AS_DEV) --extra spark -o tests/spark/requirements.txt
	$(COMPILE) --extra warehouses -o tests/warehouses/requirements.txt pyproject.toml
	$(COMPILE) --extra versions --resolution lowest-direct -o tests/versions/requirements.txt pyproject.toml
	$(COMPILE) -o tests/dbt2/requirements.txt tests/dbt2/requirements.in
	$(COMPILE) -o tests/superset/requirements.txt tests/superset/requirements.in
	$(COMPILE) -o tests/spark/requirements-cluster.txt tests/spark/requirements-cluster.in

clean: ## remove the environments, the caches and the local warehouse
	rm -rf $(VENV) $(VENV)-* target logs .*_cache .hypothesis *.duckdb* report.html

# A stamp is written last: an environment that was interrupted has none and is made again.
define environment
	$(PYTHON) -m venv --clear $(@D)
	$(PIP_INSTALL) --require-hashes --no-deps -r $<
	@touch $@
endef

FOUND = $(shell $(PYTHON) --version 2>/dev/null)
$(VENV)/.base: requirements.txt
	$(if $(filter 3.11.% 3.12.% 3.13.% 3.14.%,$(FOUND)),,$(error $(PYTHON) is $(or $(FOUND),missing); \
		this project needs Python 3.11 to 3.14: install it or run make PYTHON=python3.12))
	$(environment)

$(VENV)/.dev: requirements-dev.txt $(VENV)/.base
	$(PIP_INSTALL) --require-hashes --no-deps -r $<
	@touch $@

$(VENV)-%/.done: tests/%/requirements.txt
	$(environment)
# dbt 2 looks for DuckDB's library here, and would otherwise fetch it.
$(VENV)-dbt2/.done: tests/dbt2/requirements.txt tests/dbt2/package-lock.json
	$(environment)
	cp tests/dbt2/package*.json $(@D) && npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent
	cp $(@D)/node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so $(@D)/lib/
$(VENV)-benchmark/.done: benchmarks/requirements.txt
	$(environment)
$(VENV)-spark-cluster/.done: tests/spark/requirements-cluster.txt
	$(environment)

ADAPTER := $(shell find spark_session_adapter/pyproject.toml spark_session_adapter/dbt \
	-type f -not -name '*.pyc')
$(VENV)-spark/.adapter: $(VENV)-spark/.done $(ADAPTER)
	$(PIP_INSTALL) --no-deps --no-build-isolation --force-reinstall ./spark_session_adapter
	@touch $@

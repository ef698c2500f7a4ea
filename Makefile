PYTHON ?= python3
LOCK_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
	--no-strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

SEGMENTS := select segment_id, segment_name, customers, customer_share, revenue, revenue_share, \
	median_recency_days, median_frequency, median_monetary \
	from {{ ref('segment_profiles') }} order by segment_id

# `dbt show` cuts its own table after six columns, so pandas prints the rows.
PRINT_ROWS := import json, sys, pandas; \
	print(pandas.DataFrame(json.load(sys.stdin)['show']).round(3).to_string(index=False))

.PHONY: build report export test test-metrics test-superset test-spark test-warehouses benchmark \
	mutations sequences faults lint lock clean backfill stability

build: $(VENV)/.base
	$(BIN)/dbt build
	@$(BIN)/dbt show --quiet --output json --limit 50 --inline "$(SEGMENTS)" \
		| $(BIN)/python -c "$(PRINT_ROWS)"

report: $(VENV)/.report
	$(BIN)/python scripts/report.py

test: $(VENV)/.dev
	$(BIN)/pytest

# Metrics are asked with MetricFlow, in an environment of its own.
test-metrics: $(VENV)-metrics/.done
	$(VENV)-metrics/bin/pytest --override-ini addopts= tests/metrics

# Superset reads while this project refreshes; nearly 1 GB in an environment of its own.
test-superset: $(VENV)/.base $(VENV)-superset/.done
	DBT=$(abspath $(BIN))/dbt $(VENV)-superset/bin/pytest --override-ini addopts= tests/superset

# Compiles for other warehouses, without a connection to any but a Postgres of its own.
test-warehouses: $(VENV)-warehouses/.done
	$(VENV)-warehouses/bin/pytest --override-ini addopts= tests/warehouses

# A cluster of this machine: master, two workers, Spark Connect; skips where Java is missing. Two
# environments, for the jars of the cluster are half a GB that no client needs.
test-spark: $(VENV)-spark/.adapter $(VENV)-spark-cluster/.done
	$(VENV)-spark/bin/pytest --override-ini addopts=-ra spark_session_adapter/tests tests/spark

$(VENV)-spark/.adapter: $(VENV)-spark/.done $(wildcard spark_session_adapter/pyproject.toml \
		spark_session_adapter/dbt/*/*/*.* spark_session_adapter/dbt/*/*/*/*.sql)
	$(VENV)-spark/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --force-reinstall ./spark_session_adapter
	@touch $@

$(VENV)-%/.done: requirements-%.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# make backfill FROM=2025-01-01 UNTIL=2025-06-30 EVERY=14
EVERY ?= 14
backfill: $(VENV)/.base
	$(BIN)/python scripts/backfill.py $(FROM) $(UNTIL) --every $(EVERY)

# Segment lists for CRM tools, in exports/; only who changed: make export EXPORT_FLAGS=--changed-only
EXPORT_FLAGS ?=
export: $(VENV)/.base
	$(BIN)/python scripts/export.py $(EXPORT_FLAGS)

stability: $(VENV)/.base
	$(BIN)/python scripts/benchmark_stability.py 2025-01-01 2025-07-01 --counts 4 5 \
		-- --quiet --exclude-resource-type unit_test

# make benchmark SIZES="1e6 1e7 1e8"
SIZES ?= 1e6 1e7
benchmark: $(VENV)-benchmark/.done
	$(VENV)-benchmark/bin/python benchmarks/run.py $(SIZES) --output docs/benchmarks.md
	$(VENV)-benchmark/bin/python benchmarks/fit.py --output docs/fit.md

# Half an hour: all mutants, of which `make test` tries a sample. make mutations MUTATIONS_FLAGS="--model int_snapshot"
MUTATIONS_FLAGS ?=
mutations: $(VENV)/.dev
	$(BIN)/python scripts/check_mutations.py $(MUTATIONS_FLAGS)

# A quarter of an hour: a refresh gives what a full build gives. make sequences SEQUENCES_FLAGS="--first 7 --sequences 1"
SEQUENCES_FLAGS ?=
sequences: $(VENV)/.base
	$(BIN)/python scripts/check_sequences.py $(SEQUENCES_FLAGS)

# An hour: killed, interrupted and starved builds, while a reader reads.
faults: $(VENV)/.base
	$(BIN)/python scripts/inject_faults.py

# Some deprecations are only seen in a full parse.
lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict .
	$(BIN)/dbt --warn-error-options '{"error": ["Deprecations"]}' parse --no-partial-parse
	$(BIN)/sqlfluff lint models tests

# Keeps the locked versions that still fit; LOCK_FLAGS=--upgrade takes the newest.
# The larger set is resolved first, so that both locks agree. Extras stay in them: pip 23 needs
# `mashumaro[msgpack]` pinned under that name. The adapters of other warehouses want older packages.
lock: $(VENV)/.dev
	$(PIP_COMPILE) $(LOCK_FLAGS) --extra dev --extra report --output-file requirements-dev.txt \
		pyproject.toml
	$(PIP_COMPILE) $(LOCK_FLAGS) --constraint requirements-dev.txt \
		--output-file requirements.txt pyproject.toml
	$(PIP_COMPILE) $(LOCK_FLAGS) --constraint requirements-dev.txt --extra report \
		--output-file requirements-report.txt pyproject.toml
	$(PIP_COMPILE) $(LOCK_FLAGS) --constraint requirements-dev.txt --extra benchmark \
		--output-file requirements-benchmark.txt pyproject.toml
	$(PIP_COMPILE) $(LOCK_FLAGS) --extra metrics --constraint requirements-dev.txt \
		--output-file requirements-metrics.txt pyproject.toml
	$(PIP_COMPILE) $(LOCK_FLAGS) --extra warehouses --output-file requirements-warehouses.txt \
		pyproject.toml
	$(PIP_COMPILE) $(LOCK_FLAGS) --extra spark --constraint requirements-dev.txt \
		--output-file requirements-spark.txt pyproject.toml
	$(PIP_COMPILE) $(LOCK_FLAGS) --output-file requirements-superset.txt requirements-superset.in
	$(PIP_COMPILE) $(LOCK_FLAGS) --output-file requirements-spark-cluster.txt requirements-spark-cluster.in

clean:
	rm -rf $(VENV) $(VENV)-* target logs .pytest_cache .ruff_cache .hypothesis *.duckdb* report.html

# A stamp is written last: an environment that was interrupted has none and is made again.
$(VENV)/.base: requirements.txt
	$(if $(shell $(PYTHON) -c "import sys; print('ok' * ((3, 11) <= sys.version_info[:2] < (3, 13)))" 2>/dev/null),,\
		$(error $(PYTHON) is $(or $(shell $(PYTHON) -c "import platform; print(platform.python_version())" 2>/dev/null),missing); \
		this project needs Python 3.11 or 3.12: install it or run make PYTHON=python3.11))
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.report: $(VENV)/.base requirements-report.txt
	$(PIP_INSTALL) -r requirements-report.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements-dev.txt
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

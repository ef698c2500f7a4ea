"""The builds other tests rest on are isolated from each other and from the repository."""

import json
from itertools import chain

import duckdb
import harness
import pytest
import yaml
from harness import ROOT, Project

SEEDS = ["--select", "segment_prototypes", "--indirect-selection", "cautious"]


def stamps() -> dict[str, int]:
    """Return when each file of the project was written; caches of Python and pytest are not it."""
    skipped = {".git", ".venv", ".hypothesis", ".pytest_cache", ".ruff_cache", "__pycache__"}
    return {
        str(path): path.stat().st_mtime_ns
        for path in ROOT.rglob("*")
        if path.is_file() and not skipped.intersection(path.relative_to(ROOT).parts)
    }


def test_builds_leave_no_connection_open_and_no_file_in_the_repository(project):
    before = stamps()
    built = project(args=SEEDS)
    assert built.exit_code == 0, built.output
    # Refused as long as anything in this process holds the file with another configuration.
    assert built.query("select count(*) > 5 from segment_prototypes") == [(True,)]
    failed = project(
        vars={"source": {"lines": "missing.csv"}}, args=["--select", "stg_transactions"]
    )
    assert failed.exit_code == 1
    with duckdb.connect(str(project.warehouse), read_only=True) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]
    assert stamps() == before


def test_builds_in_one_warehouse_follow_each_other_and_a_warehouse_beside_is_empty(project):
    assert project(args=SEEDS).exit_code == 0
    project.execute("create table kept as select 1 as one")
    again = project(args=SEEDS, vars={"segment_count": 5})
    assert again.query("select one from kept") == [(1,)]
    other = project.beside("other")(args=SEEDS)
    assert other.query("select count(*) from duckdb_tables() where table_name = 'kept'") == [(0,)]


def test_database_threads_reach_duckdb(project):
    query = "select current_setting('threads') as threads"
    shown = project("show", args=["--inline", query, "--output", "json"], database_threads=3)
    assert '"threads": 3' in shown.output


@pytest.mark.quick
def test_parse_errors_and_failures_have_their_own_exit_codes(project):
    assert project("parse", vars={"snapshot_date": "someday"}).exit_code == 2
    assert (
        project(vars="source: {lines: none.csv}", args=["-s", "stg_transactions"]).exit_code == 1
    )


# Each variable that no parse waits for, with a value that could change what is parsed.
OTHER = {
    "accept_model": 1,
    "allowed_directories": ["/tmp"],
    "control_share": 0.1,
    "observation_months": None,
    "refit": True,
    "refit_after_days": 1,
    "snapshot_date": "2025-06-01",
}
# The same of the source: where its lines are is known to a parse, how they are read is not.
OTHER_SOURCE = {
    "columns": {"customer_id": "email", "currency": "currency"},
    "currency": "EUR",
    "currency_rates": {"USD": 0.9},
    "date_format": "%d/%m/%Y",
    "decimal_separator": ",",
    "duplicate_lines": "reject",
    "first_date": "2024-01-01",
    "last_date": "2025-12-31",
}


def parsed(project: Project, variables: dict) -> dict:
    """Return what dbt writes of the parsed project and a build uses of it.

    Left out are times, the content of disabled nodes, and the macros a node calls: dbt asks for
    these where it looks for what was edited.
    """
    build = project("parse", vars=variables)
    assert build.exit_code == 0, build.output
    manifest = json.loads((build.target / "manifest.json").read_text(encoding="utf-8"))
    del manifest["metadata"]
    manifest["disabled"] = set(manifest["disabled"])
    for node in chain.from_iterable(
        kind.values() for kind in manifest.values() if isinstance(kind, dict)
    ):
        if isinstance(node, dict):
            node.pop("created_at", None)
            node.get("depends_on", {}).pop("macros", None)
    return manifest


def test_variables_that_share_a_parse_change_nothing_in_it(project):
    """What the builds of all other tests rest on: dbt would have parsed the same."""
    assert set(OTHER) == harness.NOT_PARSED
    declared = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert set(OTHER) <= set(declared["customer_segmentation"])
    for lines in ("raw_transactions", "lines.csv"):
        given = {"source": {"lines": lines}}
        elsewhere = {"lines": lines.replace("lines", "/else/where/*"), **OTHER_SOURCE}
        assert parsed(project, given) == parsed(project, {**OTHER, "source": elsewhere})
    assert parsed(project, {"segment_count": 5}) != parsed(project, {})


@pytest.mark.quick
def test_staging_builds_and_passes_its_unit_tests(project):
    """The first of the models, for `make test-quick`; the rest is in the builds of other tests."""
    selection = ["--select", "+stg_transactions", "--indirect-selection", "cautious"]
    build = project(args=selection, unit_tests=True)
    assert build.exit_code == 0, build.output
    assert "START unit_test stg_transactions::" in build.output

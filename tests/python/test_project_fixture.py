"""The builds other tests rest on are isolated from each other and from the repository."""

import duckdb
from conftest import ROOT

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


def test_parse_errors_and_failures_have_their_own_exit_codes(project):
    assert project("parse", vars={"snapshot_date": "someday"}).exit_code == 2
    assert (
        project(vars="source: {lines: none.csv}", args=["-s", "stg_transactions"]).exit_code == 1
    )

"""dbt 2 compiles, tests and refreshes this project on DuckDB 1.5: make test-dbt2.

dbt 2 runs no Python model on DuckDB, so dbt-core (the variable DBT) makes the fit.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
DBT2 = str(Path(sys.executable).with_name("dbt"))
DBT = os.environ["DBT"]
# The nodes that need no Python.
SQL = ["--select", "path:models", "path:seeds", "path:tests"]
# dbt-core 1.11 does not know the form that replaces it.
DEPRECATED = "semantic models and metrics using the legacy YAML"
DATES = ("2025-05-01", "2025-06-01")
# Say when a build ran, or hold the tables themselves.
CLOCKS = {"completed_at", "started_at"}


class Run:
    """One command of dbt: exit code, output without colours, and seconds of CPU."""

    def __init__(self, folder: Path, dbt: str, *arguments: str):
        environment = {
            **os.environ,
            "SEGMENTATION_WAREHOUSE": str(folder / "warehouse.duckdb"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run(
            [dbt, *arguments, "--target-path", str(folder / Path(dbt).parent.parent.name)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.exit_code = ended.returncode
        self.output = re.sub(r"\x1b\[[0-9;]*m", "", ended.stdout + ended.stderr)
        print(f"{dbt} {' '.join(arguments)}: {self.cpu:.1f} s of CPU")

    def complaints(self) -> list[str]:
        """Return the errors and warnings of dbt 2."""
        return re.findall(r"^\[(?:error|warning)\] .*$", self.output, re.MULTILINE)

    def counted(self, what: str) -> int:
        """Return how many nodes of a kind dbt 2 says it processed, or how many ended so."""
        found = re.search(rf"(\d+) {what}", self.output)
        return int(found[1]) if found else 0


def refresh(dbt: str, folder: Path, date: str, *selection: str) -> Run:
    """Return a refresh without unit tests."""
    arguments = ["--exclude-resource-type", "unit_test", "--vars", f"{{snapshot_date: {date}}}"]
    run = Run(folder, dbt, "build", *selection, *arguments)
    assert run.exit_code == 0, run.output
    return run


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return each table of the warehouse, its rows in an order of their own."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.sql("from duckdb_tables() select table_name order by all").fetchall()
        found = {name: connection.execute(f'from "{name}"').df() for (name,) in names}
    return {
        name: table.drop(columns=[*CLOCKS & set(table.columns)])
        .pipe(lambda rows: rows.sort_values(list(rows.select_dtypes(exclude="float"))))
        .reset_index(drop=True)
        for name, table in found.items()
        if name != "published_tables"
    }


@pytest.fixture(scope="module")
def fitted(tmp_path_factory) -> Path:
    """Return the folder of a warehouse after a refresh that fitted the first model."""
    folder = tmp_path_factory.mktemp("fitted")
    refresh(DBT, folder, DATES[0])
    return folder


def after(fitted: Path, folder: Path) -> Path:
    """Return a copy of a warehouse."""
    return Path(shutil.copytree(fitted, folder / "copy"))


def test_everything_compiles_without_an_error_or_warning(fitted, tmp_path):
    run = Run(after(fitted, tmp_path), DBT2, "compile")
    assert run.exit_code == 0, run.output
    assert [line for line in run.complaints() if DEPRECATED not in line] == []
    assert run.counted("models") > 0


def test_all_unit_tests_are_right(fitted, tmp_path):
    run = Run(after(fitted, tmp_path), DBT2, "test", "--select", "test_type:unit")
    assert run.exit_code == 0, run.output
    sections = [
        file.read_text().partition("\nunit_tests:\n")[2] for file in ROOT.glob("models/**/*.yml")
    ]
    written = sum(len(re.findall("^  - name: ", tests, re.MULTILINE)) for tests in sections)
    assert run.counted("unit tests") == written


def test_a_refresh_is_the_one_of_dbt_core(fitted, tmp_path):
    """It is recorded, and every table is the same: all hold what dbt-core's would."""
    here, there = after(fitted, tmp_path / "here"), after(fitted, tmp_path / "there")
    run = refresh(DBT2, here, DATES[1], *SQL)
    assert [line for line in run.complaints() if DEPRECATED not in line] == []
    refresh(DBT, there, DATES[1], *SQL)
    ours, theirs = tables(here), tables(there)
    assert len(ours["completed_refreshes"]) == 2
    assert ours.keys() == theirs.keys()
    for name, table in ours.items():
        pd.testing.assert_frame_equal(table, theirs[name], check_exact=False, rtol=1e-9, obj=name)


def test_a_refit_is_left_to_dbt_core(fitted, tmp_path):
    """Without the Python model the refresh is not recorded, and says which node is missing."""
    folder = after(fitted, tmp_path)
    arguments = [*SQL, "--exclude-resource-type", "unit_test", "--vars", "{refit: true}"]
    run = Run(folder, DBT2, "build", *arguments)
    assert run.exit_code != 0
    assert "This refresh is not recorded" in run.output
    assert "int_customers_clustered" in run.output
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("select count(*) from completed_refreshes").fetchall() == [(1,)]

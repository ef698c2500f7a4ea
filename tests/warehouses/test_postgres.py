"""A real Postgres on this machine: everything is built there, only the fit is made on DuckDB."""

import os
import shutil
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg2
import pytest
from conftest import HERE, ROOT

# Beside the public tables, what they come from.
PUBLIC = sorted(path.stem for path in (ROOT / "models/marts").glob("*.sql"))
TABLES = [*PUBLIC, "int_customers_scored"]
# Without control groups and attributes, these have no row.
EMPTY = {"campaign_effects", "segment_attributes"}
# Only DuckDB keeps lines by delivery.
BY_DELIVERY = {"delivery_rejected_share", "thousandth_share"}
TOLERANCE = 1e-9


def server_folder() -> Path | None:
    """Return where the server's programs are: in the path, or where Debian puts them."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Start a server on loopback, and return the environment that finds it."""
    programs = server_folder()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian's package is postgresql)")
    folder = tmp_path_factory.mktemp("postgres")
    # The server refuses to run as root, and its user must reach the folder.
    user = []
    if os.getuid() == 0:
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [*user, str(programs / "pg_ctl"), "--pgdata", str(data), "--wait", "--silent"]
    subprocess.run(
        [
            *[*user, str(programs / "initdb"), "--pgdata", str(data), "--username", "postgres"],
            *["--auth", "trust", "--locale", "C", "--encoding", "UTF8"],
        ],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(
        [*control, "--options", options, "--log", str(folder / "log"), "start"],
        cwd=folder,
        check=True,
    )
    yield {
        **os.environ,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
        "SEGMENTATION_WAREHOUSE": str(tmp_path_factory.mktemp("duckdb") / "warehouse.duckdb"),
    }
    subprocess.run([*control, "--mode", "immediate", "stop"], cwd=folder, check=False)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def dbt(environment, tmp_path_factory):
    """Return a function that runs dbt for one of the two warehouses."""

    def run(verb: str, target: str, *arguments: str) -> subprocess.CompletedProcess:
        profiles = HERE if target == "postgres" else ROOT
        folder = tmp_path_factory.getbasetemp() / f"dbt-{target}"
        command = [
            Path(sys.executable).with_name("dbt"),
            # First: the guard on refreshes knows a retry by it.
            verb,
            "--no-use-colors",
            "--target",
            target,
        ]
        command += ["--profiles-dir", profiles, "--project-dir", ROOT]
        command += ["--target-path", folder, "--log-path", folder / "logs", *arguments]
        # A query that does not end is a failure, not a wait.
        return subprocess.run(
            command,
            env={**environment, "PGOPTIONS": "-c statement_timeout=120s"},
            cwd=folder.parent,
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


@pytest.fixture(scope="module")
def first_build(environment, dbt) -> dict[str, subprocess.CompletedProcess]:
    """Build on Postgres, fit on DuckDB, complete on Postgres; and build on DuckDB alone."""
    return {
        # Unit tests are written for DuckDB: some in its SQL, and comparing last digits.
        "build": dbt("build", "postgres", "--exclude-resource-type", "unit_test"),
        "fit": subprocess.run(
            [sys.executable, ROOT / "scripts" / "fit_on_duckdb.py"],
            env=environment,
            capture_output=True,
            text=True,
        ),
        "retry": dbt("retry", "postgres"),
        "duckdb": dbt("build", "dev", "--exclude-resource-type", "unit_test"),
    }


@pytest.fixture
def query(environment):
    def fetch(sql: str) -> list[tuple]:
        connection = psycopg2.connect(
            host="127.0.0.1", port=environment["PGPORT"], user="postgres", dbname="postgres"
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return fetch


def test_postgres_stops_at_the_fit_and_says_what_to_do(first_build):
    build = first_build["build"]
    assert build.returncode == 1
    assert "needs a fit: run python scripts/fit_on_duckdb.py and then dbt retry" in build.stdout
    assert " ERROR=1 " in build.stdout


def test_the_fit_and_a_retry_complete_the_refresh(first_build, query):
    assert first_build["fit"].returncode == 0, first_build["fit"].stderr
    retry = first_build["retry"]
    assert retry.returncode == 0, retry.stdout[-3000:]
    assert query("select count(*) from segmentation.completed_refreshes") == [(1,)]


@pytest.mark.parametrize("table", TABLES)
def test_postgres_and_duckdb_say_the_same(first_build, environment, query, table):
    assert first_build["duckdb"].returncode == 0, first_build["duckdb"].stdout[-3000:]
    with duckdb.connect(environment["SEGMENTATION_WAREHOUSE"], read_only=True) as connection:
        columns = [name for name, *_ in connection.execute(f"describe {table}").fetchall()]
        expected = connection.execute(f"select * from {table}").fetchall()
    found = query(f"select {', '.join(columns)} from segmentation.{table}")
    if table == "segment_data_checks":
        name = columns.index("check_name")
        expected, found = (
            [row for row in rows if row[name] not in BY_DELIVERY] for rows in (expected, found)
        )
    assert len(found) == len(expected)
    assert bool(expected) == (table not in EMPTY)
    for ours, theirs in zip(sorted(expected, key=order), sorted(found, key=order), strict=True):
        assert all(map(agree, ours, theirs)), (ours, theirs)


def agree(ours, theirs) -> bool:
    """Return whether two values are equal; floats may differ in their last bits."""
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= TOLERANCE * max(1, abs(ours))
    return ours == theirs


def order(row: tuple) -> tuple:
    """Return a row as something to sort by, floats without their last bits."""
    return tuple(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row)


def test_money_is_exact(first_build, query):
    types = query(
        "select distinct data_type, numeric_precision, numeric_scale"
        " from information_schema.columns where table_schema = 'segmentation'"
        " and table_name = 'customer_features' and column_name = 'monetary'"
    )
    assert types == [("numeric", 28, 4)]
    assert isinstance(
        query("select sum(monetary) from segmentation.customer_features")[0][0], Decimal
    )


def test_a_refresh_without_a_refit_needs_no_fit(first_build, dbt, query):
    again = dbt("build", "postgres", "--exclude-resource-type", "unit_test")
    assert again.returncode == 0, again.stdout[-3000:]
    assert query("select count(*) from segmentation.completed_refreshes") == [(2,)]
    assert query("select count(*), max(model_version) from segmentation.segment_models") == [
        (1, 1)
    ]

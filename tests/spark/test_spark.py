"""DuckDB and a Spark cluster build the same tables from the same data: make test-spark.

The cluster is real, if small: a master, two workers and a Connect server, each a process. Without
Java, all of it is skipped.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from math import isclose
from pathlib import Path

import duckdb
import pytest
import spark_cluster
from harness import ROOT
from pyspark.sql import SparkSession

CLUSTER = ROOT / ".venv-spark-cluster/bin/python"
DBT = Path(sys.executable).parent / "dbt"
# They see no data: once is enough.
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# Beyond the last bits of a logarithm nothing may differ.
TOLERANCE = 1e-9
TABLES = sorted(path.stem for path in (ROOT / "models/marts").glob("*.sql"))
# Only DuckDB reads files, and has their names.
NOT_COMPARED = {"source_file"}
FOLDER = Path(os.environ.get("ONLINE_RETAIL", ROOT.parent / "shared/data/online_retail"))
SHOP = FOLDER / "online_retail.csv.gz"
COLUMNS = {
    "transaction_id": "InvoiceNo",
    "customer_id": "CustomerID",
    "product_id": "StockCode",
    "purchased_at": "InvoiceDate",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
}

pytestmark = pytest.mark.skipif(
    bool(spark_cluster.java_fault()), reason=spark_cluster.java_fault() or "Java is there"
)


@dataclass(frozen=True)
class Cluster:
    """A running cluster, and dbt builds on it beside those of a DuckDB warehouse."""

    folder: Path
    port: int

    def run(self, verb: str) -> None:
        command = [CLUSTER, ROOT / "scripts/spark_cluster.py", verb, self.folder]
        subprocess.run([*command, "--port", str(self.port)], check=True)

    def session(self) -> SparkSession:
        address = f"sc://{spark_cluster.HOST}:{self.port}"
        return SparkSession.builder.remote(address).create()

    def rows(self, schema: str, table: str) -> tuple[list[str], list[tuple]]:
        session = self.session()
        try:
            frame = session.table(f"{schema}.{table}")
            return frame.columns, [tuple(row) for row in frame.collect()]
        finally:
            session.stop()

    def remove_leftovers(self, schema: str) -> None:
        """Remove the folders that a dead server left without a table, as docs/spark.md says."""
        session = self.session()
        tables = {row.tableName for row in session.sql(f"show tables in {schema}").collect()}
        session.stop()
        for folder in (self.folder / f"warehouse/{schema}.db").iterdir():
            if folder.name not in tables:
                shutil.rmtree(folder)

    def build(self, target: str, name: str, variables: str = "{}", *more: str) -> subprocess.Popen:
        """Start a build into the schema `name` of Spark, or the warehouse `name` of DuckDB."""
        folder = self.folder / f"{name}-{target}"
        command = [DBT, "build", "--target", target, "--vars", variables, "--no-use-colors", *more]
        command += ["--target-path", folder / "target", "--log-path", folder / "logs"]
        environment = {
            **os.environ,
            "SEGMENTATION_WAREHOUSE": str(folder / "warehouse.duckdb"),
            "SEGMENTATION_SPARK_PORT": str(self.port),
            "SEGMENTATION_SPARK_SCHEMA": name,
        }
        folder.mkdir(exist_ok=True)
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def differences(self, name: str) -> dict[str, int | str]:
        """Return the tables that differ between the engines, and in how many rows."""
        found: dict[str, int | str] = {}
        warehouse = self.folder / f"{name}-dev/warehouse.duckdb"
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            for table in TABLES:
                relation = connection.sql(f"from {table}")
                ours, theirs = (relation.columns, relation.fetchall()), self.rows(name, table)
                if table == "segment_data_checks":
                    ours, theirs = without_deliveries(*ours), without_deliveries(*theirs)
                count = differing_rows(ours, theirs)
                if count:
                    found[table] = count
        return found


def differing_rows(left: tuple, right: tuple) -> int | str:
    """Return how many rows of two tables differ, whatever their order; or that it is another."""
    columns = [name for name in left[0] if name not in NOT_COMPARED]
    if set(left[0]) != set(right[0]) or len(left[1]) != len(right[1]):
        return f"{len(left[1])} rows of {left[0]}, {len(right[1])} of {right[0]}"
    ordered = []
    for names, rows in (left, right):
        places = [list(names).index(name) for name in columns]
        taken = [tuple(row[place] for place in places) for row in rows]
        ordered.append(
            sorted(taken, key=lambda row: [str(v) for v in row if not isinstance(v, float)])
        )
    return sum(not same(*pair) for pair in zip(*ordered, strict=True))


def without_deliveries(columns: list[str], rows: list[tuple]) -> tuple[list[str], list[tuple]]:
    """Return the data checks without those by delivery: only DuckDB keeps lines so."""
    name = list(columns).index("check_name")
    by_delivery = ("delivery_rejected_share", "thousandth_share")
    return columns, [row for row in rows if row[name] not in by_delivery]


def same(left: tuple, right: tuple) -> bool:
    """Return whether two rows are the same, floats within the tolerance."""
    return all(
        isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(left, right, strict=True)
    )


def finished(build: subprocess.Popen) -> None:
    output, _ = build.communicate()
    assert build.returncode == 0, output


def both(cluster: Cluster, name: str, variables: str = "{}", *more: str) -> None:
    """Build with both engines, one after the other: the machine may have two cores."""
    finished(cluster.build("dev", name, variables, *more))
    finished(cluster.build("spark", name, variables, *more))


def killed(build: subprocess.Popen, model: str, kill: Callable[[], None]) -> tuple[int, str]:
    """Kill something as soon as a model is started; return how the build ended, and its log."""
    lines = []
    for line in build.stdout:
        lines.append(line)
        if "START" in line and f".{model} " in line:
            kill()
    return build.wait(), "".join(lines)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("spark"), spark_cluster.free_port())
    cluster.run("start")
    yield cluster
    cluster.run("stop")


@pytest.fixture(scope="module")
def refreshed(cluster) -> Cluster:
    """Return the cluster after two refreshes of the bundled data: a fit, and a month later."""
    both(cluster, "bundled", "{snapshot_date: 2025-06-01}", *WITHOUT_UNIT_TESTS)
    both(cluster, "bundled", "{}", *WITHOUT_UNIT_TESTS)
    return cluster


def test_one_float_that_is_another_is_a_difference():
    table = (["id", "share"], [("a", 0.5), ("b", 0.25)])
    assert differing_rows(table, (["share", "id"], [(0.25, "b"), (0.5 + 1e-12, "a")])) == 0
    assert differing_rows(table, (["id", "share"], [("a", 0.5), ("b", 0.25 + 1e-8)])) == 1
    assert differing_rows(table, (["id", "share"], [("a", 0.5), ("c", 0.25)])) == 1
    assert differing_rows(table, (["id", "share"], [("a", 0.5)])) != 0


def test_two_refreshes_of_the_bundled_data_are_the_same(refreshed):
    assert refreshed.differences("bundled") == {}


def test_customers_moved_and_one_model_scored_both(refreshed):
    """What the comparison rests on: there is a history to compare, and no second fit."""
    columns, rows = refreshed.rows("bundled", "segment_transitions")
    place = columns.index("snapshot_date")
    assert {row[place] for row in rows} == {date(2025, 6, 1), date(2025, 7, 1)}
    assert len(refreshed.rows("bundled", "segment_models")[1]) == 1


def test_the_unit_tests_pass_on_spark(refreshed):
    finished(refreshed.build("spark", "bundled", "{}", "--resource-type", "unit_test"))


@pytest.mark.skipif(
    not SHOP.is_file(),
    reason=f"UCI Online Retail is not there: {SHOP.name} missing in {FOLDER}"
    " (the environment variable ONLINE_RETAIL can name another folder)",
)
def test_every_customer_of_a_real_shop_is_the_same(cluster):
    session = cluster.session()
    session.sql("create schema if not exists shop")
    lines = session.read.option("header", True).option("escape", '"').csv(str(SHOP))
    lines.write.mode("overwrite").saveAsTable("shop.lines")
    session.stop()
    for target, source in (("dev", str(SHOP)), ("spark", "shop.lines")):
        variables = json.dumps({"source": {"lines": source, "columns": COLUMNS}})
        finished(
            cluster.build(target, "retail", variables, "--exclude-resource-type", "unit_test")
        )
    assert len(cluster.rows("retail", "customer_features")[1]) == 3_486
    assert cluster.differences("retail") == {}


def test_a_killed_driver_fails_the_build_and_a_killed_worker_does_not(refreshed):
    """A refit, so that a refresh that counted by mistake would show in the models."""
    variables = "{refit: true}"
    before = refreshed.rows("bundled", "completed_refreshes")[1]

    def kill(name: str) -> Callable[[], None]:
        return lambda: spark_cluster.kill(spark_cluster.processes(refreshed.folder)[name])

    build = refreshed.build("spark", "bundled", variables, *WITHOUT_UNIT_TESTS)
    code, log = killed(build, "customer_segments", kill("connect"))
    assert code != 0, log
    refreshed.run("stop")
    refreshed.run("start")
    assert refreshed.rows("bundled", "completed_refreshes")[1] == before

    refreshed.remove_leftovers("bundled")
    build = refreshed.build("spark", "bundled", variables, *WITHOUT_UNIT_TESTS)
    code, log = killed(build, "customer_segments", kill("worker-1"))
    assert code == 0, log
    finished(refreshed.build("dev", "bundled", variables, *WITHOUT_UNIT_TESTS))
    assert refreshed.differences("bundled") == {}
    assert len(refreshed.rows("bundled", "completed_refreshes")[1]) == len(before) + 1

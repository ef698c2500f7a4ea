"""Another dbt project, tests/host_project, installs this one as a package."""

import csv
import json

import pytest
from harness import ROOT, Build, copy_project, invoke

PACKAGE_SCHEMA = "main_segmentation"
REFRESHES = 2


def run(verb: str, *args: str) -> tuple[bool, list[str]]:
    """Run dbt in the working folder; return whether it passed, and what it warned of."""
    result, _, warnings = invoke([verb, *args])
    return result.success, warnings


@pytest.fixture(scope="module")
def host(tmp_path_factory) -> Build:
    """Return the host project, built twice, in a copy that lies in a copy of this project."""
    folder = tmp_path_factory.mktemp("host")
    root = copy_project(folder / "package") / "tests" / "host_project"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert run("deps") == (True, [])
        assert run("build") == (True, [])
        for _ in range(REFRESHES - 1):
            # The unit tests see no data: once is enough.
            assert run("build", "--exclude-resource-type", "unit_test") == (True, [])
    return Build(0, "", [], root / "coffee_house.duckdb", root / "target")


def seed(host: Build, name: str) -> list[dict]:
    """Return the rows of a seed of the host project."""
    with (host.warehouse.parent / "seeds" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_host_has_its_own_tables_and_the_package_its_schema(host):
    tables = set(host.query("select schema_name, table_name from duckdb_tables()"))
    own = {name for schema, name in tables if schema == "main"}
    assert own == {
        "customer_features",
        "customers",
        "house_thresholds",
        "kinds_of_guests",
        "order_lines",
        "raw_customers",
        "raw_items",
        "raw_orders",
        "staff",
    }
    package = {name for schema, name in tables if schema != "main"}
    assert (PACKAGE_SCHEMA, "customer_segments") in tables
    assert {schema for schema, _ in tables} == {"main", PACKAGE_SCHEMA}
    assert "raw_transactions" not in package


def test_every_test_of_the_package_ran(host):
    results = json.loads((host.target / "run_results.json").read_text(encoding="utf-8"))["results"]
    ran = {
        result["unique_id"].split(".")[2]
        for result in results
        if result["unique_id"].startswith(("test.customer_segmentation", "unit_test.customer"))
    }
    singular = {path.stem for path in (ROOT / "tests").glob("*.sql")}
    singular |= {path.stem for path in (ROOT / "tests" / "warnings").iterdir()}
    assert "assert_features_are_those_of_the_lines" in singular
    assert singular <= ran
    assert "every_row_of_customer_segments" in ran
    assert {result["status"] for result in results} <= {"success", "pass"}


def test_refreshes_of_the_package_build_on_each_other(host):
    completed = f"select count(*) from {PACKAGE_SCHEMA}.completed_refreshes"
    assert host.query(completed) == [(REFRESHES,)]
    assert host.query(f"select model_version from {PACKAGE_SCHEMA}.segment_models") == [(1,)]


def test_the_mart_of_the_host_has_every_customer_and_the_segment(host):
    rows = {
        row[0]: row[1:]
        for row in host.query("select customer_id, segment_name, monetary from customers")
    }
    buyers = {row["id"]: row["customer_id"] for row in seed(host, "raw_orders")}
    spent = dict.fromkeys(buyers.values(), 0)
    for row in seed(host, "raw_items"):
        spent[buyers[row["order_id"]]] += int(row["price_cents"])
    assert set(rows) == {row["id"] for row in seed(host, "raw_customers")}
    # Who never bought anything has no segment.
    assert {id_ for id_, (segment, _) in rows.items() if segment is None} == set(rows) - set(spent)
    assert {id_: rows[id_][1] * 100 for id_ in spent} == spent


def test_names_settings_and_overrides_are_those_of_the_host(host):
    names = {row["segment_name"] for row in seed(host, "kinds_of_guests")}
    profiles = host.query(f"select segment_name from {PACKAGE_SCHEMA}.segment_profiles")
    assert len(profiles) == 3
    assert {name for (name,) in profiles} <= names
    staff = [row["id"] for row in seed(host, "raw_customers") if row["is_staff"] == "true"]
    overridden = host.query(
        f"select customer_id, segment_name from {PACKAGE_SCHEMA}.customer_segments"
        " where assigned_by = 'override'"
    )
    assert overridden == [(id_, "Passers-by") for id_ in staff]


def test_thresholds_are_those_of_the_host(host):
    moved = f"""
        select checks.check_name, checks.warn_threshold
        from {PACKAGE_SCHEMA}.data_checks as checks
        inner join {PACKAGE_SCHEMA}.check_thresholds as given using (check_name)
        where checks.warn_threshold is distinct from given.warn_threshold
    """
    assert sorted(host.query(moved)) == [("buyers", 20), ("duplicate_share", 0.2)]

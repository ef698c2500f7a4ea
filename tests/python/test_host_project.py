"""Another dbt project, examples/coffee_house, installs this one as a package."""

import csv
import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from harness import ROOT, Build, copy_project, invoke

EXAMPLE = Path("examples", "coffee_house")
# What a reader of the example may have left in it.
BUILT = shutil.ignore_patterns("dbt_packages", "target", "logs", "*.duckdb*")
PACKAGE_SCHEMA = "main_segmentation"
PUBLISHED = "coffee_house_main_segmentation_published.duckdb"
# The rows of docs/package.md about commands: command, exit code, refresh, published, sentence.
ROW = re.compile(r"^\| `dbt (.+?)`.*? \| (\d) \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)
DOCUMENTED = ROW.findall((ROOT / "docs" / "package.md").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Refreshes:
    """The refreshes in a warehouse: how many were begun, built and counted, and the published."""

    begun: int = 0
    built: int = 0
    counted: int = 0
    published: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What a command did: its exit code, the refreshes before and after it, and what it said."""

    exit_code: int
    before: Refreshes
    after: Refreshes
    output: str
    warnings: list[str]
    unit_tests: int


def refreshes(root) -> Refreshes:
    """Return the refreshes in the warehouse of the host project in a folder."""
    found = []
    for file, queries in {
        "coffee_house.duckdb": {
            "int_refreshes": "count(*)",
            "completed_refreshes": "count(*), count(completed_at)",
        },
        PUBLISHED: {"published_tables": "any_value(refresh_number)"},
    }.items():
        for table, values in queries.items():
            try:
                with duckdb.connect(str(root / file), read_only=True) as connection:
                    schema = "main" if file == PUBLISHED else PACKAGE_SCHEMA
                    found += connection.execute(
                        f"select {values} from {schema}.{table}"
                    ).fetchone()
            except (duckdb.CatalogException, duckdb.IOException):
                found += [0, 0] if table == "completed_refreshes" else [0]
    return Refreshes(*found[:3], found[3] or None)


@pytest.fixture(scope="module")
def commands(tmp_path_factory) -> tuple[Build, list[Outcome]]:
    """Return the host project after the documented commands, and what each did.

    It is in a copy of this project, whose unit tests run with the last command alone.
    """
    folder = tmp_path_factory.mktemp("host")
    root = copy_project(folder / "package") / EXAMPLE
    shutil.copytree(ROOT / EXAMPLE, root, ignore=BUILT)
    outcomes = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert invoke(["deps"])[0].success
        for command, *_ in DOCUMENTED:
            words = shlex.split(command)
            if len(outcomes) == len(DOCUMENTED) - 1:
                patch.setenv("SEGMENTATION_UNIT_TESTS", "true")
                words.append("--no-partial-parse")
            before = refreshes(root)
            result, messages, warnings = invoke(words)
            ran = [str(row.node.resource_type) for row in result.result or []]
            outcomes.append(
                Outcome(
                    0 if result.success else 1,
                    before,
                    refreshes(root),
                    "\n".join(messages),
                    warnings,
                    ran.count("unit_test"),
                )
            )
    return Build(0, "", [], root / "coffee_house.duckdb", root / "target"), outcomes


@pytest.fixture(scope="module")
def brands(commands, tmp_path_factory) -> Build:
    """Return the host project with a segmentation of each brand beside that of the whole shop."""
    package = tmp_path_factory.mktemp("brands") / "package"
    shutil.copytree(
        commands[0].warehouse.parents[2], package, ignore=shutil.ignore_patterns("dbt_packages")
    )
    root = package / EXAMPLE
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert invoke(["deps"])[0].success
        for brand in ("bar", "kitchen"):
            result, messages, _ = invoke(
                ["build", "--target", brand, "--selector", "segmentation"]
            )
            assert result.success, "\n".join(messages)
    return Build(0, "", [], root / "coffee_house.duckdb", root / "target")


def test_each_brand_has_segments_history_and_a_published_file_of_its_own(brands):
    tables = ("segment_models", "completed_refreshes", "segment_history", "customer_segments")
    for brand, sku in {"bar": "BEV", "kitchen": "JAF"}.items():
        counts = [
            brands.query(f"select count(*) from {brand}_segmentation.{table}")[0][0]
            for table in tables
        ]
        ((buyers,),) = brands.query(
            "select count(distinct customer_id) from raw_orders as orders"
            f" inner join raw_items as items on items.order_id = orders.id where sku like '{sku}%'"
        )
        assert counts == [1, 1, buyers, buyers]
        file = brands.warehouse.with_name(f"coffee_house_{brand}_segmentation_published.duckdb")
        with duckdb.connect(str(file), read_only=True) as connection:
            read = connection.execute("select count(*) from customer_segments").fetchall()
        assert read == [(buyers,)]
    ((both,),) = brands.query(
        "select count(*) from bar_segmentation.customer_segments"
        " inner join kitchen_segmentation.customer_segments using (customer_id)"
    )
    assert both > 0, "in both brands, with a segment in each"
    # The segmentation of the whole shop, and what its readers see, stay as they were.
    counted = [row[2] for row in DOCUMENTED].count("counts")
    whole = f"select count(completed_at) from {PACKAGE_SCHEMA}.completed_refreshes"
    assert brands.query(whole) == [(counted,)]
    assert refreshes(brands.warehouse.parent).published == refreshes(brands.warehouse.parent).begun


@pytest.fixture
def host(commands) -> Build:
    """Return the host project after the documented commands, the last of them dbt build."""
    return commands[0]


@pytest.mark.parametrize("number", range(len(DOCUMENTED)), ids=[row[0] for row in DOCUMENTED])
def test_a_command_does_what_is_documented(number, commands):
    _, exit_code, refresh, published, sentence = DOCUMENTED[number]
    done = commands[1][number]
    before, after = done.before, done.after
    assert done.exit_code == int(exit_code), done.output
    assert sentence in done.output
    if not int(exit_code):
        assert not [
            warning for warning in done.warnings if sentence not in warning or not sentence
        ]
    steps = (
        after.begun - before.begun,
        after.built - before.built,
        after.counted - before.counted,
    )
    begins = "resource_type:test" not in DOCUMENTED[number][0]
    assert (
        steps
        == {
            "none": (0, 0, 0),
            "not begun": (0, 0, 0),
            "not recorded": (0, 0, 0),
            "does not count": (1, 0, 0),
            "does not count yet": (1, 1, 0),
            "counts": (1, 1, 1) if begins else (0, 0, 1),
        }[refresh]
    )
    assert (
        after.published
        == {
            "nothing": None,
            "this one": after.begun,
            "the last one": before.published,
        }[published]
    )


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


def test_the_host_is_told_what_was_built_by_a_hook_of_its_own(commands):
    built = commands[1][-1]
    assert built.output.count("\nSnapshot date ") == 1
    assert "\nNext: readers open the published file." in built.output
    untested = commands[1][[row[0] for row in DOCUMENTED].index("test")]
    assert "Snapshot date" not in untested.output


def test_nodes_of_the_package_are_tagged(host):
    manifest = json.loads((host.target / "manifest.json").read_text(encoding="utf-8"))
    nodes = [*manifest["nodes"].values(), *manifest["unit_tests"].values()]
    for node in nodes:
        tags = set(node["config"]["tags"])
        if node["package_name"] != "customer_segmentation":
            assert not tags
            continue
        assert "customer_segmentation" in tags
        assert ("segmentation_checks" in tags) == (node["resource_type"] in ("test", "unit_test"))


def test_unit_tests_of_the_package_run_only_where_the_host_asks_for_them(commands):
    *others, last = [outcome.unit_tests for outcome in commands[1]]
    assert others == [0] * len(others)
    assert last > 0


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
    assert host.query(completed) == [(sum(row[2] == "counts" for row in DOCUMENTED),)]
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
        from {PACKAGE_SCHEMA}.segment_data_checks as checks
        inner join {PACKAGE_SCHEMA}.check_thresholds as given using (check_name)
        where checks.warn_threshold is distinct from given.warn_threshold
    """
    assert sorted(host.query(moved)) == [("buyers", 20), ("duplicate_share", 0.2)]

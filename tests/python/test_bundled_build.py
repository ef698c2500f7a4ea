"""The whole build: on the bundled data, in any order of rows, and on data that is hardly there.

After a change that is meant to change segments, write the expected profiles again and read the
difference: pytest --update-expected tests/python/test_bundled_build.py
"""

import csv
import random
from pathlib import Path

import duckdb
import pytest
from harness import ROOT, Build, Project

EXPECTED = Path(__file__).parent / "expected" / "segment_profiles.csv"
SEED_FILE = ROOT / "seeds" / "raw_transactions.csv"
PROFILES = "select * from segment_profiles order by segment_id"
SEGMENTS = "select * from customer_segments order by customer_id"
RULE_SEGMENT = "No net spend"


def columns_of(build: Build, table: str) -> dict[str, str]:
    """Return the columns of a table and their types."""
    return {name: kind for name, kind, *_ in build.query(f"describe {table}")}


def as_text(value, kind: str) -> str:
    """Return a value as the stored result has it."""
    if value is None:
        return ""
    return repr(value) if kind == "DOUBLE" else str(value)


def test_the_bundled_data_build_without_a_warning(bundled):
    assert bundled.exit_code == 0, bundled.output
    assert bundled.warnings == []
    assert "WARN=0 ERROR=0 SKIP=0" in bundled.output


def test_unit_tests_do_not_depend_on_settings(project, bundled):
    """The build that tests share runs them with the defaults."""
    settings = {
        "snapshot_date": "2025-06-20",
        "observation_months": 3,
        "segment_count": 4,
        "training_customers": 200,
        "outlook_days": 30,
        "refit": True,
        "refit_after_days": 10,
        "source": {
            "lines": "raw_transactions",
            "customer_id_rule": "fold",
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "duplicate_lines": "reject",
        },
    }
    build = project.after(bundled)("test", vars=settings, args=["--select", "test_type:unit"])
    assert build.exit_code == 0, build.output


def test_the_build_ends_with_what_a_person_wants_to_know(bundled):
    said = bundled.output.partition("\nSnapshot date ")[2].partition("\nFinished")[0].splitlines()
    assert said[0] == "2025-07-01, model version 1, fitted on 2025-07-01."
    ((first_day, orders, revenue),) = bundled.query(
        "select min(month_start), sum(orders), sum(net_revenue) from monthly_transaction_totals"
    )
    ((customers,),) = bundled.query("select count(*) from customer_segments")
    assert said[1] == (
        f"Customers: {customers:,}. Since {first_day}: {orders:,} orders and a net revenue of"
        f" {revenue:,.0f}, guests included."
    )
    assert said[2].startswith("What arrived: 8.7% of the source lines were rejected (2,195 of ")
    shares = (
        "select segment_name, customers, customer_share from segment_profiles order by segment_id"
    )
    listed = [line.split("  ")[0] for line in said if "%  " in line or line.endswith("%")]
    assert listed == [name for name, *_ in bundled.query(shares)]
    for name, size, share in bundled.query(shares):
        (line,) = (line for line in said if line.startswith(f"{name}  "))
        assert line.split()[len(name.split()) :][:2] == [f"{size:,}", f"{100 * share:.1f}%"]
        assert "-0.0" not in line
    assert any(line.startswith("Next: make report") for line in said)


def test_segment_profiles_are_the_expected_ones(bundled, request):
    types = columns_of(bundled, "segment_profiles")
    rows = [
        [as_text(value, kind) for value, kind in zip(row, types.values(), strict=True)]
        for row in bundled.query(PROFILES)
    ]
    if request.config.getoption("--update-expected"):
        EXPECTED.parent.mkdir(exist_ok=True)
        with EXPECTED.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([list(types), *rows])
        pytest.skip(f"wrote {EXPECTED.relative_to(ROOT)}: read the difference before you keep it")
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        header, *expected = csv.reader(file)
    assert list(types) == header
    assert len(rows) == len(expected)
    for row, right in zip(rows, expected, strict=True):
        for name, value, wanted in zip(header, row, right, strict=True):
            # Whole numbers, money and text to the last character.
            if types[name] == "DOUBLE" and value != wanted:
                assert float(value) == pytest.approx(float(wanted), rel=1e-9, abs=1e-9), name
            else:
                assert value == wanted, name


def assert_same_tables(build: Build, right: Build) -> None:
    """Show that every value is the same, floats to the last bit."""
    assert build.exit_code == 0, build.output
    for query in (PROFILES, SEGMENTS):
        assert build.query(query) == right.query(query)


def sorted_parquet(build: Build, folder: Path) -> dict[str, bytes]:
    """Return every published table as the bytes of a Parquet file with its rows in order."""
    folder.mkdir()
    with duckdb.connect(
        str(build.warehouse.parent / "warehouse_published.duckdb"), read_only=True
    ) as file:
        file.execute("set threads = 1")
        for (name,) in file.execute("from (show tables)").fetchall():
            file.execute(f"copy (from {name} order by all) to '{folder / name}.parquet'")
    return {path.stem: path.read_bytes() for path in folder.iterdir()}


def test_order_of_rows_threads_and_repeats_change_no_byte(project, bundled, tmp_path):
    with SEED_FILE.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    found = []
    for seed, threads in enumerate([1, 2, 4]):
        random.Random(seed).shuffle(lines)
        with (tmp_path / "shuffled.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *lines])
        build = project.beside(f"order {seed}")(
            vars={"source": {"lines": str(tmp_path / "shuffled.csv")}},
            args=["--exclude", "raw_transactions"],
            database_threads=threads,
        )
        assert_same_tables(build, bundled)
        found.append(sorted_parquet(build, tmp_path / f"parquet {seed}"))
    assert len(found[0]) >= 12
    for other in found[1:]:
        assert [name for name in found[0] if found[0][name] != other.get(name)] == []


BREAKS_TWO_RULES = (
    "update customer_segments set segment_margin = 2, segment_since = null"
    " where customer_id in (select min(customer_id) from customer_segments)"
)


def test_the_contract_refuses_a_row_that_breaks_a_rule(project, bundled):
    with pytest.raises(duckdb.ConstraintException):
        project.after(bundled).execute(BREAKS_TWO_RULES)


def test_a_row_that_breaks_a_rule_ends_in_a_sentence(project, bundled):
    """As on an engine that does not enforce constraints: the copy of the table has none."""
    project.after(bundled).execute(
        "create table copied as from customer_segments; drop table customer_segments;"
        f" alter table copied rename to customer_segments; {BREAKS_TWO_RULES}"
    )
    build = project("test", args=["--select", "every_row_of_customer_segments"])
    assert build.exit_code == 1
    assert (
        "a rule of customer_segments: `segment_margin between 0 and 1` (1)"
        " `segment_since is not null` (1)"
    ) in build.output
    broken = "select customer_id from customer_segments where segment_margin > 1"
    ((customer,),) = build.query(broken)
    named = f"Rows that break every_row_of_customer_segments: customer_id {customer},"
    assert any(warning.startswith(named) for warning in build.warnings), build.warnings


def build_on(project: Project, lines: list[str], **settings) -> Build:
    """Build on a file with these lines, each `transaction customer product day amount`."""
    file = project.folder / "lines.csv"
    header = "transaction_id customer_id product_id purchased_at amount"
    text = "\n".join(",".join(line.split()) for line in [header, *lines])
    file.write_text(text + "\n", encoding="utf-8")
    build = project(
        vars={"source": {"lines": str(file)}, **settings}, args=["--exclude", "raw_transactions"]
    )
    assert build.exit_code == 0, build.output
    assert "ERROR=0" in build.output
    profiled = build.query("select coalesce(sum(customers), 0) from segment_profiles")
    assert profiled == build.query("select count(*) from customer_segments"), "everyone counted"
    return build


def customers_by_segment(build: Build) -> list[int]:
    """Return how many customers each segment has; also that ids and names are one-to-one."""
    rows = build.query(
        "select segment_id, segment_name, count(*) from customer_segments"
        " group by segment_id, segment_name order by segment_id"
    )
    ids, names, customers = zip(*rows, strict=True) if rows else ((), (), ())
    assert len(set(ids)) == len(set(names)) == len(rows)
    assert None not in ids + names
    return list(customers)


TWO_KINDS = [
    f"{number}{copy} {number:05} p{copy} 2025-0{copy + 1}-10 {10 + 90 * (number % 2)}"
    for number in range(20)
    for copy in range(1 + 3 * (number % 2))
]


@pytest.mark.parametrize("count", ["auto", 5])
def test_fewer_distinct_customers_than_segments(project, count):
    """Twenty customers of two kinds give two segments, whatever was asked for."""
    build = build_on(project, TWO_KINDS, segment_count=count)
    assert customers_by_segment(build) == [10, 10]
    asked_for = "Warning: There are 2 segments, fewer than the 5 asked for"
    assert (asked_for in build.output) == (count == 5)
    kinds = build.query(
        "select segment_id, count(distinct monetary) from customer_segments group by segment_id"
    )
    assert [kind for _, kind in kinds] == [1, 1]


def test_customers_all_alike_are_one_segment(project):
    alike = [f"{number} c{number} p 2025-03-01 10" for number in range(30)]
    build = build_on(project, alike)
    assert customers_by_segment(build) == [30]
    assert build.query("select segment_name <> 'No net spend' from segment_profiles") == [(True,)]


def test_one_customer_is_one_segment(project):
    build = build_on(project, ["1 00017 p 2025-03-01 10"])
    assert customers_by_segment(build) == [1]
    assert build.query("select customers, revenue, revenue_share from segment_profiles") == [
        (1, 10, 1.0)
    ]


def test_no_line_ends_the_build_in_a_sentence(project):
    file = project.folder / "lines.csv"
    file.write_text("transaction_id,customer_id,product_id,purchased_at,amount\n")
    build = project(vars={"source": {"lines": str(file)}}, args=["--exclude", "raw_transactions"])
    assert build.exit_code == 1
    assert "Lines in the source: 0, below the threshold of 1. Check that lines in" in build.output


def test_only_returns_give_empty_tables_of_the_same_columns(project, bundled):
    build = build_on(project, ["1 a p 2025-03-01 -10", "2 b p 2025-03-02 -1"])
    for table in ("customer_features", "customer_segments", "segment_profiles"):
        assert build.query(f"select count(*) from {table}") == [(0,)]
        assert columns_of(build, table) == columns_of(bundled, table)


def test_lapsed_customers_and_those_with_only_returns_have_a_segment(project):
    lines = [
        *TWO_KINDS,
        "L1 lapsed p 2024-09-01 10",
        "L2 lapsed p 2024-10-01 10",
        "C3 lapsed p 2025-03-01 -5",
        "C4 returns p 2024-09-01 -5",
        "C5 returns p 2025-03-01 -5",
        "B6 between p 2024-11-15 10",
    ]
    build = build_on(project, lines)
    rows = build.query(
        "select customer_id, segment_id, segment_name, assigned_by, monetary,"
        " last_purchase_date::text, transactions_to_date, net_spend_to_date"
        " from customer_segments where assigned_by = 'rule' order by customer_id"
    )
    assert rows == [
        ("lapsed", -1, "Lapsed", "rule", None, "2024-10-01", 2, 15),
        ("returns", 0, RULE_SEGMENT, "rule", None, None, 0, -10),
    ]
    everything = build_on(project, lines, observation_months=None)
    assert everything.query("select count(*) from customer_segments where segment_id = -1") == [
        (0,)
    ], "nobody lapses without a window"


def test_only_customers_without_net_spend_are_the_rule_segment(project):
    """Everything was bought and came back: nobody is left to cluster."""
    lines = [
        f"{sign}{number} c{number} p 2025-03-0{number} {sign}10"
        for number in range(1, 4)
        for sign in ("", "-")
    ]
    build = build_on(project, lines)
    rows = build.query("select segment_name, assigned_by, segment_margin from customer_segments")
    assert rows == [(RULE_SEGMENT, "rule", None)] * 3


def test_nobody_has_bought_yet(project):
    build = build_on(project, TWO_KINDS, snapshot_date="2020-01-01")
    assert build.query("select count(*) from customer_segments") == [(0,)]


def test_nobody_bought_in_the_window(project):
    build = build_on(project, TWO_KINDS, snapshot_date="2025-05-20", observation_months=1)
    assert customers_by_segment(build) == [20]
    assert build.query("select distinct segment_name from customer_segments") == [("Lapsed",)]

"""What people export is read right by settings alone: ready formats, dates, zones, files, ids.

Each sample of a ready format lies in tests/source_formats with its truth beside it.
"""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from harness import ROOT, Build, Project

FORMATS = sorted(path.stem for path in (ROOT / "tests/source_formats").glob("*[!h].csv"))
NEEDED = ["--select", "+customer_features", "+rejected_transactions"]
NEEDED += ["assert_lines_and_money_reconcile_with_the_source", "--indirect-selection", "cautious"]
NEEDED += ["--exclude", "raw_transactions", "completed_refreshes"]
FEATURES = """
    select customer_id, frequency, monetary, unique_products, first_purchase_date,
        last_purchase_date
    from customer_features order by customer_id
"""
HEADER = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
TITLES = ",".join(HEADER) + "\n"


def read(project: Project, lines: Path | str, **source) -> Build:
    """Build the features on these lines; the whole history counts."""
    given = {"source": {"lines": str(lines), **source}, "observation_months": None}
    return project(vars=given, args=NEEDED)


def days(build: Build) -> list[tuple]:
    """Return the days by customer."""
    assert build.exit_code == 0, build.output
    return build.query("select customer_id, last_purchase_date from customer_features order by 1")


@pytest.mark.parametrize("name", FORMATS)
def test_a_ready_format_reads_its_export(project, name):
    folder = ROOT / "tests/source_formats"
    build = read(project, folder / f"{name}.csv", format=name)
    assert build.exit_code == 0, build.output
    with (folder / f"{name}_truth.csv").open(encoding="utf-8") as file:
        truth = [
            (
                row["customer_id"],
                int(row["frequency"]),
                Decimal(row["monetary"]),
                int(row["unique_products"]),
                date.fromisoformat(row["first_purchase_date"]),
                date.fromisoformat(row["last_purchase_date"]),
            )
            for row in csv.DictReader(file)
        ]
    assert build.query(FEATURES) == truth


def test_every_ready_format_has_a_sample():
    text = (ROOT / "macros/source_formats.sql").read_text(encoding="utf-8")
    assert len(FORMATS) == text.count("'columns': {") > 0


# Two days around midnight in three ways of writing, and the day that the settings give.
WITH_ZONE = [
    ("2025-01-05 22:30:00 -0500", "-0500"),
    ("2025-01-06T03:30:00Z", "Z"),
    ("2025-01-06T04:30:00.123+01:00", "+01:00"),
    ("2025-01-05 22:30:00", "none"),
]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", {"-0500": 6, "Z": 6, "+01:00": 6, "none": 5}),
        ("America/New_York", {"-0500": 5, "Z": 5, "+01:00": 5, "none": 5}),
        ("as_written", {"-0500": 5, "Z": 6, "+01:00": 6, "none": 5}),
    ],
)
def test_a_time_with_a_zone_has_its_day_there_on_every_machine(
    project, tmp_path, monkeypatch, zone, expected
):
    file = tmp_path / "lines.csv"
    rows = "".join(f"{name},{name},p,{text},10\n" for text, name in WITH_ZONE)
    file.write_text(TITLES + rows, encoding="utf-8")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    build = read(project, file, time_zone=zone)
    assert dict(days(build)) == {name: date(2025, 1, day) for name, day in expected.items()}


# The offset that a machine shows such a time with is none of the source.
@pytest.mark.parametrize("process_zone", ["Asia/Kolkata", "America/Los_Angeles"])
def test_a_typed_time_with_a_zone_has_its_day_on_every_machine(
    project, tmp_path, monkeypatch, process_zone
):
    file = tmp_path / "lines.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 1 as transaction_id, 'a' as customer_id, 'p' as product_id,"
            " '2025-01-05 23:30:00+00'::timestamptz as purchased_at, 10 as amount)"
            f" to '{file}'"
        )
    monkeypatch.setenv("TZ", process_zone)
    build = read(project, file)
    assert days(build) == [("a", date(2025, 1, 5))]
    assert not [warning for warning in build.warnings if "have an offset" in warning]
    # A file that did not change is read again under other rules.
    again = read(project, file, time_zone="Europe/Berlin")
    assert days(again) == [("a", date(2025, 1, 6))]


# Dates as they are written, and the format that reads them: 5 January 2025.
WRITTEN = {
    "%d/%m/%Y": "05/01/2025",
    "%m/%d/%Y": "1/5/2025",
    "%m/%d/%Y %I:%M %p": "1/5/2025 7:05 AM",
    "%d-%m-%Y %H:%M": "05-01-2025 08:26",
    "%d.%m.%y": "05.01.25",
    "%b-%d-%y": "Jan-05-25",
    "%d %b %Y": "05 Jan 2025",
    "unix_seconds": "1736035200",
    "unix_milliseconds": "1736035200999",
    "unix_microseconds": "1736035200999999",
    "excel_serial": "45662.75",
    "iso": "20250105",
    "%Y-%m-%d %H:%M:%S %z": "2025-01-05 10:22:33 -0500",
}


def test_dates_are_read_in_every_way_that_is_named(project, tmp_path):
    """In one list, but for the two that exchange day and month."""
    file = tmp_path / "lines.csv"
    formats = [name for name in WRITTEN if name != "%m/%d/%Y"]
    rows = "".join(f'1,"{name}",p,"{WRITTEN[name]}",10\n' for name in formats)
    file.write_text(TITLES + rows + "1,month,p,13/13/2025,10\n", encoding="utf-8")
    build = read(project, file, date_format=formats)
    assert days(build) == [(name, date(2025, 1, 5)) for name in sorted(formats)]
    assert build.query("select customer_id, rejection_reason from rejected_transactions") == [
        ("month", "unreadable date")
    ]


@pytest.mark.parametrize(
    ("name", "readable", "unreadable"),
    [
        ("unix_seconds", "1736035200.5", "1736035200000"),
        ("unix_milliseconds", "1736035200000", "1736035200"),
        ("unix_microseconds", "1736035200000000", "1736035200000"),
        ("excel_serial", "45662", "1736035200"),
    ],
)
def test_a_number_is_a_date_in_one_way_only(project, tmp_path, name, readable, unreadable):
    file = tmp_path / "lines.csv"
    file.write_text(TITLES + f"1,a,p,{readable},10\n1,b,p,{unreadable},10\n", encoding="utf-8")
    build = read(project, file, date_format=name)
    assert days(build) == [("a", date(2025, 1, 5))]
    assert build.query("select customer_id, rejection_reason from rejected_transactions") == [
        ("b", "unreadable date")
    ]


def test_typed_numbers_are_dates_where_a_format_says_so(project):
    project.execute(
        "create schema shop",
        "create table shop.lines as select 1 as transaction_id, 'a' as customer_id,"
        " 'p' as product_id, 1736035200 as purchased_at, 10 as amount",
    )
    assert days(read(project, "shop.lines", date_format="unix_seconds")) == [
        ("a", date(2025, 1, 5))
    ]


def test_values_of_an_order_are_carried_in_its_file_only(project, tmp_path):
    """An order with two currencies is not guessed; first and follow-on lines are told apart."""
    titles = TITLES[:-1] + ",cur\n"
    first = titles + "1,a,p,2025-01-01,10,USD\n1,a,q,2025-01-01,10,\n2,b,p,2025-01-01,10,CAD\n"
    (tmp_path / "1.csv").write_text(first, encoding="utf-8")
    second = titles + "1,c,p,2025-01-01,10,\n3,d,p,2025-01-01,1,USD\n3,d,q,2025-01-01,2,CAD\n"
    (tmp_path / "2.csv").write_text(second + "3,d,r,2025-01-01,4,\n", encoding="utf-8")
    build = read(
        project,
        tmp_path / "*.csv",
        columns={"currency": "cur"},
        order_columns="cur",
        currency="USD",
        currency_rates={"CAD": 0.5},
    )
    assert build.exit_code == 0, build.output
    assert build.query("select customer_id, monetary from customer_features order by 1") == [
        ("a", Decimal(20)),
        ("b", Decimal(5)),
        ("d", Decimal(2)),
    ]
    assert build.query(
        "select customer_id, rejection_reason, is_first_line from int_rejected_lines"
        " where rejection_reason is not null order by 1"
    ) == [("c", "no currency", False), ("d", "no currency", False)]


def test_ids_are_folded_where_asked_for(project, tmp_path):
    file = tmp_path / "lines.csv"
    ids = ["17.0", "17", " 17 ", "A@x.org", "a@X.org ", "1.50", "017", "17.00"]
    rows = "".join(f"{number},{id_},p,2025-01-05,10\n" for number, id_ in enumerate(ids))
    file.write_text(TITLES + rows, encoding="utf-8")
    folded = read(project, file, customer_id_rule="fold")
    assert folded.exit_code == 0, folded.output
    frequencies = "select customer_id, frequency from customer_features order by 1"
    assert folded.query(frequencies) == [("017", 1), ("1.50", 1), ("17", 4), ("a@x.org", 2)]
    trimmed = read(project, file, customer_id_rule="trim")
    assert len(trimmed.query(frequencies)) == 7


def test_ids_of_several_columns_never_become_one(project, tmp_path):
    file = tmp_path / "lines.csv"
    titles = "till,number,customer_id,product_id,purchased_at,amount\n"
    pairs = [("a/", "b"), ("a", "/b"), ("a~1", "b"), ("a", "b"), ("a~", "1b"), ("a", "")]
    rows = "".join(f"{till},{number},c,p,2025-01-05,10\n" for till, number in pairs)
    file.write_text(titles + rows, encoding="utf-8")
    build = read(project, file, columns={"transaction_id": ["till", "number"]})
    assert build.exit_code == 0, build.output
    assert build.query("select frequency from customer_features") == [(5,)]
    assert build.query("select rejection_reason from rejected_transactions") == [
        ("no transaction id",)
    ]


def test_order_totals_are_spread_to_the_cent(project, tmp_path):
    """By the amounts of the lines; alike where these are nothing; not where totals differ."""
    file = tmp_path / "lines.csv"
    titles = TITLES[:-1] + ",total,off\n"
    rows = "1,a,p,2025-01-05,1,10,\n1,a,q,2025-01-05,1,,\n1,a,r,2025-01-05,1,,0.01\n"
    rows += "2,b,p,2025-01-05,0,5,\n2,b,q,2025-01-05,0,5,\n"
    rows += "3,c,p,2025-01-05,1,5,\n3,c,q,2025-01-05,1,6,\n4,d,p,2025-01-05,1,,\n"
    file.write_text(titles + rows, encoding="utf-8")
    build = read(project, file, order_total="total", subtract="off")
    assert build.exit_code == 0, build.output
    assert build.query("select customer_id, monetary, unique_products from customer_features") == [
        ("a", Decimal("9.99"), 3),
        ("b", Decimal("5"), 2),
    ]
    assert build.query(
        "select rejection_reason, count(*) from rejected_transactions group by 1"
    ) == [("unclear order total", 3)]


def test_a_discount_of_the_order_is_spread_and_one_of_the_line_is_not(project, tmp_path):
    file = tmp_path / "lines.csv"
    titles = TITLES[:-1] + ",off\n"
    file.write_text(titles + "1,a,p,2025-01-05,10,15\n1,a,q,2025-01-05,30,\n", encoding="utf-8")
    by_line = read(project, file, subtract="off")
    features = "select frequency, monetary, unique_products from customer_features"
    assert by_line.query(features) == [(1, Decimal(25), 1)]
    by_order = read(project, file, subtract="off", order_columns=["off"])
    assert by_order.query(features) == [(1, Decimal(25), 2)]


@pytest.mark.parametrize("encoding", ["latin-1", "UTF-16"])
def test_other_encodings_are_read_where_named(project, tmp_path, encoding):
    file = tmp_path / "lines.csv"
    text = TITLES + "1,Jürgen,p,2025-01-05,10\n"
    file.write_bytes(text.encode(encoding.lower()))
    build = read(project, file, encoding=encoding)
    assert days(build) == [("Jürgen", date(2025, 1, 5))]


def test_online_retail_of_the_notebooks_is_read_by_settings_alone(project, tmp_path):
    """Latin-1, the day before the month, ids with .0 from a spreadsheet; the lines are made up."""
    rows = [
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        "900001,A1,CAFÉ CUP,6,01-12-2010 08:26,2.55,17850.0,United Kingdom",
        "900001,A2,£1 NOTE PAD,2,01-12-2010 08:26,1.00,17850.0,United Kingdom",
        "900002,A1,CAFÉ CUP,1,13-12-2010 17:05,2.55,17850.0,United Kingdom",
        "C900003,A1,CAFÉ CUP,-1,14-12-2010 09:00,2.55,17850.0,United Kingdom",
        "900004,A3,VASE,1,05-01-2011 10:00,9.95,13047.0,France",
        "900005,A3,VASE,1,05-01-2011 11:00,9.95,,France",
        "900006,A4,,-9,05-01-2011 12:00,0.0,,France",
    ]
    file = tmp_path / "data.csv"
    file.write_bytes("\r\n".join(rows).encode("latin-1"))
    build = read(
        project,
        file,
        encoding="latin-1",
        date_format="%d-%m-%Y %H:%M",
        customer_id_rule="fold",
        columns={
            "transaction_id": "InvoiceNo",
            "customer_id": "CustomerID",
            "product_id": "StockCode",
            "purchased_at": "InvoiceDate",
            "amount": "Quantity * UnitPrice",
        },
    )
    assert build.exit_code == 0, build.output
    assert build.query(FEATURES) == [
        ("13047", 1, Decimal("9.95"), 1, date(2011, 1, 5), date(2011, 1, 5)),
        ("17850", 2, Decimal("17.30"), 2, date(2010, 12, 1), date(2010, 12, 13)),
    ]
    reasons = "select rejection_reason, count(*) from rejected_transactions group by 1 order by 1"
    assert build.query(reasons) == [("no customer", 1), ("no money moved", 1)]


def copied(folder: Path, name: str, select: str) -> None:
    """Write a Parquet file."""
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to '{folder}/{name}'")


LINE = "select 1 as transaction_id, {} as customer_id, 'p' as product_id, {} as purchased_at,"
LINE += " {} as amount"


def test_a_file_that_lacks_a_column_ends_the_build(project, tmp_path):
    """Also one that comes later; files that were looked at before are passed over."""
    line = "1,a,p,2025-01-05,10\n"
    (tmp_path / "1.csv").write_text(TITLES + line, encoding="utf-8")
    (tmp_path / "2.csv").write_text(TITLES.upper() + line, encoding="utf-8")
    assert read(project, tmp_path / "*.csv").exit_code == 0
    (tmp_path / "3.csv").write_text(TITLES.replace("product_id", "sku") + line, encoding="utf-8")
    for _ in range(2):
        build = read(project, tmp_path / "*.csv")
        assert build.exit_code == 1
        assert (
            f"The column 'product_id' for product_id is not in {tmp_path}/3.csv: write one of its"
            " columns (transaction_id, customer_id, sku, purchased_at, amount) in the variable"
            " source.columns.product_id." in build.output
        )


def test_parquet_files_whose_types_change_values_end_the_build(project, tmp_path):
    copied(tmp_path, "1.parquet", LINE.format("17", "date '2025-01-05'", "10"))
    copied(
        tmp_path, "2.parquet", LINE.format("'018'", "timestamp '2025-01-05 10:00'", "1.5::double")
    )
    build = read(project, tmp_path / "*.parquet")
    assert days(build) == [("018", date(2025, 1, 5)), ("17", date(2025, 1, 5))]
    copied(tmp_path, "3.parquet", LINE.format("17::double", "date '2025-01-05'", "10"))
    build = read(project, tmp_path / "*.parquet")
    assert build.exit_code == 1
    assert (
        f"The column 'customer_id' for customer_id is INTEGER in {tmp_path}/1.parquet and DOUBLE"
        f" in {tmp_path}/3.parquet, which changes its values: write both files with one type."
        in build.output
    )


def test_what_is_booked_ahead_sets_no_snapshot_date(project, tmp_path):
    """Built later, the same lines are old data like any other."""
    file = tmp_path / "lines.csv"
    rows = "1,a,p,2025-01-05,10\n2,a,p,2025-03-01,10\n"
    file.write_text(TITLES + rows, encoding="utf-8")
    snapshot = "select distinct snapshot_date, frequency from customer_features"
    seen = []
    for build_day, source in [
        ("2025-01-10", {}),
        ("2025-02-27", {}),
        ("2025-02-28", {}),
        ("2026-01-01", {}),
        ("2025-01-10", {"allow_future_dates": True}),
    ]:
        given = {"source": {"lines": str(file), **source}, "build_day": build_day}
        build = project(vars=given, args=NEEDED)
        assert build.exit_code == 0, build.output
        seen += build.query(snapshot)
    early, late = (date(2025, 1, 6), 1), (date(2025, 3, 2), 2)
    assert seen == [early, early, late, late, late]

"""A mistake in a variable ends in one sentence that says what to write; what is right is read."""

import csv
import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from harness import ROOT, Build, Project

HEADER = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
COLUMNS = "(transaction_id, customer_id, product_id, purchased_at, amount)"
FEATURES_ONLY = ["--select", "+customer_features"]
FEATURES_ONLY += ["--exclude", "raw_transactions", "completed_refreshes"]
FEATURES_ONLY += ["--resource-type", "model", "--resource-type", "seed"]
SAME = "select * from customer_segments order by customer_id"
HOSTILE = "x'; drop table customer_segments; --"

# Sources, and the sentence the build ends with. {folder} holds lines.csv and an empty file.
MISTAKES = {
    "missing file": (
        {"lines": "{folder}/missing.csv"},
        "The variable source.lines is '{folder}/missing.csv': write the path of a file that"
        " exists (relative paths start where dbt runs).",
    ),
    "glob without a file": (
        {"lines": "{folder}/missing-*.parquet"},
        "The variable source.lines is '{folder}/missing-*.parquet': write the path of a file that"
        " exists (relative paths start where dbt runs).",
    ),
    "file of an unknown kind": (
        {"lines": "{folder}/lines.xlsx"},
        "The variable source.lines is '{folder}/lines.xlsx': write a model or seed, a table as"
        " schema.table, or a .csv, .tsv, .txt (also .gz) or .parquet file or glob.",
    ),
    "missing table": (
        {"lines": "shop.no_such_table"},
        "The variable source.lines is 'shop.no_such_table': write a table that exists, as"
        " schema.table.",
    ),
    "missing schema": (
        {"lines": "nowhere.lines"},
        "The variable source.lines is 'nowhere.lines': write a table that exists, as"
        " schema.table.",
    ),
    "missing database": (
        {"lines": "elsewhere.shop.lines"},
        "The variable source.lines is 'elsewhere.shop.lines': write a table that exists, as"
        " schema.table.",
    ),
    "empty file": (
        {"lines": "{folder}/empty.csv"},
        "The file {folder}/empty.csv is empty: remove it, or have it delivered again.",
    ),
    "missing column": (
        {"lines": "{folder}/lines.csv", "columns": {"customer_id": "Kunde"}},
        "The column 'Kunde' for customer_id is not in {folder}/lines.csv: write one of its columns"
        f" {COLUMNS} in the variable source.columns.customer_id.",
    ),
    "missing factor of the amount": (
        {"lines": "{folder}/lines.csv", "columns": {"amount": "amount * rate"}},
        "The column 'rate' for amount is not in {folder}/lines.csv: write one of its columns"
        f" {COLUMNS} in the variable source.columns.amount.",
    ),
    "missing column of a filter": (
        {"lines": "{folder}/lines.csv", "lines_where": {"Status": "paid"}},
        "The column 'Status' for lines_where is not in {folder}/lines.csv: write one of its"
        f" columns {COLUMNS} in the variable source.lines_where.",
    ),
    "column of the seed": (
        {"columns": {"product_id": "StockCode"}},
        "The column 'StockCode' for product_id is not in raw_transactions: write one of its"
        f" columns {COLUMNS} in the variable source.columns.product_id.",
    ),
    "format of another export": (
        {"lines": "{folder}/lines.csv", "format": "shopify_orders"},
        "The column 'Name' for transaction_id is not in {folder}/lines.csv: write one of its"
        f" columns {COLUMNS} in the variable source.columns.transaction_id.",
    ),
    "unknown key": (
        {"line": "lines.csv"},
        "The variable source has no key 'line': did you mean lines?",
    ),
    "unknown column": (
        {"columns": {"customer": "CustomerID"}},
        "The variable source.columns has no key 'customer': did you mean customer_id?",
    ),
    "quantity without unit_price": (
        {"columns": {"quantity": "Quantity"}},
        "The variable source.columns is 'quantity': write either amount, or both quantity"
        " and unit_price.",
    ),
    "unit_price without quantity": (
        {"columns": {"unit_price": "UnitPrice"}},
        "The variable source.columns is 'unit_price': write either amount, or both quantity"
        " and unit_price.",
    ),
    "amount twice": (
        {"columns": {"amount": "a", "quantity": "b", "unit_price": "c"}},
        "The variable source.columns is 'amount, quantity, unit_price': write either amount,"
        " or both quantity and unit_price.",
    ),
    "columns that are no mapping": (
        {"columns": "CustomerID"},
        "The variable source.columns is 'CustomerID': write a mapping such as"
        " {{customer_id: CustomerID}}.",
    ),
    "empty column": (
        {"columns": {"customer_id": " "}},
        "The variable source.columns.customer_id is '': write the name of a column of your table.",
    ),
    "column that is null": (
        {"columns": {"customer_id": None}},
        "The variable source.columns.customer_id is 'None': write the name of a column of your"
        " table.",
    ),
    "empty unit price": (
        {"columns": {"quantity": "Quantity", "unit_price": ""}},
        "The variable source.columns.amount is '': write the name of a column of your table.",
    ),
    "hostile lines": (
        {"lines": HOSTILE},
        f"The variable source.lines is '{HOSTILE}': write a model or seed, a table as"
        " schema.table, or a .csv, .tsv, .txt (also .gz) or .parquet file or glob.",
    ),
    "hostile file": (
        {"lines": f"{HOSTILE}.csv"},
        f"The variable source.lines is '{HOSTILE}.csv': write the path of a file that exists"
        " (relative paths start where dbt runs).",
    ),
    "hostile table": (
        {"lines": 'main."x; drop table customer_segments; --"'},
        "The variable source.lines is 'main.\"x; drop table customer_segments; --\"': write a"
        " model or seed, a table as schema.table, or a .csv, .tsv, .txt (also .gz) or .parquet"
        " file or glob.",
    ),
    "hostile column": (
        {"lines": "{folder}/lines.csv", "columns": {"customer_id": HOSTILE}},
        f"The column '{HOSTILE}' for customer_id is not in {{folder}}/lines.csv: write one of its"
        f" columns {COLUMNS} in the variable source.columns.customer_id.",
    ),
    "hostile column in double quotes": (
        {"columns": {"product_id": 'x"; drop table customer_segments; --'}},
        "The column 'x\"; drop table customer_segments; --' for product_id is not in"
        f" raw_transactions: write one of its columns {COLUMNS} in the variable"
        " source.columns.product_id.",
    ),
    "hostile factor of the amount": (
        {"columns": {"amount": "amount * (select 1); drop table customer_segments"}},
        "The column '(select 1); drop table customer_segments' for amount is not in"
        f" raw_transactions: write one of its columns {COLUMNS} in the variable"
        " source.columns.amount.",
    ),
    "hostile key": (
        {"columns": {HOSTILE: "customer_id"}},
        f"The variable source.columns has no key '{HOSTILE}': write only transaction_id,"
        " customer_id, product_id, purchased_at, amount, quantity, unit_price, currency.",
    ),
    "encoding of a table": (
        {"encoding": "latin-1"},
        "The variable source.encoding is 'latin-1': write it only where CSV files are read.",
    ),
    "time zone nobody knows": (
        {"time_zone": "Europe/Atlantis"},
        "The variable source.time_zone is 'Europe/Atlantis': write a zone such as Europe/Berlin,"
        " or as_written for the day that stands in the text.",
    ),
}
DAY = "a day as YYYY-MM-DD, or null for the day after the last purchase"
MONTHS = "a whole number of months from 1, or null for the whole history"
COUNT = "a whole number from 1 to 12, or auto"
VERSION = "the number of a version in segment_models, or {version: 2, by: Ann, reason: new range}"
CUSTOMERS = "a whole number from 100"
SEPARATOR = "'.' for 1,234.50, ',' for 1.234,50, or null for plain numbers such as 1234.50"
CURRENCY = "a code such as EUR, or null where there is only one currency"
RATED = "the currency that the currency_rates lead to, such as EUR"
RATE = "another currency and what one of it is worth, above 0 and with at most nine decimals,"
RATE += " such as USD: 0.92"
SIGN = "the sign in the amounts, such as $, and decimal_separator with it"
COPIES = "keep, or reject to use one of the lines that are the same in every mapped column"
RULE = "exact, trim (without outer spaces) or fold (also in lower case, and 17.0 as 17)"
FORMATS = "one of shopify_orders, woocommerce_orders, stripe_payments, square_items, pos,"
FORMATS += " erp_semicolon"
DATES = "iso, unix_seconds, unix_milliseconds, unix_microseconds, excel_serial, a pattern such as"
DATES += " '%d/%m/%Y' with %Y or %y, %m or %b or %B, and %d, or a list of these"
ZONE = "a zone such as Europe/Berlin, or as_written for the day that stands in the text"
ENCODING = "utf-8, latin-1 or utf-16, which are all that DuckDB reads by itself; a file in"
ENCODING += " another, such as cp1252, is latin-1 unless it has signs such as € or curly quotes,"
ENCODING += " and else must be saved as UTF-8"
FILTER = "a column and the values that count, such as {Status: [paid, refunded]}"
CARRIED = "columns that are mapped to something: transaction_id, customer_id, product_id,"
CARRIED += " purchased_at, amount"
# Variables as on the command line, the value as the sentence says it, and what to write.
VALUES = [
    ("snapshot_date: '2025-13-01'", "2025-13-01", DAY),
    ("snapshot_date: yesterday", "yesterday", DAY),
    ("snapshot_date: '2025-02-30'", "2025-02-30", DAY),
    ("snapshot_date: '2025-02-29'", "2025-02-29", DAY),
    ("snapshot_date: 20250201", "20250201", DAY),
    ("snapshot_date: ''", "", DAY),
    (f'snapshot_date: "{HOSTILE}"', HOSTILE, DAY),
    ("snapshot_date: \"2025-01-01' or '1'='1\"", "2025-01-01' or '1'='1", DAY),
    ("observation_months: 0", "0", MONTHS),
    ("observation_months: -1", "-1", MONTHS),
    ("observation_months: six", "six", MONTHS),
    ("observation_months: 2.5", "2.5", MONTHS),
    ("observation_months: true", "True", MONTHS),
    (f'observation_months: "6{HOSTILE}"', f"6{HOSTILE}", MONTHS),
    ("segment_count: 0", "0", COUNT),
    ("segment_count: many", "many", COUNT),
    ("segment_count: 13", "13", COUNT),
    ("segment_count: 99", "99", COUNT),
    ("segment_count: 3.5", "3.5", COUNT),
    ("segment_count: null", "None", COUNT),
    ("training_customers: 0", "0", CUSTOMERS),
    ("training_customers: 99", "99", CUSTOMERS),
    ("training_customers: everyone", "everyone", CUSTOMERS),
    ("training_customers: null", "None", CUSTOMERS),
    # As keys of the source.
    (
        "source.first_date: tomorrow",
        "tomorrow",
        "a day as YYYY-MM-DD, or null for no earliest day",
    ),
    (f'source.last_date: "{HOSTILE}"', HOSTILE, "a day as YYYY-MM-DD, or null for no latest day"),
    (
        "source.last_date: 2024-01-01, first_date: 2024-01-02",
        "2024-01-01",
        "a day not before first_date, 2024-01-02",
    ),
    ("source.decimal_separator: ;", ";", SEPARATOR),
    (f'source.decimal_separator: "{HOSTILE}"', HOSTILE, SEPARATOR),
    ("source.currency_sign: 5, decimal_separator: '.'", "5", SIGN),
    ("source.currency_sign: $", "$", SIGN),
    (f'source.currency: "{HOSTILE}"', HOSTILE, CURRENCY),
    ("source.currency_rates: 0.92, currency: EUR", "0.92", "a mapping such as {USD: 0.92}"),
    ("source.currency: null, currency_rates: {USD: 0.92}", "null", RATED),
    ("source.currency_rates: {USD: n/a}, currency: EUR", "USD: n/a", RATE),
    ("source.currency_rates: {USD: 0}, currency: EUR", "USD: 0", RATE),
    ("source.currency_rates: {eur: 1.1}, currency: EUR", "eur: 1.1", RATE),
    (f'source.currency_rates: {{"{HOSTILE}": 1}}, currency: EUR', f"{HOSTILE}: 1", RATE),
    (f'source.currency_rates: {{USD: "{HOSTILE}"}}, currency: EUR', f"USD: {HOSTILE}", RATE),
    ("source.duplicate_lines: some", "some", COPIES),
    ("source.customer_id_rule: fuzzy", "fuzzy", RULE),
    ("source.allow_future_dates: perhaps", "perhaps", "true or false"),
    ("source.allow_future_dates: 1", "1", "true or false"),
    ("source.format: shopfy", "shopfy", FORMATS),
    (f'source.format: "{HOSTILE}"', HOSTILE, FORMATS),
    ("source.date_format: dd/mm/yyyy", "dd/mm/yyyy", DATES),
    ("source.date_format: '%d/%m'", "%d/%m", DATES),
    (f'source.date_format: "{HOSTILE}"', HOSTILE, DATES),
    ('source.date_format: "%d\'%m/%Y"', "%d'%m/%Y", DATES),
    (
        "source.date_format: ['%d/%m/%Y', '%m/%d/%Y']",
        "%d/%m/%Y, %m/%d/%Y",
        "one order of day and month: both patterns read 01/02/2025",
    ),
    ("source.time_zone: null, time_zone: 5", "5", ZONE),
    (f'source.time_zone: "{HOSTILE}"', HOSTILE, ZONE),
    ("source.encoding: cp1252", "cp1252", ENCODING),
    (f'source.encoding: "{HOSTILE}"', HOSTILE, ENCODING),
    ("source.lines_where: paid", "paid", FILTER),
    ("source.lines_where: {Status: []}", "Status: []", FILTER),
    ("source.lines_where: {Status: ['']}", "Status: ['']", FILTER),
    ("source.order_columns: [Total]", "Total", CARRIED),
    (
        "source.order_columns: [transaction_id]",
        "transaction_id",
        "other columns: the id is on every line of an order and says which lines belong to it",
    ),
    ("source.order_total: [a, b]", "a, b", "one column, such as Total"),
    ("source.order_total: 5", "5", "a column, or a column times numbers or columns"),
    ("source.subtract: 0.5", "0.5", "a column, or a column times numbers or columns"),
    ("source.subtract: {a: b}", "{'a': 'b'}", "a column, such as Refunded Amount"),
    ("source.returns: ['']", "['']", "a column, such as Amount Refunded"),
    (
        "source.returns: {Type: []}",
        "Type: []",
        "a column and the values of returns, such as {Type: [refund, credit]}",
    ),
    ("source: exports/*.csv", "exports/*.csv", "a mapping such as {lines: exports/*.csv}"),
    ("refit: perhaps", "perhaps", "true or false"),
    ("refit_after_days: 0", "0", "a whole number of days from 1, or null for never"),
    ("accept_model: newest", "newest", VERSION),
    ("control_share: 0.6", "0.6", "a share from 0 (no control group) to 0.5, such as 0.1"),
    ("control_share: 10%", "10%", "a share from 0 (no control group) to 0.5, such as 0.1"),
    ("accept_model: {version: 2, who: Ann}", "{'version': 2, 'who': 'Ann'}", VERSION),
]


@pytest.fixture(scope="module")
def built(bundled, tmp_path_factory) -> tuple[Project, list[tuple]]:
    """Return a project that was built before, and its segments."""
    folder = tmp_path_factory.mktemp("built")
    write_csv(folder / "lines.csv")
    (folder / "empty.csv").touch()
    project = Project(folder / "project")
    project.warehouse.write_bytes(bundled.warehouse.read_bytes())
    project.execute("create schema shop")
    return project, bundled.query(SAME)


def assert_one_sentence(build: Build, sentence: str, segments: list[tuple]) -> None:
    """Show that the build failed with the sentence and changed no segment."""
    assert build.exit_code != 0
    assert f"\n  {sentence}\n" in build.output, "the sentence, alone on its line"
    assert "Traceback" not in build.output
    # What DuckDB or dbt would say of an error nobody foresaw.
    for unforeseen in ("Parser Error", "Binder Error", "Catalog Error", "IO Error", "Runtime Er"):
        assert unforeseen not in build.output
    assert build.query(SAME) == segments, "an earlier build is still there, unchanged"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_source_ends_in_one_sentence(built, mistake):
    project, segments = built
    folder = str(project.folder.parent)
    given, sentence = MISTAKES[mistake]
    source = {
        name: value.replace("{folder}", folder) if isinstance(value, str) else value
        for name, value in given.items()
    }
    exclude = [] if "lines" not in source else ["--exclude", "raw_transactions"]
    build = project(vars={"source": source}, args=exclude, parse=True)
    assert_one_sentence(build, sentence.format(folder=folder), segments)


@pytest.mark.parametrize(("given", "value", "instead"), VALUES, ids=[case[0] for case in VALUES])
def test_a_bad_value_ends_in_one_sentence(built, given, value, instead):
    project, segments = built
    name = given.partition(":")[0]
    key = name.removeprefix("source.")
    text = given.removeprefix("source.")
    given = f"{{{text}}}" if key == name else f"{{source: {{{text}}}}}"
    build = project(vars=given, parse=True)
    assert_one_sentence(build, f"The variable {name} is '{value}': write {instead}.", segments)


# Variables, and what is said of them.
NAMES = {
    "a typing error": ({"segement_count": 4}, "is unknown: did you mean segment_count?"),
    "an old name": (
        {"transactions": "lines.csv"},
        "has moved: write source: {lines: ...}.",
    ),
    "an old name with another meaning": (
        {"refuse_duplicate_lines": True},
        "has moved: write source: {duplicate_lines: reject}.",
    ),
    "a key of the source": ({"lines": "lines.csv"}, "is unknown: write only source, "),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_variable_that_nothing_reads_ends_the_build(built, case):
    project, segments = built
    given, said = NAMES[case]
    build = project(vars=given)
    assert build.exit_code != 0
    assert f"\n  The variable '{next(iter(given))}' {said}" in build.output
    assert build.query(SAME) == segments


def test_a_typing_error_in_the_project_file_is_told(project):
    text = (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    text = text.replace("    segment_count:", "    segmet_count:")
    build = project.edited({"dbt_project.yml": text})(args=["--select", "stg_transactions"])
    assert build.exit_code != 0
    assert "The variable 'segmet_count' is unknown: did you mean segment_count?" in build.output


def test_an_unknown_model_is_named(built):
    """Here dbt itself speaks, before any code of the project could."""
    project, segments = built
    build = project(vars={"source": {"lines": "no_such_model"}})
    assert build.exit_code != 0
    named = "depends on a node named 'no_such_model' in package or project 'customer_segmentation'"
    assert f"{named} which was not found" in build.output
    assert "Traceback" not in build.output
    assert build.query(SAME) == segments


LINES = [
    ["536365", "00017", "007", "2024-05-31 23:59:59", "10.10"],
    ["536365", "00017", "7", "2024-05-31 23:59:59", "0.2"],
    ["536366", "17", "7", "2024-06-01", "30"],
    ["C53636", "17", "7", "2024-06-02 08:00:00", "-5.05"],
    ["536367", "17", "#8", "2024-06-03 00:00:00", "1.0001"],
    ["536368", "", "7", "2024-06-03", "99"],
]
# What every way of handing in the lines above gives.
EXPECTED = [
    ("00017", 4, 1, Decimal("10.3000"), 2, date(2024, 5, 31), date(2024, 5, 31)),
    ("17", 1, 2, Decimal("25.9501"), 2, date(2024, 6, 1), date(2024, 6, 3)),
]
FEATURES = """
    select customer_id, recency_days, frequency, monetary, unique_products,
        first_purchase_date, last_purchase_date
    from customer_features order by customer_id
"""


def write_csv(path: Path, lines=LINES, header=HEADER, opener=open) -> None:
    """Write lines as a CSV file."""
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *lines])


def assert_read(project: Project, lines, columns=None, expected=EXPECTED, **variables) -> None:
    """Show that the features come out of this source."""
    given = {"source": {"lines": str(lines), "columns": columns or {}}, **variables}
    build = project(vars=given, args=FEATURES_ONLY)
    assert build.exit_code == 0, build.output
    assert build.query(FEATURES) == expected


def test_a_csv_file_is_read_with_leading_zeros(project, tmp_path):
    write_csv(tmp_path / "lines.csv")
    assert_read(project, tmp_path / "lines.csv")


def test_a_compressed_csv_file_is_read(project, tmp_path):
    write_csv(tmp_path / "lines.csv.gz", opener=gzip.open)
    assert_read(project, tmp_path / "lines.csv.gz")


def test_a_glob_reads_every_file_by_column_name(project, tmp_path):
    write_csv(tmp_path / "lines-1.csv", LINES[:2])
    write_csv(tmp_path / "lines-2.csv", [line[::-1] for line in LINES[2:]], HEADER[::-1])
    assert_read(project, tmp_path / "lines-*.csv")


def test_a_file_name_with_a_quote_is_read(project, tmp_path):
    write_csv(tmp_path / "o'neil; lines.csv")
    assert_read(project, tmp_path / "o'neil; lines.csv")


def test_a_relative_path_starts_where_dbt_runs(project, tmp_path, monkeypatch):
    write_csv(tmp_path / "lines.csv")
    monkeypatch.chdir(tmp_path)
    assert_read(project, "lines.csv")


def test_semicolons_between_the_columns_are_read(project, tmp_path):
    text = "\n".join(";".join(line) for line in [HEADER, *LINES])
    (tmp_path / "lines.csv").write_text(text, encoding="utf-8")
    assert_read(project, tmp_path / "lines.csv")


def test_quotes_and_number_signs_mean_the_same_wherever_they_stand(project, tmp_path):
    """DuckDB guesses them from the first lines; then late quotes fail, and # starts a comment."""
    plain = ["#1", "'a'", "p", "2024-06-03", "0.01"]
    quoted = ['"#2,3"', '"""b"", c"', "p", "2024-06-03", "1"]
    rows = [HEADER, *[plain] * 30_000, quoted]
    (tmp_path / "lines.csv").write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    day = date(2024, 6, 3)
    expected = [
        ('"b", c', 1, 1, Decimal("1.0000"), 1, day, day),
        ("'a'", 1, 1, Decimal("300.0000"), 1, day, day),
    ]
    assert_read(project, tmp_path / "lines.csv", expected=expected)


def test_a_table_of_another_schema_is_read(project, tmp_path):
    write_csv(tmp_path / "lines.csv")
    project.execute(
        "create schema shop",
        f"create table shop.lines as from read_csv('{tmp_path}/lines.csv', all_varchar = true)",
    )
    assert_read(project, "shop.lines")
    assert_read(project, "warehouse.shop.lines")


def test_a_view_with_other_column_names_is_read(project, tmp_path):
    write_csv(tmp_path / "lines.csv", header=["Invoice No", "Customer", 'My "SKU"', "at", "net"])
    project.execute(
        "create schema shop",
        f"create view shop.sales as from read_csv('{tmp_path}/lines.csv', all_varchar = true)",
    )
    names = ["invoice no", "CUSTOMER", 'My "SKU"', "at", "net"]
    columns = dict(zip(HEADER, names, strict=True))
    assert_read(project, "shop.sales", columns, allowed_directories=[str(tmp_path)])


@pytest.mark.parametrize("money", ["double", "decimal(12, 4)", "float", "varchar"])
def test_a_typed_parquet_file_is_read(project, tmp_path, money):
    """Whole numbers become text as they are, timestamps days, floats exact decimals."""
    values = ", ".join(
        f"({int(transaction.replace('C', '9'))}, {int(customer or 0) or 'null'}, '{product}',"
        f" timestamp '{moment}', cast({amount} as {money}))"
        for transaction, customer, product, moment, amount in LINES[2:]
    )
    file = tmp_path / "lines.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from (values {values}) as lines({', '.join(HEADER)})) to '{file}'"
        )
    assert_read(project, file, expected=EXPECTED[1:])


def with_factors(first: str, second: str, split) -> tuple[list[list[str]], list[str]]:
    """Return the lines with the amount in two columns."""
    lines = [[*line[:4], *split(Decimal(line[4]))] for line in LINES]
    return lines, [*HEADER[:4], first, second]


def in_pieces(amount: Decimal) -> tuple[str, str]:
    """Split an amount into a quantity with the sign and a price."""
    pieces = 4 if amount > 0 else -4
    return str(pieces), str(amount / pieces)


@pytest.mark.parametrize(
    "columns",
    [
        {"quantity": "Quantity", "unit_price": "Unit Price"},
        {"amount": "Quantity * Unit Price"},
        {"amount": "Unit Price*quantity"},
    ],
    ids=str,
)
def test_the_amount_is_quantity_times_price(project, tmp_path, columns):
    lines, header = with_factors("Quantity", "Unit Price", in_pieces)
    lines[4][4:] = ["1", "1.0001"]  # a quarter of it has more decimals than money has
    write_csv(tmp_path / "lines.csv", lines, header)
    assert_read(project, tmp_path / "lines.csv", columns)


@pytest.mark.parametrize("factors", ["cents * 0.01", "0.01 * cents", "cents*-1*-0.01"])
def test_the_amount_is_a_column_times_numbers(project, tmp_path, factors):
    cents = [[*line[:4], f"{Decimal(line[4]) * 100}"] for line in LINES]
    write_csv(tmp_path / "lines.csv", cents, [*HEADER[:4], "cents"])
    assert_read(project, tmp_path / "lines.csv", {"amount": factors})


def test_a_day_without_quotes_is_read(project, tmp_path):
    write_csv(tmp_path / "lines.csv")
    given = f"{{source: {{lines: '{tmp_path}/lines.csv'}}, snapshot_date: 2024-06-03}}"
    build = project(vars=given, args=FEATURES_ONLY)
    assert build.exit_code == 0, build.output
    days = build.query("select distinct snapshot_date from customer_features")
    assert days == [(date(2024, 6, 3),)]
    assert build.query("select monetary from customer_features where customer_id = '17'") == [
        (Decimal("24.9500"),)
    ]

"""The project's own SQL gives the features that plain pandas gives, on random transactions."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from harness import Project
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.quick

# In the order in which they are built.
MODELS = [
    "stg_transactions",
    "int_source_partitions",
    "int_loaded_lines",
    "int_snapshot",
    "int_customer_totals",
    "int_customer_features",
    "customer_features",
]
COLUMNS = ["transaction_id", "customer_id", "product_id", "purchased_at"]
COLUMNS += ["amount", "pieces", "price"]
MONEY = 10_000  # amounts are whole ten-thousandths: the reference has no float in money
# Around both ends of the windows below; months whose last day another month has not.
EDGES = """
    2023-11-30 2023-12-31 2024-01-31 2024-02-28 2024-02-29 2024-03-01 2024-03-31 2024-05-30
    2024-05-31 2024-06-01 2024-08-29 2024-08-30 2024-08-31 2024-09-01 2025-02-27 2025-02-28
"""
DAYS = st.sampled_from(EDGES.split()) | st.dates(date(2023, 6, 1), date(2025, 3, 31)).map(str)
TIMES = st.sampled_from(["", " 00:00:00", " 08:26:00", " 23:59:59", "T23:59:59.999"])
CUSTOMERS = st.sampled_from(
    ["00017", "17", "17.0", "a1", "A1", "é", "e\u0301", "客", "O'Neil", ""]
)
PRODUCTS = st.sampled_from(["85123A", "85123a", "007", "7", "ß", "SS", 'a "b", c', ""])
TRANSACTIONS = st.sampled_from(["536365", "536366", "0536366", "c1", "C1"])
PRICES = st.sampled_from([0, 1, 9_999, 10_000, 125_000]) | st.integers(0, 100_000_000)


@dataclass(frozen=True)
class Line:
    """One line of a source file."""

    transaction_id: str
    customer_id: str
    product_id: str
    purchased_at: str
    quantity: int
    price: int  # ten-thousandths

    def cells(self) -> list[str]:
        money = [str(Decimal(n).scaleb(-4)) for n in (self.quantity * self.price, self.price)]
        texts = [self.transaction_id, self.customer_id, self.product_id, self.purchased_at]
        return [*texts, money[0], str(self.quantity), money[1]]


LINES = st.lists(
    st.builds(
        Line,
        transaction_id=TRANSACTIONS,
        customer_id=CUSTOMERS,
        product_id=PRODUCTS,
        purchased_at=st.builds(str.__add__, DAYS, TIMES),
        quantity=st.sampled_from([1, 1, 1, 2, 12, 0, -1, -12]),
        price=PRICES,
    ),
    max_size=40,
)
# Some lines are there more than once.
SHOPS = LINES.flatmap(
    lambda lines: (
        st.lists(st.sampled_from(lines), max_size=5).map(lambda again: lines + again)
        if lines
        else st.just([])
    )
)


@dataclass(frozen=True)
class Compiled:
    """The project's SQL for one set of variables, run in memory."""

    statements: list[str]
    source: Path
    snapshot_date: str | None
    observation_months: int | None

    def features(self, lines: list[Line]) -> list[dict]:
        with self.source.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(line.cells() for line in lines)
        # A connection kept over the examples would be faster, but is called a leak at the end.
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("attach ':memory:' as warehouse")
            for statement in self.statements:
                connection.execute(statement)
            result = connection.execute(
                "select * from warehouse.main.customer_features order by customer_id"
            )
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture(
    scope="module",
    params=[
        {},
        {"observation_months": None},
        {
            "snapshot_date": "2024-05-31",
            "observation_months": 3,
            "source": {"columns": {"quantity": "pieces", "unit_price": "price"}},
        },
    ],
    ids=["six months", "whole history", "given day and quantity times price"],
)
def compiled(request, tmp_path_factory) -> Compiled:
    """Compile the models once for each set of variables: dbt at each example would be slow."""
    folder = tmp_path_factory.mktemp("features")
    source = folder / "lines.csv"
    given = {**request.param, "source": {**request.param.get("source", {}), "lines": str(source)}}
    build = Project(folder)("compile", vars=given, args=["-s", *MODELS])
    assert build.exit_code == 0, build.output
    models = build.target / "compiled" / "customer_segmentation" / "models"
    statements = [
        f"create table warehouse.main.{name} as\n"
        + next(models.rglob(f"{name}.sql")).read_text(encoding="utf-8")
        for name in MODELS
    ]
    # The refresh has the snapshot's dates, and a number that nothing here depends on.
    refresh = "create table warehouse.main.int_current_refresh as "
    refresh += "select 1 as refresh_number, * from warehouse.main.int_snapshot"
    statements.insert(MODELS.index("int_customer_totals"), refresh)
    # No ids are merged.
    merges = "create table warehouse.main.stg_customer_merges (from_customer_id varchar, "
    statements.insert(0, merges + "into_customer_id varchar)")
    return Compiled(
        statements,
        source,
        request.param.get("snapshot_date"),
        request.param.get("observation_months", 6),
    )


def reference(lines: list[Line], snapshot_date: str | None, months: int | None) -> list[dict]:
    """Compute the features from their definitions, with nothing but pandas and whole numbers."""
    frame = pd.DataFrame([vars(line) for line in lines], columns=list(Line.__annotations__))
    frame["day"] = pd.to_datetime(frame["purchased_at"].str.slice(0, 10))
    frame["amount"] = frame["quantity"] * frame["price"]
    frame = frame[(frame["customer_id"] != "") & (frame["amount"] != 0)]
    if snapshot_date is None and not (frame["amount"] > 0).any():
        return []
    last = frame.loc[frame["amount"] > 0, "day"].max()
    snapshot = pd.Timestamp(snapshot_date) if snapshot_date else last + pd.Timedelta(days=1)
    start = snapshot - pd.DateOffset(months=months) if months else pd.Timestamp.min
    frame = frame[(frame["day"] >= start) & (frame["day"] < snapshot)]
    rows = []
    for customer, own in frame.groupby("customer_id"):
        bought = own[own["amount"] > 0]
        if bought.empty:
            continue
        first, last = bought["day"].min(), bought["day"].max()
        frequency, monetary = bought["transaction_id"].nunique(), int(own["amount"].sum())
        rows.append(
            {
                "customer_id": customer,
                "recency_days": (snapshot - last).days,
                "frequency": frequency,
                "monetary": Decimal(monetary) / MONEY,
                "length_days": (last - first).days,
                "average_spend": Decimal(monetary) / MONEY / frequency,
                "unique_products": bought.loc[bought["product_id"] != "", "product_id"].nunique(),
                "first_purchase_date": first.date(),
                "last_purchase_date": last.date(),
                "snapshot_date": snapshot.date(),
            }
        )
    with_scores(rows, "recency", "recency_days", best_is_low=True)
    with_scores(rows, "frequency", "frequency")
    with_scores(rows, "monetary", "monetary")
    return sorted(rows, key=lambda row: row["customer_id"].encode())


def with_scores(rows: list[dict], name: str, feature: str, best_is_low: bool = False) -> None:
    """Score 1 to 5 by the share of customers that are worse, those alike counted by half."""
    values = [-row[feature] if best_is_low else row[feature] for row in rows]
    for row, value in zip(rows, values, strict=True):
        halves = sum(2 * (other < value) + (other == value) for other in values)
        row[f"{name}_score"] = 1 + 5 * halves // (2 * len(values))


# Half a unit of the sixth decimal, and what dividing in floats may add at these amounts.
AVERAGE_TOLERANCE = Decimal("0.00000051")


@settings(max_examples=60, derandomize=True, deadline=None)
@given(lines=SHOPS)
def test_sql_features_equal_pandas(compiled, lines):
    got = compiled.features(lines)
    expected = reference(lines, compiled.snapshot_date, compiled.observation_months)
    assert [row["customer_id"] for row in got] == [row["customer_id"] for row in expected]
    for row, right in zip(got, expected, strict=True):
        off = abs(row.pop("average_spend") - right.pop("average_spend"))
        assert off <= AVERAGE_TOLERANCE, "average_spend"
        assert row == right


def test_the_reference_follows_an_example_by_hand():
    """A customer of two transactions, a return, a free gift and a line outside the window."""
    lines = [
        Line("1", "00017", "a", "2023-12-01", 1, 50_000),
        Line("2", "00017", "a", "2024-06-01 23:59:59", 2, 100_000),
        Line("2", "00017", "b", "2024-06-01 23:59:59", 1, 100_000),
        Line("3", "00017", "a", "2024-06-30", 1, 5_000),
        Line("4", "00017", "z", "2024-07-04", 3, 0),
        Line("5", "00017", "b", "2024-06-20", -1, 100_000),
    ]
    assert reference(lines, None, 6) == [
        {
            "customer_id": "00017",
            "recency_days": 1,
            "frequency": 2,
            "monetary": Decimal("20.5"),
            "length_days": 29,
            "average_spend": Decimal("10.25"),
            "unique_products": 2,
            "first_purchase_date": date(2024, 6, 1),
            "last_purchase_date": date(2024, 6, 30),
            "snapshot_date": date(2024, 7, 1),
            "recency_score": 3,
            "frequency_score": 3,
            "monetary_score": 3,
        }
    ]

"""The example seed is what its script writes, and holds the dirt of a real export."""

from collections import Counter, defaultdict
from csv import DictReader
from datetime import datetime
from decimal import Decimal, InvalidOperation

import make_raw_transactions
import pytest
from harness import ROOT

pytestmark = pytest.mark.quick

SEED_FILE = ROOT / "seeds" / "raw_transactions.csv"
COLUMNS = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
WINDOW = "2025-01-01"  # six calendar months before the snapshot date 2025-07-01


def is_usable(line: dict[str, str]) -> bool:
    """Tell whether a line has a transaction, a date and an amount that can be read."""
    try:
        datetime.strptime(line["purchased_at"], "%Y-%m-%d %H:%M:%S")
        Decimal(line["amount"])
    except (ValueError, InvalidOperation):
        return False
    return bool(line["transaction_id"])


@pytest.fixture(scope="module")
def lines() -> list[dict[str, str]]:
    """Every line of the seed, as text."""
    with SEED_FILE.open(encoding="utf-8", newline="") as file:
        return list(DictReader(file))


@pytest.fixture(scope="module")
def usable(lines) -> list[dict[str, str]]:
    """Lines that can be read."""
    return [line for line in lines if is_usable(line)]


def share(lines, condition) -> float:
    """Share of the lines that meet a condition."""
    return sum(map(condition, lines)) / len(lines)


def test_script_writes_the_seed_byte_for_byte(tmp_path):
    make_raw_transactions.main(tmp_path / "again.csv")
    same = (tmp_path / "again.csv").read_bytes() == SEED_FILE.read_bytes()
    assert same, "the seed differs from its script: run python campaigns/make_raw_transactions.py"


def test_size_and_span(lines, usable):
    assert list(lines[0]) == COLUMNS
    assert 22_000 <= len(lines) <= 28_000, "number of lines"
    assert SEED_FILE.stat().st_size <= 1_600_000, "bytes"
    customers = {line["customer_id"] for line in lines} - {""}
    assert 1_300 <= len(customers) <= 1_700, "number of customers"
    recent = {line["customer_id"] for line in usable if line["purchased_at"] >= WINDOW} - {""}
    assert len(recent) >= 1_000, "customers of the last six months"
    moments = [line["purchased_at"] for line in usable]
    assert moments == sorted(moments), "lines are in the order of time"
    assert len({moment[:7] for moment in moments}) == 14, "distinct months"
    assert moments[0][:10] == "2024-05-01", "first day"
    last = max(line["purchased_at"] for line in usable if Decimal(line["amount"]) > 0)
    assert (last[:10], moments[-1][:10]) == ("2025-06-30", "2025-06-30"), "last day"


def test_guests_repeats_and_zero_amounts(lines):
    assert 0.06 <= share(lines, lambda line: not line["customer_id"]) <= 0.10, "guests"
    assert 0.002 <= share(lines, lambda line: line["amount"] == "0.00") <= 0.005, "zero amounts"
    repeats = len(lines) - len({tuple(line.values()) for line in lines})
    assert 0.005 <= repeats / len(lines) <= 0.015, "exactly repeated lines"


def test_returns(usable):
    returns = [line for line in usable if line["amount"].startswith("-")]
    assert 0.015 <= len(returns) / len(usable) <= 0.03, "share of return lines"
    marked = [line for line in usable if line["transaction_id"].startswith("C")]
    assert marked == returns, "return lines, and only they, have a transaction id with C"


def test_some_customers_return_everything(usable):
    bought, net = defaultdict(Decimal), defaultdict(Decimal)
    for line in usable:
        if line["customer_id"] and line["purchased_at"] >= WINDOW:
            net[line["customer_id"]] += Decimal(line["amount"])
            bought[line["customer_id"]] += max(Decimal(line["amount"]), Decimal(0))
    nets = [net[customer] for customer in net if bought[customer] > 0]
    assert nets.count(0) >= 5, "customers with a net spend of exactly zero"
    assert any(value < 0 for value in nets), "customers with a net spend below zero"


def test_one_time_buyers_and_one_bulk_buyer(usable):
    baskets = defaultdict(Decimal)
    for line in usable:
        if line["customer_id"] and Decimal(line["amount"]) > 0:
            baskets[line["customer_id"], line["transaction_id"]] += Decimal(line["amount"])
    purchases = Counter(customer for customer, _ in baskets)
    assert sum(count == 1 for count in purchases.values()) >= 200, "one-time buyers"
    (largest, (bulk_buyer, _)), (second, _) = sorted(
        ((amount, key) for key, amount in baskets.items()), reverse=True
    )[:2]
    assert largest > 10 * second, "one gigantic order"
    assert purchases[bulk_buyer] == 1, "the bulk buyer orders once"


def test_text_codes(lines):
    customers = {line["customer_id"] for line in lines} - {""}
    assert all(len(code) == 5 and code.isdigit() for code in customers), "five digits"
    assert any(code.startswith("00") for code in customers), "customers with leading zeros"
    products = {line["product_id"] for line in lines}
    assert {"22423", "85123A", "00417"} <= products, "plain, lettered and zero-led products"


def test_unusable_lines(lines):
    unusable = [line for line in lines if not is_usable(line)]
    assert 10 <= len(unusable) <= 14, "unusable lines"
    assert "" in {line["transaction_id"] for line in unusable}, "empty transaction id"
    dates = {line["purchased_at"] for line in unusable}
    assert {"", "31/13/2025", "not recorded"} <= dates, "empty and unreadable dates"
    assert {"", "n/a"} <= {line["amount"] for line in unusable}, "empty and unreadable amounts"

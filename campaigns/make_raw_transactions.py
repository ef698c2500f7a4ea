"""Write the example seed: fourteen months of a made-up online gift shop.

Usage: ``python campaigns/make_raw_transactions.py [OUTPUT]``

The customers are of a few kinds that differ in how often, how recently and how broadly they buy,
so a clustering has something real to find. The lines have the errors of a real export. The output
is the same on every machine, byte by byte: it uses one seeded ``random.Random``, and no function
whose last bit depends on the system's math library (logarithm, exponential, fractional power).
"""

import sys
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

SEED = 20250701
FIRST_DAY = datetime(2024, 5, 1)
DAYS = 426  # up to and including 2025-06-30
HEADER = "transaction_id,customer_id,product_id,purchased_at,amount"
OUTPUT = Path(__file__).resolve().parents[1] / "seeds" / "raw_transactions.csv"
PRICES = (42, 85, 125, 165, 195, 255, 295, 375, 495, 595, 795, 995, 1295, 1695, 2495)  # in cents
PRICE_WEIGHTS = (2, 6, 12, 13, 12, 11, 10, 9, 8, 6, 5, 3, 2, 1, 1)
OPENING_HOURS = range(8, 20)
HOUR_WEIGHTS = (2, 5, 8, 10, 12, 11, 9, 8, 6, 4, 2, 1)
WEEKDAY_WEIGHTS = (10, 11, 11, 12, 9, 2, 6)  # Monday first; hardly anyone works on Saturdays
MONTH_WEIGHTS = (7, 7, 9, 9, 10, 9, 8, 8, 10, 12, 18, 20)  # January first
# The lines that cannot be used: (position of the column, its bad value).
UNUSABLE = (
    (0, ""), (0, ""), (0, ""), (3, "31/13/2025"), (3, "not recorded"), (3, "not recorded"),
    (3, ""), (3, ""), (4, "n/a"), (4, "n/a"), (4, ""), (4, ""),
)  # fmt: skip


class Kind(NamedTuple):
    """A kind of customer; every pair is an inclusive range to draw from."""

    customers: int
    first_day: tuple[int, int]  # days after FIRST_DAY
    last_day: tuple[int, int]
    orders: tuple[int, int]
    products: tuple[int, int]  # per order
    quantity: tuple[int, int]  # per product
    assortment: int = 0  # products the customer ever buys, 0 = the whole shop


class Transaction(NamedTuple):
    """One purchase with its lines, or one return of a purchase."""

    moment: datetime
    customer_id: str
    lines: list[tuple[str, int]]  # product, amount in cents
    spared: bool  # neither repeated nor damaged, so its customer's net spend stays the same


# Customers, first day, last day, orders, products, quantity, assortment. Day 245 is 2025-01-01:
# anything before it is outside the default observation window.
LOYAL = Kind(120, (0, 40), (418, 425), (18, 26), (3, 6), (6, 15))
STEADY = Kind(320, (0, 180), (350, 425), (4, 6), (2, 4), (2, 6))
NEWCOMER = Kind(240, (395, 420), (421, 425), (1, 2), (2, 4), (1, 5))
ONE_TIME_IN_WINTER = Kind(210, (245, 245), (305, 305), (1, 1), (2, 3), (2, 4))
ONE_TIME_LONG_AGO = Kind(240, (0, 0), (244, 244), (1, 1), (1, 4), (1, 4))
LAPSED = Kind(110, (0, 40), (215, 310), (6, 10), (2, 4), (3, 8))
OCCASIONAL = Kind(140, (0, 90), (330, 425), (2, 4), (1, 3), (1, 4))
WHOLESALE = Kind(60, (0, 120), (390, 425), (8, 14), (1, 2), (36, 90), 4)
BULK = Kind(1, (330, 330), (345, 345), (1, 1), (6, 6), (1500, 2400))
RETURNS_EVERYTHING = Kind(9, (247, 247), (400, 400), (1, 1), (1, 3), (1, 4))
GUEST = Kind(670, (0, 0), (425, 425), (1, 1), (1, 5), (1, 5))
KINDS = (LOYAL, STEADY, NEWCOMER, ONE_TIME_IN_WINTER, ONE_TIME_LONG_AGO, LAPSED, OCCASIONAL,
         WHOLESALE, BULK, RETURNS_EVERYTHING)  # fmt: skip


def make_products(rng: Random, count: int = 600) -> dict[str, int]:
    """Draw the price in cents of every product code, the most popular product first."""
    codes = ["85123A", "22423", "00417"]
    codes += [f"{number:05d}" for number in rng.sample(range(418, 1000), 15)]
    numbers = rng.sample(range(10000, 85000), count - len(codes))
    codes += [f"{number}{rng.choice('ABCL') if rng.random() < 0.12 else ''}" for number in numbers]
    popular = codes[:3] + rng.sample(codes[3:], count - 3)
    return dict(zip(popular, rng.choices(PRICES, PRICE_WEIGHTS, k=count), strict=True))


def day_weights() -> list[int]:
    """Weigh each day by season and weekday; between Christmas and New Year the shop rests."""
    days = [FIRST_DAY + timedelta(day) for day in range(DAYS)]
    return [
        1 if day.month == 12 and day.day > 23
        else MONTH_WEIGHTS[day.month - 1] * WEEKDAY_WEIGHTS[day.weekday()]
        for day in days
    ]  # fmt: skip


def draw_moment(rng: Random, day: int) -> datetime:
    """Draw a second within the opening hours of a day."""
    hour = rng.choices(OPENING_HOURS, HOUR_WEIGHTS)[0]
    minute, second = rng.randrange(60), rng.randrange(60)
    return FIRST_DAY + timedelta(day, hours=hour, minutes=minute, seconds=second)


def make_purchases(
    rng: Random, kind: Kind, customer_id: str, prices: dict[str, int], weights: list[int]
) -> list[Transaction]:
    """Draw all purchases of one customer, at most one a day, oldest first."""
    first, last = rng.randint(*kind.first_day), rng.randint(*kind.last_day)
    orders = rng.randint(*kind.orders)
    days = rng.choices(range(first, last + 1), weights[first : last + 1], k=orders)
    codes = rng.sample(list(prices), kind.assortment) if kind.assortment else list(prices)
    popularity = list(accumulate(1 / (rank + 12) for rank in range(len(codes))))
    purchases = []
    for day in sorted(set(days)):
        drawn = rng.choices(codes, cum_weights=popularity, k=rng.randint(*kind.products))
        basket = dict.fromkeys(drawn)  # not a set, whose order differs from run to run
        lines = [(code, prices[code] * rng.randint(*kind.quantity)) for code in basket]
        spared = kind is RETURNS_EVERYTHING
        purchases.append(Transaction(draw_moment(rng, day), customer_id, lines, spared))
    return purchases


def make_return(rng: Random, purchase: Transaction, prices: dict[str, int]) -> Transaction:
    """Send back a purchase some days later: all of it, or a part of one line."""
    lines = [(code, -cents) for code, cents in purchase.lines]
    if purchase.spared and rng.random() < 0.3:  # refunded above the price: net spend below zero
        lines.append(("85123A", -prices["85123A"]))
    if not purchase.spared and rng.random() < 0.9:
        code, cents = rng.choice(purchase.lines)
        lines = [(code, -prices[code] * rng.randint(1, cents // prices[code]))]
    day = (purchase.moment - FIRST_DAY).days + rng.randint(2, 14)
    return Transaction(draw_moment(rng, day), purchase.customer_id, lines, purchase.spared)


def make_transactions(rng: Random) -> list[Transaction]:
    """Draw every purchase and return of the shop, in chronological order."""
    prices, weights = make_products(rng), day_weights()
    kinds = [kind for kind in KINDS for _ in range(kind.customers)]
    ids = [f"{number:05d}" for number in rng.sample(range(1, 60000), len(kinds))]
    people = [*zip(kinds, ids, strict=True), *[(GUEST, "")] * GUEST.customers]
    transactions = []
    for kind, customer_id in people:
        for purchase in make_purchases(rng, kind, customer_id, prices, weights):
            transactions.append(purchase)
            # The giant order is not returned, because that would hide the outlier.
            if purchase.spared or (kind is not BULK and rng.random() < 0.06):
                transactions.append(make_return(rng, purchase, prices))
    end = FIRST_DAY + timedelta(DAYS)
    return sorted((t for t in transactions if t.moment < end), key=lambda t: t.moment)


def make_rows(rng: Random, transactions: list[Transaction]) -> list[list[str]]:
    """Turn numbered transactions into lines of text and add the errors of a real export."""
    rows: list[list[str]] = []
    damageable: list[int] = []
    for number, transaction in enumerate(transactions, start=536001):
        is_return = transaction.lines[0][1] < 0
        transaction_id = f"C{number}" if is_return else str(number)
        free_sample = [("00417", 0)] if not is_return and rng.random() < 0.011 else []
        for code, cents in transaction.lines + free_sample:
            amount = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
            row = [transaction_id, transaction.customer_id, code, str(transaction.moment), amount]
            if not transaction.spared and cents > 0:
                damageable.append(len(rows))
            rows.append(row)
            if not transaction.spared and rng.random() < 0.01:
                rows.append(list(row))
    for index, (column, text) in zip(rng.sample(damageable, len(UNUSABLE)), UNUSABLE, strict=True):
        rows[index][column] = text
    return rows


def main(output: Path = OUTPUT, seed: int = SEED) -> None:
    """Write the file.

    Parameters
    ----------
    output
        Path of the CSV file, replaced if it exists; by default the seed of this repository.
    seed
        A different seed gives a different shop of the same kind.
    """
    rng = Random(seed)
    lines = [HEADER, *(",".join(row) for row in make_rows(rng, make_transactions(rng)))]
    output.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else OUTPUT)

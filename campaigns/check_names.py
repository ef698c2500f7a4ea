"""Name the segments of made-up shops of different kinds, and check that every name is true.

    python campaigns/check_names.py [--output docs/names.md] [--retail folder]

Each shop is built from nothing. For every segment the facts that its name asserts are computed
again from `customer_segments`, with SQL alone. Exit code 0: every name is true. 1: some are not.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from harness import Project

LAST_DAY = date(2025, 6, 30)
COLUMNS = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
FACTS = {
    "purchases": "purchases",
    "days_ago": "days since the last",
    "days_since_first": "days since the first",
    "spend_ratio": "net spend by the mean",
    "order_ratio": "order by the median",
}
MEASURED = """
    select
        segment_id,
        segment_name,
        count(*) as customers,
        median(frequency) as purchases,
        median(recency_days) as days_ago,
        median(snapshot_date - first_purchase_to_date) as days_since_first,
        median(monetary) / (select avg(monetary) from customer_segments where monetary > 0)
            as spend_ratio,
        median(average_spend)
            / (select median(average_spend) from customer_segments where monetary > 0)
            as order_ratio
    from customer_segments
    where assigned_by = 'model'
    group by segment_id, segment_name
    order by segment_id
"""


def orders(rows: list[tuple[str, int, float]]) -> pd.DataFrame:
    """Return lines from (customer, days before the last day, amount), one line per order."""
    return pd.DataFrame(
        [
            (
                f"T{number}",
                customer,
                f"P{number % 40}",
                LAST_DAY - timedelta(days=int(days)),
                round(max(amount, 0.5), 2),
            )
            for number, (customer, days, amount) in enumerate(rows)
        ],
        columns=COLUMNS,
    )


def subscription(chance: np.random.Generator) -> pd.DataFrame:
    """Pay a fixed price every thirty days, until they cancel."""
    rows = []
    for customer in range(700):
        start, price = (
            chance.integers(0, 700),
            chance.choice([9.99, 19.99, 49.0], p=[0.6, 0.3, 0.1]),
        )
        months = min(int(chance.geometric(0.08)), start // 30 + 1)
        rows += [(f"c{customer}", start - 30 * month, price) for month in range(months)]
    return orders(rows)


def bought_once(chance: np.random.Generator) -> pd.DataFrame:
    """95% of them bought once."""
    rows = []
    for customer in range(3000):
        times = 1 if chance.random() < 0.95 else int(chance.integers(2, 5))
        days = chance.integers(0, 180, times)
        rows += [(f"c{customer}", day, chance.lognormal(3.4, 0.6)) for day in days]
    return orders(rows)


def business(chance: np.random.Generator) -> pd.DataFrame:
    """Order weekly to twice a year, for tens to tens of thousands."""
    rows = []
    for customer in range(400):
        gap, size = chance.choice([7, 14, 30, 90, 180]), chance.lognormal(6.5, 1.3)
        days = np.arange(chance.integers(0, gap), 365, gap)
        rows += [(f"c{customer}", day, size * chance.lognormal(0, 0.3)) for day in days]
    return orders(rows)


def grocery(chance: np.random.Generator) -> pd.DataFrame:
    """Come weekly or more often, with some who pass by."""
    rows = []
    for customer in range(600):
        gap = chance.choice([3, 7, 10, 30, 120], p=[0.2, 0.3, 0.2, 0.15, 0.15])
        days = np.arange(chance.integers(0, gap), 180, gap)
        rows += [(f"c{customer}", day, chance.lognormal(3, 0.5)) for day in days]
    return orders(rows)


def donations(chance: np.random.Generator) -> pd.DataFrame:
    """Give monthly, every December, or once; few give much."""
    rows = []
    for customer in range(1500):
        kind, gift = chance.choice(3, p=[0.2, 0.5, 0.3]), chance.lognormal(3.2, 0.9)
        if kind == 0:
            days = np.arange(chance.integers(0, 30), 700, 30)
        elif kind == 1:
            days = np.arange(chance.integers(181, 212), 1500, 365)[: chance.integers(1, 5)]
        else:
            days = chance.integers(0, 900, 1)
        rows += [(f"c{customer}", day, gift) for day in days]
    return orders(rows)


def ten_years(chance: np.random.Generator) -> pd.DataFrame:
    """Come and go over ten years."""
    rows = []
    for customer in range(1500):
        start = chance.integers(0, 3650)
        life, gap = chance.exponential(500), chance.choice([20, 60, 200])
        days = [start - gone for gone in np.arange(0, life + 1, gap) if start >= gone]
        rows += [(f"c{customer}", day, chance.lognormal(3.5, 0.7)) for day in days]
    return orders(rows)


def records(chance: np.random.Generator) -> pd.DataFrame:
    """Buy CDs: most once, long ago; the best customers pay as much per order as the others."""
    rows = []
    for customer in range(2000):
        start, times = chance.integers(460, 545), int(chance.geometric(0.4))
        days = [start, *chance.integers(0, start, times - 1)]
        rows += [(f"c{customer}", day, 14 * chance.integers(1, 4)) for day in days]
    return orders(rows)


def furniture(chance: np.random.Generator) -> pd.DataFrame:
    """Buy something large every few years, and small things around it."""
    rows = []
    for customer in range(1200):
        day = chance.integers(0, 1400)
        rows.append((f"c{customer}", day, chance.lognormal(6.8, 0.5)))
        for _ in range(int(chance.poisson(0.8))):
            rows.append((f"c{customer}", chance.integers(0, day + 1), chance.lognormal(3.2, 0.6)))
    return orders(rows)


def mixed(chance: np.random.Generator) -> pd.DataFrame:
    """Consumers, and a few firms that have most of the money."""
    consumers = bought_once(chance).head(1200)
    firms = business(chance)
    return pd.concat([consumers, firms[firms["customer_id"].str.len() < 4]]).assign(
        customer_id=lambda lines: lines["customer_id"] + "-" + (lines["amount"] > 200).astype(str),
        transaction_id=lambda lines: [f"T{number}" for number in range(len(lines))],
    )


# Shop -> its lines and settings.
SHOPS: dict[str, tuple[Callable[[np.random.Generator], pd.DataFrame], dict]] = {
    "subscription": (subscription, {}),
    "95% bought once": (bought_once, {}),
    "B2B": (business, {}),
    "grocery": (grocery, {}),
    "donations": (donations, {"observation_months": 24}),
    "ten years of history": (ten_years, {"observation_months": None}),
    "CDs": (records, {"observation_months": None}),
    "furniture": (furniture, {"observation_months": None}),
    "consumers and firms": (mixed, {"observation_months": 12}),
}
# A shop may be odd enough to fail these.
NO_CHECKS = {
    "models/shop_thresholds.sql": "select * replace ("
    "if(about in ('arrival', 'fitness'), null, warn_threshold) as warn_threshold,"
    " if(about in ('arrival', 'fitness'), null, fail_threshold) as fail_threshold)"
    " from {{ ref('check_thresholds') }}\n",
}


def names_of(folder: Path, source: dict, settings: dict) -> pd.DataFrame:
    """Build a shop, and return its segments with the facts about them and what is false."""
    project = Project(folder).edited(NO_CHECKS)
    variables = {"published_file": None, "check_thresholds": "shop_thresholds", **settings}
    build = project(vars={**variables, "source": source})
    if build.exit_code:
        raise SystemExit(build.output)
    segments = build.frame(MEASURED)
    prototypes = build.frame("select * from stg_segment_prototypes").set_index("segment_name")
    segments["asserted"], segments["false"] = "", ""
    for row, segment in segments.iterrows():
        if segment["segment_name"] in prototypes.index:
            asserted, wrong = judged(segment, prototypes.loc[segment["segment_name"]])
            segments.loc[row, ["asserted", "false"]] = ["; ".join(asserted), "; ".join(wrong)]
    return segments


def judged(segment: pd.Series, prototype: pd.Series) -> tuple[list[str], list[str]]:
    """Say what a name asserts of its segment, and which of it is false."""
    asserted, wrong = [], []
    for fact, words in FACTS.items():
        for end, holds in (("least", np.greater_equal), ("most", np.less_equal)):
            bound = prototype[f"{end}_{fact}"]
            if pd.notna(bound):
                asserted.append(f"{words} at {end} {bound:g}")
                if not holds(round(segment[fact], 9), bound):
                    wrong.append(asserted[-1])
    return asserted, wrong


def rows_of(shop: str, segments: pd.DataFrame) -> list[str]:
    """Return the rows of the table."""
    return [
        f"| {shop} | {row.segment_name} | {row.customers:,} | {row.purchases:g} | {row.days_ago:g}"
        f" | {row.spend_ratio:.2f} | {row.order_ratio:.2f} | {row.asserted or 'nothing'} |"
        for row in segments.itertuples()
    ]


HEADER = """# Names that are true

Written by `campaigns/check_names.py`. Shops of different kinds are segmented with the default
seed; all but Online Retail are made up. Each row is a segment with the medians of its customers,
and what its name asserts in plain numbers (`seeds/segment_prototypes.csv`). Net spend is by the
mean of all customers, net spend per purchase by the median of all. Of {segments} names, {wrong}
are false.

| shop | name | customers | purchases | days since the last | net spend | per purchase | asserted |
|---|---|---|---|---|---|---|---|
"""


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, help="file to write")
    parser.add_argument("--retail", type=Path, help="folder with online_retail.csv.gz")
    settings = parser.parse_args(arguments)
    found = {}
    with tempfile.TemporaryDirectory(prefix="names-") as name:
        folder = Path(name)
        sources = {}
        for number, (shop, (make, variables)) in enumerate(SHOPS.items()):
            file = folder / f"{number}.csv"
            make(np.random.default_rng(number)).to_csv(file, index=False)
            sources[shop] = ({"lines": str(file)}, variables)
        if settings.retail:
            columns = {
                "transaction_id": "InvoiceNo",
                "customer_id": "CustomerID",
                "product_id": "StockCode",
                "purchased_at": "InvoiceDate",
                "quantity": "Quantity",
                "unit_price": "UnitPrice",
            }
            file = {"lines": str(settings.retail / "online_retail.csv.gz"), "columns": columns}
            sources["Online Retail, six months"] = (file, {})
            sources["Online Retail, all"] = (file, {"observation_months": None})
        sources = {"bundled": ({"lines": "raw_transactions"}, {}), **sources}
        for shop, (source, variables) in sources.items():
            found[shop] = names_of(folder / shop.replace(" ", "-"), source, variables)
            print("\n".join(rows_of(shop, found[shop])), flush=True)
            for row in found[shop][found[shop]["false"] != ""].itertuples():
                print(f"  FALSE: {row.segment_name}: {row.false}")
    everything = pd.concat(found.values())
    wrong = int((everything["false"] != "").sum())
    if settings.output:
        text = HEADER.format(segments=len(everything), wrong=wrong or "none")
        rows = [row for shop, segments in found.items() for row in rows_of(shop, segments)]
        settings.output.write_text(text + "\n".join(rows) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

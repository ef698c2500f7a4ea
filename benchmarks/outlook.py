"""Measure how good the outlook is, on customers it has not seen.

    python benchmarks/outlook.py
    python benchmarks/outlook.py --online-retail FOLDER --cdnow FILE --output docs/outlook.md

Customers are seen from a date; what they spend and whether they buy in the days after is predicted
by the project's own fit, five-fold cross-validated, for several draws of the folds. Data sets that
are not there are left out: Online Retail (UCI) is `online_retail.csv.gz` in a folder, CDNOW (Fader
and Hardie) a text file.
"""

import argparse
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from fit import ROOT, clustering
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

DAYS = 90
SEGMENTS = 4
SEED = 20
DRAWS = 5
# What is predicted -> what came.
OUTCOMES = {"expected_spend": "later_spend", "purchase_probability": "bought"}
# Measured elsewhere, once: lifetimes' BetaGeoFitter times the mean spend of a purchase, five-fold.
BG_NBD = {"Online Retail, all history": (0.238, 0.730)}
TEXT = """# How good the outlook is

Written by `benchmarks/outlook.py`. Customers are seen from a date. What each spends in the {days}
days after, and whether there is a purchase, is predicted by the project's own fit on four fifths
of the customers, without the customer. R² and AUC are means over {draws} draws of the fifths.

{summary}

- *R²* of ln(1 + spend). *AUC*: how often, of a buyer and another customer, the buyer has the
  higher probability.
- *Segments*: the mean of the customer's segment in place of the outlook, with {segments} segments
  of the same customers. A build compares with the segments of its own model (`backtest_r2`), and
  uses an outlook only if its R² is higher. The made-up shops have a few kinds of customers that
  differ clearly, which suits segments better than any real shop does.
- *BG/NBD* (Fader, Hardie and Lee 2005) times the mean spend per purchase was measured once, on
  Online Retail. It expects a quarter too few orders there.
- *Best fifth*: the share of the later spend that comes from the fifth of the customers with the
  highest expected spend, and from the fifth with the highest net spend so far. **To rank customers
  by money, net spend so far is as good.** What the outlook adds is an amount and a probability.
- *Expected / seen*: all expected spend by all spend, and all expected buyers by all buyers.

## Expected against seen

By tenths of the customers, those with the highest expected spend first. Spend: expected and seen,
per customer. Buyers: mean probability and share of buyers.

{deciles}
"""
SUMMARY = [
    "data", "customers", "R²", "segments", "BG/NBD", "AUC", "segments", "BG/NBD", "best fifth",
    "by net spend", "expected / seen spend", "expected / seen buyers",
]  # fmt: skip


class Shop(NamedTuple):
    """Lines of a shop, and the day from which its customers are seen."""

    name: str
    lines: str  # SQL: customer_id, transaction_id, product_id, day, amount
    seen_from: date
    since: date = date(1, 1, 1)


def shops(online_retail: Path | None, cdnow: Path | None, folder: Path) -> list[Shop]:
    """Return the data sets that are there.

    Parameters
    ----------
    online_retail : Path, optional
        The folder of Online Retail.
    cdnow : Path, optional
        The text file of CDNOW: customer, day, number of CDs, dollars.
    folder : Path
        Where made-up shops are written.
    """
    sys.path.insert(0, str(ROOT / "campaigns"))
    from make_raw_transactions import SEED as FIRST_SHOP  # type: ignore[import-not-found]
    from make_raw_transactions import main as invent_shop

    def bundled(path):
        return (
            "select customer_id, transaction_id, product_id,"
            " try_cast(left(purchased_at, 10) as date) as day, try_cast(amount as decimal(18, 4))"
            f" as amount from read_csv('{path}', all_varchar = true)"
        )

    found = []
    if online_retail and (online_retail / "online_retail.csv.gz").is_file():
        lines = (
            "select CustomerID as customer_id, InvoiceNo as transaction_id,"
            " StockCode as product_id, cast(left(InvoiceDate, 10) as date) as day,"
            " cast(Quantity as bigint) * cast(UnitPrice as decimal(18, 4)) as amount"
            f" from read_csv('{online_retail / 'online_retail.csv.gz'}', all_varchar = true)"
        )
        seen_from = date(2011, 9, 1)
        found.append(Shop("Online Retail, all history", lines, seen_from))
        found.append(Shop("Online Retail, six months", lines, seen_from, date(2011, 3, 1)))
    if cdnow and cdnow.is_file():
        lines = (
            "select field[1] as customer_id, field[2] as transaction_id, null as product_id,"
            " cast(strptime(field[2], '%Y%m%d') as date) as day,"
            " cast(field[4] as decimal(18, 4)) as amount from (select"
            " string_split_regex(trim(line), ' +') as field"
            f" from read_csv('{cdnow}', columns = {{'line': 'varchar'}}, delim = '\\0',"
            " header = false, quote = '') where line not like '%date%')"
        )
        found.append(Shop("CDNOW, all history", lines, date(1997, 10, 1)))
    seed = ROOT / "seeds" / "raw_transactions.csv"
    window = {"seen_from": date(2025, 4, 2), "since": date(2024, 10, 2)}
    found.append(Shop("bundled, six months", bundled(seed), **window))
    for number in (1, 2):
        path = folder / f"shop_{number}.csv"
        invent_shop(path, FIRST_SHOP + number)
        found.append(Shop(f"made up {number}, six months", bundled(path), **window))
    return found


def customers_of(shop: Shop) -> pd.DataFrame:
    """Return the six features of the customers on the day, and what came after it."""
    until = shop.seen_from + timedelta(days=DAYS)
    return duckdb.execute(
        f"""
        with lines as (
            select * from ({shop.lines})
            where customer_id <> '' and day is not null and amount <> 0
        ),

        before as (select * from lines where day >= ? and day < ?),

        later as (select * from lines where day >= ? and day < ?),

        features as (
            select
                customer_id,
                ? - max(day) filter (where amount > 0) as recency_days,
                count(distinct transaction_id) filter (where amount > 0) as frequency,
                sum(amount) as monetary,
                max(day) filter (where amount > 0) - min(day) filter (where amount > 0)
                    as length_days,
                cast(sum(amount) as double) / frequency as average_spend,
                count(distinct product_id) filter (where amount > 0) as unique_products
            from before
            group by customer_id
            having frequency > 0 and sum(amount) > 0
        ),

        outcomes as (
            select
                customer_id,
                cast(sum(amount) as double) as later_spend,
                count(distinct transaction_id) filter (where amount > 0) as later_purchases
            from later
            group by customer_id
        )

        select
            features.* replace (cast(monetary as double) as monetary),
            coalesce(later_spend, 0) as later_spend,
            coalesce(later_purchases, 0) as later_purchases
        from features left join outcomes using (customer_id)
        order by customer_id
        """,
        [shop.since, shop.seen_from, shop.seen_from, until, shop.seen_from],
    ).df()


def by_segment_means(module, customers: pd.DataFrame) -> tuple[float, float]:
    """Return R² and AUC of the segments' own means, cross-validated."""
    scaled = module.scale(customers[module.FEATURES].to_numpy(dtype=float))[0]
    labels = pd.Series(module.fit(scaled, SEGMENTS, SEED).labels_)
    log_spend = np.log1p(customers["later_spend"].clip(lower=0))
    bought = customers["later_purchases"] > 0
    means = pd.DataFrame({"log_spend": log_spend, "bought": bought.astype(float)})
    scores = []
    for draw in range(DRAWS):
        predicted = means * 0.0
        folds = StratifiedKFold(5, shuffle=True, random_state=SEED + draw)
        for train, test in folds.split(scaled, bought):
            of_segment = means.iloc[train].groupby(labels.iloc[train]).mean()
            predicted.iloc[test] = of_segment.loc[labels.iloc[test]].to_numpy()
        r2 = r2_score(log_spend, predicted["log_spend"])
        scores.append((r2, roc_auc_score(bought, predicted["bought"])))
    r2, auc = np.mean(scores, axis=0)
    return float(r2), float(auc)


def share_of_best_fifth(later_spend: pd.Series, by: pd.Series) -> float:
    """Return the share of the later spend of the fifth of the customers with the highest `by`."""
    best = by.sort_values(ascending=False, kind="stable").index[: len(by) // 5]
    return later_spend[best].sum() / later_spend.sum()


def measure(module, shop: Shop) -> tuple[list[str], list[list[str]]]:
    """Return the row of a shop in the first table, and its rows in the second."""
    customers = customers_of(shop)
    rows = module.outlook(customers, SEED)
    accuracies = [
        draw.dropna(subset="bias").set_index("row_kind")["accuracy"]
        for draw in [rows, *(module.outlook(customers, SEED + more) for more in range(1, DRAWS))]
    ]
    accuracy = sum(accuracies) / DRAWS
    seen = rows[rows["row_kind"] == "backtest"].reset_index(drop=True)
    seen["bought"] = seen["later_purchases"] > 0
    expected, spend = seen["expected_spend"], seen["later_spend"]
    r2, auc = by_segment_means(module, customers)
    cells = [
        f"{len(seen):,}",
        *scored(accuracy["expected_spend"], r2, BG_NBD.get(shop.name, [None])[0]),
        *scored(accuracy["purchase_probability"], auc, BG_NBD.get(shop.name, [None])[-1]),
        f"{share_of_best_fifth(spend, expected):.3f}",
        f"{share_of_best_fifth(spend, seen['monetary']):.3f}",
        f"{expected.sum() / spend.sum():.3f}",
        f"{seen['purchase_probability'].sum() / seen['bought'].sum():.3f}",
    ]
    tenth = 10 * (expected.rank(ascending=False, method="first") - 1) // len(seen)
    means = seen.groupby(tenth)[[*OUTCOMES, *OUTCOMES.values()]].mean()
    deciles = []
    for name, outcome in OUTCOMES.items():
        places = 0 if name == "expected_spend" else 2
        pairs = zip(means[name], means[outcome], strict=True)
        own = [f"{left:,.{places}f} / {right:,.{places}f}" for left, right in pairs]
        deciles.append([f"{shop.name}: {'buyers' if places else 'spend'}", *own])
    return [shop.name, *cells], deciles


def scored(*values: float | None) -> list[str]:
    """Return numbers as text, empty where one was not measured."""
    return ["" if value is None else f"{value:.3f}" for value in values]


def markdown(heading: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [heading, ["---", *["--:"] * (len(heading) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def report(online_retail: Path | None, cdnow: Path | None) -> str:
    """Return the page with both tables."""
    module = clustering()
    with TemporaryDirectory() as folder, threadpool_limits(1):
        found = shops(online_retail, cdnow, Path(folder))
        measured = [measure(module, shop) for shop in found]
    return TEXT.format(
        days=DAYS,
        draws=DRAWS,
        segments=SEGMENTS,
        summary=markdown(SUMMARY, [row for row, _ in measured]),
        deciles=markdown(
            ["data", *map(str, range(1, 11))], [row for _, rows in measured for row in rows]
        ),
    )


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    here = Path(os.environ.get("ONLINE_RETAIL", ROOT.parent / "shared/data/online_retail"))
    parser.add_argument("--online-retail", type=Path, default=here, help="a folder")
    parser.add_argument("--cdnow", type=Path, help="the file CDNOW_master.txt")
    parser.add_argument("--output", type=Path, help="a Markdown file to write")
    settings = parser.parse_args(arguments)
    text = report(settings.online_retail, settings.cdnow)
    if settings.output:
        settings.output.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

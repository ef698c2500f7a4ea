"""Contender: polars' streaming engine for the features, scikit-learn on all customers.

Usage: ``python benchmarks/with_polars.py LINES.parquet OUTPUT.parquet``
"""

import sys
from datetime import date

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

SEGMENTS = 5
FIRST_DAY, SNAPSHOT_DATE = date(2025, 1, 1), date(2025, 7, 1)
FEATURES = [
    "recency_days",
    "frequency",
    "monetary",
    "length_days",
    "average_spend",
    "unique_products",
]


def main(source: str, output: str) -> None:
    """Read the lines and write features and segments."""
    is_purchase = pl.col("amount") > 0
    day = pl.col("purchased_at").dt.date()
    features = (
        pl.scan_parquet(source)
        .filter(pl.col("purchased_at") >= FIRST_DAY, pl.col("purchased_at") < SNAPSHOT_DATE)
        .group_by("customer_id")
        .agg(
            first=day.filter(is_purchase).min(),
            last=day.filter(is_purchase).max(),
            frequency=pl.col("transaction_id").filter(is_purchase).n_unique(),
            monetary=pl.col("amount").sum(),
            unique_products=pl.col("product_id").filter(is_purchase).n_unique(),
        )
        .filter(pl.col("frequency") > 0, pl.col("monetary") > 0)
        .with_columns(
            recency_days=(pl.lit(SNAPSHOT_DATE) - pl.col("last")).dt.total_days(),
            length_days=(pl.col("last") - pl.col("first")).dt.total_days(),
            average_spend=pl.col("monetary").cast(pl.Float64) / pl.col("frequency"),
        )
        .sort("customer_id")
        .collect(engine="streaming")
    )
    values = features.select(pl.col(FEATURES).cast(pl.Float64).log1p()).to_numpy()
    segments = KMeans(SEGMENTS, random_state=1).fit_predict(
        StandardScaler().fit_transform(np.ascontiguousarray(values))
    )
    features.select("customer_id", *FEATURES, segment=pl.Series(segments)).write_parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])

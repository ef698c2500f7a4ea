"""Contender: pandas for the features, scikit-learn on all customers.

Usage: ``python benchmarks/with_pandas.py LINES.parquet OUTPUT.parquet``
"""

import sys

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

SEGMENTS = 5
FIRST_DAY, SNAPSHOT_DATE = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-07-01")


def main(source: str, output: str) -> None:
    """Read the lines and write features and segments."""
    window = [("purchased_at", ">=", FIRST_DAY), ("purchased_at", "<", SNAPSHOT_DATE)]
    lines = pd.read_parquet(source, dtype_backend="pyarrow", filters=window)
    # Codes in place of texts: grouping by integers is what pandas does fast.
    codes, customers = pd.factorize(lines["customer_id"])
    transaction, _ = pd.factorize(lines["transaction_id"])
    product, _ = pd.factorize(lines["product_id"])
    # Cents: exact, and integers again.
    cents = (lines["amount"] * 100).astype("int64").to_numpy()
    day = lines["purchased_at"].astype("datetime64[s]").to_numpy().astype("datetime64[D]")
    lines = pd.DataFrame(
        {
            "customer": codes,
            "transaction": transaction,
            "product": product,
            "cents": cents,
            "day": day.astype("int64"),
        }
    )
    purchases = lines[lines["cents"] > 0]
    by_customer = purchases.groupby("customer", sort=False)
    days = by_customer["day"].agg(["min", "max"])

    def distinct(name: str) -> pd.Series:
        once = purchases[["customer", name]].drop_duplicates()
        return once.groupby("customer", sort=False).size()

    features = pd.DataFrame(
        {
            "recency_days": SNAPSHOT_DATE.to_datetime64().astype("datetime64[D]").astype("int64")
            - days["max"],
            "frequency": distinct("transaction"),
            "monetary": lines.groupby("customer", sort=False)["cents"].sum() / 100,
            "length_days": days["max"] - days["min"],
            "unique_products": distinct("product"),
        }
    ).dropna()
    features["average_spend"] = features["monetary"] / features["frequency"]
    features.insert(0, "customer_id", customers.take(features.index))
    features = features[features["monetary"] > 0].sort_values("customer_id")
    values = features.drop(columns="customer_id").to_numpy(dtype=float)
    features["segment"] = KMeans(SEGMENTS, random_state=1).fit_predict(
        StandardScaler().fit_transform(np.log1p(values))
    )
    features.to_parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])

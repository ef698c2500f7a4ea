"""Contender: DuckDB SQL for the features, scikit-learn on all customers.

Usage: ``python benchmarks/with_duckdb.py LINES.parquet OUTPUT.parquet``
"""

import sys

import duckdb
import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

SEGMENTS = 5
FEATURES = """
create table features as
with lines as (
    select customer_id, transaction_id, product_id, amount, cast(purchased_at as date) as day
    from read_parquet(?)
    where purchased_at >= date '2025-01-01' and purchased_at < date '2025-07-01'
)
select
    customer_id,
    date '2025-07-01' - max(day) filter (where amount > 0) as recency_days,
    count(distinct transaction_id) filter (where amount > 0) as frequency,
    sum(amount) as monetary,
    max(day) filter (where amount > 0) - min(day) filter (where amount > 0) as length_days,
    cast(sum(amount) as double) / frequency as average_spend,
    count(distinct product_id) filter (where amount > 0) as unique_products
from lines
group by customer_id
having frequency > 0
"""


def main(source: str, output: str) -> None:
    """Read the lines and write features and segments."""
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    connection.execute(FEATURES, [source])
    values = connection.execute(
        "select recency_days, frequency, greatest(cast(monetary as double), 0) as monetary,"
        " length_days, greatest(average_spend, 0) as average_spend, unique_products"
        " from features where monetary > 0 order by customer_id"
    ).fetchnumpy()
    scaled = StandardScaler().fit_transform(np.log1p(np.column_stack(list(values.values()))))
    segment = KMeans(SEGMENTS, random_state=1).fit_predict(scaled)  # noqa: F841 - read by SQL
    connection.execute(
        f"copy (select * from (select * from features where monetary > 0 order by customer_id)"
        f" positional join (select segment from segment)) to '{output}'"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

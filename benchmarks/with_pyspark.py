"""Contender: PySpark on two local cores for the features, MLlib on all customers.

Usage: ``python benchmarks/with_pyspark.py LINES.parquet OUTPUT.parquet``
"""

import sys

from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

SEGMENTS = 5
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
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    snapshot_date = f.lit("2025-07-01").cast("date")
    purchase = f.col("amount") > 0
    features = (
        spark.read.parquet(source)
        .where("purchased_at >= '2025-01-01' and purchased_at < '2025-07-01'")
        .withColumn("day", f.to_date("purchased_at"))
        .groupBy("customer_id")
        .agg(
            f.min(f.when(purchase, f.col("day"))).alias("first"),
            f.max(f.when(purchase, f.col("day"))).alias("last"),
            f.countDistinct(f.when(purchase, f.col("transaction_id"))).alias("frequency"),
            f.sum("amount").alias("monetary"),
            f.countDistinct(f.when(purchase, f.col("product_id"))).alias("unique_products"),
        )
        .where("frequency > 0 and monetary > 0")
        .withColumn("recency_days", f.datediff(snapshot_date, "last"))
        .withColumn("length_days", f.datediff("last", "first"))
        .withColumn("average_spend", f.col("monetary").cast("double") / f.col("frequency"))
        .select("customer_id", *FEATURES)
        .cache()
    )
    logs = features.select(
        "customer_id", *[f.log1p(f.col(name).cast("double")).alias(name) for name in FEATURES]
    )
    vectors = VectorAssembler(inputCols=FEATURES, outputCol="vector").transform(logs)
    scaler = StandardScaler(inputCol="vector", outputCol="features", withMean=True)
    scaled = scaler.fit(vectors).transform(vectors).select("customer_id", "features").cache()
    model = KMeans(k=SEGMENTS, seed=1).fit(scaled)
    segments = model.transform(scaled).withColumnRenamed("prediction", "segment")
    features.join(segments.select("customer_id", "segment"), "customer_id").write.mode(
        "overwrite"
    ).parquet(output)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Measure what fitting on a bounded sample and scoring in SQL cost, and what the sample loses.

    python benchmarks/fit.py --customers 1e6 --output docs/fit.md

The fits are the project's own function. As in a build, SQL draws the sample and the Python model
reads no more than it; here each is a process of its own, so that its memory is known.
"""

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
from make_lines import LINES_PER_CUSTOMER, make_lines
from run import dbt_build
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, confusion_matrix
from threadpoolctl import threadpool_limits
from with_duckdb import FEATURES as FEATURES_SQL

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = 100_000
SEGMENTS = 5
SEEDS = range(5)
TEXT = """# What fitting and scoring cost, and what the sample loses

Written by `benchmarks/fit.py` on generated lines; {cores} cores. A model is fitted on at most
`training_customers` ({sample:,}) customers, the first by a hash of their id.

## The Python step does not grow

All the Python model does at a first fit: read the samples in order, fit 2 to 8 segments, judge
their stability, describe them and fit the outlook. Memory is the most that its process ever held.
The sample is drawn before, in the warehouse, whose time grows with the customers and whose memory
is limited in `profiles.yml`.

| customers | draw in SQL, s | read the sample, s | fit and judge, s | memory of the step, MB |
|--:|--:|--:|--:|--:|
{steps}

## What scoring costs

The project's own SQL of `int_customers_scored` over {scored:,} customers and {segments} segments:
the nearest centroid of each, and the second nearest. The scan looks at every value of the same
columns. Nothing is written.

| | seconds |
|---|--:|
| scan of id and six features | {scan:.2f} |
| scoring | {scoring:.2f} |

## The sample finds the segments that everybody would

KMeans with {segments} segments on {customers:,} customers, and on a sample of them, another for
each seed, whose centroids then score all. *Agreement*: share of all customers in the same segment,
the segments matched one to one. *ARI*: adjusted Rand index.

| seed | agreement | ARI | inertia lost |
|--:|--:|--:|--:|
{agreements}
"""


def clustering():
    """Import the project's Python model as a module."""
    path = ROOT / "python_models" / "int_customers_clustered.py"
    specification = importlib.util.spec_from_file_location("int_customers_clustered", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def make_customers(file: Path, customers: int) -> None:
    """Write the features of about so many customers who buy on generated lines.

    Parameters
    ----------
    file : Path
        Of a Parquet file: ``customer_id`` and the six features.
    customers : int
    """
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        lines = Path(folder) / "lines.parquet"
        make_lines(lines, customers * LINES_PER_CUSTOMER)
        connection.execute("set preserve_insertion_order = false")
        connection.execute(FEATURES_SQL, [str(lines)])
        connection.execute(
            f"copy (select * from features where monetary > 0 order by customer_id) to '{file}'"
        )


def draw(source: str, size: int, output: Path) -> None:
    """Write the training customers of a relation, drawn as the project does, to a Parquet file."""
    names = ", ".join(f"cast({name} as double) as {name}" for name in clustering().FEATURES)
    duckdb.sql(
        f"copy (select row_number() over () as training_rank, * from (select customer_id, {names}"
        f" from {source} order by md5(customer_id), customer_id limit {size}) as sampled)"
        f" to '{output}'"
    )


def sample_of(file: Path):
    """Return drawn training customers in order, as the data frame that the fit takes."""
    import pandas as pd

    rows = duckdb.execute(f"from '{file}' order by training_rank").fetchnumpy()
    sample = pd.DataFrame(rows).assign(refresh_number=1, model_version=1)
    # Nothing was bought before the observation window.
    return sample.assign(days_since_first=sample["recency_days"] + sample["length_days"])


def python_step(file: Path) -> dict:
    """Do what the Python model does on drawn customers, and return seconds and megabytes."""
    import pandas as pd

    module = clustering()
    started = time.monotonic()
    training = sample_of(file)
    read = time.monotonic()
    prototypes = pd.read_csv(ROOT / "seeds" / "segment_prototypes.csv")
    # Half of the customers spend again what they spent.
    again = training["training_rank"] % 2
    backtest = training.assign(later_spend=training["monetary"] * again, later_purchases=again)
    nobody = pd.DataFrame(columns=["segment_id", "prototype_id", "last_segment_id"])
    nobody = nobody.reindex(columns=[*nobody.columns, *module.FEATURES])
    # One thread, as in the project's fit.
    with threadpool_limits(1):
        module.refit(training, prototypes, nobody, backtest, 2, 8, "auto", 20)
    fitted = time.monotonic()
    (peak,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return {"read": read - started, "fit": fitted - read, "megabytes": int(peak) / 1024}


def score_and_scan(customers: int, folder: Path) -> dict:
    """Score customers with the SQL that a build of the project ran, and scan them.

    Parameters
    ----------
    customers : int
        How many at least, copies of those of a small build.
    folder : Path
        Empty, for that build.

    Returns
    -------
    dict
        ``scored``, the customers; ``scan`` and ``scoring``, in seconds: the least of three.
    """
    lines = folder / "lines.parquet"
    make_lines(lines, min(customers * LINES_PER_CUSTOMER, 1_000_000))
    dbt_build(lines, folder, "6GB", segment_count=SEGMENTS)
    compiled = folder / "target/compiled/customer_segmentation/models/scoring"
    sql = (compiled / "int_customers_scored.sql").read_text(encoding="utf-8")
    names = ["customer_id", *clustering().FEATURES]
    seconds: dict[str, list[float]] = {"scan": [], "scoring": []}
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("set threads = 2")
        few = connection.execute("select count(*) from customer_features").fetchall()[0][0]
        connection.execute(
            f"create table customers as select customer_id || '-' || copy as customer_id,"
            f" {', '.join(names[1:])}"
            f" from customer_features, range({-(-customers // few)}) as copies(copy)"
        )
        scored = connection.execute("select count(*) from customers where monetary > 0").fetchall()
        relation = '"warehouse"."main"."int_customer_features"'
        if sql.count(relation) != 1:
            sys.exit(f"benchmark: int_customers_scored does not read {relation} once")
        queries = {
            "scan": (names, "customers"),
            "scoring": (
                ["customer_id", "segment_id", "distance", "second_distance"],
                f"({sql.replace(relation, 'customers')})",
            ),
        }
        for _ in range(3):
            for name, (columns, source) in queries.items():
                seen = ", ".join(f"bit_xor(hash({column}))" for column in columns)
                started = time.monotonic()
                connection.execute(f"select {seen} from {source}").fetchall()
                seconds[name].append(time.monotonic() - started)
    return {"scored": scored[0][0], **{name: min(each) for name, each in seconds.items()}}


def agreement(everybody: np.ndarray, sampled: np.ndarray) -> float:
    """Return the share of customers in the same cluster, clusters matched one to one.

    Parameters
    ----------
    everybody, sampled : array of int, shape (customers,)
        Labels of two clusterings.
    """
    table = confusion_matrix(everybody, sampled)
    rows, columns = linear_sum_assignment(-table)
    return table[rows, columns].sum() / table.sum()


def compare(file: Path, size: int) -> list[dict]:
    """Fit on everybody and on a sample, another for each seed.

    Parameters
    ----------
    file : Path
        See ``make_customers``.
    size : int
        Customers of the sample.

    Returns
    -------
    list of dict
        ``seed``, ``agreement``, ``ari`` and ``inertia_lost``, the share by which the sample's
        centroids are worse for all customers.
    """
    module = clustering()
    everyone = file.with_name("everyone.parquet")
    draw(f"'{file}'", 10**9, everyone)
    training = sample_of(everyone)
    scaled, _ = module.scale(training[module.FEATURES].to_numpy(dtype=float))
    rows = []
    for seed in SEEDS:
        everybody = module.fit(scaled, SEGMENTS, seed)
        start = seed * size % max(1, len(scaled) - size + 1)
        sample = module.fit(scaled[start : start + size], SEGMENTS, seed)
        distances = ((scaled[:, None, :] - sample.cluster_centers_[None]) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        rows.append(
            {
                "seed": seed,
                "agreement": agreement(everybody.labels_, labels),
                "ari": adjusted_rand_score(everybody.labels_, labels),
                "inertia_lost": distances.min(axis=1).sum() / everybody.inertia_ - 1,
            }
        )
    return rows


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--step", type=Path, help="internal: measure the Python step on this file")
    parser.add_argument("--output", type=Path)
    settings = parser.parse_args(arguments)
    if settings.step:
        print(json.dumps(python_step(settings.step)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "customers.parquet"
        make_customers(file, settings.customers)
        columns = f"* replace (customer_id || '-' || copy as customer_id) from '{file}'"
        sources = {
            settings.customers // 10: f"(from '{file}' limit {settings.customers // 10})",
            settings.customers: f"'{file}'",
            settings.customers * 10: f"(select {columns} cross join range(10) as copies(copy))",
        }
        steps = []
        for customers, source in sources.items():
            drawn = Path(folder) / "drawn.parquet"
            started = time.monotonic()
            draw(source, SAMPLE, drawn)
            seconds = time.monotonic() - started
            command = [sys.executable, __file__, "--step", str(drawn)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            steps.append(
                {
                    "customers": customers,
                    "draw": seconds,
                    **json.loads(run.stdout.splitlines()[-1]),
                }
            )
        agreements = compare(file, settings.sample)
    with tempfile.TemporaryDirectory() as folder:
        scoring = score_and_scan(settings.customers * 10, Path(folder))
    text = TEXT.format(
        cores=os.cpu_count(),
        sample=settings.sample,
        segments=SEGMENTS,
        customers=settings.customers,
        **scoring,
        steps="\n".join(
            f"| {step['customers']:,} | {step['draw']:.1f} | {step['read']:.1f}"
            f" | {step['fit']:.1f} | {step['megabytes']:,.0f} |"
            for step in steps
        ),
        agreements="\n".join(
            f"| {row['seed']} | {row['agreement']:.2%} | {row['ari']:.3f}"
            f" | {row['inertia_lost']:.3%} |"
            for row in agreements
        ),
    )
    print(text)
    if settings.output:
        settings.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

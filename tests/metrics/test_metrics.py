"""MetricFlow answers on a built warehouse what SQL says: make test-metrics."""

import csv
import math
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from harness import ROOT, Project

BY_SEGMENT = """
    select
        segment_name,
        count(*),
        sum(monetary),
        sum(monetary) / count(frequency),
        avg(frequency),
        count(*) filter (segment_since = snapshot_date and previous_segment_id is not null)
            / count(*)
    from customer_segments
    group by segment_name
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """Return the environment of a warehouse after two refreshes, so that customers have moved."""
    project = Project(tmp_path_factory.mktemp("metrics"))
    environment = {
        **os.environ,
        "SEGMENTATION_WAREHOUSE": str(project.warehouse),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for date in ("2025-06-01", "2025-07-01"):
        build = project(vars={"snapshot_date": date})
        assert build.exit_code == 0, build.output
    return environment


def ask(environment: dict[str, str], *arguments: str) -> list[list[str]]:
    """Return the rows that `mf query` writes, without the header."""
    file = Path(environment["SEGMENTATION_WAREHOUSE"]).with_suffix(".csv")
    subprocess.run(
        ["mf", "query", *arguments, "--csv", str(file)], cwd=ROOT, env=environment, check=True
    )
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))[1:]


def by_segment(environment: dict[str, str]) -> dict[str, tuple[float, ...]]:
    """Return what SQL says of each segment."""
    with duckdb.connect(environment["SEGMENTATION_WAREHOUSE"], read_only=True) as connection:
        rows = connection.execute(BY_SEGMENT).fetchall()
    return {name: numbers(values) for name, *values in rows}


def numbers(values) -> tuple[float, ...]:
    """Return numbers; NaN for null, such as the revenue of lapsed customers."""
    return tuple(math.nan if value in (None, "") else float(value) for value in values)


def test_metrics_by_segment_are_those_of_the_table(environment):
    metrics = "customers,revenue,revenue_per_customer,average_frequency,share_moved"
    rows = ask(environment, "--metrics", metrics, "--group-by", "customer__segment_name")
    answered = {}
    for name, customers, revenue, *others in rows:
        # MetricFlow puts simple metrics first, ratios after them.
        frequency, per_customer, moved = others
        answered[name] = numbers((customers, revenue, per_customer, frequency, moved))
    expected = by_segment(environment)
    assert answered.keys() == expected.keys()
    assert any(values[-1] > 0 for values in expected.values()), "nobody has moved"
    for name, values in expected.items():
        assert answered[name] == pytest.approx(values, nan_ok=True), name


def test_the_snapshot_date_is_the_time_of_every_metric(environment):
    rows = ask(environment, "--metrics", "customers", "--group-by", "metric_time")
    expected = sum(values[0] for values in by_segment(environment).values())
    assert [(row[0][:10], float(row[1])) for row in rows] == [("2025-07-01", expected)]


def test_the_saved_query_answers(environment):
    rows = ask(environment, "--saved-query", "segment_overview")
    assert {row[0] for row in rows} == by_segment(environment).keys()

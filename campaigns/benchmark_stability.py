"""Replay refreshes under four policies and measure how many labels change.

    python campaigns/benchmark_stability.py 2025-01-01 2025-07-01 --counts 4 6
    python campaigns/benchmark_stability.py 2024-11-01 2025-06-27 --every 7 --counts 5 --shops 6

The project's own policies are real builds. Fresh fits use the project's own functions on the
customers of the same builds.
"""

import argparse
import datetime
import itertools
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from harness import Project, python_model
from make_raw_transactions import SEED as FIRST_SHOP
from make_raw_transactions import main as invent_shop
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

SEED = 20
EXPLANATION = """# How stable the segments are

Written by `campaigns/benchmark_stability.py`: one `dbt build` per refresh, in one warehouse per
policy. Fresh fits use the project's own functions on the same customers.

- *Labels changed*: share of customers in two consecutive refreshes whose segment differs.
- *Of it by refits*: the share that the refit alone caused, from `segment_transitions`. The rest is
  customers who really changed.
- *Inertia lost* and *ARI*: compared with a fresh fit on the customers of each refresh.
- *Ids permuted*: over all refreshes, how many segment ids would have to be swapped for most
  customers to keep theirs.
"""
POLICIES = {
    "raw": "fresh fit, raw ids",
    "sorted": "fresh fit, ids sorted by money",
    "refit": "this project, a refit every time",
    "default": "this project, default",
}


def replay(dates: list[datetime.date], variables: dict) -> tuple[list[pd.DataFrame], list[float]]:
    """Build every date in one new warehouse.

    Parameters
    ----------
    dates : list of datetime.date
        Ascending.
    variables : dict
        The project's variables.

    Returns
    -------
    states : list of pandas.DataFrame
        ``customer_segments`` of the customers with net spend after each refresh, index
        ``customer_id``, in the order of the ids.
    refits : list of float
        For each refresh except the first: of the customers in it and in the one before, the share
        whose segment changed because of the refit alone.

    Raises
    ------
    SystemExit
        If a build fails.
    """
    states, moved = [], []
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        for date in dates:
            build = project(vars={**variables, "snapshot_date": date.isoformat()})
            if build.exit_code:
                sys.exit(f"benchmark: the build for {date} failed: {build.output}")
            rows = "select * from customer_segments where monetary > 0 order by customer_id"
            states.append(build.frame(rows).set_index("customer_id"))
            caused = (
                "select coalesce(sum(customers), 0) from segment_transitions"
                f" where cause = 'refit' and snapshot_date = '{date}'"
            )
            moved.append(build.query(caused)[0][0])
    both = [len(one.index.intersection(two.index)) for one, two in itertools.pairwise(states)]
    return states, [float(count) / size for count, size in zip(moved[1:], both, strict=True)]


def changes(labels: list[pd.Series]) -> list[float]:
    """Return the share of customers in two consecutive refreshes whose label differs.

    Parameters
    ----------
    labels : list of pandas.Series
        One per refresh: label by customer id.

    Returns
    -------
    list of float
        One per refresh except the first, 0 to 1.
    """
    pairs = [pd.concat(pair, axis=1, join="inner") for pair in itertools.pairwise(labels)]
    return [float((pair.iloc[:, 0] != pair.iloc[:, 1]).mean()) for pair in pairs]


def permuted(labels: list[pd.Series]) -> int:
    """Count the ids that do not best match themselves at the next refresh.

    Parameters
    ----------
    labels : list of pandas.Series
        One per refresh: label by customer id.

    Returns
    -------
    int
        Over all pairs of refreshes: the shared ids that change in the one-to-one assignment that
        agrees with the most customers; 0 if ids are kept.
    """
    count = 0
    for pair in itertools.pairwise(labels):
        both = pd.concat(pair, axis=1, join="inner")
        ids = sorted(set(both.iloc[:, 0]) & set(both.iloc[:, 1]))
        table = pd.crosstab(both.iloc[:, 0], both.iloc[:, 1]).reindex(
            index=ids, columns=ids, fill_value=0
        )
        agreed = table.to_numpy()
        old, new = linear_sum_assignment(agreed, maximize=True)
        # If keeping the ids agrees with just as many customers, they are kept.
        if agreed[old, new].sum() > agreed.trace():
            count += int((old != new).sum())
    return count


def inertia(scaled: np.ndarray, labels: np.ndarray) -> float:
    """Return the sum of squared distances to the mean of each label, in scaled units."""
    frame = pd.DataFrame(scaled)
    return float(((frame - frame.groupby(labels).transform("mean")) ** 2).to_numpy().sum())


def compare(
    dates: list[datetime.date],
    count: int,
    variables: dict,
    policies: list[str],
) -> list[dict]:
    """Run the policies and fresh fits with one number of segments; return one row each."""
    module = python_model("int_customers_clustered")
    variables = {**variables, "segment_count": count}
    settings = {"default": {}, "refit": {"refit": True}}
    replayed = {name: replay(dates, {**variables, **settings[name]}) for name in policies}
    labels = {
        name: [state["segment_id"] for state in states] for name, (states, _) in replayed.items()
    }
    labels["raw"], labels["sorted"] = [], []
    scaled = []
    for state in replayed[policies[0]][0]:
        with threadpool_limits(limits=1):
            points, _ = module.scale(state[module.FEATURES].to_numpy(dtype=float))
            fresh = module.fit(points, count, SEED).labels_
        scaled.append(points)
        labels["raw"].append(pd.Series(fresh, index=state.index))
        labels["sorted"].append(pd.Series(module.order_by_spend(points, fresh), index=state.index))
    rows = []
    for name, title in POLICIES.items():
        if name not in labels:
            continue
        shares = changes(labels[name])
        lost = [
            inertia(points, own.to_numpy()) / inertia(points, fresh.to_numpy()) - 1
            for points, own, fresh in zip(scaled, labels[name], labels["raw"], strict=True)
        ]
        agreement = [
            adjusted_rand_score(own, fresh)
            for own, fresh in zip(labels[name], labels["raw"], strict=True)
        ]
        rows.append(
            {
                "segments": count,
                "policy": title,
                "labels changed, mean": f"{np.mean(shares):.1%}",
                "of it by refits": (
                    f"{np.mean(replayed[name][1]):.1%}" if name in replayed else "not known"
                ),
                "labels changed, most": f"{np.max(shares):.1%}",
                "ids permuted": permuted(labels[name]),
                "inertia lost, mean": f"{np.mean(lost):.1%}",
                "ARI with a fresh fit, mean": f"{np.mean(agreement):.2f}",
            }
        )
    return rows


def markdown(rows: list[dict]) -> str:
    """Return rows of text as a Markdown table."""
    lines = [
        list(rows[0]),
        ["---"] * len(rows[0]),
        *[list(map(str, row.values())) for row in rows],
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("first", type=datetime.date.fromisoformat, help="YYYY-MM-DD")
    parser.add_argument("last", type=datetime.date.fromisoformat, help="YYYY-MM-DD")
    parser.add_argument("--every", type=int, default=14, help="days between two refreshes (14)")
    parser.add_argument(
        "--counts", type=int, nargs="+", default=[4, 6], help="numbers of segments"
    )
    parser.add_argument(
        "--policies", nargs="+", default=["default", "refit"], choices=["default", "refit"]
    )
    parser.add_argument("--shops", type=int, help="invented shops to replay, in place of the data")
    parser.add_argument("--name", default="the bundled data", help="of the data, for the text")
    parser.add_argument("--vars", type=yaml.safe_load, default={}, help="variables, as YAML")
    parser.add_argument("--output", type=Path, help="a Markdown file to append the table to")
    settings = parser.parse_args(arguments)
    step = datetime.timedelta(days=settings.every)
    dates = [settings.first]
    while dates[-1] + step <= settings.last:
        dates.append(dates[-1] + step)
    rows = []
    for count in settings.counts:
        if not settings.shops:
            rows += compare(dates, count, settings.vars, settings.policies)
        for shop in range(settings.shops or 0):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "transactions.csv"
                invent_shop(file, FIRST_SHOP + shop)
                variables = {**settings.vars, "source": {"lines": str(file)}}
                found = compare(dates, count, variables, settings.policies)
            rows += [{"shop": shop + 1, **row} for row in found]
            print(markdown(found), flush=True)
    if settings.output:
        title = f"## {settings.name}: {len(dates)} refreshes, {dates[0]} to {dates[-1]}"
        begun = settings.output.exists()
        with settings.output.open("a", encoding="utf-8") as file:
            file.write(f"{'' if begun else EXPLANATION}\n{title}\n\n{markdown(rows)}")
    print(markdown(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

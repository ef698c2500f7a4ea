"""A few refreshes of the stability benchmark; `make stability` replays more."""

import datetime

import benchmark_stability
import make_raw_transactions
import pandas as pd
import pytest

WEEKS = [datetime.date(2025, 3, day) for day in (7, 14, 21)]


@pytest.mark.quick
def test_exchanged_ids_are_counted():
    before = pd.Series([1, 1, 1, 2, 2, 3, 3, 3], index=list("abcdefgh"))
    moved = pd.Series([1, 1, 2, 2, 2, 3, 3, 1], index=list("abcdefgh"))
    exchanged = before.map({1: 2, 2: 1, 3: 3})
    assert benchmark_stability.permuted([before, moved, moved]) == 0
    assert benchmark_stability.permuted([before, exchanged, before]) == 4


def test_weekly_refits_of_an_invented_shop_keep_their_ids(tmp_path):
    file = tmp_path / "transactions.csv"
    make_raw_transactions.main(file, seed=2)
    variables = {"source": {"lines": str(file)}}
    rows = benchmark_stability.compare(WEEKS, 5, variables, ["refit"])
    permuted = {row["policy"]: row["ids permuted"] for row in rows}
    assert permuted[benchmark_stability.POLICIES["refit"]] == 0
    assert permuted[benchmark_stability.POLICIES["raw"]] > 0

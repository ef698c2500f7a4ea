"""Names are true of their segments: `campaigns/check_names.py` has more shops."""

import check_names
import numpy as np
import pandas as pd
import pytest


@pytest.mark.parametrize("shop", ["95% bought once", "CDs"])
def test_every_name_is_true_of_its_segment(tmp_path, shop):
    make, settings = check_names.SHOPS[shop]
    make(np.random.default_rng(1)).to_csv(tmp_path / "lines.csv", index=False)
    source = {"lines": str(tmp_path / "lines.csv")}
    segments = check_names.names_of(tmp_path / "project", source, settings)
    assert len(segments) >= 3
    assert (segments["asserted"] != "").all()
    assert (segments["false"] == "").all()
    assert not segments["segment_name"].isin(["Steady customers", "Wholesale customers"]).any()


@pytest.mark.quick
def test_a_false_name_is_told():
    segment = pd.Series({"purchases": 2, "days_ago": 237, "spend_ratio": 0.4, "order_ratio": 1})
    bounds = dict.fromkeys(
        [f"{end}_{fact}" for end in ("least", "most") for fact in check_names.FACTS]
    )
    prototype = pd.Series({**bounds, "least_purchases": 2, "most_days_ago": 120}, dtype=float)
    asserted, wrong = check_names.judged(segment, prototype)
    assert asserted == ["purchases at least 2", "days since the last at most 120"]
    assert wrong == ["days since the last at most 120"]

"""The code of docs/scoring.md puts every customer where the build does."""

import re

import numpy as np
import pandas as pd
import pytest
from harness import ROOT

PAGE = (ROOT / "docs/scoring.md").read_text(encoding="utf-8")


def code_of(heading: str) -> str:
    """Return the indented block below a heading of the page, of four lines."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M)
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    assert len(lines) == 4
    return "\n".join(lines)


@pytest.fixture(scope="module")
def scored(bundled) -> pd.DataFrame:
    """Return the customers that the model scored, with the segment and the outlook."""
    customers = bundled.frame(
        "from customer_segments where assigned_by = 'model' order by customer_id"
    )
    assert len(customers) > 1000
    assert customers["segment_name"].nunique() > 3
    return customers


def test_sql_scores_everybody_as_the_build_does(bundled, scored):
    features = (
        "(select * exclude (segment_name) from customer_segments where assigned_by = 'model')"
    )
    sql = code_of("SQL").replace("from customers", f"from {features} as customers")
    got = bundled.frame(f"from ({sql}) order by customer_id")
    assert got["customer_id"].tolist() == scored["customer_id"].tolist()
    assert got["segment_name"].tolist() == scored["segment_name"].tolist()


def test_python_scores_everybody_as_the_build_does(bundled, scored):
    names = {"np": np, "customers": scored, "model": bundled.frame("from active_segment_model")}
    exec(code_of("Python"), names)
    assert names["segments"].tolist() == scored["segment_name"].tolist()


def test_the_outlook_is_computed_as_the_page_says(bundled, scored):
    model = bundled.frame("from active_segment_model").set_index("score")
    weights = model.filter(like="weight_")
    names = [name.removeprefix("weight_") for name in weights]
    logs = np.log1p(scored[names].astype(float).to_numpy())
    spend, purchase = (
        model.loc[name, "bias"] + logs @ weights.loc[name].to_numpy()
        for name in ("expected_spend", "purchase_probability")
    )
    expected = scored["expected_spend"].astype(float)
    np.testing.assert_allclose(expected, np.exp(spend), atol=0.00006)
    probability = 1 / (1 + np.exp(-purchase))
    np.testing.assert_allclose(scored["purchase_probability"], probability, rtol=1e-9)

"""A real shop's data: the features are those of an independent computation, to the last customer.

The data (UCI Online Retail) lie beside the project, not in it: in ../shared/data/online_retail or
where the environment variable ONLINE_RETAIL says. Its README.md tells how the features were made.
"""

import os
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from harness import ROOT, Build, Project
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

FOLDER = Path(os.environ.get("ONLINE_RETAIL", ROOT.parent / "shared/data/online_retail"))
FILES = ["online_retail.csv.gz", "features_6mo.csv.gz", "features_all.csv.gz"]
MISSING = [name for name in FILES if not (FOLDER / name).is_file()]
pytestmark = pytest.mark.skipif(
    bool(MISSING),
    reason=f"UCI Online Retail is not there: {', '.join(MISSING)} missing in {FOLDER}"
    " (the environment variable ONLINE_RETAIL can name another folder)",
)

COLUMNS = {
    "transaction_id": "InvoiceNo",
    "customer_id": "CustomerID",
    "product_id": "StockCode",
    "purchased_at": "InvoiceDate",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
}
FEATURES = ["recency_days", "frequency", "monetary", "length_days"]
FEATURES += ["average_spend", "unique_products"]
DATES = ["first_purchase_date", "last_purchase_date"]
HALF_A_UNIT = Decimal("0.0000005")
# Window, file of features, customers, net spend.
HISTORIES = {
    "six months": (6, "features_6mo.csv.gz", 3_486, Decimal("4983676.963")),
    "all history": (None, "features_all.csv.gz", 4_338, Decimal("8310477.054")),
}


@pytest.fixture(scope="module")
def builds(tmp_path_factory) -> dict[str, Build]:
    """Build the project on the shop once for each window."""
    folder = tmp_path_factory.mktemp("online_retail")
    source = {"source": {"lines": str(FOLDER / FILES[0]), "columns": COLUMNS}}
    return {
        name: Project(folder / name)(
            vars={**source, "observation_months": months}, args=["--exclude", "raw_transactions"]
        )
        for name, (months, *_) in HISTORIES.items()
    }


def as_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn the text of numbers into decimals, so that 10.0 equals 10.0000 and no float does."""
    return frame.apply(lambda column: column.map(Decimal))


@pytest.mark.parametrize("history", HISTORIES)
def test_every_customer_has_the_features_computed_elsewhere(builds, history):
    _, file, customers, _ = HISTORIES[history]
    build = builds[history]
    assert build.exit_code == 0, build.output
    right = pd.read_csv(FOLDER / file, dtype=str).set_index("customer_id").sort_index()
    texts = ", ".join(f"cast({name} as varchar) as {name}" for name in FEATURES + DATES)
    got = build.frame(f"select customer_id, {texts} from customer_features")
    got = got.set_index("customer_id").sort_index()
    assert len(right) == customers, "the data are those of the README"
    assert got.index.tolist() == right.index.tolist()
    got[FEATURES], right[FEATURES] = as_numbers(got[FEATURES]), as_numbers(right[FEATURES])
    exact = [name for name in FEATURES if name != "average_spend"]
    assert (got[exact] != right[exact]).sum().to_dict() == dict.fromkeys(exact, 0)
    # Both are the quotient to six decimals. 181.4903125 is the one that lies between two of them:
    # SQL rounds it up, the independent computation to the even digit.
    quotient = right["monetary"] / right["frequency"]
    for spend in (got["average_spend"], right["average_spend"]):
        assert ((spend - quotient).abs() > HALF_A_UNIT).sum() == 0
    assert (got["average_spend"] != right["average_spend"]).sum() <= 1
    for name in DATES:
        assert (got[name] == right[name]).all(), name


@pytest.mark.parametrize("history", HISTORIES)
def test_segment_revenue_adds_up_to_the_net_spend(builds, history):
    *_, customers, net = HISTORIES[history]
    ((everyone,),) = builds[history].query(
        "select count(distinct customer_id) from int_loaded_lines"
    )
    query = "select sum(customers), sum(revenue) from segment_profiles"
    assert builds[history].query(query) == [(everyone, net)]
    assert builds[history].query("select count(frequency) from customer_segments") == [
        (customers,)
    ]


def test_four_segments_are_chosen_for_six_months(builds):
    query = "select count(distinct segment_id) from customer_segments where assigned_by = 'model'"
    assert builds["six months"].query(query) == [(4,)]


@pytest.mark.parametrize("history", HISTORIES)
def test_the_sql_segment_is_what_kmeans_said_for_every_training_customer(builds, history):
    training = labelled(builds[history])
    assert (
        len(training)
        == builds[history].query(
            "select count(*) from customer_segments where assigned_by = 'model'"
        )[0][0]
    )
    assert (training["fitted_segment_id"] != training["segment_id"]).sum() == 0


@pytest.mark.parametrize("history", HISTORIES)
def test_the_sql_segment_is_what_scikit_learn_predicts(builds, history):
    """From the labels alone: scaler and centroids again, then the predictor's own distances."""
    training = labelled(builds[history])
    logs = np.log1p(training[FEATURES].to_numpy(dtype=float))
    scaled = StandardScaler().fit_transform(logs)
    segments = np.unique(training["fitted_segment_id"])
    labels = training["fitted_segment_id"].to_numpy()
    centroids = np.array([scaled[labels == segment].mean(axis=0) for segment in segments])
    predictor = KMeans(len(segments), init=centroids, n_init=1, max_iter=1, tol=0).fit(scaled)
    predictor.cluster_centers_ = centroids
    predicted = segments[predictor.predict(scaled)]
    assert (predicted != training["segment_id"]).sum() == 0
    # A fixed point: one more step of KMeans moves nobody.
    assert (segments[predictor.labels_] == labels).all()


def labelled(build: Build) -> pd.DataFrame:
    """Return what KMeans said for the active number of segments, beside the segment in SQL."""
    values = ", ".join(f"clustered.{name}" for name in FEATURES)
    return build.frame(
        f"""
        select customer_id, {values}, clustered.segment_id as fitted_segment_id,
            segments.segment_id
        from int_customers_clustered as clustered
        inner join customer_segments as segments using (customer_id)
        where clustered.segment_count = (
            select count(distinct segment_id) from customer_segments where assigned_by = 'model'
        )
        order by customer_id
        """
    )

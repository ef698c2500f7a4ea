"""The one step SQL cannot do: each function alone, and the promise of identical output."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from harness import ROOT, python_model
from sklearn.metrics import silhouette_samples
from threadpoolctl import threadpool_info, threadpool_limits

pytestmark = pytest.mark.quick

SEED = pd.read_csv(ROOT / "seeds" / "segment_prototypes.csv")
# As the model hands them to its functions.
PROTOTYPES = python_model("int_customers_clustered").named_prototypes(SEED)
SPEND = 2  # the place of monetary among the features


@pytest.fixture
def clustered():
    """Return the module on one thread, as dbt runs it; new for each test."""
    module = python_model("int_customers_clustered")
    with threadpool_limits(limits=1):
        yield module


def run_cluster(
    module, training, requested=None, lowest=2, highest=8, warm=None, log=lambda line: None
):
    """Call `cluster` as `model` does: the one place that knows its parameters."""
    return module.cluster(
        training,
        PROTOTYPES,
        warm_starts(module) if warm is None else warm,
        lowest=lowest,
        highest=highest,
        requested=requested,
        seed=20,
        log=log,
    )


def run_model(module, training, backtest=None, session=None) -> pd.DataFrame:
    """Call `model` as dbt does at a first fit: settings from the yml, relations with `df`."""
    meta = {"segment_count": "auto", "lowest_count": 4, "highest_count": 5, "seed": 20}
    relations = {
        "int_training_customers": training,
        "stg_segment_prototypes": SEED,
        "int_warm_starts": warm_starts(module),
        "int_backtest_customers": later_shop(300) if backtest is None else backtest,
    }
    dbt = SimpleNamespace(
        ref=lambda name: SimpleNamespace(df=lambda: relations[name]),
        config=SimpleNamespace(meta_get=meta.get),
    )
    return module.model(dbt, session)


def warm_starts(module, output=None) -> pd.DataFrame:
    """Make the centroids of a model that labelled like this, as the warehouse keeps them."""
    if output is None:
        numbers = [*module.FEATURES, *module.SCALES]
        columns = ["segment_id", "prototype_id", "last_segment_id", *numbers]
        return pd.DataFrame(columns=columns).astype(dict.fromkeys(numbers, float))
    logarithms = np.log1p(output[module.FEATURES])
    keys = [output["segment_id"], output["prototype_id"]]
    frame = logarithms.groupby(keys, dropna=False).mean().reset_index()
    scales = dict(zip(module.SCALES, logarithms.std(ddof=0), strict=True))
    return frame.assign(last_segment_id=frame["segment_id"].max(), **scales)


def shop(customers: int, seed: int = 1) -> pd.DataFrame:
    """Make training customers of four kinds that overlap a little."""
    generator = np.random.default_rng(seed)
    kind = generator.integers(4, size=customers)
    frequency = 1 + generator.poisson(np.array([1, 3, 8, 20])[kind])
    average = np.exp(generator.normal(np.array([2.5, 4, 3, 5])[kind], 0.5))
    return training_frame(
        np.column_stack(
            [
                1 + generator.poisson(np.array([120, 60, 30, 5])[kind]),
                frequency,
                frequency * average,
                generator.poisson(np.array([2, 40, 90, 150])[kind]),
                average,
                1 + generator.poisson(np.array([3, 9, 15, 60])[kind]),
            ]
        )
    )


def later_shop(customers: int, seed: int = 1) -> pd.DataFrame:
    """Make customers of a backtest: most who buy often, and some others, buy and spend again."""
    generator = np.random.default_rng(seed)
    frame = shop(customers, seed)
    usual = frame["frequency"] * frame["average_spend"] / 2
    bought = generator.random(customers) < frame["frequency"] / (3 + frame["frequency"])
    spend = usual * np.exp(generator.normal(0, 0.7, customers)) * bought
    # Some returns, of what was bought before.
    spend[generator.random(customers) < 0.05] = -5.0
    return frame.assign(later_spend=spend, later_purchases=bought * 2)


def training_frame(values, known_before=0) -> pd.DataFrame:
    """Give customers an id, a rank, and a first purchase so many days before the window's."""
    columns = ["recency_days", "frequency", "monetary", "length_days"]
    columns += ["average_spend", "unique_products"]
    frame = pd.DataFrame(np.asarray(values, dtype=float).reshape(-1, 6), columns=columns)
    frame.insert(0, "training_rank", np.arange(1, len(frame) + 1))
    frame.insert(1, "customer_id", [f"{number:05}" for number in range(len(frame))])
    frame["days_since_first"] = frame["recency_days"] + frame["length_days"] + known_before
    return frame.assign(refresh_number=1, model_version=1)


def blobs(count: int, size: int = 60, distance: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    """Make well separated clouds of points, and their true labels."""
    generator = np.random.default_rng(7)
    labels = np.repeat(np.arange(count), size)
    corners = distance * np.eye(6)[:count]
    return corners[labels] + generator.normal(0, 0.5, (len(labels), 6)), labels


def reader(*methods: str):
    """Make a relation that can be read by these methods; the data say which one was used."""
    relation = type("Relation", (), {})()
    for method in methods:
        setattr(relation, method, lambda method=method: pd.DataFrame({"READ_BY": [method]}))
    return relation


@pytest.mark.parametrize(
    ("methods", "used"),
    [
        (["df", "to_pandas", "toPandas"], "toPandas"),
        (["df", "to_pandas"], "to_pandas"),
        (["df"], "df"),
    ],
)
def test_to_pandas_takes_the_first_method_in_order_and_lowers_names(clustered, methods, used):
    frame = clustered.to_pandas(reader(*methods))
    assert frame.to_dict("list") == {"read_by": [used]}


def test_to_pandas_says_what_it_cannot_read(clustered):
    with pytest.raises(TypeError, match=r"cannot read a list: .* toPandas, to_pandas and df"):
        clustered.to_pandas([])


def test_scale_is_the_z_score_of_the_logarithm(clustered):
    values = np.random.default_rng(0).lognormal(2, 1, (500, 6))
    logs = np.log1p(values)
    expected = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    np.testing.assert_allclose(clustered.scale(values)[0], expected, rtol=0, atol=1e-12)


def test_scale_gives_zeros_where_all_customers_are_alike(clustered):
    values = np.random.default_rng(0).lognormal(2, 1, (500, 6))
    values[:, 3] = 17.3
    scaled = clustered.scale(values)[0]
    assert np.abs(scaled[:, 3]).max() < 1e-12
    assert scaled[:, 2].std() == pytest.approx(1)
    assert np.isfinite(clustered.scale(values[:1])[0]).all(), "one customer"


@pytest.mark.parametrize(
    ("distinct", "lowest", "highest", "requested", "expected"),
    [
        (1000, 2, 8, None, [2, 3, 4, 5, 6, 7, 8]),
        (1000, 3, 5, 12, [3, 4, 5, 12]),
        (1000, 3, 5, 1, [1, 3, 4, 5]),
        (1000, 3, 5, 4, [3, 4, 5]),
        (8, 2, 8, None, [2, 3, 4, 5, 6, 7, 8]),
        (4, 2, 8, None, [2, 3, 4]),
        (4, 2, 8, 20, [2, 3, 4]),
        (2, 3, 8, None, [2]),
        (1, 2, 8, None, [1]),
    ],
)
def test_candidate_counts(clustered, distinct, lowest, highest, requested, expected):
    assert clustered.candidate_counts(distinct, lowest, highest, requested) == expected


def test_centroids_are_the_means_of_their_members(clustered):
    scaled = clustered.scale(shop(2000).iloc[:, 2:8].to_numpy())[0]
    model = clustered.fit(scaled, 5, seed=20)
    means = [scaled[model.labels_ == label].mean(axis=0) for label in range(5)]
    np.testing.assert_allclose(model.cluster_centers_, means, rtol=0, atol=1e-12)


def test_fit_is_deterministic_and_finds_separated_blobs(clustered):
    points, truth = blobs(4)
    first, second = (clustered.fit(points, 4, seed=20) for _ in range(2))
    assert (first.labels_ == second.labels_).all()
    assert (first.cluster_centers_ == second.cluster_centers_).all()
    pairs = set(zip(truth, first.labels_, strict=True))
    assert len(pairs) == 4, "one label for each blob and one blob for each label"


def test_fit_on_many_customers_starts_on_the_first_and_ends_on_all(clustered, monkeypatch):
    monkeypatch.setattr(clustered, "START_CUSTOMERS", 300)
    scaled = clustered.scale(shop(2000).iloc[:, 2:8].to_numpy())[0]
    model = clustered.fit(scaled, 4, seed=20)
    assert len(model.labels_) == 2000
    means = [scaled[model.labels_ == label].mean(axis=0) for label in range(4)]
    np.testing.assert_allclose(model.cluster_centers_, means, rtol=0, atol=1e-12)
    assert model.n_init == 1, "all customers only carry the best start on"


def test_segments_are_numbered_by_falling_spend(clustered):
    scaled = np.zeros((6, 6))
    scaled[:, SPEND] = [5, 5, 1, 1, 9, 9]
    labels = np.array([0, 0, 2, 2, 1, 1])
    assert clustered.order_by_spend(scaled, labels).tolist() == [2, 2, 3, 3, 1, 1]


def test_numbering_has_no_gap_where_kmeans_left_a_cluster_empty(clustered):
    scaled = np.zeros((4, 6))
    scaled[:, SPEND] = [1, 1, 2, 2]
    assert clustered.order_by_spend(scaled, np.array([0, 0, 3, 3])).tolist() == [2, 2, 1, 1]


def test_bootstrap_ari_is_high_on_blobs_and_low_on_noise(clustered):
    points, truth = blobs(4)
    assert clustered.bootstrap_ari(points, truth, 4, seed=20) > 0.99
    noise = np.random.default_rng(3).normal(size=(240, 6))
    labels = clustered.fit(noise, 6, seed=20).labels_
    assert clustered.bootstrap_ari(noise, labels, 6, seed=20) < 0.6


def test_bootstrap_ari_is_zero_where_no_draw_has_enough_distinct_customers(clustered):
    points = np.eye(6)[:2]
    assert clustered.bootstrap_ari(points, np.array([0, 1]), 3, seed=20) == 0.0


def named(module, values, segment_ids, prototypes=PROTOTYPES, given=None, known_before=0):
    customers = training_frame(values, known_before)
    segments = module.describe_segments(customers, segment_ids)
    return module.name_segments(segments, prototypes, given or {})


def test_no_two_segments_get_the_same_prototype(clustered):
    values = shop(800).iloc[:, 2:8].to_numpy()
    scaled = clustered.scale(values)[0]
    segment_ids = clustered.order_by_spend(scaled, clustered.fit(scaled, 8, seed=20).labels_)
    names = named(clustered, values, segment_ids)
    assert sorted(names) == list(range(1, 9))
    given = [name for name in names.values() if name]
    assert len(set(given)) == len(given) >= 6
    assert set(given) <= set(PROTOTYPES["prototype_id"])


def test_a_segment_is_named_after_the_prototype_it_resembles(clustered):
    ranks = np.arange(1, 101, dtype=float)
    # Recency falls as everything else rises: the best customers came last.
    values = np.column_stack([101 - ranks, *[ranks] * 5])
    names = named(clustered, values, np.where(ranks > 85, 1, 2))
    assert names[1] == "champions"


def test_a_name_that_would_contradict_the_segment_is_not_given(clustered):
    ranks = np.arange(1, 101, dtype=float)
    values = np.column_stack([ranks, *[ranks] * 5])
    champions = PROTOTYPES[PROTOTYPES["prototype_id"] == "champions"]
    names = named(clustered, values, np.where(ranks > 85, 1, 2), champions)
    assert names == {1: None, 2: None}, "they buy most, but long ago"


# A shop, its segments in the order of the test -> the name a segment must not have, and has.
# Recency, purchases, net spend, days from first to last, net spend per purchase, products.
SHOPS = {
    "everybody bought once": (
        [[300, 1, 20, 0, 20, 1], [30, 1, 25, 0, 25, 1], [150, 1, 90, 0, 90, 3]],
        {"regulars", "steady", "loyal", "champions", "wholesale"},
    ),
    "ten years of history": (
        [[1480, 6, 300, 900, 50, 9], [2900, 2, 60, 200, 30, 2], [240, 12, 900, 3000, 75, 20]],
        {"steady", "loyal", "regulars", "champions", "newcomers"},
    ),
    "the best buy as much per order as the others": (
        [[20, 9, 400, 150, 44, 20], [60, 3, 100, 90, 33, 5], [150, 1, 25, 0, 25, 1]],
        {"wholesale", "big_baskets"},
    ),
}


@pytest.mark.parametrize("name", SHOPS)
def test_no_name_is_false_in_plain_numbers(clustered, name):
    medians, false_names = SHOPS[name]
    generator = np.random.default_rng(7)
    values = np.repeat(np.array(medians, dtype=float), 100, axis=0)
    noise = generator.normal(1, 0.05, values.shape)
    values = np.where(values > 20, values * noise, values)
    names = named(clustered, values, np.repeat([1, 2, 3], 100))
    assert None not in names.values()
    assert len(set(names.values())) == 3
    assert false_names.isdisjoint(names.values())


def test_a_condition_is_a_bound_that_counts(clustered):
    ranks = np.arange(1, 101, dtype=float)
    values = np.column_stack([101 - ranks, *[ranks] * 5])
    ids = np.where(ranks > 85, 1, 2)
    described = clustered.describe_segments(training_frame(values), ids).loc[1]
    champions = PROTOTYPES[PROTOTYPES["prototype_id"] == "champions"]
    for fact in clustered.FACTS:
        for end, beyond in (("least", 1e-9), ("most", -1e-9)):
            column = f"{end}_{fact}"
            on = champions.assign(**{column: described[fact]})
            assert named(clustered, values, ids, on)[1] == "champions", column
            past = champions.assign(**{column: described[fact] + beyond})
            assert named(clustered, values, ids, past)[1] is None, column


@pytest.mark.parametrize("name", ["newcomers", "big_starters"])
def test_newcomers_first_bought_lately_and_not_only_in_the_window(clustered, name):
    values = np.array([[8, 1, 30, 0, 30, 2]] * 50 + [[90, 5, 20, 80, 20, 9]] * 50, float)
    values[:50, 2:5:2] += 70 * (name == "big_starters")
    prototype = PROTOTYPES[PROTOTYPES["prototype_id"] == name]
    ids = np.repeat([1, 2], 50)
    assert named(clustered, values, ids, prototype, known_before=112)[1] == name
    assert named(clustered, values, ids, prototype, known_before=113)[1] is None


def test_a_descriptive_name_is_for_segments_of_which_no_other_is_true(clustered):
    values = np.array([[20, 9, 400, 150, 44, 20]] * 50 + [[700, 1, 10, 0, 10, 1]] * 50, float)
    both = PROTOTYPES[PROTOTYPES["prototype_id"].isin(["champions", "dormant"])]
    described = PROTOTYPES[PROTOTYPES["recency_days"].isna()]
    ids = np.repeat([1, 2], 50)
    assert named(clustered, values, ids, pd.concat([described, both])) == {
        1: "champions",
        2: "dormant",
    }
    without = pd.concat([described, both[:1]])
    assert named(clustered, values, ids, without) == {1: "champions", 2: "one_small_years"}
    unsized = described[~described["prototype_id"].str.contains("small|large")]
    assert named(clustered, values, ids, unsized) == {1: "many_recent", 2: "one_years"}


def test_every_customer_has_a_descriptive_name(clustered):
    described = PROTOTYPES[PROTOTYPES["recency_days"].isna()]
    for purchases in (1, 1.5, 4.5, 5, 40):
        for days in (1, 60, 61, 365, 4000):
            for ratio in (0.1, 1, 9):
                segment = pd.DataFrame(
                    [[0.5] * 6 + [purchases, days, days, ratio, ratio]],
                    columns=[*clustered.FEATURES, *clustered.FACTS],
                )
                wrong = clustered.contradictions(segment, described, 0)
                assert not wrong.all(), (purchases, days, ratio)


def test_more_segments_than_prototypes_leaves_some_without_a_name(clustered):
    values = shop(200).iloc[:, 2:8].to_numpy()
    steady = PROTOTYPES[PROTOTYPES["prototype_id"] == "steady"]
    names = named(clustered, values, np.arange(200) % 5 + 1, steady)
    assert sorted(str(name) for name in names.values()) == ["None"] * 4 + ["steady"]


def test_a_given_name_travels_with_its_id(clustered):
    values = shop(400).iloc[:, 2:8].to_numpy()
    ids = np.where(values[:, SPEND] > np.median(values[:, SPEND]), 1, 2)
    names = named(clustered, values, ids, given={2: "champions"})
    assert names[2] == "champions" != names[1]


def test_a_refit_on_the_same_customers_keeps_every_label(clustered):
    first = run_cluster(clustered, shop(800), lowest=5, highest=5)
    again = run_cluster(clustered, shop(800), 5, 5, 5, warm_starts(clustered, first))
    for column in ("segment_id", "prototype_id", "silhouette"):
        pd.testing.assert_series_equal(first[column], again[column])
    assert (again["previous_segment_id"] == again["segment_id"]).all()


def test_previous_segments_are_measured_in_the_units_of_the_previous_model(clustered):
    start = pd.DataFrame(0.0, index=[0, 1], columns=[*clustered.FEATURES, *clustered.SCALES])
    start["segment_id"] = [7, 8]
    start[clustered.SCALES] = 1.0
    # From 7: 2 in recency. From 8: 1 in recency, 1.5 in spend. A scale of 3 shrinks recency.
    start["recency_days"] = [0.0, 3.0]
    start["monetary"] = [0.0, 1.5]
    customer = np.expm1(np.array([[2.0, 0, 0, 0, 0, 0]]))
    assert clustered.previous_segments(customer, start).tolist() == [8]
    start["scale_recency_days"] = 3.0
    assert clustered.previous_segments(customer, start).tolist() == [7]


def test_a_refit_keeps_ids_where_spend_would_order_otherwise(clustered):
    first = run_cluster(clustered, shop(800), lowest=4, highest=4)
    swapped = warm_starts(clustered, first)
    swapped["segment_id"] = swapped["segment_id"].map({1: 4, 4: 1, 2: 2, 3: 3})
    again = run_cluster(clustered, shop(800), 4, 4, 4, swapped)
    expected = first["segment_id"].map({1: 4, 4: 1, 2: 2, 3: 3})
    assert again["segment_id"].tolist() == expected.tolist()


def test_a_segment_without_a_counterpart_gets_an_id_never_given(clustered):
    first = run_cluster(clustered, shop(800), lowest=4, highest=4)
    start = warm_starts(clustered, first).assign(last_segment_id=9)
    more = run_cluster(clustered, shop(800), 6, 6, 6, start)
    new = set(more["segment_id"]) - {1, 2, 3, 4}
    assert new
    assert min(new) == 10, "ids up to 9 were given before"
    assert len(set(more["segment_id"])) == 6


def test_a_segment_that_left_its_prototype_gets_a_new_id(clustered):
    first = run_cluster(clustered, shop(800), lowest=4, highest=4)
    start = warm_starts(clustered, first)
    start.loc[start["segment_id"] == 1, "prototype_id"] = "dormant"
    again = run_cluster(clustered, shop(800), 4, 4, 4, start)
    assert sorted(set(again["segment_id"])) == [2, 3, 4, 5]
    assert set(again.loc[again["segment_id"] == 5, "prototype_id"]) != {"dormant"}


@pytest.mark.parametrize(("lower", "ids"), [(80, {1, 2, 3}), (75, {1, 3, 4})])
def test_a_segment_keeps_its_id_unless_it_clearly_left_its_prototype(clustered, lower, ids):
    """The prototype spends much; the segment's median is at the percentile .417, then .396."""
    spend = np.repeat([10.0, 1_000.0, 100_000.0], [lower, 40, 200 - lower])
    training = training_frame([[9, 3, 1, 5, 10, 2]] * 240).assign(monetary=spend)
    rich = PROTOTYPES[:1].assign(prototype_id="rich", **dict.fromkeys(clustered.FEATURES, 0.5))
    rich = rich.assign(monetary=1.0, **dict.fromkeys(clustered.CONDITIONS, np.nan))

    def segments(start):
        return clustered.cluster(training, rich, start, 3, 3, 3, 20, lambda line: None)

    start = warm_starts(clustered, segments(warm_starts(clustered)))
    start[clustered.SCALES] = start[clustered.SCALES].replace(0, 1)
    start["prototype_id"] = start["segment_id"].map({2: "rich"})
    assert set(segments(start)["segment_id"]) == ids


def test_the_warm_start_wins_unless_it_is_clearly_worse(clustered):
    points, truth = blobs(4)
    good = np.array([points[truth == blob].mean(axis=0) for blob in (2, 0, 3, 1)])
    assert (
        clustered.fit(points, 4, seed=20, start=good).labels_ == np.argsort([2, 0, 3, 1])[truth]
    ).all()
    # Two centroids in one cloud, one between two others: an optimum that Lloyd does not leave.
    poor = np.array([good[0] + 0.3, good[0] - 0.3, (good[1] + good[2]) / 2, good[3]])
    best = clustered.fit(points, 4, seed=20).inertia_
    assert clustered.fit(points, 4, seed=20, start=poor).inertia_ == best


def test_cluster_labels_every_customer_once_per_count(clustered):
    training = shop(400)
    output = run_cluster(clustered, training, lowest=2, highest=4, requested=6)
    assert sorted(output["segment_count"].unique()) == [2, 3, 4, 6]
    for count, rows in output.groupby("segment_count"):
        assert sorted(rows["customer_id"]) == sorted(training["customer_id"])
        assert sorted(rows["segment_id"].unique()) == list(range(1, count + 1))
        assert rows.groupby("segment_id")["prototype_id"].nunique().max() == 1
        spend = np.log1p(rows["monetary"]).groupby(rows["segment_id"]).mean()
        assert spend.is_monotonic_decreasing
    assert not output.duplicated(["segment_count", "customer_id"]).any()


def test_cluster_carries_the_values_it_was_trained_on(clustered):
    training = shop(300)
    output = run_cluster(clustered, training, lowest=3, highest=3)
    assert output["customer_id"].tolist() == training["customer_id"].tolist()
    for feature in training.columns[2:8]:
        assert output[feature].tolist() == training[feature].tolist()


def test_silhouette_is_judged_on_the_first_customers_by_rank(clustered, monkeypatch):
    monkeypatch.setattr(clustered, "JUDGED_CUSTOMERS", 150)
    training = shop(400)
    output = run_cluster(clustered, training, lowest=3, highest=3)
    scaled = clustered.scale(training.iloc[:, 2:8].to_numpy())[0][:150]
    expected = silhouette_samples(scaled, output["segment_id"][:150])
    np.testing.assert_allclose(output["silhouette"][:150], expected, atol=1e-12)
    assert output["silhouette"][150:].isna().all()


def test_output_is_identical_for_shuffled_rows(clustered):
    training = shop(600)
    expected = run_cluster(clustered, training)
    for seed in (1, 2):
        shuffled = training.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(run_cluster(clustered, shuffled), expected, check_exact=True)


def test_the_model_writes_identical_rows_whatever_threads_there_are(clustered):
    training = shop(1500)
    outputs = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            outputs.append(run_model(clustered, training))
    pd.testing.assert_frame_equal(*outputs, check_exact=True)


def test_two_threads_change_no_label_and_no_more_than_the_last_bits_of_a_silhouette(clustered):
    """Why the model limits its threads: more of them make the bits differ."""
    training = shop(1500)
    outputs = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            outputs.append(run_cluster(clustered, training, lowest=4, highest=5))
    silhouettes = [output.pop("silhouette") for output in outputs]
    pd.testing.assert_frame_equal(*outputs, check_exact=True)
    np.testing.assert_allclose(*silhouettes, rtol=0, atol=1e-12)


def test_output_is_identical_twice_in_a_row(clustered):
    training = shop(600)
    before = training.copy()
    first, second = (run_cluster(clustered, training) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    pd.testing.assert_frame_equal(training, before, check_exact=True)


def test_output_changes_when_customers_do(clustered):
    """Show that the comparisons above can fail."""
    first, second = (run_cluster(clustered, shop(600, seed)) for seed in (1, 2))
    assert not first.equals(second)


def test_fewer_distinct_customers_than_segments(clustered):
    training = training_frame([[1, 1, 10, 0, 10, 1], [9, 2, 50, 5, 25, 2]] * 5)
    output = run_cluster(clustered, training, requested=6)
    assert set(output["segment_count"]) == {2}
    assert output.groupby("segment_id")["monetary"].unique().map(list).to_dict() == {
        1: [50],
        2: [10],
    }


@pytest.mark.parametrize("customers", [1, 2, 50])
def test_customers_all_alike_are_one_segment(clustered, customers):
    output = run_cluster(clustered, training_frame([[3, 1, 20, 0, 20, 2]] * customers))
    assert len(output) == customers
    assert set(output["segment_count"]) == {1}
    assert set(output["segment_id"]) == {1}
    assert output["prototype_id"].notna().all()


def test_no_customer_gives_the_same_columns_and_no_row(clustered):
    some = run_model(clustered, shop(100))
    none = run_model(clustered, shop(100).head(0))
    assert len(none) == 0 < len(some)
    assert none.columns.tolist() == some.columns.tolist()
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_the_columns_are_in_capitals_on_snowflake(clustered):
    session = type("Session", (), {"__module__": "snowflake.snowpark.session"})()
    elsewhere = run_model(clustered, shop(100).head(0))
    output = run_model(clustered, shop(100).head(0), session=session)
    assert [name.lower() for name in output.columns] == elsewhere.columns.tolist()
    assert all(name.isupper() for name in output.columns)


def test_progress_names_each_count(clustered):
    lines = []
    run_cluster(clustered, shop(100), lowest=3, highest=5, log=lines.append)
    assert [line.split()[0] for line in lines] == ["3", "4", "5"]
    assert all("100 customers" in line for line in lines)


def test_percentiles_of_ties_do_not_depend_on_order(clustered):
    values = shop(300).iloc[:, 2:8].to_numpy().round(-1)
    ids = np.where(values[:, SPEND] > np.median(values[:, SPEND]), 1, 2)
    order = np.random.default_rng(5).permutation(300)
    names = [named(clustered, values, ids), named(clustered, values[order], ids[order])]
    assert names[0] == names[1]


def test_the_model_fits_on_one_thread(clustered, monkeypatch):
    limits = []

    def noting_threads(step):
        def noted(*args):
            limits.append({pool["num_threads"] for pool in threadpool_info()})
            return step(*args)

        return noted

    for step in ("cluster", "describe", "outlook"):
        monkeypatch.setattr(clustered, step, noting_threads(getattr(clustered, step)))
    with threadpool_limits(limits=2):
        run_model(clustered, shop(50))
    assert limits == [{1}] * 3


def described(module, labelled) -> dict[int, dict[str, tuple[float, float]]]:
    """Return the bounds of each segment's rule, without the features it does not bound."""
    rules: dict = {}
    for row_kind, rows in module.describe(labelled).groupby("row_kind"):
        for row in rows.to_dict("records"):
            bounds = rules.setdefault(row["segment_id"], {})
            for feature in module.FEATURES:
                if not np.isnan(row[feature]):
                    pair = bounds.setdefault(feature, [-np.inf, np.inf])
                    pair[row_kind == "at_most"] = row[feature]
    return {
        segment: {name: tuple(pair) for name, pair in own.items()}
        for segment, own in rules.items()
    }


def test_a_rule_has_the_bounds_that_tell_the_segment_apart(clustered):
    """Whole features get whole bounds, money two digits; money that tells nothing gets none."""
    generator = np.random.default_rng(4)
    frequency = generator.integers(1, 10, 900)
    average = generator.uniform(10, 500, 900).round(2)
    recency = generator.integers(1, 200, 900)
    values = np.column_stack(
        [recency, frequency, average, np.full(900, 9), average, np.full(900, 3)]
    )
    frame = training_frame(values)
    best = (frequency >= 5) & (recency <= 40)
    expensive = ~best & (average > 126.78)
    frame["segment_id"] = np.select([best, expensive], [7, 8], 9)
    rules = described(clustered, frame.assign(segment_count=3))
    assert rules[7] == {"frequency": (5, np.inf), "recency_days": (-np.inf, 40)}
    money = {
        name: pair for name, pair in rules[8].items() if name in ("monetary", "average_spend")
    }
    assert list(money.values()) == [(130, np.inf)]


def test_the_least_value_there_is_makes_a_rule_exact(clustered):
    frame = training_frame([[9, 1, 10, 0, 10, 2]] * 40 + [[9, 2, 10, 1, 10, 2]] * 40)
    frame["segment_id"] = [1] * 40 + [2] * 40
    rules = described(clustered, frame.assign(segment_count=2))
    (bound,) = rules[1].values()
    assert bound in [(0, 0), (1, 1)], "1 purchase, or 0 days from first to last"


@pytest.mark.parametrize(
    ("feature", "least"),
    [("recency_days", 1), ("frequency", 1), ("length_days", 0), ("unique_products", 0)],
)
def test_a_rule_knows_the_least_value_of_each_feature(clustered, feature, least):
    frame = training_frame([[9, 3, 10, 5, 10, 2]] * 80)
    frame[feature] = [least] * 40 + [least + 1] * 40
    frame["segment_id"] = [1] * 40 + [2] * 40
    rules = described(clustered, frame.assign(segment_count=2))
    assert rules == {1: {feature: (least, least)}, 2: {feature: (least + 1, np.inf)}}


def test_a_rule_has_at_most_three_conditions(clustered):
    high = np.array(list(np.ndindex(2, 2, 2, 2)) * 20)
    frame = training_frame([[9, 3, 10, 5, 10, 2]] * len(high))
    frame[["recency_days", "frequency", "length_days", "unique_products"]] += high
    frame["segment_id"] = np.where(high.all(axis=1), 1, 2)
    rules = described(clustered, frame.assign(segment_count=2))
    assert len(rules[1]) == 3


def test_a_name_needs_a_clear_case(clustered):
    """A segment is far enough on the side of its prototype from .55 on, or up to .45."""
    prototypes = PROTOTYPES[PROTOTYPES["prototype_id"] == "champions"].copy()
    prototypes[clustered.CONDITIONS] = np.nan
    facts = dict.fromkeys(clustered.FACTS, 1.0)
    sides = np.sign(prototypes[clustered.FEATURES].iloc[0].to_numpy(dtype=float) - 0.5)
    for offset, name in ((0.0501, "champions"), (0.0499, None)):
        places = dict(zip(clustered.FEATURES, 0.5 + offset * sides, strict=True))
        segment = pd.DataFrame([places | facts], index=[1])
        assert clustered.name_segments(segment, prototypes, {}) == {1: name}


def test_every_number_of_segments_is_described_but_one(clustered):
    labelled = run_cluster(clustered, shop(500), lowest=3, highest=4, requested=1)
    rules = clustered.describe(labelled)
    assert rules.groupby("segment_count")["segment_id"].nunique().to_dict() == {3: 3, 4: 4}
    assert not rules.duplicated(["segment_count", "segment_id", "row_kind"]).any()
    assert len(rules) == 2 * 7


def test_a_segment_that_no_bound_describes_has_no_rule(clustered):
    frame = training_frame([[3, 1, 20, 0, 20, 2]] * 50)
    frame["segment_id"] = [1, 2] * 25
    assert clustered.describe(frame.assign(segment_count=2)).empty


def weights_of(rows: pd.DataFrame, row_kind: str) -> np.ndarray:
    names = ["bias", "recency_days", "frequency", "monetary", "length_days"]
    names += ["average_spend", "unique_products"]
    return rows.loc[rows["row_kind"] == row_kind, names].to_numpy(dtype=float)[0]


def test_the_expected_spend_of_the_backtest_adds_up_to_what_came(clustered):
    backtest = later_shop(1500)
    weights = weights_of(clustered.outlook(backtest, seed=20), "expected_spend")
    logs = np.log1p(backtest[clustered.FEATURES].to_numpy())
    expected = np.exp(weights[0] + logs @ weights[1:])
    assert expected.sum() == pytest.approx(backtest["later_spend"].sum(), rel=1e-9)
    # Not only on the whole: each third of the customers, by what is expected of them.
    thirds = np.array_split(np.argsort(expected), 3)
    seen = [backtest["later_spend"].to_numpy()[third].mean() for third in thirds]
    assert seen == pytest.approx([expected[third].mean() for third in thirds], rel=0.25)


def test_the_purchase_probabilities_of_the_backtest_add_up_to_the_buyers(clustered):
    backtest = later_shop(1500)
    weights = weights_of(clustered.outlook(backtest, seed=20), "purchase_probability")
    logits = weights[0] + np.log1p(backtest[clustered.FEATURES].to_numpy()) @ weights[1:]
    buyers = (backtest["later_purchases"] > 0).sum()
    # To the last digits: where a fit stops early depends on the machine.
    assert (1 / (1 + np.exp(-logits))).sum() == pytest.approx(buyers, rel=1e-12)


def test_what_is_expected_of_customers_of_the_backtest_is_near_what_the_weights_say(clustered):
    """Their own weights come from four fifths of them, so nearly from the same customers."""
    rows = clustered.outlook(later_shop(1500), seed=20)
    customers = rows[rows["row_kind"] == "backtest"]
    logs = np.log1p(customers[clustered.FEATURES].to_numpy(dtype=float))
    for name, inverse in (
        ("expected_spend", np.exp),
        ("purchase_probability", lambda logits: 1 / (1 + np.exp(-logits))),
    ):
        weights = weights_of(rows, name)
        expected = inverse(weights[0] + logs @ weights[1:])
        ratio = customers[name].to_numpy(dtype=float) / expected
        assert 0.5 < ratio.min() < ratio.max() < 2


def test_customers_of_the_backtest_are_predicted_without_their_own_outcome(clustered):
    """Turning one customer's outcome around does not move what is expected of this customer."""
    backtest = later_shop(400).sort_values("customer_id", ignore_index=True)
    before = clustered.outlook(backtest, seed=20)
    changed = backtest.copy()
    changed.loc[17, "later_spend"] = 1e6
    after = clustered.outlook(changed, seed=20)
    both = [
        rows[rows["row_kind"] == "backtest"]["expected_spend"].to_numpy()
        for rows in (before, after)
    ]
    assert both[0][17] == both[1][17]
    assert (both[0] != both[1]).mean() > 0.7


def test_the_outlook_does_not_depend_on_the_order_of_rows(clustered):
    backtest = later_shop(400)
    expected = clustered.outlook(backtest, seed=20)
    shuffled = clustered.outlook(backtest.sample(frac=1, random_state=3), seed=20)
    pd.testing.assert_frame_equal(shuffled, expected, check_exact=True)


@pytest.mark.parametrize(
    ("customers", "change"),
    [
        (99, {}),
        (300, {"later_purchases": [1] * 9 + [0] * 291}),
        (300, {"later_purchases": [0] * 9 + [1] * 291}),
        (300, {"later_spend": -1.0}),
        (0, {}),
    ],
)
def test_too_few_customers_or_outcomes_give_no_outlook(clustered, customers, change):
    assert clustered.outlook(
        later_shop(max(customers, 1)).head(customers).assign(**change), 20
    ).empty


def test_as_few_as_needed_give_an_outlook(clustered):
    change = {"later_purchases": [1] * 10 + [0] * 90, "later_spend": [50.0] * 10 + [0.0] * 90}
    assert not clustered.outlook(later_shop(100).assign(**change), 20).empty


@pytest.mark.filterwarnings("error")
def test_customers_all_alike_are_expected_to_spend_and_to_buy_as_the_mean(clustered):
    alike = training_frame([[3, 1, 20, 0, 20, 2]] * 100)
    backtest = alike.assign(later_spend=[30.0, 0, 0, 0] * 25, later_purchases=[1, 0, 0, 0] * 25)
    rows = clustered.outlook(backtest, seed=20)
    logs = np.log1p(backtest[clustered.FEATURES].to_numpy())
    weights = weights_of(rows, "expected_spend")
    assert np.exp(weights[0] + logs @ weights[1:]) == pytest.approx([7.5] * 100)
    weights = weights_of(rows, "purchase_probability")
    assert weights[0] + logs @ weights[1:] == pytest.approx([np.log(1 / 3)] * 100)


def test_the_model_returns_all_that_was_fitted_for_one_version(clustered):
    output = run_model(clustered, shop(300).assign(refresh_number=4, model_version=3))
    assert set(output["refresh_number"]) == {4}
    assert set(output["model_version"]) == {3}
    counts = output["row_kind"].fillna("training").value_counts().to_dict()
    assert counts.pop("training") == 2 * 300
    assert counts.pop("backtest") == 300
    assert counts == {"at_least": 9, "at_most": 9, "expected_spend": 1, "purchase_probability": 1}
    assert output["segment_count"].notna().sum() == 600 + 18
    assert output.index.is_unique


def test_without_a_backtest_there_are_segments_and_rules_alone(clustered):
    output = run_model(clustered, shop(300), later_shop(1).head(0))
    assert set(output["row_kind"].dropna()) == {"at_least", "at_most"}

"""Cluster the training customers by KMeans, once for every number of segments worth judging.

The one step SQL cannot do. What the labels are worth, which number of segments is used and who else
belongs to a segment is decided in SQL from the rows written here.
"""

import numpy as np
import pandas as pd

FEATURES = [
    "recency_days",
    "frequency",
    "monetary",
    "length_days",
    "average_spend",
    "unique_products",
]
STARTS = 10
START_CUSTOMERS = 10_000
JUDGED_CUSTOMERS = 2_000
BOOTSTRAPS = 10


def to_pandas(relation):
    """Read a relation of any warehouse as a data frame.

    Parameters
    ----------
    relation : object
        What ``dbt.ref`` gives: it has one of ``toPandas``, ``to_pandas`` or ``df``, tried in that
        order, because Spark Connect answers to any attribute name.

    Returns
    -------
    pandas.DataFrame
        Column names in lower case.

    Raises
    ------
    TypeError
        The relation has none of the three methods.
    """
    for method in ("toPandas", "to_pandas", "df"):
        if hasattr(relation, method):
            frame = getattr(relation, method)()
            return frame.rename(columns=str.lower)
    raise TypeError(
        f"int_customers_clustered cannot read a {type(relation).__name__}: "
        "it has none of toPandas, to_pandas and df."
    )


def scale(values: np.ndarray) -> np.ndarray:
    """Logarithm of one plus the value, then z-score.

    Parameters
    ----------
    values : array of float, shape (customers, features)
        Features in their own units, all above -1.

    Returns
    -------
    array of float, shape (customers, features)
        Mean 0 and standard deviation 1 (0 where all customers are alike) in each column.
    """
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit_transform(np.log1p(values))


def candidate_counts(distinct: int, lowest: int, highest: int, requested: int | None) -> list[int]:
    """Numbers of segments to fit: the range and the requested one, as far as the customers differ.

    Parameters
    ----------
    distinct : int
        Customers that differ in at least one feature; at least 1.
    lowest, highest : int
        The range judged, both ends included.
    requested : int or None
        The number asked for, None for a choice by evidence.

    Returns
    -------
    list of int
        Ascending, never empty.
    """
    wanted = {*range(lowest, highest + 1), requested or lowest}
    return sorted({min(count, distinct) for count in wanted})


def fit(scaled: np.ndarray, count: int, seed: int, starts: int = STARTS):
    """Fit KMeans from several k-means++ starts, to the point where no label changes.

    Parameters
    ----------
    scaled : array of float, shape (customers, features)
        In a fixed order of customers: the seed draws rows by their position.
    count : int
        Number of clusters, at most the number of distinct rows.
    seed : int
        Of the starts.
    starts : int
        The best of so many starts is kept. With more than ``START_CUSTOMERS`` customers they are
        made on the first of them, and the best one is carried on over all.

    Returns
    -------
    sklearn.cluster.KMeans
        With ``tol=0`` its centroids are the means of their members.
    """
    from sklearn.cluster import KMeans

    model = KMeans(
        count, n_init=starts, random_state=seed, tol=0, max_iter=1000, algorithm="lloyd"
    ).fit(scaled[:START_CUSTOMERS])
    if len(scaled) > START_CUSTOMERS:
        model = KMeans(
            count, init=model.cluster_centers_, n_init=1, tol=0, max_iter=1000, algorithm="lloyd"
        ).fit(scaled)
    return model


def order_by_spend(scaled: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Number the clusters from 1 by falling mean spend, instead of KMeans' arbitrary labels.

    Parameters
    ----------
    scaled : array of float, shape (customers, features)
    labels : array of int, shape (customers,)
        From 0.

    Returns
    -------
    array of int, shape (customers,)
        Segment ids from 1.
    """
    monetary = scaled[:, FEATURES.index("monetary")]
    clusters = np.unique(labels)
    means = np.array([monetary[labels == cluster].mean() for cluster in clusters])
    ids = np.empty(clusters.max() + 1, dtype=int)
    ids[clusters[np.argsort(-means, kind="stable")]] = np.arange(1, len(clusters) + 1)
    return ids[labels]


def bootstrap_ari(scaled: np.ndarray, labels: np.ndarray, count: int, seed: int) -> float:
    """Stability: how well fits on customers drawn again agree with the labels.

    Parameters
    ----------
    scaled : array of float, shape (customers, features)
    labels : array of int, shape (customers,)
        The labels to be confirmed.
    count : int
        Number of clusters.
    seed : int
        Of the draws.

    Returns
    -------
    float
        Mean adjusted Rand index (Hubert and Arabie 1985) over ``BOOTSTRAPS`` draws: 1 is full
        agreement, 0 what chance gives.
    """
    from sklearn.metrics import adjusted_rand_score

    generator = np.random.default_rng(seed)
    scores = []
    for draw in range(BOOTSTRAPS):
        drawn = scaled[generator.integers(len(scaled), size=len(scaled))]
        if len(np.unique(drawn, axis=0)) < count:
            continue
        scores.append(adjusted_rand_score(labels, fit(drawn, count, seed + draw, 3).predict(scaled)))
    return float(np.mean(scores)) if scores else 0.0


def name_clusters(
    values: np.ndarray, segment_ids: np.ndarray, prototypes: pd.DataFrame
) -> dict[int, str]:
    """Give every cluster the prototype it resembles, no prototype twice.

    Parameters
    ----------
    values : array of float, shape (customers, features)
        Features in their own units.
    segment_ids : array of int, shape (customers,)
    prototypes : pandas.DataFrame
        ``prototype_id`` and a ``<feature>_percentile`` (0 to 1) for each feature.

    Returns
    -------
    dict of int to str
        Segment id to prototype id; clusters beyond the number of prototypes are left out.
    """
    from scipy.optimize import linear_sum_assignment

    percentiles = (pd.DataFrame(values).rank() - 0.5) / len(values)
    medians = percentiles.groupby(segment_ids).median()
    columns = [feature.removesuffix("_days") + "_percentile" for feature in FEATURES]
    targets = prototypes[columns].to_numpy(dtype=float)
    cost = ((medians.to_numpy()[:, None, :] - targets[None, :, :]) ** 2).sum(axis=2)
    clusters, chosen = linear_sum_assignment(cost)
    names = prototypes["prototype_id"].to_numpy()
    return {
        int(medians.index[cluster]): str(names[prototype])
        for cluster, prototype in zip(clusters, chosen, strict=True)
    }


def cluster(
    training: pd.DataFrame,
    prototypes: pd.DataFrame,
    lowest: int,
    highest: int,
    requested: int | None,
    seed: int,
    log,
) -> pd.DataFrame:
    """Label the training customers for every candidate number of segments.

    Parameters
    ----------
    training : pandas.DataFrame
        One row per training customer, in any order: ``customer_id``, ``training_rank`` and the six
        features in their own units.
    prototypes : pandas.DataFrame
        See `name_clusters`.
    lowest, highest, requested : int, int, int or None
        See `candidate_counts`.
    seed : int
        Of every random draw.
    log : callable
        Takes one line of progress.

    Returns
    -------
    pandas.DataFrame
        One row per candidate number of segments and customer. ``silhouette`` (-1 to 1, Rousseeuw
        1987) is there for the first ``JUDGED_CUSTOMERS`` by rank; ``bootstrap_ari`` repeats per number
        of segments.
    """
    # By rank, which comes from the ids: the same customers in any row order are the same input.
    training = training.sort_values("training_rank", ignore_index=True)
    values = training[FEATURES].to_numpy(dtype=float)
    frames = []
    counts = []
    if len(training):
        scaled = scale(values)
        judged = scaled[:JUDGED_CUSTOMERS]
        distinct = len(np.unique(scaled, axis=0))
        counts = candidate_counts(distinct, lowest, highest, requested)
    for count in counts:
        from sklearn.metrics import silhouette_samples

        labels = fit(scaled, count, seed).labels_
        segment_ids = order_by_spend(scaled, labels)
        names = name_clusters(values, segment_ids, prototypes)
        silhouette = np.full(len(training), np.nan)
        judged_labels = labels[: len(judged)]
        if 1 < len(np.unique(judged_labels)) < len(judged):
            silhouette[: len(judged)] = silhouette_samples(judged, judged_labels)
        stability = bootstrap_ari(judged, judged_labels, count, seed)
        frame = training[["customer_id", *FEATURES]].copy()
        frame.insert(0, "segment_count", count)
        frame.insert(2, "segment_id", segment_ids)
        frame.insert(3, "prototype_id", [names.get(segment) for segment in segment_ids])
        frame["silhouette"] = silhouette
        frame["bootstrap_ari"] = stability
        frames.append(frame)
        log(f"{count} segments fitted on {len(training)} customers, bootstrap ARI {stability:.2f}")
    return pd.concat(frames, ignore_index=True) if frames else empty()


def empty() -> pd.DataFrame:
    """Return the output of `cluster` for no customers: typed columns, no row."""
    numbers = pd.DataFrame({name: pd.Series(dtype=float) for name in [*FEATURES, "silhouette"]})
    return pd.DataFrame(
        {
            "segment_count": pd.Series(dtype="int64"),
            "customer_id": pd.Series(dtype="str"),
            "segment_id": pd.Series(dtype="int64"),
            "prototype_id": pd.Series(dtype="str"),
        }
    ).join(numbers.assign(bootstrap_ari=pd.Series(dtype=float)))


def progress_log():
    """Return dbt's own logger where dbt runs the model, the standard one elsewhere."""
    try:
        from dbt.adapters.events.logging import AdapterLogger

        return AdapterLogger("Segmentation").info
    except ImportError:
        import logging

        return logging.getLogger("customer_segmentation").info


def model(dbt, session):
    """Run by dbt: read the training sample, write the labelled rows."""
    training = to_pandas(dbt.ref("int_training_customers"))
    prototypes = to_pandas(dbt.ref("segment_prototypes"))
    requested = str(dbt.config.meta_get("segment_count")).lower()

    # One thread: on a bounded sample more cost more than they bring, and their sums differ in the
    # last bits from run to run. Only libraries that are loaded already can be limited.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        clustered = cluster(
            training,
            prototypes.dropna().sort_values("prototype_id", ignore_index=True),
            lowest=int(dbt.config.meta_get("lowest_count")),
            highest=int(dbt.config.meta_get("highest_count")),
            requested=None if requested == "auto" else int(requested),
            seed=int(dbt.config.meta_get("seed")),
            log=progress_log(),
        )
    return clustered

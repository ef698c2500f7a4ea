"""Cluster the training customers with KMeans, once for every number of segments to evaluate.

SQL cannot do this step. From the rows written here, SQL then judges the labels, chooses the number
of segments and assigns all other customers.
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
SCALES = [f"scale_{feature}" for feature in FEATURES]
PROTOTYPE_FEATURES = {
    feature.removesuffix("_days") + "_percentile": feature for feature in FEATURES
}
STARTS = 10
START_CUSTOMERS = 10_000
JUDGED_CUSTOMERS = 2_000
BOOTSTRAPS = 10
WARM_TOLERANCE = 0.01
# A segment gets a name only in a clear case, and loses it only in a clear case to the contrary.
NAMING_MARGIN = 0.05
KEEPING_MARGIN = -0.10


def to_pandas(relation):
    """Read a relation from any warehouse as a data frame.

    Parameters
    ----------
    relation : object
        The result of ``dbt.ref``. It has one of ``toPandas``, ``to_pandas`` or ``df``, tried in
        that order, because Spark Connect claims to have any attribute.

    Returns
    -------
    pandas.DataFrame
        Column names in lower case.

    Raises
    ------
    TypeError
        If the relation has none of the three methods.
    """
    for method in ("toPandas", "to_pandas", "df"):
        if hasattr(relation, method):
            frame = getattr(relation, method)()
            return frame.rename(columns=str.lower)
    raise TypeError(
        f"int_customers_clustered cannot read a {type(relation).__name__}: "
        "it has none of toPandas, to_pandas and df."
    )


def scale(values: np.ndarray):
    """Take the logarithm of one plus the value, then the z-score.

    Parameters
    ----------
    values : array of float, shape (customers, features)
        Features in their own units, all above -1.

    Returns
    -------
    scaled : array of float, shape (customers, features)
        Mean 0 and standard deviation 1 in each column (0 if all values are equal).
    scaler : sklearn.preprocessing.StandardScaler
        Converts logarithms to scaled units.
    """
    from sklearn.preprocessing import StandardScaler

    logarithms = np.log1p(values)
    scaler = StandardScaler().fit(logarithms)
    return scaler.transform(logarithms), scaler


def candidate_counts(distinct: int, lowest: int, highest: int, requested: int | None) -> list[int]:
    """List the numbers of segments to fit: the range and the requested one.

    Parameters
    ----------
    distinct : int
        Number of distinct customers by features, at least 1; no larger number is listed.
    lowest, highest : int
        The range to evaluate, both ends included.
    requested : int or None
        The number requested, None to let the data decide.

    Returns
    -------
    list of int
        Ascending, never empty.
    """
    wanted = {*range(lowest, highest + 1), requested or lowest}
    return sorted({min(count, distinct) for count in wanted})


def fit(
    scaled: np.ndarray,
    count: int,
    seed: int,
    starts: int = STARTS,
    start: np.ndarray | None = None,
):
    """Fit KMeans until no label changes.

    Parameters
    ----------
    scaled : array of float, shape (customers, features)
        In a fixed order of customers: the seed draws rows by their position.
    count : int
        Number of clusters, at most the number of distinct rows.
    seed : int
        Seed of the k-means++ starts.
    starts : int
        Number of starts, of which the best is kept. With more than ``START_CUSTOMERS`` customers,
        only that many are used for the starts, and the best one is continued on all.
    start : array of float, shape (count, features), optional
        Centroids of the previous model. They are continued too, and win unless their inertia is
        more than ``WARM_TOLERANCE`` worse.

    Returns
    -------
    sklearn.cluster.KMeans
        With ``tol=0`` its centroids are the means of their members.
    """
    from sklearn.cluster import KMeans

    settings = {"random_state": seed, "tol": 0, "max_iter": 1000, "algorithm": "lloyd"}
    fresh = KMeans(count, n_init=starts, **settings).fit(scaled[:START_CUSTOMERS])
    if len(scaled) > START_CUSTOMERS:
        fresh = KMeans(count, init=fresh.cluster_centers_, n_init=1, **settings).fit(scaled)
    if start is None:
        return fresh
    warm = KMeans(count, init=start, n_init=1, **settings).fit(scaled)
    return warm if warm.inertia_ <= fresh.inertia_ * (1 + WARM_TOLERANCE) else fresh


def order_by_spend(scaled: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Replace KMeans' arbitrary labels by ids from 1, in descending order of mean spend.

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
    """Measure stability: how well fits on resampled customers agree with the labels.

    Parameters
    ----------
    scaled : array of float, shape (customers, features)
    labels : array of int, shape (customers,)
        The labels to confirm.
    count : int
        Number of clusters.
    seed : int
        Seed of the draws.

    Returns
    -------
    float
        Mean adjusted Rand index (Hubert and Arabie 1985) over ``BOOTSTRAPS`` draws: 1 is full
        agreement, 0 is chance.
    """
    from sklearn.metrics import adjusted_rand_score

    generator = np.random.default_rng(seed)
    scores = []
    for draw in range(BOOTSTRAPS):
        drawn = scaled[generator.integers(len(scaled), size=len(scaled))]
        if len(np.unique(drawn, axis=0)) < count:
            continue
        again = fit(drawn, count, seed + draw, 3).predict(scaled)
        scores.append(adjusted_rand_score(labels, again))
    return float(np.mean(scores)) if scores else 0.0


def percentile_medians(values: np.ndarray, segment_ids: np.ndarray) -> pd.DataFrame:
    """Return the median percentile of each segment among all customers.

    Parameters
    ----------
    values : array of float, shape (customers, features)
        Features in their own units.
    segment_ids : array of int, shape (customers,)

    Returns
    -------
    pandas.DataFrame
        One row per segment id, one column per feature: the median percentile, 0 to 1.
    """
    percentiles = (pd.DataFrame(values, columns=FEATURES).rank() - 0.5) / len(values)
    return percentiles.groupby(segment_ids).median()


def contradictions(medians: np.ndarray, targets: np.ndarray, margin: float) -> np.ndarray:
    """Find the segments that are on the wrong side of a prototype.

    Parameters
    ----------
    medians : array of float, shape (segments, features)
        See `percentile_medians`.
    targets : array of float, shape (prototypes, features)
        Percentiles of the prototypes. A target less than .25 from the midpoint takes no side.
    margin : float
        How far past the midpoint, on the prototype's side, a segment must at least be.

    Returns
    -------
    array of bool, shape (segments, prototypes)
    """
    sides = np.sign(targets - 0.5) * (np.abs(targets - 0.5) >= 0.25)
    wrong = sides[None, :, :] * (medians[:, None, :] - 0.5) < margin
    return (wrong & (sides != 0)[None, :, :]).any(axis=2)


def name_segments(
    medians: pd.DataFrame, prototypes: pd.DataFrame, given: dict[int, str | None]
) -> dict[int, str | None]:
    """Name every unnamed segment after the prototype it resembles, using no prototype twice.

    Parameters
    ----------
    medians : pandas.DataFrame
        See `percentile_medians`.
    prototypes : pandas.DataFrame
        ``prototype_id`` and a percentile (0 to 1) for each feature, named as in `FEATURES`.
    given : dict of int to str or None
        Names that segments already have, by segment id.

    Returns
    -------
    dict of int to str or None
        Segment id to prototype id; None if the segment contradicts every prototype that is left.
        The assignment has the lowest total squared distance (Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment

    left = prototypes[~prototypes["prototype_id"].isin(list(given.values()))]
    unnamed = medians[~medians.index.isin(list(given))]
    targets = left[FEATURES].to_numpy(dtype=float)
    wrong = contradictions(unnamed.to_numpy(), targets, NAMING_MARGIN)
    cost = ((unnamed.to_numpy()[:, None, :] - targets[None, :, :]) ** 2).sum(axis=2)
    names = dict.fromkeys(unnamed.index.tolist())
    # True costs never add up to 1000, so a contradiction is the last resort, and gives no name.
    for row, column in zip(*linear_sum_assignment(cost + 1000 * wrong), strict=True):
        if not wrong[row, column]:
            names[int(unnamed.index[row])] = str(left["prototype_id"].iloc[column])
    return given | names


def match_segments(previous_ids: np.ndarray, labels: np.ndarray) -> dict[int, int]:
    """Find the new clusters that correspond to a segment of the previous model.

    Parameters
    ----------
    previous_ids : array of int, shape (customers,)
        Segment ids by the previous model.
    labels : array of int, shape (customers,)
        Labels of the new clusters, from 0.

    Returns
    -------
    dict of int to int
        Cluster to segment id, one-to-one. A cluster whose Jaccard index is at most one half with
        every segment has no counterpart (dissolution, Hennig 2007).
    """
    from scipy.optimize import linear_sum_assignment

    shared = pd.crosstab(labels, previous_ids)
    sizes = shared.to_numpy()
    union = sizes.sum(axis=1)[:, None] + sizes.sum(axis=0)[None, :] - sizes
    jaccard = sizes / union
    return {
        int(shared.index[row]): int(shared.columns[column])
        for row, column in zip(*linear_sum_assignment(-jaccard), strict=True)
        if jaccard[row, column] > 0.5
    }


def previous_segments(values: np.ndarray, warm_starts: pd.DataFrame) -> np.ndarray:
    """Assign each customer to a segment of the previous model, using that model's scaler.

    Parameters
    ----------
    values : array of float, shape (customers, features)
        Features in their own units.
    warm_starts : pandas.DataFrame
        See `cluster`.

    Returns
    -------
    array of float, shape (customers,)
        Segment ids; NaN for a first fit.
    """
    if warm_starts.empty:
        return np.full(len(values), np.nan)
    scales = warm_starts[SCALES].to_numpy(dtype=float)
    offsets = np.log1p(values)[:, None, :] - warm_starts[FEATURES].to_numpy(dtype=float)
    nearest = ((offsets / scales) ** 2).sum(axis=2).argmin(axis=1)
    return warm_starts["segment_id"].to_numpy(dtype=float)[nearest]


def label(values, scaled, previous_ids, count, seed, prototypes, warm_starts) -> pd.DataFrame:
    """Fit one number of segments, and keep the previous model's ids and names where they match.

    Parameters
    ----------
    values, scaled : array of float, shape (customers, features)
        Features in their own units, and as returned by `scale`.
    previous_ids : array of float, shape (customers,)
        See `previous_segments`.
    count, seed : int
        See `fit`.
    prototypes : pandas.DataFrame
        See `name_segments`.
    warm_starts : pandas.DataFrame
        One row per segment of the previous model: ``segment_id``, ``prototype_id``,
        ``last_segment_id`` (the highest id ever used) and its centroid in the units of `scaled`,
        named as in `FEATURES`. Empty for a first fit.

    Returns
    -------
    pandas.DataFrame
        One row per customer: ``segment_id``, ``previous_segment_id`` (by the previous model;
        missing for a first fit), ``prototype_id``.
    """
    start = warm_starts[FEATURES].to_numpy(dtype=float)
    labels = fit(scaled, count, seed, start=start if len(start) == count else None).labels_
    by_spend = order_by_spend(scaled, labels)
    given: dict[int, str | None] = {}
    segment_ids = by_spend
    if len(warm_starts):
        kept = match_segments(previous_ids, by_spend)
        known = warm_starts.set_index("segment_id")["prototype_id"].to_dict()
        targets = prototypes.set_index("prototype_id")[FEATURES]
        medians = percentile_medians(values, by_spend)
        for cluster, segment in list(kept.items()):
            name = known[segment] if known[segment] in targets.index else None
            place = medians.loc[[cluster]].to_numpy()
            if (
                name
                and contradictions(place, targets.loc[[name]].to_numpy(), KEEPING_MARGIN).any()
            ):
                # It no longer fits its prototype, so it becomes a new segment with a new name.
                del kept[cluster]
            else:
                given[segment] = name
        unused = iter(range(int(warm_starts["last_segment_id"].max()) + 1, 10**6))
        ids = {rank: kept.get(rank) or next(unused) for rank in np.unique(by_spend).tolist()}
        segment_ids = np.array([ids[rank] for rank in by_spend])
    names = name_segments(percentile_medians(values, segment_ids), prototypes, given)
    return pd.DataFrame(
        {
            "segment_id": segment_ids,
            "previous_segment_id": pd.array(previous_ids, dtype="Int64"),
            "prototype_id": pd.Series([names[segment] for segment in segment_ids], dtype="str"),
        }
    )


def cluster(
    training: pd.DataFrame,
    prototypes: pd.DataFrame,
    warm_starts: pd.DataFrame,
    lowest: int,
    highest: int,
    requested: int | None,
    seed: int,
    log,
) -> pd.DataFrame:
    """Label the training customers for every number of segments to evaluate.

    Parameters
    ----------
    training : pandas.DataFrame
        One row per training customer, in any order: ``refresh_number``, ``model_version``,
        ``training_rank``, ``customer_id`` and the six features in their own units.
    prototypes : pandas.DataFrame
        See `name_segments`.
    warm_starts : pandas.DataFrame
        See `label`, but with the centroids in logarithms, and with the previous model's scale of
        each feature's logarithm, named as in `SCALES`.
    lowest, highest, requested : int, int, int or None
        See `candidate_counts`.
    seed : int
        Seed of every random draw.
    log : callable
        Called with one line of progress.

    Returns
    -------
    pandas.DataFrame
        One row per number of segments fitted and customer. ``silhouette`` (-1 to 1, Rousseeuw
        1987) is filled for the first ``JUDGED_CUSTOMERS`` by rank. ``bootstrap_ari`` repeats for
        every row of a number of segments.
    """
    from sklearn.metrics import silhouette_samples

    # Sort by rank, which comes from the ids, so that the row order of the input does not matter.
    training = training.sort_values("training_rank", ignore_index=True)
    prototypes = prototypes.sort_values("prototype_id", ignore_index=True)
    warm_starts = warm_starts.sort_values("segment_id", ignore_index=True)
    values = training[FEATURES].to_numpy(dtype=float)
    scaled, scaler = scale(values)
    previous_ids = previous_segments(values, warm_starts)
    warm_starts[FEATURES] = (warm_starts[FEATURES] - scaler.mean_) / scaler.scale_
    judged = scaled[:JUDGED_CUSTOMERS]
    frames = []
    for count in candidate_counts(len(np.unique(scaled, axis=0)), lowest, highest, requested):
        labelled = label(values, scaled, previous_ids, count, seed, prototypes, warm_starts)
        ids = labelled["segment_id"].to_numpy()[: len(judged)]
        silhouette = np.full(len(training), np.nan)
        if 1 < len(np.unique(ids)) < len(judged):
            silhouette[: len(judged)] = silhouette_samples(judged, ids)
        stability = bootstrap_ari(judged, ids, count, seed)
        frames.append(
            training[["refresh_number", "model_version"]]
            .assign(segment_count=count, customer_id=training["customer_id"])
            .join(labelled)
            .join(training[FEATURES])
            .assign(silhouette=silhouette, bootstrap_ari=stability)
        )
        log(f"{count} segments fitted on {len(training)} customers, bootstrap ARI {stability:.2f}")
    return pd.concat(frames, ignore_index=True)


def nobody() -> pd.DataFrame:
    """Return the output of `cluster` for no customers: typed columns, no rows."""
    types = {
        **dict.fromkeys(["refresh_number", "model_version", "segment_count"], "int64"),
        "customer_id": "str",
        "segment_id": "int64",
        "previous_segment_id": "Int64",
        "prototype_id": "str",
        **dict.fromkeys([*FEATURES, "silhouette", "bootstrap_ari"], "float64"),
    }
    return pd.DataFrame({name: pd.Series(dtype=type_) for name, type_ in types.items()})


def progress_log():
    """Return dbt's logger if dbt runs the model, else the standard one."""
    try:
        from dbt.adapters.events.logging import AdapterLogger

        return AdapterLogger("Segmentation").info
    except ImportError:
        import logging

        return logging.getLogger("customer_segmentation").info


def refit(training, prototypes, warm_starts, lowest, highest, requested, seed) -> pd.DataFrame:
    """Run `cluster` (see there) on one thread; ``requested`` is a number as text or ``auto``."""
    # On a bounded sample more threads cost more than they gain, and the last bits of their sums
    # differ from run to run. Only libraries that are loaded already can be limited.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return cluster(
            training,
            prototypes.dropna().rename(columns=lambda name: PROTOTYPE_FEATURES.get(name, name)),
            warm_starts,
            int(lowest),
            int(highest),
            None if str(requested).lower() == "auto" else int(requested),
            int(seed),
            progress_log(),
        )


def model(dbt, session):
    """Run by dbt: read the training sample, return labelled rows; none if no refit is due."""
    training = to_pandas(dbt.ref("int_training_customers"))
    prototypes = to_pandas(dbt.ref("stg_segment_prototypes"))
    warm_starts = to_pandas(dbt.ref("int_warm_starts"))
    settings = {
        "requested": dbt.config.meta_get("segment_count"),
        "lowest": dbt.config.meta_get("lowest_count"),
        "highest": dbt.config.meta_get("highest_count"),
        "seed": dbt.config.meta_get("seed"),
    }
    # Scoring needs no scikit-learn, so it is imported only for a fit.
    return nobody() if training.empty else refit(training, prototypes, warm_starts, **settings)

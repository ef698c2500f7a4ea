"""Cluster the training customers with KMeans, once for every number of segments to evaluate.

SQL cannot do this step. From the rows written here, SQL then judges the labels, chooses the number
of segments and assigns all other customers. Two more things come from the same step: a rule in
plain numbers for every segment, and the weights of the outlook.
"""

import itertools

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
# The facts about a segment for which a prototype may set a least and a greatest value.
FACTS = ["purchases", "days_ago", "days_since_first", "spend_ratio", "order_ratio"]
CONDITIONS = [f"{end}_{fact}" for fact in FACTS for end in ("least", "most")]
# What a prototype without percentiles costs: more than any other that is true of the segment.
DESCRIPTION_COST = 100
STARTS = 10
START_CUSTOMERS = 10_000
JUDGED_CUSTOMERS = 2_000
BOOTSTRAPS = 10
WARM_TOLERANCE = 0.01
# A rule has at most this many conditions. Money in it has this many significant digits.
RULE_DEPTH = 3
RULE_DIGITS = 2
# Features in whole numbers, and the least that each can be.
WHOLE_FEATURES = {"recency_days": 1, "frequency": 1, "length_days": 0, "unique_products": 0}
# An outlook needs this many customers, and this many each who did and did not buy again.
OUTLOOK_CUSTOMERS = 100
OUTLOOK_OUTCOMES = 10
FOLDS = 5
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


def describe_segments(customers: pd.DataFrame, segment_ids: np.ndarray) -> pd.DataFrame:
    """Return what names are given by: the median of each segment, among all and in plain numbers.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row per customer: the six features in their own units, and ``days_since_first``.
    segment_ids : array of int, shape (customers,)

    Returns
    -------
    pandas.DataFrame
        One row per segment id. For each feature the median percentile, 0 to 1. Besides, the median
        ``purchases``, ``days_ago`` (of the last one) and ``days_since_first`` (the first one to
        date), ``spend_ratio`` (the median net spend by the mean of all customers) and
        ``order_ratio`` (the median net spend per purchase by the median of all).
    """
    medians = customers[[*FEATURES, "days_since_first"]].groupby(segment_ids).median()
    facts = {
        "purchases": medians["frequency"],
        "days_ago": medians["recency_days"],
        "days_since_first": medians["days_since_first"],
        "spend_ratio": medians["monetary"] / customers["monetary"].mean(),
        "order_ratio": medians["average_spend"] / customers["average_spend"].median(),
    }
    percentiles = (customers[FEATURES].rank() - 0.5) / len(customers)
    return percentiles.groupby(segment_ids).median().assign(**facts)


def contradictions(segments: pd.DataFrame, prototypes: pd.DataFrame, margin: float) -> np.ndarray:
    """Find the segments of which a prototype is not true.

    Parameters
    ----------
    segments : pandas.DataFrame
        See `describe_segments`.
    prototypes : pandas.DataFrame
        See `name_segments`. A percentile that is missing or less than .25 from the midpoint takes
        no side; a condition that is missing is met.
    margin : float
        How far past the midpoint, on the prototype's side, a segment must at least be.

    Returns
    -------
    array of bool, shape (segments, prototypes)
    """
    targets = prototypes[FEATURES].fillna(0.5).to_numpy(dtype=float)
    sides = np.sign(targets - 0.5) * (np.abs(targets - 0.5) >= 0.25)
    offsets = segments[FEATURES].to_numpy()[:, None, :] - 0.5
    wrong = ((sides[None, :, :] * offsets < margin) & (sides != 0)[None, :, :]).any(axis=2)
    for fact in FACTS:
        value = segments[fact].to_numpy()[:, None]
        wrong |= value < prototypes[f"least_{fact}"].to_numpy(dtype=float)
        wrong |= value > prototypes[f"most_{fact}"].to_numpy(dtype=float)
    return wrong


def name_segments(
    segments: pd.DataFrame, prototypes: pd.DataFrame, given: dict[int, str | None]
) -> dict[int, str | None]:
    """Name every unnamed segment after the true prototype it resembles, none twice.

    Parameters
    ----------
    segments : pandas.DataFrame
        See `describe_segments`.
    prototypes : pandas.DataFrame
        ``prototype_id``, a percentile (0 to 1) for each feature, named as in `FEATURES`, and the
        `CONDITIONS`. One without percentiles only describes: it is for segments of which no other
        is true.
    given : dict of int to str or None
        Names that segments already have, by segment id.

    Returns
    -------
    dict of int to str or None
        Segment id to prototype id; None if no prototype that is left is true of the segment.
        The assignment has the lowest total squared distance (Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment

    left = prototypes[~prototypes["prototype_id"].isin(list(given.values()))]
    unnamed = segments[~segments.index.isin(list(given))]
    targets = left[FEATURES].to_numpy(dtype=float)
    wrong = contradictions(unnamed, left, NAMING_MARGIN)
    cost = ((unnamed[FEATURES].to_numpy()[:, None, :] - targets[None, :, :]) ** 2).sum(axis=2)
    # Of two descriptions, the one that says more.
    said = left[CONDITIONS].notna().sum(axis=1).to_numpy(dtype=float)
    cost = np.where(np.isnan(cost), DESCRIPTION_COST - said, cost)
    names = dict.fromkeys(unnamed.index.tolist())
    # True costs never add up to this, so a contradiction is the last resort, and gives no name.
    for row, column in zip(*linear_sum_assignment(cost + 10_000 * wrong), strict=True):
        if not wrong[row, column]:
            names[int(unnamed.index[row])] = str(left["prototype_id"].iloc[column])
    return given | names


def named_prototypes(prototypes: pd.DataFrame) -> pd.DataFrame:
    """Return the prototypes that a segment can be named after, without those that rules assign.

    Parameters
    ----------
    prototypes : pandas.DataFrame
        ``stg_segment_prototypes``.

    Returns
    -------
    pandas.DataFrame
        See `name_segments`.
    """
    renamed = prototypes.rename(columns=lambda name: PROTOTYPE_FEATURES.get(name, name))
    return renamed.dropna(how="all", subset=[*FEATURES, *CONDITIONS])


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


def label(customers, scaled, previous_ids, count, seed, prototypes, warm_starts) -> pd.DataFrame:
    """Fit one number of segments, and keep the previous model's ids and names where they match.

    Parameters
    ----------
    customers : pandas.DataFrame
        See `describe_segments`.
    scaled : array of float, shape (customers, features)
        Their features as returned by `scale`.
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
        targets = prototypes.set_index("prototype_id")
        described = describe_segments(customers, by_spend)
        for cluster, segment in list(kept.items()):
            name = known[segment] if known[segment] in targets.index else None
            place = described.loc[[cluster]]
            if name and contradictions(place, targets.loc[[name]], KEEPING_MARGIN).any():
                # Its name is no longer true, so it becomes a new segment with a new name.
                del kept[cluster]
            else:
                given[segment] = name
        unused = itertools.count(int(warm_starts["last_segment_id"].max()) + 1)
        ids = {rank: kept.get(rank) or next(unused) for rank in np.unique(by_spend).tolist()}
        segment_ids = np.array([ids[rank] for rank in by_spend])
    names = name_segments(describe_segments(customers, segment_ids), prototypes, given)
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
        ``training_rank``, ``customer_id``, the six features in their own units and
        ``days_since_first``, from the first purchase to date to the snapshot date.
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
        labelled = label(training, scaled, previous_ids, count, seed, prototypes, warm_starts)
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


def best_box(values: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Find the few bounds that describe a segment best, with a shallow decision tree.

    Parameters
    ----------
    values : array of float, shape (customers, features)
        Features in their own units.
    members : array of bool, shape (customers,)
        Who is in the segment.

    Returns
    -------
    array of float, shape (2, features)
        The least and the greatest value that the rule allows; NaN where it has no such bound. Of
        all nodes of the tree it is the one with the highest F1 score, the nearer to the root on a
        tie.
    """
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=RULE_DEPTH, random_state=0).fit(values, members).tree_
    best, best_f1 = np.full((2, len(FEATURES)), np.nan), 0.0
    nodes = [(0, best)]
    for node, box in nodes:
        size = tree.n_node_samples[node]
        # The root has no condition, so it describes nobody in particular.
        hits = size * tree.value[node, 0, -1] if node else 0
        f1 = 2 * hits / (size + members.sum())
        if f1 > best_f1:
            best, best_f1 = box, f1
        if tree.children_left[node] != tree.children_right[node]:
            feature, threshold = tree.feature[node], tree.threshold[node]
            lower, upper = box.copy(), box.copy()
            if FEATURES[feature] in WHOLE_FEATURES:
                lower[1, feature], upper[0, feature] = np.floor(threshold), np.floor(threshold) + 1
            else:
                rounded = float(f"{threshold:.{RULE_DIGITS}g}")
                lower[1, feature] = upper[0, feature] = rounded
            nodes += [(tree.children_left[node], lower), (tree.children_right[node], upper)]
    for feature, least in WHOLE_FEATURES.items():
        column = FEATURES.index(feature)
        if best[1, column] == least:
            best[0, column] = least
    return best


def describe(labelled: pd.DataFrame) -> pd.DataFrame:
    """Describe every segment by a rule.

    Parameters
    ----------
    labelled : pandas.DataFrame
        See `cluster`. Of each number of segments the first ``START_CUSTOMERS`` are read.

    Returns
    -------
    pandas.DataFrame
        Two rows per number of segments and segment, with ``row_kind`` ``at_least`` and
        ``at_most`` and the bounds in the columns of the features. None for a single segment, and
        where no bound describes the segment.
    """
    rows = []
    for count, customers in labelled.groupby("segment_count"):
        sample = customers.head(START_CUSTOMERS)
        values = sample[FEATURES].to_numpy(dtype=float)
        for segment_id in np.unique(sample["segment_id"]):
            box = best_box(values, sample["segment_id"].to_numpy() == segment_id)
            if np.isnan(box).all():
                continue
            for row_kind, bounds in zip(("at_least", "at_most"), box, strict=True):
                key = {"row_kind": row_kind, "segment_count": count, "segment_id": segment_id}
                rows.append(key | dict(zip(FEATURES, bounds, strict=True)))
    return pd.DataFrame(rows)


def outlook_weights(
    logarithms: np.ndarray, later_spend: np.ndarray, bought: np.ndarray
) -> dict[str, np.ndarray]:
    """Fit what customers spend later, and whether they buy.

    Parameters
    ----------
    logarithms : array of float, shape (customers, features)
        Logarithms of one plus each feature.
    later_spend : array of float, shape (customers,)
        Net spend in the days after; the sum must be above 0.
    bought : array of bool, shape (customers,)
        Whether there was a purchase in the days after.

    Returns
    -------
    dict of str to array of float, shape (1 + features,)
        Bias and weights of the logarithms. ``log_spend`` is a ridge regression on the logarithm of
        one plus the spend. ``expected_spend`` is the logarithm of the expected spend: the ridge
        stretched by a Poisson regression and shifted, so that the expected spend of these
        customers adds up to what they spent. ``purchase_probability`` is a logistic regression, in
        logits.
    """
    from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
    from sklearn.preprocessing import StandardScaler

    def unscaled(intercept, coefficients):
        weights = coefficients / scaler.scale_
        return np.array([intercept - weights @ scaler.mean_, *weights])

    scaler = StandardScaler().fit(logarithms)
    scaled = scaler.transform(logarithms)
    positive = np.clip(later_spend, 0, None)
    ridge = Ridge(alpha=1).fit(scaled, np.log1p(positive))
    predicted = ridge.predict(scaled)
    # Customers who are all alike have no slopes.
    slope, slopes = 0.0, np.zeros(len(FEATURES))
    bias = np.log(bought.sum() / (~bought).sum())
    if np.ptp(predicted) > 1e-9:
        # Newton's method converges to the last digits, on every machine to the same.
        newton: dict = {"solver": "newton-cholesky", "tol": 1e-9, "max_iter": 100}
        poisson = PoissonRegressor(alpha=0, **newton)
        slope = float(poisson.fit(predicted[:, None], positive / positive.mean()).coef_[0])
        logistic = LogisticRegression(**newton).fit(scaled, bought)
        bias, slopes = logistic.intercept_[0], logistic.coef_[0]
    level = np.log(later_spend.sum() / np.exp(slope * predicted).sum())
    return {
        "log_spend": unscaled(ridge.intercept_, ridge.coef_),
        "expected_spend": unscaled(level + slope * ridge.intercept_, slope * ridge.coef_),
        "purchase_probability": unscaled(bias, slopes),
    }


def outlook(backtest: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Fit the outlook on customers seen from an earlier date, and predict each of them.

    Parameters
    ----------
    backtest : pandas.DataFrame
        One row per customer, in any order: ``customer_id``, the six features, ``later_spend`` and
        ``later_purchases``.
    seed : int
        Seed of the folds.

    Returns
    -------
    pandas.DataFrame
        One row with ``row_kind`` ``backtest`` per customer, predicted by a fit on the four fifths
        without the customer. One row each of kind ``expected_spend`` and ``purchase_probability``
        with ``bias``, the weights in the columns of the features, and how good the predictions
        are (``accuracy``): R squared of the logarithm of one plus the spend, and the area under
        the ROC curve. No row if there are too few customers, buyers or others.
    """
    from sklearn.metrics import r2_score, roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    backtest = backtest.sort_values("customer_id", ignore_index=True)
    later_spend = backtest["later_spend"].to_numpy(dtype=float)
    bought = backtest["later_purchases"].to_numpy(dtype=float) > 0
    enough = min(bought.sum(), (~bought).sum()) >= OUTLOOK_OUTCOMES
    if len(backtest) < OUTLOOK_CUSTOMERS or not enough:
        return pd.DataFrame()
    logarithms = np.log1p(backtest[FEATURES].to_numpy(dtype=float))
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(logarithms, bought))
    if min(later_spend[train].sum() for train, _ in folds) <= 0:
        return pd.DataFrame()
    predicted: dict[str, np.ndarray] = {}
    for train, test in folds:
        fitted = outlook_weights(logarithms[train], later_spend[train], bought[train])
        for name, weights in fitted.items():
            predicted.setdefault(name, np.empty(len(backtest)))[test] = (
                weights[0] + logarithms[test] @ weights[1:]
            )
    customers = backtest[["customer_id", *FEATURES, "later_spend", "later_purchases"]].assign(
        row_kind="backtest",
        expected_spend=np.exp(predicted["expected_spend"]),
        purchase_probability=1 / (1 + np.exp(-predicted["purchase_probability"])),
    )
    log_spend = np.log1p(np.clip(later_spend, 0, None))
    accuracy = {
        "expected_spend": r2_score(log_spend, predicted["log_spend"]),
        "purchase_probability": roc_auc_score(bought, predicted["purchase_probability"]),
    }
    fitted = outlook_weights(logarithms, later_spend, bought)
    weights = pd.DataFrame(
        {
            "row_kind": name,
            "bias": fitted[name][0],
            **dict(zip(FEATURES, fitted[name][1:], strict=True)),
            "accuracy": value,
        }
        for name, value in accuracy.items()
    )
    return pd.concat([customers, weights], ignore_index=True)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the columns and types of the output; absent columns are missing values.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of `cluster`, `describe` and `outlook`, or none for no fit.
    """
    types = {
        **dict.fromkeys(["refresh_number", "model_version"], "int64"),
        "row_kind": "str",
        "segment_count": "Int64",
        "customer_id": "str",
        "segment_id": "Int64",
        "previous_segment_id": "Int64",
        "prototype_id": "str",
        **dict.fromkeys([*FEATURES, "silhouette", "bootstrap_ari", "bias", "accuracy"], "float64"),
        "later_spend": "float64",
        "later_purchases": "Int64",
        **dict.fromkeys(["expected_spend", "purchase_probability"], "float64"),
    }
    return frame.reindex(columns=list(types)).astype(types)


def progress_log():
    """Return dbt's logger if dbt runs the model, else the standard one."""
    try:
        from dbt.adapters.events.logging import AdapterLogger

        return AdapterLogger("Segmentation").info
    except ImportError:
        import logging

        return logging.getLogger("customer_segmentation").info


def refit(
    training, prototypes, warm_starts, backtest, lowest, highest, requested, seed
) -> pd.DataFrame:
    """Run `cluster`, `describe` and `outlook` (see there) on one thread.

    ``requested`` is a number as text or ``auto``.
    """
    # On a bounded sample more threads cost more than they gain, and the last bits of their sums
    # differ from run to run. Only libraries that are loaded already can be limited.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        labelled = cluster(
            training,
            named_prototypes(prototypes),
            warm_starts,
            int(lowest),
            int(highest),
            None if str(requested).lower() == "auto" else int(requested),
            int(seed),
            progress_log(),
        )
        rows = [labelled, describe(labelled), outlook(backtest, int(seed))]
    version = {name: labelled[name].iloc[0] for name in ("refresh_number", "model_version")}
    return typed(pd.concat(rows, ignore_index=True).assign(**version))


def model(dbt, session):
    """Run by dbt: read the samples, return what was fitted; no row if no refit is due."""
    training = to_pandas(dbt.ref("int_training_customers"))
    prototypes = to_pandas(dbt.ref("stg_segment_prototypes"))
    warm_starts = to_pandas(dbt.ref("int_warm_starts"))
    backtest = to_pandas(dbt.ref("int_backtest_customers"))
    settings = {
        "requested": dbt.config.meta_get("segment_count"),
        "lowest": dbt.config.meta_get("lowest_count"),
        "highest": dbt.config.meta_get("highest_count"),
        "seed": dbt.config.meta_get("seed"),
    }
    # Scoring needs no scikit-learn, so it is imported only for a fit.
    if training.empty:
        fitted = typed(pd.DataFrame())
    else:
        fitted = refit(training, prototypes, warm_starts, backtest, **settings)
    # Snowflake quotes the names of a data frame, and a name without quotes is in capitals there.
    is_snowpark = type(session).__module__.startswith("snowflake.")
    return fitted.rename(columns=str.upper) if is_snowpark else fitted

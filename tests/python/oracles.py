"""Every number that SQL computes about a model, again with numpy, scikit-learn and pandas.

An oracle takes a DuckDB connection to a warehouse after a refresh and raises where a number
differs. It starts from the raw lines and the labelled training rows (int_customers_clustered) and
takes from other tables only what it does not check. If there was an earlier refresh, the
warehouse as that refresh left it must be attached as `earlier`. `ORACLES` lists them all, each
with the models it guards.
"""

import hashlib
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import expit, logit
from scipy.stats import norm, rankdata
from sklearn import metrics
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FEATURES = ["recency_days", "frequency", "monetary", "length_days"]
FEATURES += ["average_spend", "unique_products"]
FITTED = "int_customers_clustered"
NO_NET_SPEND, LAPSED = 0, -1
RULES = {NO_NET_SPEND: "no_net_spend", LAPSED: "lapsed"}
NO_SEGMENT = -99
OUTLOOK_DAYS = 90
PSI_LIMIT, DISTANCE_LIMIT, LOW_MARGIN, LOW_MARGIN_LIMIT = 0.25, 1.25, 0.10, 0.30
EMPTY_AS_ZERO = ["customers", "customer_share", "revenue", "revenue_share", "net_spend_to_date"]
EMPTY_AS_ZERO += ["overdue_customers"]
MONEY = 10_000  # amounts are whole ten-thousandths: no float in sums of money
MOST_MONEY = 10**18
# A refresh that did not complete leaves rows in internal tables, which nothing may read.
VALID = "refresh_number in (select refresh_number from int_valid_refreshes)"


class Oracle(NamedTuple):
    """One independent computation, and the models in which it notices a mistake."""

    name: str
    models: frozenset[str]
    check: Callable[[DuckDBPyConnection], None]


ORACLES: tuple[Oracle, ...] = ()


def guards(*models: str):
    """Put the function into `ORACLES`."""

    def register(check):
        global ORACLES
        ORACLES += (Oracle(check.__name__.removeprefix("assert_"), frozenset(models), check),)
        return check

    return register


def assert_same(got: pd.DataFrame, expected: pd.DataFrame, key: list[str]) -> None:
    """Compare the columns of `expected`, in any order of rows; two missing values are equal."""

    def comparable(frame):
        frame = frame[list(expected.columns)].copy()
        for name in frame:
            if expected[name].isna().all():
                frame[name] = frame[name].astype(str).replace(["NaT", "<NA>", "None"], "nan")
            elif pd.api.types.is_numeric_dtype(expected[name]):
                frame[name] = frame[name].astype("float64")
            elif pd.api.types.is_datetime64_dtype(expected[name]):
                frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
            else:
                frame[name] = frame[name].astype("str")
        return frame.sort_values(key, ignore_index=True)

    # SQL sums floats as decimals of 18 places: values near 0 have an absolute error.
    pd.testing.assert_frame_equal(comparable(got), comparable(expected), rtol=1e-9, atol=1e-12)


def read(connection: DuckDBPyConnection, source: str) -> pd.DataFrame:
    return connection.execute(f"from {source}").df()


def earlier(connection: DuckDBPyConnection, table: str) -> pd.DataFrame:
    """Return a table as the refresh before left it; no row if there was none."""
    databases = read(connection, "duckdb_databases()")["database_name"].tolist()
    return read(connection, f"earlier.{table}" if "earlier" in databases else f"{table} limit 0")


def snapshot_date(connection: DuckDBPyConnection) -> pd.Timestamp:
    return read(connection, "int_refreshes order by refresh_number")["snapshot_date"].iloc[-1]


# ---------------------------------------------------------------------------- from the raw lines


def lines_of(connection: DuckDBPyConnection) -> pd.DataFrame:
    """Return the lines that count: day, amount in ten-thousandths and the ids, merges applied."""
    raw = read(connection, "raw_transactions")
    merges = read(connection, "stg_customer_merges").set_index("from_customer_id").iloc[:, 0]
    lines = raw[["transaction_id", "product_id"]].assign(
        customer_id=raw["customer_id"].replace(merges.to_dict()),
        day=pd.to_datetime(raw["purchased_at"].str.slice(0, 10), errors="coerce"),
        amount=(pd.to_numeric(raw["amount"], errors="coerce") * MONEY).round(),
    )
    lines = lines.dropna(subset=["transaction_id", "customer_id", "day", "amount"])
    is_usable = lines["day"].between("1900-01-01", "2199-12-31")
    is_usable &= (lines["amount"] != 0) & (lines["amount"].abs() < MOST_MONEY)
    is_usable &= lines["transaction_id"].str.strip() != ""
    return lines[is_usable].astype({"amount": "int64"})


@guards("int_loaded_lines", "int_rejected_lines")
def assert_lines_keep_the_refresh_that_read_them(connection):
    """A partition that has not changed is not read again, and each has one row that says so."""
    partitions = read(connection, "int_source_partitions")["fingerprint"]
    for table in ("int_loaded_lines", "int_rejected_lines"):
        columns = ["fingerprint", "refresh_number"]
        read_at = read(connection, table)[columns].drop_duplicates()
        before = earlier(connection, table)[columns].drop_duplicates()
        both = read_at.merge(before, on="fingerprint", suffixes=["", "_before"])
        assert (both["refresh_number"] == both["refresh_number_before"]).all()
    marks = read(connection, "int_rejected_lines where rejection_reason is null")["fingerprint"]
    assert sorted(marks) == sorted(partitions)


@guards("int_days")
def assert_days_of_a_century(connection):
    days = read(connection, "int_days")["date_day"].sort_values()
    assert days.tolist() == pd.date_range("2000-01-01", "2099-12-31").tolist()


def between(lines: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    return lines[(lines["day"] >= start) & (lines["day"] < end)]


def features_of(lines: pd.DataFrame, months: int, date: pd.Timestamp) -> pd.DataFrame:
    """Return the six features and three dates of each customer who bought in the window."""
    lines = between(lines, date - pd.DateOffset(months=months), date)
    bought = lines[lines["amount"] > 0].groupby("customer_id")
    first, last = bought["day"].min(), bought["day"].max()
    frequency = bought["transaction_id"].nunique()
    money = lines.groupby("customer_id")["amount"].sum().reindex(first.index)
    average = [
        float((Decimal(total) / MONEY / orders).quantize(Decimal("1e-6"), ROUND_HALF_UP))
        for total, orders in zip(money.tolist(), frequency.tolist(), strict=True)
    ]
    return pd.DataFrame(
        {
            "recency_days": (date - last).dt.days,
            "frequency": frequency,
            "monetary": money / MONEY,
            "length_days": (last - first).dt.days,
            "average_spend": average,
            "unique_products": bought["product_id"].nunique(),
            "first_purchase_date": first,
            "last_purchase_date": last,
            "snapshot_date": date,
        }
    )


def gaps_of(days: pd.Series) -> np.ndarray:
    """Return the days between any two days next to each other."""
    return np.diff(np.unique(days.to_numpy())).astype("timedelta64[D]").astype(int)


def totals_to_date(lines: pd.DataFrame, date: pd.Timestamp) -> pd.DataFrame:
    """Return everyone with a line before a day, and what the lines up to it add up to."""
    lines = lines[lines["day"] < date]
    bought = lines[lines["amount"] > 0].groupby("customer_id")
    totals = pd.DataFrame(
        {
            "net_spend_to_date": lines.groupby("customer_id")["amount"].sum() / MONEY,
            "last_purchase_date": bought["day"].max(),
            "transactions_to_date": bought["transaction_id"].nunique(),
            "gaps": bought["day"].agg(gaps_of),
        }
    )
    totals["days_between_purchases"] = (
        totals["gaps"].explode().astype(float).groupby(level=0).mean()
    )
    totals["days_since_last_purchase"] = (date - totals["last_purchase_date"]).dt.days
    return totals.fillna({"transactions_to_date": 0}).rename_axis("customer_id").reset_index()


def score(values: pd.Series) -> np.ndarray:
    """Score 1 to 5 by the share of customers with less, ties counted by half, in whole numbers."""
    halves = (2 * rankdata(values) - 1).round().astype(int)
    return 1 + 5 * halves // (2 * len(values))


def first_by_hash(customers: pd.Series, limit: int) -> list[str]:
    """Return the first customers by the MD5 of their ids."""
    return sorted(customers, key=lambda name: (hashlib.md5(name.encode()).hexdigest(), name))[
        :limit
    ]


# --------------------------------------------------------------- from the labelled training rows


class Fit:
    """One number of segments of one refresh: what its labelled training rows amount to."""

    def __init__(self, rows: pd.DataFrame):
        self.rows = rows
        self.scaler = StandardScaler().fit(np.log1p(rows[FEATURES].to_numpy(dtype=float)))
        self.scaled = self.scale(rows)
        self.labels = rows["segment_id"].to_numpy()
        self.segments = np.unique(self.labels)
        self.members = [self.labels == segment for segment in self.segments]
        self.centroids = np.array([self.scaled[own].mean(axis=0) for own in self.members])
        self.own_distances = np.linalg.norm(
            self.scaled - self.centroids[np.searchsorted(self.segments, self.labels)], axis=1
        )

    @property
    def atypical_distances(self) -> np.ndarray:
        """Return the distance within which 99% of each segment's training customers are."""
        own = [self.own_distances[members] for members in self.members]
        return np.array([np.quantile(each, 0.99, method="inverted_cdf") for each in own])

    def scale(self, features: pd.DataFrame) -> np.ndarray:
        return self.scaler.transform(np.log1p(features[FEATURES].to_numpy(dtype=float)))

    def distances(self, features: pd.DataFrame) -> np.ndarray:
        """Return the distances to the centroids, shape (customers, segments)."""
        return cdist(self.scale(features), self.centroids)

    def nearest(self, features: pd.DataFrame) -> np.ndarray:
        return self.segments[self.distances(features).argmin(axis=1)]

    @cached_property
    def silhouettes(self) -> np.ndarray:
        """Return the silhouette of each judged customer, NaN for the others."""
        judged = self.rows["silhouette"].notna().to_numpy()
        values = np.full(len(judged), np.nan)
        values[judged] = metrics.silhouette_samples(self.scaled[judged], self.labels[judged])
        return values

    def by_segment(self, values: np.ndarray) -> list[float]:
        return [np.nanmean(values[own]) for own in self.members]

    def measures(self) -> dict:
        within = sum(
            ((self.scaled[own] - self.scaled[own].mean(axis=0)) ** 2).sum(axis=0)
            for own in self.members
        )
        total = ((self.scaled - self.scaled.mean(axis=0)) ** 2).sum(axis=0)
        return {
            "inertia": (self.own_distances**2).sum(),
            "micro_silhouette": np.nanmean(self.silhouettes),
            "macro_silhouette": np.mean(self.by_segment(self.silhouettes)),
            "calinski_harabasz": metrics.calinski_harabasz_score(self.scaled, self.labels),
            "davies_bouldin": metrics.davies_bouldin_score(self.scaled, self.labels),
            "bootstrap_ari": self.rows["bootstrap_ari"].iloc[0],
            "smallest_share": min(own.sum() for own in self.members) / len(self.labels),
            "feature_balance": (1 - within / total).min(),
        }

    def scaler_columns(self) -> dict:
        centers = zip(FEATURES, self.scaler.mean_, strict=True)
        scales = zip(FEATURES, self.scaler.scale_, strict=True)
        return {f"center_{name}": value for name, value in centers} | {
            f"scale_{name}": value for name, value in scales
        }


def fits_of(connection: DuckDBPyConnection) -> dict[tuple[int, int], Fit]:
    """Return each fit by refresh number and number of segments."""
    rows = read(connection, f"{FITTED} where row_kind is null order by customer_id")
    groups = rows.groupby(["refresh_number", "segment_count"])
    return {key: Fit(own.reset_index(drop=True)) for key, own in groups}


def versions_of(connection: DuckDBPyConnection) -> pd.DataFrame:
    """Return the settings of each model version and its fit, by version."""
    fits = fits_of(connection)
    chosen = read(connection, "int_segment_count_evaluations where is_chosen")
    chosen = chosen.set_index("refresh_number")["segment_count"]
    versions = read(connection, f"int_model_versions where {VALID} order by model_version")
    settings = [
        dict(setting.split("=") for setting in text.split(", ")) for text in versions["settings"]
    ]
    return pd.DataFrame(
        {
            "refresh_number": versions["refresh_number"],
            "is_accepted": versions["is_accepted"],
            "months": [int(own["observation_months"]) for own in settings],
            "training_customers": [int(own["training_customers"]) for own in settings],
            "fit": [fits[number, chosen[number]] for number in versions["refresh_number"]],
        }
    ).set_index(versions["model_version"])


def active_version(connection: DuckDBPyConnection) -> pd.Series:
    versions = versions_of(connection)
    return versions[versions["is_accepted"]].iloc[-1]


@guards("int_refreshes")
def assert_a_refresh_builds_on_completed_ones(connection):
    """An unfinished refresh counts neither as the one before nor for the number of a version."""
    newest = read(connection, "int_refreshes order by refresh_number").iloc[-1]
    completed = earlier(connection, "completed_refreshes")
    completed = completed[completed["completed_at"].notna()]
    before = completed[completed["snapshot_date"] < newest["snapshot_date"]]["snapshot_date"].max()
    versions = earlier(connection, "int_model_versions")
    versions = versions[versions["refresh_number"].isin(completed["refresh_number"])]
    got = [newest["previous_snapshot_date"], newest["newest_version"]]
    values = [
        0 if pd.isna(each) else each for each in (*got, before, versions["model_version"].max())
    ]
    assert values[:2] == values[2:]


@guards("completed_refreshes")
def assert_a_refresh_records_its_source_and_model(connection):
    """The best sellers in one text, by their ids: what the next refresh compares its own with."""
    newest = read(connection, "completed_refreshes order by refresh_number").iloc[-1]
    lines = between(lines_of(connection), newest["window_start"], newest["snapshot_date"])
    names = lines[lines["amount"] > 0]["product_id"].dropna()
    counts = names.value_counts().reset_index()
    best = counts.sort_values(["count", "product_id"], ascending=[False, True])["product_id"]
    assert newest["best_sellers"] == "".join(f"|{name}|" for name in sorted(best[:200]))
    assert newest["source_lines"] == "raw_transactions"
    assert newest["model_version"] == active_version(connection).name
    is_control = read(connection, "customer_segments")["is_control"]
    assert (newest["control_share"] > 0) == is_control.any()
    assert pd.notna(newest["completed_at"])


@guards("int_training_customers", "int_customers_clustered")
def assert_training_sample(connection):
    """The first customers with net spend by the hash of their ids, with their features as now."""
    version = versions_of(connection).iloc[-1]
    sample = read(connection, "int_training_customers order by training_rank")
    if version["refresh_number"] != read(connection, "int_refreshes")["refresh_number"].max():
        assert sample.empty
        return
    customers = read(connection, "customer_features where monetary > 0")
    names = first_by_hash(customers["customer_id"], version["training_customers"])
    assert sample["customer_id"].tolist() == names
    assert sample["training_rank"].tolist() == list(range(1, len(names) + 1))
    expected = customers[customers["customer_id"].isin(names)][["customer_id", *FEATURES]]
    for rows in (sample, version["fit"].rows):
        assert_same(rows, expected, ["customer_id"])


@guards("int_scalers")
def assert_scalers(connection):
    expected = [
        {
            "refresh_number": refresh,
            "model_version": fit.rows["model_version"].iloc[0],
            **fit.scaler_columns(),
        }
        for (refresh, _), fit in fits_of(connection).items()
    ]
    expected = pd.DataFrame(expected).drop_duplicates("refresh_number")
    assert_same(read(connection, "int_scalers"), expected, ["refresh_number"])


@guards("int_segment_centroids")
def assert_centroids(connection):
    expected = pd.concat(
        pd.DataFrame(fit.centroids, columns=[f"centroid_{name}" for name in FEATURES]).assign(
            refresh_number=refresh,
            model_version=fit.rows["model_version"].iloc[0],
            segment_count=count,
            segment_id=fit.segments,
            prototype_id=[fit.rows["prototype_id"][own].iloc[0] for own in fit.members],
            bootstrap_ari=fit.rows["bootstrap_ari"].iloc[0],
            training_customers=[own.sum() for own in fit.members],
            judged_customers=[np.isfinite(fit.silhouettes[own]).sum() for own in fit.members],
            mean_silhouette=fit.by_segment(fit.silhouettes),
            mean_distance=fit.by_segment(fit.own_distances),
            atypical_distance=fit.atypical_distances,
        )
        for (refresh, count), fit in fits_of(connection).items()
    )
    got = read(connection, "int_segment_centroids")
    assert_same(got, expected, ["refresh_number", "segment_count", "segment_id"])


@guards("int_segment_count_measures", "int_segment_count_evaluations", "segment_count_evaluations")
def assert_measures_of_every_number_of_segments(connection):
    """Silhouettes, Calinski-Harabasz and Davies-Bouldin are those of scikit-learn."""
    expected = pd.DataFrame(
        {
            "refresh_number": refresh,
            "model_version": fit.rows["model_version"].iloc[0],
            "segment_count": count,
            "training_customers": len(fit.rows),
            **fit.measures(),
        }
        for (refresh, count), fit in fits_of(connection).items()
    )
    key = ["model_version", "segment_count"]
    assert_same(read(connection, "int_segment_count_evaluations"), expected, key)
    numbers = read(connection, "int_valid_refreshes")["refresh_number"]
    published = expected[expected["refresh_number"].isin(numbers)]
    published = published.drop(columns=["refresh_number", "training_customers"])
    assert_same(read(connection, "segment_count_evaluations"), published, key)
    number = read(connection, "int_refreshes")["refresh_number"].max()
    now = expected[expected["refresh_number"] == number]
    assert_same(read(connection, "int_segment_count_measures"), now, key)


@guards("int_model_versions", "segment_models")
def assert_model_versions(connection):
    """Each version carries the numbers of the chosen number of segments."""
    dates = read(connection, "int_refreshes").set_index("refresh_number")["snapshot_date"]
    expected = pd.DataFrame(
        {
            "model_version": number,
            "snapshot_date": dates[version["refresh_number"]],
            "segment_count": len(version["fit"].segments),
            "training_customers": len(version["fit"].rows),
            **version["fit"].scaler_columns(),
            **version["fit"].measures(),
        }
        for number, version in versions_of(connection).iterrows()
    ).drop(columns=["calinski_harabasz", "davies_bouldin"])
    for table in (f"int_model_versions where {VALID}", "segment_models"):
        assert_same(read(connection, table), expected, ["model_version"])


@guards("int_segment_lineage", "int_model_versions", "segment_models", "int_warm_starts")
def assert_moves_and_lineage_of_a_refit(connection):
    """What the new labels make of the segments of the version before, on the same customers."""
    versions = versions_of(connection)
    expected = [{"model_version": 1, "moved_share": np.nan, "lineage": None}]
    for number, version in versions.iloc[1:].iterrows():
        before = versions[versions["is_accepted"]].loc[: number - 1].iloc[-1]["fit"]
        fit = version["fit"]
        shared = shared_customers(before.nearest(fit.rows), fit.labels)
        moved = shared.loc[shared["from"] != shared["to"], "customers"].sum() / len(fit.labels)
        lineage = "; ".join(sorted(shared["lineage"].dropna())) or None
        expected.append({"model_version": number, "moved_share": moved, "lineage": lineage})
        columns = {"from_segment_id": "from", "to_segment_id": "to"}
        written = f"int_segment_lineage where refresh_number = {version['refresh_number']}"
        assert_same(read(connection, written).rename(columns=columns), shared, ["from", "to"])
    for table in (f"int_model_versions where {VALID}", "segment_models"):
        assert_same(read(connection, table), pd.DataFrame(expected), ["model_version"])


def shared_customers(before: np.ndarray, after: np.ndarray) -> pd.DataFrame:
    """Count the customers of each old and new segment, and say what became of the segment."""
    pairs = pd.crosstab(before, after)
    rows = []
    for old in pairs.index:
        for new in pairs.columns[pairs.loc[old] > 0]:
            customers = pairs.loc[old, new]
            gone = old not in pairs.columns or pairs.loc[old, old] == 0
            created = new not in pairs.index or pairs.loc[new, new] == 0
            most_of_old = customers > pairs.loc[old].sum() / 2
            most_of_new = customers > pairs[new].sum() / 2
            words = None
            if gone and created and most_of_old and most_of_new:
                words = "became"
            elif created and most_of_new:
                words = "split off"
            elif gone and most_of_old:
                words = "merged into"
            lineage = words and f"segment {old} {words} {new}"
            rows.append({"from": old, "to": new, "customers": customers, "lineage": lineage})
    return pd.DataFrame(rows)


# --------------------------------------------------------------------------------------- backtest


@guards(
    "int_backtest_customers",
    "int_backtest_scores",
    "int_segment_count_measures",
    "int_segment_count_evaluations",
    "segment_count_evaluations",
)
def assert_backtest_r2(connection):
    """The share of the variance of ln(1 + later spend) that lies between segments."""
    number = read(connection, "int_refreshes")["refresh_number"].max()
    columns = ["model_version", "segment_count", "backtest_r2"]
    expected = [earlier(connection, "segment_count_evaluations")[columns]]
    version = versions_of(connection).iloc[-1]
    if version["refresh_number"] == number:
        customers = backtest_customers(connection, version)
        later = np.log1p(customers["later_spend"].clip(lower=0))
        for (refresh, count), fit in fits_of(connection).items():
            if refresh == number:
                within = later - later.groupby(fit.nearest(customers)).transform("mean")
                lift = 1 - (within**2).sum() / ((later - later.mean()) ** 2).sum()
                row = pd.DataFrame([[version.name, count, lift]], columns=columns)
                expected.append(row)
        customers = customers.reset_index()
        customers = customers[["customer_id", *FEATURES, "later_spend", "later_purchases"]]
        assert_same(read(connection, "int_backtest_customers"), customers, ["customer_id"])
    for table in (f"int_segment_count_evaluations where {VALID}", "segment_count_evaluations"):
        assert_same(read(connection, table), pd.concat(expected), columns[:2])


def backtest_customers(connection: DuckDBPyConnection, version: pd.Series) -> pd.DataFrame:
    """Return the features at the earlier date, and the spend and purchases since."""
    lines, until = lines_of(connection), snapshot_date(connection)
    date = until - pd.Timedelta(days=OUTLOOK_DAYS)
    features = features_of(lines, version["months"], date)
    features = features.loc[first_by_hash(features.index, version["training_customers"])]
    later = between(lines, date, until)
    spend = later.groupby("customer_id")["amount"].sum() / MONEY
    orders = later[later["amount"] > 0].groupby("customer_id")["transaction_id"].nunique()
    features["later_spend"] = spend.reindex(features.index).fillna(0)
    features["later_purchases"] = orders.reindex(features.index).fillna(0)
    return features[features["monetary"] > 0]


@guards("int_backtest_customers", "int_customers_clustered", "int_outlook_measures")
def assert_outlook_of_a_fit(connection):
    """Ridge and logistic regression of scikit-learn, cross-validated; the ridge stretched."""
    version = versions_of(connection).iloc[-1]
    number = read(connection, "int_refreshes")["refresh_number"].max()
    if version["refresh_number"] != number:
        return
    customers = backtest_customers(connection, version).sort_index()
    spend, bought = customers["later_spend"].to_numpy(), customers["later_purchases"] > 0
    log_spend = np.log1p(spend.clip(min=0))
    logs = np.log1p(customers[FEATURES].to_numpy(dtype=float))
    ridge = make_pipeline(StandardScaler(), Ridge(alpha=1))
    logistic = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8, max_iter=1000))
    folds = list(StratifiedKFold(5, shuffle=True, random_state=20).split(logs, bought))
    r2 = metrics.r2_score(log_spend, cross_val_predict(ridge, logs, log_spend, cv=folds))
    out_of_fold = cross_val_predict(logistic, logs, bought, cv=folds, method="predict_proba")
    auc = metrics.roc_auc_score(bought, out_of_fold[:, 1])
    got = read(connection, "int_outlook_measures").iloc[0]
    np.testing.assert_allclose([got["outlook_r2"], got["outlook_auc"]], [r2, auc], rtol=1e-6)
    evaluations = f"segment_count_evaluations where is_chosen and model_version = {version.name}"
    assert got["has_outlook"] == (r2 > read(connection, evaluations)["backtest_r2"].iloc[0])

    stretched = stretch(ridge.fit(logs, log_spend).predict(logs), spend)
    probability = logistic.fit(logs, bought).predict_proba(logs)[:, 1]
    expected = {"expected_spend": np.log(stretched), "purchase_probability": logit(probability)}
    np.testing.assert_allclose(stretched.sum(), spend.sum())
    for row_kind, right in expected.items():
        where = f"row_kind = '{row_kind}' and refresh_number = {number}"
        row = read(connection, f"{FITTED} where {where}").iloc[0]
        score = row["bias"] + logs @ row[FEATURES].to_numpy(dtype=float)
        np.testing.assert_allclose(score, right, atol=1e-4)
    rows = read(connection, f"{FITTED} where row_kind = 'backtest' and refresh_number = {number}")
    rows = rows.set_index("customer_id").loc[customers.index]
    np.testing.assert_allclose(rows["purchase_probability"], out_of_fold[:, 1], atol=1e-5)
    for train, test in folds:
        predicted = ridge.fit(logs[train], log_spend[train]).predict(logs)
        right = stretch(predicted[train], spend[train], predicted[test])
        np.testing.assert_allclose(rows["expected_spend"].iloc[test], right, rtol=1e-4)


def stretch(predicted: np.ndarray, spend: np.ndarray, others: np.ndarray | None = None):
    """Return exp(a + b * predicted) by Poisson regression, with a for the sum of the spend."""
    positive = spend.clip(min=0)
    positive = positive / positive.mean()

    def deviance(slope):
        # At the best level for this slope.
        rates = np.exp(slope * predicted)
        return np.log(rates.mean()) - (positive * slope * predicted).mean()

    slope = minimize_scalar(deviance, bracket=(0.1, 1), tol=1e-10).x
    level = spend.sum() / np.exp(slope * predicted).sum()
    return level * np.exp(slope * (predicted if others is None else others))


@guards("outlook_evaluations")
def assert_outlook_evaluations(connection):
    """Tenths of the customers of each backtest, and of what the version before had expected."""
    versions = read(connection, "segment_models").set_index("model_version")
    rows = read(connection, f"{FITTED} where row_kind = 'backtest'")
    expected = []
    for number, customers in rows.groupby("model_version"):
        until = versions.loc[number, "snapshot_date"]
        seen_from = until - pd.Timedelta(days=OUTLOOK_DAYS)
        judged = {"backtest": (number, customers)}
        before = versions[(versions["snapshot_date"] <= seen_from) & versions["has_outlook"]]
        before = before[before["status"] != "declined"]
        if len(before):
            outlook = outlook_of(connection, before.index.max(), customers)
            judged["outcome"] = (before.index.max(), customers.assign(**outlook))
        for evaluation, (version, predicted) in judged.items():
            order = ["expected_spend", "customer_id"]
            predicted = predicted.sort_values(order, ascending=[False, True])
            size, more = divmod(len(predicted), 10)
            sizes = np.full(10, size) + (np.arange(10) < more)
            predicted["decile"] = np.repeat(np.arange(1, 11), sizes)
            tenths = predicted.groupby("decile")
            expected.append(
                pd.DataFrame(
                    {
                        "customers": tenths.size(),
                        "expected_spend": tenths["expected_spend"].sum().round(2),
                        "seen_spend": tenths["later_spend"].sum(),
                        "expected_buyers": tenths["purchase_probability"].sum(),
                        "seen_buyers": tenths["later_purchases"].agg(
                            lambda each: (each > 0).sum()
                        ),
                    }
                )
                .reset_index()
                .assign(
                    model_version=version,
                    evaluation=evaluation,
                    seen_from=seen_from,
                    seen_until=until,
                )
            )
    key = ["evaluation", "model_version", "seen_from", "decile"]
    got = read(connection, "outlook_evaluations")
    got["expected_spend"] = got["expected_spend"].round(2)
    if expected:
        assert_same(got, pd.concat(expected), key)
    else:
        assert got.empty


# ------------------------------------------------------------------------------------- customers


@guards("int_customer_totals", "customer_features")
def assert_features_and_scores(connection):
    months = active_version(connection)["months"]
    expected = features_of(lines_of(connection), months, snapshot_date(connection))
    expected["recency_score"] = score(-expected["recency_days"])
    expected["frequency_score"] = score(expected["frequency"])
    expected["monetary_score"] = score(expected["monetary"])
    assert_same(read(connection, "customer_features"), expected.reset_index(), ["customer_id"])


def scored_with(fit: Fit, customers: pd.DataFrame) -> pd.DataFrame:
    """Return the two nearest segments of each customer, the distances, and what decides."""
    own, second = np.argsort(fit.distances(customers), axis=1)[:, :2].T
    distance, second_distance = np.sort(fit.distances(customers), axis=1)[:, :2].T
    scaled = fit.scale(customers)
    terms = (scaled - fit.centroids[second]) ** 2 - (scaled - fit.centroids[own]) ** 2
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "segment_id": fit.segments[own],
            "distance": distance,
            "second_distance": second_distance,
            "second_segment_id": fit.segments[second],
            "decided_by": [deciding(row) for row in terms],
            "is_atypical": distance - fit.atypical_distances[own] > 1e-6,
        }
    )


def deciding(terms: np.ndarray) -> str:
    """Name the three features with the largest terms that are a tenth of all, with their sign."""
    strongest = np.argsort(-np.abs(terms), kind="stable")[:3]
    least = np.abs(terms).sum() / 10
    return ", ".join(
        f"{FEATURES[place]} ({'-' if terms[place] < 0 else '+'})"
        for place in strongest
        if abs(terms[place]) >= least
    )


def outlook_of(
    connection: DuckDBPyConnection, version: int, customers: pd.DataFrame
) -> pd.DataFrame:
    """Return what a model version expects of customers, from its weights; missing without them."""
    rows = read(connection, f"{FITTED} where bias is not null and model_version = {version}")
    used = read(connection, f"segment_models where model_version = {version}")["has_outlook"]
    scores = dict.fromkeys(["expected_spend", "purchase_probability"], np.nan)
    logs = np.log1p(customers[FEATURES].to_numpy(dtype=float))
    for row in rows.to_dict("records") if used.iloc[0] else []:
        scores[row["row_kind"]] = row["bias"] + logs @ [row[name] for name in FEATURES]
    return pd.DataFrame(
        {
            "expected_spend": np.round(np.exp(scores["expected_spend"]), 4),
            "purchase_probability": expit(scores["purchase_probability"]),
        },
        index=customers.index,
    )


@guards("int_known_versions", "int_scoring_model", "int_customers_scored")
def assert_scores_of_every_customer(connection):
    """Nearest centroids, by the active model and by the one that the refresh before used."""
    customers = read(connection, "customer_features where monetary > 0")
    versions = versions_of(connection)
    active = active_version(connection).name
    before = earlier(connection, "customer_segments")["model_version"].dropna().unique()
    expected = pd.concat(
        scored_with(versions.loc[number, "fit"], customers)
        .assign(model_version=number, is_active=number == active)
        .join(outlook_of(connection, number, customers))
        for number in {active, *before.astype(int)}
    )
    got = read(connection, "int_customers_scored")
    assert_same(got, expected, ["model_version", "customer_id"])


def assigned_by_numpy(connection: DuckDBPyConnection) -> pd.DataFrame:
    """Return each customer's segment, margin, and the segment by the model before."""
    scores = ["recency_score", "frequency_score", "monetary_score"]
    features = read(connection, "customer_features")[["customer_id", *FEATURES, *scores]]
    version = active_version(connection)
    clustered = features[features["monetary"] > 0]
    totals = totals_to_date(lines_of(connection), snapshot_date(connection))
    customers = totals.merge(features, "left", on="customer_id", validate="one_to_one")
    has_lapsed = customers["frequency"].isna() & customers["last_purchase_date"].notna()
    rule = pd.Series(np.where(has_lapsed, LAPSED, NO_NET_SPEND))
    scored = scored_with(version["fit"], clustered.reset_index(drop=True))
    outlook = outlook_of(connection, version.name, clustered.reset_index(drop=True))
    assigned = customers.merge(scored.join(outlook), "left")
    is_scored = assigned["segment_id"].notna()
    assigned["model_version"] = assigned["customer_id"].map({}).where(~is_scored, version.name)
    assigned["segment_margin"] = 1 - assigned["distance"] / assigned["second_distance"]
    assigned["assigned_by"] = np.where(is_scored, "model", "rule")
    before = earlier(connection, "customer_segments")["model_version"].max()
    former = assigned["segment_id"]
    if not pd.isna(before):
        fit = versions_of(connection).loc[int(before), "fit"]
        former = assigned["customer_id"].map(
            pd.Series(fit.nearest(clustered), clustered["customer_id"])
        )
    assigned["former_segment_id"] = former.fillna(rule)
    overrides = read(connection, "segment_overrides")
    date = snapshot_date(connection)
    begun = overrides["valid_from"].isna() | (overrides["valid_from"] <= date)
    lasts = overrides["valid_until"].isna() | (overrides["valid_until"] >= date)
    known = overrides["segment"].isin(map(str, version["fit"].segments))
    overrides = overrides[begun & lasts & known].sort_values("valid_from", na_position="first")
    overrides = overrides.drop_duplicates("customer_id", keep="last")
    chosen = assigned["customer_id"].map(overrides.set_index("customer_id")["segment"])
    assigned["segment_id"] = chosen.astype(float).fillna(assigned["segment_id"]).fillna(rule)
    assigned.loc[chosen.notna(), "assigned_by"] = "override"
    assigned.loc[chosen.notna(), "segment_margin"] = np.nan
    assigned["second_segment_id"] = assigned["second_segment_id"].mask(chosen.notna())
    why = ["decided_by", "is_atypical"]
    assigned[why] = assigned[why].astype(object).mask(chosen.notna())
    return assigned


def segments_of(connection: DuckDBPyConnection) -> pd.DataFrame:
    """Return the prototype, name and action of every segment there ever was, by its id."""
    prototype = dict(RULES)
    for fit in versions_of(connection)["fit"]:
        prototype |= fit.rows.set_index("segment_id")["prototype_id"].to_dict()
    prototypes = read(connection, "segment_prototypes").set_index("prototype_id")
    return prototypes.loc[list(prototype.values())].set_axis(list(prototype))


@guards(
    "int_customers_assigned",
    "int_segments",
    "int_segment_changes",
    "int_segment_gaps",
    "customer_segments",
)
def assert_segment_of_every_customer(connection):
    """Segment, margin and how assigned; since when, by the segments as published before."""
    expected = assigned_by_numpy(connection)
    expected["segment_name"] = expected["segment_id"].map(segments_of(connection)["segment_name"])
    expected["snapshot_date"] = snapshot_date(connection)
    # A late refresh comes before the newest one: what was published then is in the history.
    history = earlier(connection, "segment_history").rename(
        columns={"valid_from": "segment_since"}
    )
    date = snapshot_date(connection)
    held = history["valid_to"].isna() | (history["valid_to"] >= date)
    columns = ["customer_id", "segment_id", "previous_segment_id", "segment_since"]
    before = history.loc[held & (history["segment_since"] < date), columns]
    expected = expected.merge(before, "left", on="customer_id", suffixes=["", "_before"])
    moved = expected["segment_id"] != expected["segment_id_before"]
    expected.loc[moved, "previous_segment_id"] = expected["segment_id_before"]
    expected.loc[moved, "segment_since"] = expected["snapshot_date"]
    names = segments_of(connection)["segment_name"]
    expected["second_segment_name"] = expected["second_segment_id"].map(names)
    columns = ["customer_id", *FEATURES, "snapshot_date", "segment_id", "segment_name"]
    columns += ["segment_margin", "assigned_by", "model_version", "previous_segment_id"]
    columns += ["second_segment_id", "second_segment_name", "decided_by", "is_atypical"]
    columns += ["recency_score", "frequency_score", "monetary_score"]
    columns += ["expected_spend", "purchase_probability"]
    columns += ["last_purchase_date", "days_since_last_purchase", "transactions_to_date"]
    columns += ["net_spend_to_date", "days_between_purchases", "overdue_after", "is_overdue"]
    columns += ["is_control"]
    share = read(connection, "completed_refreshes order by refresh_number")["control_share"].iloc[
        -1
    ]
    expected["is_control"] = in_control_group(expected["customer_id"], share)
    # Lapsed customers are not in the sample, which has everyone who bought in the window.
    gaps = (
        expected[expected["monetary"].notna()]
        .groupby("segment_id")["gaps"]
        .agg(lambda each: pd.Series(np.concatenate([*each.dropna(), []])))
    )
    days = {
        segment: np.percentile(each, 90, method="inverted_cdf")
        for segment, each in gaps.items()
        if len(each) >= 10
    }
    waited = pd.to_timedelta(expected["segment_id"].map(days), unit="D")
    expected["overdue_after"] = (expected["last_purchase_date"] + waited).where(
        expected["days_between_purchases"].notna()
    )
    is_overdue = (date > expected["overdue_after"]).astype(object)
    expected["is_overdue"] = is_overdue.where(expected["overdue_after"].notna(), None)
    got = read(connection, "customer_segments")
    assert_same(got, expected[[*columns, "segment_since"]], ["customer_id"])


# --------------------------------------------------------------------------------------- changes


@guards("int_segment_events", "int_segment_changes", "segment_transitions", "segment_history")
def assert_transitions_and_history(connection):
    """What the segments published before and now differ in, added to what was published before.

    A late refresh also rewrites the events of the next date, which unit tests cover.
    """
    date = snapshot_date(connection)
    if (earlier(connection, "int_refreshes")["snapshot_date"] >= date).any():
        return
    changes = changes_since(connection)
    names = segments_of(connection)["segment_name"]
    key = ["snapshot_date", "from_segment_id", "to_segment_id", "cause"]
    counted = changes.groupby(key[1:], dropna=False, as_index=False).agg(
        customers=("customer_id", "size"),
        revenue=("revenue", "sum"),
        expected_spend=("expected_spend", lambda each: each.sum(min_count=1)),
    )
    transitions = earlier(connection, "segment_transitions")
    transitions = pd.concat([transitions, counted.assign(snapshot_date=date)])
    for end in ("from", "to"):
        transitions[f"{end}_segment_name"] = transitions[f"{end}_segment_id"].map(names)
    assert_same(read(connection, "segment_transitions"), transitions, key)

    history = earlier(connection, "segment_history")
    ended = history["valid_to"].isna() & history["customer_id"].isin(changes["customer_id"])
    history["valid_to"] = history["valid_to"].mask(ended, date)
    columns = {"from_segment_id": "previous_segment_id", "to_segment_id": "segment_id"}
    begun = changes.rename(columns=columns).dropna(subset="segment_id")
    begun = begun.assign(valid_from=date, valid_to=pd.NaT)
    history = pd.concat([history, begun])[list(history.columns)]
    history["segment_name"] = history["segment_id"].map(names)
    assert_same(read(connection, "segment_history"), history, ["customer_id", "valid_from"])


def changes_since(connection: DuckDBPyConnection) -> pd.DataFrame:
    """Return the customers whose published segment changed, why, and their revenue."""
    columns = ["customer_id", "segment_id", "assigned_by"]
    before = earlier(connection, "customer_segments")[[*columns, "segment_since"]]
    # A customer who is gone takes along what was spent when the last segment was entered.
    events = earlier(connection, "int_segment_events").sort_values("snapshot_date")
    events = events.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    for name in ("revenue", "expected_spend"):
        before[name] = before["customer_id"].map(events[name])
    now = read(connection, "customer_segments")[
        [*columns, "monetary", "last_purchase_date", "expected_spend"]
    ]
    former = assigned_by_numpy(connection)[["customer_id", "former_segment_id"]]
    both = now.merge(former).merge(before, "outer", on="customer_id", suffixes=["", "_before"])
    both = both[
        both["segment_id"].fillna(NO_SEGMENT) != both["segment_id_before"].fillna(NO_SEGMENT)
    ]
    merged = both["customer_id"].isin(read(connection, "stg_customer_merges")["from_customer_id"])
    is_gone, is_new = both["segment_id"].isna(), both["segment_id_before"].isna()
    overridden = (both[["assigned_by", "assigned_by_before"]] == "override").any(axis=1)
    cause = np.select(
        [
            is_gone & merged,
            is_gone | is_new,
            overridden,
            (both["segment_id_before"] == LAPSED)
            & (both["last_purchase_date"] >= both["segment_since"]),
            both["former_segment_id"] != both["segment_id_before"],
        ],
        ["override", "behaviour", "override", "won back", "behaviour"],
        "refit",
    )
    return pd.DataFrame(
        {
            "customer_id": both["customer_id"],
            "from_segment_id": both["segment_id_before"],
            "to_segment_id": both["segment_id"],
            "cause": cause,
            "revenue": both["monetary"].fillna(both["revenue"]).fillna(0),
            "expected_spend": both["expected_spend"].where(
                ~is_gone & (both["segment_id"] != LAPSED), both["expected_spend_before"]
            ),
        }
    )


# ---------------------------------------------------------------------------- profiles and drift


def in_control_group(customers: pd.Series, share: float) -> pd.Series:
    """Return whether the keyed hash of each id is within the share of all hashes."""
    digests = customers.map(lambda name: hashlib.md5(f"control:{name}".encode()).hexdigest()[:7])
    return digests.map(lambda digest: int(digest, 16)) < int(share * 16**7)


@guards("int_campaign_customers", "campaign_effects")
def assert_effects_of_campaigns(connection):
    """Means since the draw, and the interval of their difference, of treated and control."""
    refreshes = read(connection, "completed_refreshes order by refresh_number")
    share, date = refreshes["control_share"].iloc[-1], snapshot_date(connection)
    changed = refreshes.index[refreshes["control_share"] != share].max()
    drawn_on = refreshes["snapshot_date"].iloc[0 if pd.isna(changed) else changed + 1]
    got = read(connection, "campaign_effects")
    if not share or drawn_on == date:
        assert got.empty
        return
    history = read(connection, "segment_history")
    held = (history["valid_from"] <= drawn_on) & ~(history["valid_to"] <= drawn_on)
    members = history.loc[held, ["customer_id", "segment_id"]]
    members = members[
        members["customer_id"].isin(read(connection, "customer_segments")["customer_id"])
    ]
    lines = between(lines_of(connection), drawn_on, date)
    bought = lines[lines["amount"] > 0].groupby("customer_id")["transaction_id"].nunique()
    spent = lines.groupby("customer_id")["amount"].sum() / MONEY
    members = members.assign(
        is_control=in_control_group(members["customer_id"], share),
        **{
            "net spend": members["customer_id"].map(spent).fillna(0),
            "purchases": members["customer_id"].map(bought).fillna(0),
        },
    )
    expected = []
    for segment, customers in members.groupby("segment_id"):
        for measure in ("net spend", "purchases"):
            control = customers.loc[customers["is_control"], measure]
            treated = customers.loc[~customers["is_control"], measure]
            difference = treated.mean() - control.mean()
            error = np.sqrt(treated.var() / len(treated) + control.var() / len(control))
            low, high = difference + norm.ppf([0.025, 0.975]) * error
            if min(len(treated), len(control)) < 30:
                low, high, verdict = np.nan, np.nan, "too few to say"
            elif low <= 0 <= high:
                verdict = "no difference beyond chance"
            else:
                verdict = f"{'higher' if low > 0 else 'lower'} than in the control group"
            expected.append(
                {
                    "segment_id": segment,
                    "measure": measure,
                    "drawn_on": drawn_on,
                    "treated_customers": len(treated),
                    "control_customers": len(control),
                    "treated_mean": treated.mean(),
                    "control_mean": control.mean(),
                    "difference": difference,
                    "difference_low": low,
                    "difference_high": high,
                    "verdict": verdict,
                }
            )
    assert_same(got, pd.DataFrame(expected), ["segment_id", "measure"])


@guards("segment_profiles")
def assert_profiles(connection):
    customers = read(connection, "customer_segments")
    active = [*active_version(connection)["fit"].segments]
    active += [rule for rule in RULES if (customers["segment_id"] == rule).any()]
    segments = segments_of(connection).loc[active]
    by_segment = customers.groupby("segment_id")
    size, revenue = by_segment.size(), by_segment["monetary"].sum()
    expected = pd.DataFrame(
        {
            "segment_name": segments["segment_name"],
            "customers": size,
            "customer_share": size / len(customers),
            "revenue": revenue,
            "revenue_share": revenue / customers["monetary"].sum(),
            "net_spend_to_date": by_segment["net_spend_to_date"].sum(),
            "median_days_since_last_purchase": by_segment["days_since_last_purchase"].median(),
            "median_days_between_purchases": by_segment["days_between_purchases"].median(),
            "overdue_customers": by_segment["is_overdue"].sum(),
            "overdue_days": (customers["overdue_after"] - customers["last_purchase_date"])
            .dt.days.groupby(customers["segment_id"])
            .max(),
            "suggested_action": segments["suggested_action"],
            "expected_spend": by_segment["expected_spend"].agg(lambda each: each.sum(min_count=1)),
            "expected_buyers": by_segment["purchase_probability"].agg(
                lambda each: each.sum(min_count=1)
            ),
            **rules_of(connection, customers),
        },
        index=active,
    ).fillna(dict.fromkeys(EMPTY_AS_ZERO, 0))
    for name in FEATURES:
        expected[f"mean_{name}"] = by_segment[name].mean()
        expected[f"median_{name}"] = by_segment[name].median()
    expected = expected.rename_axis("segment_id").reset_index()
    assert_same(read(connection, "segment_profiles"), expected, ["segment_id"])


def rules_of(connection: DuckDBPyConnection, customers: pd.DataFrame) -> dict[str, dict]:
    """Return precision and recall of the rule of each segment of the active model."""
    version = active_version(connection)
    count = len(version["fit"].segments)
    where = f"model_version = {version.name} and segment_count = {count}"
    rows = read(connection, f"{FITTED} where row_kind in ('at_least', 'at_most') and {where}")
    bounds = rows.set_index(["segment_id", "row_kind"])[FEATURES]
    precision, recall = {}, {}
    for segment in rows["segment_id"].unique():
        least = bounds.loc[segment, "at_least"].fillna(-np.inf)
        most = bounds.loc[segment, "at_most"].fillna(np.inf)
        meets = ((customers[FEATURES] >= least) & (customers[FEATURES] <= most)).all(axis=1)
        own = customers["segment_id"] == segment
        precision[segment] = (meets & own).sum() / meets.sum()
        recall[segment] = (meets & own).sum() / own.sum()
    return {"rule_precision": pd.Series(precision), "rule_recall": pd.Series(recall)}


@guards("int_feature_shifts", "feature_drift")
def assert_drift(connection):
    """Stability indices, mean distance and low margins, and the verdict on them."""
    fit = active_version(connection)["fit"]
    customers = read(connection, "customer_features where monetary > 0")
    shifts = {name: stability_index(fit.rows[name], customers[name]) for name in FEATURES}
    got = read(connection, "int_feature_shifts")
    expected = pd.DataFrame(shifts.items(), columns=["measure", "population_stability_index"])
    assert_same(got, expected, ["measure"])

    nearest, second = np.sort(fit.distances(customers), axis=1)[:, :2].T
    drift = expected.set_axis(["measure", "value"], axis=1).assign(threshold=PSI_LIMIT)
    drift.loc[len(drift)] = [
        "mean_distance_ratio",
        nearest.mean() / fit.own_distances.mean(),
        DISTANCE_LIMIT,
    ]
    drift.loc[len(drift)] = [
        "low_margin_share",
        (1 - nearest / second < LOW_MARGIN).mean(),
        LOW_MARGIN_LIMIT,
    ]
    drift["refit_recommended"] = drift["value"] > drift["threshold"]
    above = drift[drift["refit_recommended"]].sort_values("measure")
    reason = " ".join(drift_sentence(row.measure, row.value) for row in above.itertuples())
    drift["reason"] = None
    reason = reason or "No measure is above its threshold."
    drift.loc[len(drift)] = ["verdict", len(above), 0, len(above) > 0, reason]
    assert_same(read(connection, "feature_drift"), drift, ["measure"])


def drift_sentence(measure: str, value: float) -> str:
    """Say which measure is above its threshold."""
    if measure == "mean_distance_ratio":
        return (
            f"The mean distance to the own centroid is {value:.2f} times that of the training"
            f" customers, above the threshold of {DISTANCE_LIMIT}."
        )
    if measure == "low_margin_share":
        return (
            f"{100 * value:.1f}% of the customers have a margin below 0.1, above the threshold of"
            f" {LOW_MARGIN_LIMIT:.0%}."
        )
    return (
        f"The population stability index of {measure} is {value:.2f}, above the threshold of"
        f" {PSI_LIMIT}."
    )


def stability_index(trained: pd.Series, now: pd.Series) -> float:
    """Return the population stability index over the tenths of the trained values."""
    tenths = np.floor(10 * (rankdata(trained) - 0.5) / len(trained))
    edges = [trained[tenths <= tenth].max() for tenth in range(9) if (tenths <= tenth).any()]
    shares = [
        np.bincount(np.searchsorted(edges, values), minlength=10) / len(values)
        for values in (trained, now)
    ]
    expected, actual = np.maximum(shares, 0.0001)
    return ((actual - expected) * np.log(actual / expected)).sum()

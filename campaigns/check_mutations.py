"""Break the project in many ways, and show that its own dbt tests notice each of them.

    python campaigns/check_mutations.py [--jobs 2] [NAME ...]

A mutation replaces one place in one file of a copy of the project; then `dbt build` runs on the
bundled data. It is caught when a data or unit test fails; what comes after a failed test is
skipped, so the tests named are the first. It is not caught when the build passes, nor when a model
stops with an error: a mutation has to run, or it proves nothing about the tests. The project as it
is has to pass the same builds.

Exit code 0: all are caught. 1: some are not; the tests have a hole. 2: a mutation does not fit the
project any more.
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PROJECT_FILES = (
    ".dbtignore",
    "dbt_project.yml",
    "profiles.yml",
    "macros",
    "models",
    "python_models",
    "seeds",
    "tests",
)
# The refresh a mutation is tried in, and the snapshot date of the sound refresh before it. All are
# seen from the default snapshot date of the bundled data, 2025-07-01: a model of a month ago is
# kept, one of four months ago is fitted again.
EARLIER_REFRESHES = {"first": None, "later": "2025-06-01", "refit": "2025-03-01"}
# Refreshes completed after it, and the model version in use.
STATE_AFTER = {"first": (1, 1), "later": (2, 1), "refit": (2, 2)}
STAGING = "models/staging/stg_transactions.sql"
SNAPSHOT = "models/intermediate/int_snapshot.sql"
FEATURES = "macros/features.sql"
CUSTOMER_FEATURES = "models/marts/customer_features.sql"
TOUCHED = "models/intermediate/int_changed_customers.sql"
TOTALS = "models/intermediate/int_customer_totals.sql"
ENGINE = "macros/engine.sql"
SCORING = "macros/scoring.sql"
SCORED = "models/intermediate/int_customers_scored.sql"
SCORING_MODEL = "models/intermediate/int_scoring_model.sql"
TRAINING = "models/intermediate/int_training_customers.sql"
ASSIGNED = "models/intermediate/int_customers_assigned.sql"
SEGMENTS = "models/marts/customer_segments.sql"
PROFILES = "models/marts/segment_profiles.sql"
MOVES = "macros/moves.sql"
EVENTS = "models/state/int_segment_events.sql"
PYTHON = "python_models/int_customers_clustered.py"


class Mutation(NamedTuple):
    """One way to break the project; `old` occurs once in `file`, `refresh` see above."""

    name: str
    file: str
    old: str
    new: str
    refresh: str = "first"


class Outcome(NamedTuple):
    """What a build with a mutation came to."""

    caught: bool
    by: str
    seconds: float


BATCH_SCALERS = """scalers as (
    select
        versions.refresh_number,
        {%- for feature in feature_names() %}
        avg({{ log_feature(feature) }}) as center_{{ feature }},
        stddev_pop({{ log_feature(feature) }}) as scale_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_features') }}
    cross join versions
    where monetary > 0
    group by versions.refresh_number
),"""

MUTATIONS = (
    # Which lines count
    Mutation(
        "guests are one customer",
        STAGING,
        "{{ customer_id_text(source) }} as customer_id",
        "coalesce({{ customer_id_text(source) }}, 'guest') as customer_id",
    ),
    Mutation(
        "refused lines are used",
        "models/intermediate/int_transaction_lines.sql",
        "rejection_reason is null",
        "customer_id is not null",
    ),
    Mutation(
        "purchases after noon count for the next day",
        ENGINE,
        "'try_cast(' ~ column ~ ' as date)'",
        "'cast(try_cast(' ~ column ~ \" as timestamp) + interval '12 hours' as date)\"",
    ),
    Mutation(
        "the snapshot date itself counts",
        FEATURES,
        "transactions.purchased_on < snapshot.snapshot_date",
        "transactions.purchased_on <= snapshot.snapshot_date",
    ),
    Mutation(
        "late lines after the snapshot date count",
        FEATURES,
        "and transactions.purchased_on < snapshot.snapshot_date",
        "and transactions.purchased_on is not null",
    ),
    Mutation(
        "a later return moves the snapshot date",
        SNAPSHOT,
        "where amount > 0",
        "where amount <> 0",
    ),
    Mutation(
        "the first day of the window is left out",
        FEATURES,
        "transactions.purchased_on >= snapshot.window_start",
        "transactions.purchased_on > snapshot.window_start",
    ),
    Mutation(
        "months are 30 days long",
        ENGINE,
        "dbt.dateadd('month', -months, date)",
        "dbt.dateadd('day', -30 * months, date)",
    ),
    # The six features
    Mutation(
        "recency since the first purchase",
        FEATURES,
        "days_between('totals.last_purchase_date', 'snapshot.snapshot_date')",
        "days_between('totals.first_purchase_date', 'snapshot.snapshot_date')",
    ),
    Mutation(
        "lines counted as transactions",
        FEATURES,
        "count(distinct purchase_id)",
        "count(purchase_id)",
    ),
    Mutation(
        "returns are purchases",
        FEATURES,
        "lines.amount > 0 as is_purchase",
        "lines.amount <> 0 as is_purchase",
    ),
    Mutation(
        "returns are not netted",
        FEATURES,
        "sum(amount)",
        "sum(case when purchase_id is not null then amount end)",
    ),
    Mutation(
        "money is a float",
        FEATURES,
        "sum(amount)",
        "sum(cast(amount as double))",
    ),
    Mutation(
        "money is rounded to whole units",
        FEATURES,
        "sum(amount)",
        "round(sum(amount))",
    ),
    Mutation(
        "both ends count in the length",
        FEATURES,
        "{{ days_between('totals.first_purchase_date', 'totals.last_purchase_date') }}",
        "1 + {{ days_between('totals.first_purchase_date', 'totals.last_purchase_date') }}",
    ),
    Mutation(
        "average spend per product",
        FEATURES,
        "as_double('totals.monetary') }} / totals.frequency",
        "as_double('totals.monetary') }} / greatest(totals.unique_products, 1)",
    ),
    Mutation(
        "returned products are counted",
        FEATURES,
        "case when transactions.is_purchase then transactions.product_id end as",
        "transactions.product_id as",
    ),
    Mutation(
        "product ids in lower case",
        FEATURES,
        "count(distinct purchased_product)",
        "count(distinct lower(purchased_product))",
    ),
    # What a refresh counts anew
    Mutation(
        "a window that moves touches those who stay in it",
        TOUCHED,
        ") <> (\n            lines.purchased_on >= counted.window_start",
        ") = (\n            lines.purchased_on >= counted.window_start",
        "later",
    ),
    Mutation(
        "whose lines all left the window keeps the totals",
        TOTALS,
        "left join totals",
        "inner join totals",
        "later",
    ),
    # The scores
    Mutation(
        "recency score upside down",
        CUSTOMER_FEATURES,
        "'recency_days': 'low'",
        "'recency_days': 'high'",
    ),
    Mutation(
        "monetary score upside down",
        CUSTOMER_FEATURES,
        "'monetary': 'high'",
        "'monetary': 'low'",
    ),
    Mutation(
        "a score is that of the last of its ties",
        FEATURES,
        "{{ ' desc' if best == 'low' }}) - ties",
        "{{ ' desc' if best == 'low' }})",
    ),
    # The fit, and the segments
    Mutation(
        "customers without net spend train the model",
        TRAINING,
        "where monetary > 0",
        "where monetary is not null",
    ),
    Mutation(
        "labels of the next training customer",
        PYTHON,
        "return ids[labels]",
        "return np.roll(ids[labels], 1)",
    ),
    Mutation(
        "names by percentiles upside down",
        PYTHON,
        "columns=FEATURES).rank()",
        "columns=FEATURES).rank(ascending=False)",
    ),
    Mutation(
        "the scaler is of the customers scored",
        SCORING_MODEL,
        "scalers as (\n    select *\n    from {{ ref('int_scalers') }}\n),",
        BATCH_SCALERS,
        "later",
    ),
    Mutation(
        "a feature is left out of the distance",
        SCORING,
        "{%- for feature in feature_names() -%}",
        "{%- for feature in feature_names()[:-1] -%}",
    ),
    Mutation(
        "each centroid has the next one's id",
        SCORING_MODEL,
        "max(case when slot = {{ slot }} then segment_id end)",
        "max(case when slot = {{ slot }} % (select count(*) from centroids) + 1 then segment_id"
        " end)",
    ),
    Mutation(
        "customers without net spend are scored",
        SCORED,
        "where monetary > 0",
        "where monetary is not null",
    ),
    Mutation(
        "the last segment of the model is left out",
        SCORING,
        "range(1, [last, 2] | max + 1)",
        "range(1, [last, 2] | max)",
    ),
    Mutation(
        "the margin is its own complement",
        SEGMENTS,
        "1 - assigned.distance / nullif(assigned.second_distance, 0)",
        "assigned.distance / nullif(assigned.second_distance, 0)",
    ),
    Mutation(
        "customers of no model are lost",
        ASSIGNED,
        "left join in_use",
        "inner join in_use",
    ),
    Mutation(
        "profiles have the money of clustered customers only",
        PROFILES,
        "sum(monetary) as revenue",
        "sum(case when assigned_by = 'model' then monetary end) as revenue",
    ),
    # The history
    Mutation(
        "refit and behaviour swapped",
        EVENTS,
        "assigned.previous_model_segment_id <> states_before.segment_id",
        "assigned.previous_model_segment_id = states_before.segment_id",
        "refit",
    ),
    Mutation(
        "the history forgets who lapsed",
        EVENTS,
        "full outer join states_before",
        "left join states_before",
        "later",
    ),
    Mutation(
        "the previous segment is the next one",
        "models/intermediate/int_segment_changes.sql",
        "lag(segment_id) over (partition by customer_id order by snapshot_date)",
        "lag(segment_id) over (partition by customer_id order by snapshot_date desc)",
        "later",
    ),
    # What would move a customer up
    Mutation(
        "more money leaves the average spend as it is",
        MOVES,
        "'average_spend': 'average_spend + ' ~ money ~ ' / frequency'",
        "'average_spend': 'average_spend'",
    ),
    Mutation(
        "a move to any segment will do",
        MOVES,
        "= better_segment_id as is_there",
        "is not null as is_there",
    ),
    Mutation(
        "a worse segment is as good as a better one",
        "models/intermediate/int_better_segments.sql",
        "> profiles.median_monetary",
        "<> profiles.median_monetary",
    ),
)


def mutated(text: str, mutation: Mutation) -> str:
    """Apply a mutation to the text of its file.

    Parameters
    ----------
    text : str
    mutation : Mutation

    Returns
    -------
    str

    Raises
    ------
    ValueError
        The old text does not occur exactly once.
    """
    found = text.count(mutation.old)
    if found != 1:
        raise ValueError(
            f"The mutation '{mutation.name}' no longer fits: in {mutation.file} its old text "
            f"occurs {found} times instead of once: {mutation.old}"
        )
    return text.replace(mutation.old, mutation.new)


def run_dbt(folder: Path, *arguments: str):
    """Run dbt on the project in a folder, with the warehouse and the target in it.

    Parameters
    ----------
    folder : Path
    *arguments : str
        Of the command line.

    Returns
    -------
    dbt.cli.main.dbtRunnerResult
    """
    from dbt.cli.main import dbtRunner

    # Relative, so that each copy may start from the same parsed project.
    os.chdir(folder)
    os.environ["SEGMENTATION_WAREHOUSE"] = "warehouse.duckdb"
    return dbtRunner().invoke([*arguments, "--log-level", "none", "--log-level-file", "none"])


def make_project(folder: Path) -> None:
    """Copy the dbt project to a folder, and parse it."""
    folder.mkdir()
    for name in PROJECT_FILES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    result = run_dbt(folder, "parse")
    if not result.success:
        raise RuntimeError(f"The project cannot be parsed: {result.exception}")


def make_earlier_refresh(workplace: Path, refresh: str) -> None:
    """Build what stands in the warehouse before a kind of refresh, with the sound project."""
    folder = workplace / f"before-{refresh}"
    shutil.copytree(workplace / "sound", folder)
    date = EARLIER_REFRESHES[refresh]
    result = run_dbt(folder, "build", "--vars", f"snapshot_date: '{date}'")
    if not result.success:
        raise RuntimeError(
            f"The project as it is fails its tests at {date}: {failed_tests(result)}"
        )


def failed_tests(result) -> tuple[list[str], list[str]]:
    """Split what went wrong in a build.

    Parameters
    ----------
    result : dbt.cli.main.dbtRunnerResult

    Returns
    -------
    failed : list of str
        Names of the data and unit tests that found something.
    stopped : list of str
        What could not run, and why: tests only where none failed.
    """
    failed: list[str] = []
    stopped: list[str] = []
    unable: list[str] = []
    if result.exception is not None:
        stopped.append(str(result.exception).strip().splitlines()[0])
    for node in result.result.results if result.result is not None else []:
        # The generic test every_row ends its query with the sentence that it found.
        if node.status == "fail" or "Rows that break a rule:" in (node.message or ""):
            failed.append(node.node.name)
        elif node.status == "error":
            message = " ".join((node.message or "").split())
            is_test = node.node.resource_type in ("test", "unit_test")
            (unable if is_test else stopped).append(f"{node.node.name}: {message[:100]}")
    return sorted(failed), sorted(stopped) or ([] if failed else sorted(unable))


def state_of(folder: Path) -> tuple[int, int]:
    """Count the completed refreshes in a warehouse, and tell the newest version they used."""
    query = "select count(*), max(model_version) from {{ ref('completed_refreshes') }}"
    shown = run_dbt(folder, "show", "--quiet", "--inline", query)
    refreshes, version = shown.result.results[0].agate_table.rows[0]
    return int(refreshes), int(version)


def attempt(workplace: Path, mutation: Mutation) -> Outcome:
    """Build the project with a mutation.

    Parameters
    ----------
    workplace : Path
        Where `make_project` and `make_earlier_refresh` left theirs.
    mutation : Mutation
        One without a file breaks nothing.

    Returns
    -------
    Outcome
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=workplace) as name:
        folder = Path(name)
        shutil.copytree(workplace / "sound", folder, dirs_exist_ok=True)
        if EARLIER_REFRESHES[mutation.refresh] is not None:
            # With its write-ahead log: the process that built it kept it open to the end.
            for path in (workplace / f"before-{mutation.refresh}").glob("warehouse.duckdb*"):
                shutil.copy(path, folder)
        if mutation.file:
            path = folder / mutation.file
            text = mutated(path.read_text(encoding="utf-8"), mutation)
            path.write_text(text, encoding="utf-8")
        failed, stopped = failed_tests(run_dbt(folder, "build"))
        if not mutation.file and not failed and state_of(folder) != STATE_AFTER[mutation.refresh]:
            stopped.append("another number of refreshes, or another model version, than expected")
        os.chdir(workplace)
    by = "; ".join(failed[:3]) + (f"; {len(failed) - 3} more" if len(failed) > 3 else "")
    if stopped:
        by = "the build stopped: " + "; ".join(stopped)
    return Outcome(bool(failed) and not stopped, by or "nothing", time.monotonic() - started)


def campaign(mutations: list[Mutation], jobs: int) -> bool:
    """Try mutations, so many at a time, and print a row for each.

    Parameters
    ----------
    mutations : list of Mutation
    jobs : int

    Returns
    -------
    bool
        Whether all were caught, and the project as it is was not.
    """
    refreshes = [
        name for name in EARLIER_REFRESHES if name in {each.refresh for each in mutations}
    ]
    sound = [Mutation(f"nothing broken ({name})", "", "", "", name) for name in refreshes]
    wide = max(len(each.name) for each in [*sound, *mutations])
    started = time.monotonic()
    # A process of its own for each build: no cache and no connection of dbt outlives it. Imports
    # are paid once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.duckdb", "sklearn.cluster"])
    surprises = []
    with (
        tempfile.TemporaryDirectory(prefix="mutations-") as name,
        context.Pool(jobs, maxtasksperchild=1) as pool,
    ):
        workplace = Path(name)
        pool.apply(make_project, [workplace / "sound"])
        earlier = [name for name in refreshes if EARLIER_REFRESHES[name] is not None]
        pool.map(partial(make_earlier_refresh, workplace), earlier, chunksize=1)
        outcomes = pool.imap(partial(attempt, workplace), [*sound, *mutations], chunksize=1)
        print(f"{'mutation':{wide}}  seconds  caught by", flush=True)
        for mutation, outcome in zip([*sound, *mutations], outcomes, strict=True):
            print(f"{mutation.name:{wide}}  {outcome.seconds:7.1f}  {outcome.by}", flush=True)
            expected = outcome.caught if mutation.file else outcome.by == "nothing"
            if not expected:
                surprises.append(mutation.name)
        pool.close()
        pool.join()
    print(f"{len(mutations)} mutations in {time.monotonic() - started:.0f} s.")
    if surprises:
        print(f"Not as it should be: {'; '.join(surprises)}.")
    return not surprises


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutations to try (all)")
    parser.add_argument("--jobs", type=int, default=2, help="builds at a time (2)")
    settings = parser.parse_args(arguments)
    known = {mutation.name: mutation for mutation in MUTATIONS}
    for name in settings.names:
        if name not in known:
            parser.error(f"no mutation is called '{name}': write one of {'; '.join(known)}")
    try:
        # Before the first build: a change of the project should be told at once.
        for mutation in MUTATIONS:
            mutated((ROOT / mutation.file).read_text(encoding="utf-8"), mutation)
    except ValueError as error:
        print(error)
        return 2
    wanted = [known[name] for name in settings.names] or list(MUTATIONS)
    return 0 if campaign(wanted, settings.jobs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

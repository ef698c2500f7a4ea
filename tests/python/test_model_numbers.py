"""The numbers about a model are those of numpy, scikit-learn and pandas, refresh after refresh."""

from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from harness import ROOT, Build, Project
from oracles import ORACLES

# What each refresh is there for -> its variables.
REFRESHES = {
    "first fit": {"snapshot_date": "2025-03-01"},
    "drift": {"snapshot_date": "2025-05-20", "control_share": 0.4},
    "more segments": {"snapshot_date": "2025-06-15", "control_share": 0.4, "segment_count": 6},
    "fewer segments": {"snapshot_date": "2025-07-01", "control_share": 0.4, "segment_count": 4},
}
PYTHON_MODEL = "python_models/int_customers_clustered.py"


class State(NamedTuple):
    """A warehouse after a refresh, and as the refresh before left it."""

    warehouse: Path
    earlier: Path | None

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(self.warehouse), read_only=True)
        if self.earlier:
            connection.execute(f"attach '{self.earlier}' as earlier (read_only)")
        return connection


def build_states(folder: Path) -> dict[str, State]:
    """Run `REFRESHES` in one warehouse and keep a copy after each.

    The training sample, and those of it whose silhouette is judged, are part of the customers.
    After the first refresh two customers are merged, and two are overridden for some time.
    """
    text = (ROOT / PYTHON_MODEL).read_text(encoding="utf-8")
    judged = "JUDGED_CUSTOMERS = 2_000"
    assert judged in text
    edits = {PYTHON_MODEL: text.replace(judged, "JUDGED_CUSTOMERS = 400")}
    project = Project(folder).edited(edits)
    states, earlier = {}, None
    for name, variables in REFRESHES.items():
        build = project(vars={"training_customers": 600, **variables})
        assert build.exit_code == 0, build.output
        copy = folder / f"{name}.duckdb"
        copy.write_bytes(build.warehouse.read_bytes())
        states[name] = State(copy, earlier)
        if earlier is None:
            add_corrections(project.root, build)
        earlier = copy
    return states


def add_corrections(root: Path, build: Build) -> None:
    """Merge two customers, and put two of segment 1 into segment 2."""
    ((kept,), (gone,), (one,), (two,)) = build.query(
        "select customer_id from customer_segments where segment_id = 1 order by 1 limit 4"
    )
    (root / "seeds/customer_merges.csv").write_text(
        f"from_customer_id,into_customer_id\n{gone},{kept}\n"
    )
    (root / "seeds/segment_overrides.csv").write_text(
        "customer_id,segment,reason,valid_from,valid_until\n"
        f"{one},2,ends before the refit,2025-05-20,2025-06-14\n"
        f"{two},2,begins with the refit,2025-06-15,2025-07-01\n"
    )


@pytest.fixture(scope="session")
def states(bundled, tmp_path_factory) -> dict[str, State]:
    """Return the warehouses that the oracles are asked about, to be read only."""
    built = build_states(tmp_path_factory.mktemp("model_numbers"))
    return {"bundled": State(bundled.warehouse, None), **built}


@pytest.mark.parametrize("state", ["bundled", *REFRESHES])
@pytest.mark.parametrize("oracle", ORACLES, ids=lambda oracle: oracle.name)
def test_numbers_are_those_computed_independently(states, state, oracle):
    with states[state].connect() as connection:
        oracle.check(connection)


def test_the_refreshes_hold_what_they_are_there_for(states):
    """An oracle notices little where nothing drifts, moves, splits or is left out."""

    def ask(state, query):
        with states[state].connect() as connection:
            return connection.execute(query).fetchall()

    assert ask("drift", "select refit_recommended from feature_drift where value > threshold")
    judged = "select min(judged_customers), max(judged_customers < training_customers)"
    assert ask("drift", f"{judged} from int_segment_centroids")[0][1]
    assert ask("drift", "select distinct assigned_by from customer_segments order by 1") == [
        ("model",),
        ("override",),
        ("rule",),
    ]
    causes = "select distinct cause from segment_transitions order by 1"
    assert [cause for (cause,) in ask("more segments", causes)] == [
        "behaviour",
        "override",
        "refit",
        "won back",
    ]
    lineage = "select lineage from segment_models order by model_version"
    (_,), (split,), (merged,) = ask("fewer segments", lineage)
    assert "split off" in split
    assert "merged into" in merged
    assert ask("first fit", "select count(*) > 600 from int_customers_scored") == [(True,)]
    verdicts = "select count(distinct verdict = 'too few to say') from campaign_effects"
    assert ask("fewer segments", verdicts) == [(2,)]
    assert ask("drift", "select count(*) from campaign_effects") == [(0,)]
    outcomes = "select count(*) from outlook_evaluations where evaluation = 'outcome'"
    assert ask("fewer segments", outcomes)[0][0] >= 10
    lifts = "select count(*) from segment_count_evaluations where backtest_r2 is null"
    assert ask("fewer segments", lifts) == [(0,)]


def test_every_oracle_names_models_of_the_project():
    models = {path.stem for path in ROOT.glob("models/**/*.sql")}
    models |= {path.stem for path in ROOT.glob("python_models/*.py")}
    for oracle in ORACLES:
        assert oracle.models
        assert oracle.models <= models, oracle.name

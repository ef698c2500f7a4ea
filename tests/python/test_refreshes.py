"""The life of a model over several refreshes: real builds, one behaviour of the README each."""

import sys
from decimal import Decimal
from unittest import mock

import pandas as pd
import pytest
from harness import ROOT

PUBLIC = sorted(path.stem for path in (ROOT / "models/marts").glob("*.sql"))
A_FAILING_TEST = {"tests/assert_never.sql": "select 1 as one from {{ ref('customer_segments') }}"}


def on(date: str, **variables) -> dict:
    return {"snapshot_date": date, **variables}


def tables(build, names=PUBLIC) -> dict[str, pd.DataFrame]:
    return {name: build.frame(f"select * from {name} order by all") for name in names}


def assert_same(left: dict[str, pd.DataFrame], right: dict[str, pd.DataFrame]) -> None:
    for name, table in left.items():
        pd.testing.assert_frame_equal(table, right[name], check_exact=True, obj=name)


def models(build) -> list[tuple]:
    return build.query("select model_version, status, refit_reason from segment_models order by 1")


def passed(build):
    assert build.exit_code == 0, build.output
    return build


def test_the_same_refresh_twice_changes_no_row(project, bundled):
    again = passed(project.after(bundled)())
    assert_same(tables(bundled), tables(again))
    left = "select table_name from duckdb_tables() where table_name like '%dbt_tmp%'"
    assert again.query(left) == [], "tables the adapter leaves behind"


def test_a_later_refresh_scores_with_the_model_of_the_first(refreshed):
    build = passed(refreshed(vars=on("2025-05-15")))
    assert models(build) == [(1, "active", "first fit")]
    assert "customers since 2025-05-01\n" in build.output
    for name, change in build.query(
        "select segment_name, customers_in - customers_out from segment_history_summary"
        " where snapshot_date = date '2025-05-15' and customers > 0"
    ):
        (line,) = (line for line in build.output.splitlines() if line.startswith(f"{name}  "))
        assert line.split()[-1] == (f"{change:+,}" if change else "0")
    assert build.query("select count(*) from int_training_customers") == [(0,)]
    assert build.query("select distinct model_version from customer_segments order by 1") == [
        (1,),
        (None,),
    ]


def test_scoring_needs_no_scikit_learn(refreshed):
    with mock.patch.dict(sys.modules, {"sklearn": None, "sklearn.cluster": None}):
        passed(refreshed(vars=on("2025-05-15")))
        refit = refreshed(vars=on("2025-06-01", refit=True))
    assert refit.exit_code == 1, "a fit without scikit-learn cannot pass: the check would be void"


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"refit": True}, "asked for"),
        ({"refit_after_days": 14}, "fitted 14 days ago or more"),
        (
            {"segment_count": 4},
            "settings changed from observation_months=6, segment_count=auto, "
            "training_customers=100000 to observation_months=6, segment_count=4, "
            "training_customers=100000",
        ),
    ],
)
def test_a_refit_is_due_for_a_reason(refreshed, variables, reason):
    build = passed(refreshed(vars=on("2025-05-15", **variables)))
    assert models(build) == [(1, "superseded", "first fit"), (2, "active", reason)]


def test_no_refit_is_due_a_day_before(refreshed):
    build = passed(refreshed(vars=on("2025-05-14", refit_after_days=14)))
    assert models(build) == [(1, "active", "first fit")]


def test_ids_and_names_survive_a_refit(project):
    before = passed(project(vars=on("2025-05-01", segment_count=5)))
    names = dict(before.query("select segment_id, segment_name from segment_profiles"))
    after = passed(project(vars=on("2025-05-15", segment_count=5, refit=True)))
    kept = dict(after.query("select segment_id, segment_name from segment_profiles"))
    assert after.query("select max(model_version) from customer_segments") == [(2,)]
    assert kept == names
    (moved,) = after.query(
        "select sum(customers) from segment_transitions where snapshot_date = '2025-05-15'"
        " and from_segment_id is not null and to_segment_id is not null"
    )
    assert moved[0] < 0.2 * after.query("select count(*) from customer_segments")[0][0]


def test_a_failed_or_crashed_refresh_leaves_no_trace_in_the_next(refreshed, may):
    undisturbed = refreshed.beside("undisturbed").after(may)
    failing = refreshed.edited(A_FAILING_TEST)
    failed = failing(vars=on("2025-05-15", refit=True, segment_count=4))
    assert failed.exit_code == 1
    assert failed.query("select count(*) from completed_refreshes") == [(1,)]
    assert failed.query("select count(distinct refresh_number) from int_model_versions") == [(2,)]
    # What a crash just before the end leaves: everything written, nothing recorded.
    passed(
        refreshed(vars=on("2025-05-20", refit=True), args=["--exclude", "completed_refreshes+"])
    )
    healed = tables(passed(refreshed(vars=on("2025-06-01", refit=True))))
    expected = tables(passed(undisturbed(vars=on("2025-06-01", refit=True))))
    assert_same(healed, expected)


def test_retry_completes_a_refresh_that_failed(refreshed):
    failing = refreshed.edited(A_FAILING_TEST)
    everything = ["--select", "package:customer_segmentation"]
    assert failing(vars=on("2025-05-15"), args=everything).exit_code == 1
    (failing.root / "tests/assert_never.sql").write_text(
        "select 1 as one from {{ ref('customer_segments') }} where 1 = 0"
    )
    retried = passed(failing("retry", vars=None))
    assert retried.query("select count(*) from completed_refreshes") == [(2,)]


def test_a_refit_that_did_not_complete_leaves_nothing_to_later_ones(refreshed):
    """Its version number is used again, so both have scalers and centroids of that number."""
    failing = refreshed.edited(A_FAILING_TEST)
    assert failing(vars=on("2025-05-15", refit=True)).exit_code == 1
    accepted = passed(refreshed(vars=on("2025-05-15", refit=True)))
    assert accepted.query("select count(*) from int_scalers where model_version = 2") == [(2,)]
    assert [version for version, status, _ in models(accepted) if status == "active"] == [2]
    build = passed(refreshed(vars=on("2025-06-01", refit=True)))
    segments = build.query("select count(*), count(distinct segment_id) from int_warm_starts")
    assert segments == accepted.query(
        "select segment_count, segment_count from segment_models where model_version = 2"
    )


@pytest.mark.parametrize(
    "args",
    [["--empty"], ["--select", "int_refreshes", "int_current_refresh", "completed_refreshes"]],
    ids=" ".join,
)
def test_a_part_of_a_refresh_is_not_begun(refreshed, args):
    for build in (refreshed("run", vars=on("2025-05-15"), args=args), refreshed("retry")):
        assert build.exit_code == 1
        assert "No refresh was begun, because it could not count: " in build.output
        assert build.query("select count(*) from int_refreshes") == [(1,)]


TESTS = ["--select", "package:customer_segmentation,resource_type:test", "completed_refreshes+"]


def test_what_dbt_run_built_counts_once_every_test_has_passed(refreshed):
    completed = "select count(completed_at) from completed_refreshes"
    failing = refreshed.edited(A_FAILING_TEST)
    built = passed(failing("run", vars=on("2025-05-15", refit=True)))
    assert "This refresh is built and not tested." in built.output
    failed = failing(vars=on("2025-05-15", refit=True), args=TESTS)
    assert set(failed.failed) == {"assert_never"}
    assert failed.query(completed) == [(1,)]
    tested = passed(refreshed(vars=on("2025-05-15", refit=True), args=TESTS))
    assert tested.query(completed) == [(2,)]
    # What is built and not tested leaves nothing to the next refresh.
    passed(refreshed("run", vars=on("2025-06-01", refit=True)))
    healed = passed(refreshed(vars=on("2025-06-01")))
    assert healed.query("select max(model_version) from segment_models") == [(2,)]
    # Only a part was rebuilt since: its refresh counts, and is not published again.
    part = refreshed("run", args=["--select", "completed_refreshes"])
    assert part.query(completed) == [(3,)]


def test_a_refresh_that_fits_no_model_can_leave_the_python_model_out(project):
    """For engines that run no Python: the labels are there, from wherever the last fit was."""
    without = ["--exclude", "int_customers_clustered", "--indirect-selection", "cautious"]
    # Only DuckDB publishes, and that in Python.
    unpublished = {"published_file": None}
    assert project(vars=on("2025-05-01", **unpublished)).exit_code == 0
    build = project(vars=on("2025-06-01", **unpublished), args=without)
    assert build.exit_code == 0, build.output
    assert build.query("select count(*), max(model_version) from completed_refreshes") == [(2, 1)]
    refit = project(vars=on("2025-07-01", refit=True, **unpublished), args=without)
    assert refit.exit_code == 1
    assert "int_customers_clustered among them" in refit.output
    assert refit.query("select count(*) from completed_refreshes") == [(2,)]


def test_a_version_that_fails_the_gate_is_recorded_and_does_not_score(project, tmp_path):
    lines = pd.read_csv("seeds/raw_transactions.csv", dtype=str)
    normal, odd = tmp_path / "normal.csv", tmp_path / "odd.csv"
    lines.to_csv(normal, index=False)
    # Ten customers who buy so much that KMeans gives them a segment of their own: 1% of all.
    giants = pd.DataFrame(
        [
            (
                f"G{giant}-{order}",
                f"giant{giant}",
                f"P{giant}-{order}",
                f"2025-05-{1 + order % 28:02}",
            )
            for giant in range(10)
            for order in range(500)
        ],
        columns=["transaction_id", "customer_id", "product_id", "purchased_at"],
    ).assign(amount="9000000")
    pd.concat([lines, giants]).to_csv(odd, index=False)
    settings = {"segment_count": 5}
    passed(project(vars=on("2025-05-01", source={"lines": str(normal)}, **settings)))
    build = passed(
        project(vars=on("2025-06-01", source={"lines": str(odd)}, refit=True, **settings))
    )
    assert models(build) == [(1, "active", "first fit"), (2, "declined", "asked for")]
    (objections,) = build.query("select objections from segment_models where model_version = 2")
    assert "The smallest segment has" in objections[0]
    assert any(objections[0] in warning for warning in build.warnings)
    assert build.query("select max(model_version) from customer_segments") == [(1,)]
    assert build.query("select max(model_version) from completed_refreshes") == [(1,)]
    ((changes,),) = build.query("select changes from segment_models where model_version = 2")
    assert "% to " in changes
    assert any(changes in warning for warning in build.warnings)
    # Keeping the active version is a decision too: the warning is gone.
    kept = project(vars=on("2025-06-01", source={"lines": str(odd)}, accept_model=1, **settings))
    assert not any("was declined" in warning for warning in passed(kept).warnings)
    assert models(kept) == models(build)
    accepted = passed(
        project(vars=on("2025-06-01", source={"lines": str(odd)}, accept_model=2, **settings))
    )
    assert models(accepted) == [(1, "superseded", "first fit"), (2, "active", "asked for")]


def test_a_refit_that_drift_called_for_may_move_the_drifted_customers(project):
    passed(project(vars=on("2025-03-01")))
    build = passed(project(vars=on("2025-05-30")))
    assert models(build)[1][:2] == (2, "active")
    ((moved, drift),) = build.query(
        "select moved_share, segment_drift from segment_models where model_version = 2"
    )
    assert moved > 0.3, "without drift it would be declined"
    assert drift > 0.25
    assert build.query("select count(*) from feature_drift where refit_recommended") == [(0,)]


def test_a_rollback_is_decided_once(refreshed):
    passed(refreshed(vars=on("2025-05-15", refit=True)))
    decision = {"version": 1, "by": "Ann", "reason": "the new segments didn't help"}
    back = passed(refreshed(vars=on("2025-06-01", accept_model=decision)))
    assert models(back) == [(1, "active", "first fit"), (2, "rolled back", "asked for")]
    assert back.query("select max(model_version) from customer_segments") == [(1,)]
    assert not [said for said in back.warnings if "accept_model is set" in said]
    again = refreshed(vars=on("2025-06-01", accept_model=decision))
    assert any("Remove it: version 1 stays active without it." in said for said in again.warnings)
    later = passed(refreshed(vars=on("2025-06-15")))
    assert models(later) == models(back)
    story = (
        "Fitted on 2025-05-01 as the first model. It passed the gate. Accepted on 2025-06-01 by"
        " Ann: the new segments didn't help. Scored refreshes from 2025-05-01 to 2025-06-15."
    )
    assert later.query("select story from segment_models where is_active") == [(story,)]
    unknown = refreshed(vars=on("2025-06-15", accept_model=7))
    assert unknown.exit_code == 1
    assert (
        "The variable accept_model is 7: write the number of a version in segment_models"
        " (the newest is 2)." in unknown.output
    )


def test_a_full_refresh_keeps_models_and_history(refreshed):
    before = tables(passed(refreshed(vars=on("2025-05-15"))))
    kept = tables(passed(refreshed(vars=on("2025-05-15"), args=["--full-refresh"])))
    assert_same(before, kept)
    forgotten = passed(
        refreshed(vars=on("2025-05-15", forget_history=True), args=["--full-refresh"])
    )
    assert forgotten.query("select min(valid_from)::text from segment_history") == [
        ("2025-05-15",)
    ]


def test_a_late_refresh_leaves_the_later_history_as_it_was(project):
    first, second, third = "2025-04-01", "2025-04-15", "2025-05-01"
    ordered = project.beside("in-order").after(passed(project(vars=on(first))))
    for date in (third, second):
        late = passed(project(vars=on(date)))
    for date in (second, third):
        in_order = passed(ordered(vars=on(date)))
    spans = (
        "select customer_id, segment_id, valid_from, valid_to from segment_history order by all"
    )
    assert late.query(spans) == in_order.query(spans)
    moves = (
        "select snapshot_date, from_segment_id, to_segment_id, sum(customers)"
        " from segment_transitions group by all order by all"
    )
    assert late.query(moves) == in_order.query(moves)
    sizes = "select * from segment_history_summary order by all"
    assert late.query(sizes) == in_order.query(sizes)
    # The customers who came or left explain how a segment grew or shrank.
    unexplained = """
        select *
        from (
            select
                *,
                lag(customers, 1, 0) over (
                    partition by segment_id order by snapshot_date
                ) as customers_before
            from segment_history_summary
        )
        where customers <> customers_before + customers_in - customers_out
    """
    assert late.query(unexplained) == []


def test_a_customer_lapses_and_is_won_back(project, tmp_path):
    """Also when the lines of another customer are removed and a third is merged away."""
    lines = pd.read_csv("seeds/raw_transactions.csv", dtype=str)
    columns = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
    own = pd.DataFrame(
        [
            (f"L{number}", "lapses", "p", day, amount)
            for number, (day, amount) in enumerate(
                [("2024-09-01", "10.00"), ("2025-04-20", "-2.50"), ("2025-05-20", "7.00")]
            )
        ]
        + [("R1", "is removed", "p", "2025-04-20", "9.00")]
        + [("M1", "is merged", "p", "2025-04-20", "9.00")],
        columns=columns,
    )
    source = {"source": {"lines": str(tmp_path / "lines.csv")}}
    one = (
        "select segments.segment_name, segments.previous_segment_id is not null, cause,"
        " transactions_to_date, net_spend_to_date"
        " from customer_segments as segments inner join segment_history as history"
        " on segments.customer_id = history.customer_id and segment_since = valid_from"
        " where segments.customer_id = 'lapses'"
    )
    pd.concat([lines, own]).to_csv(tmp_path / "lines.csv", index=False)
    settings = {"refit_after_days": None, **source}
    first = passed(project(vars=on("2025-02-01", **settings)))
    ((name, *rest),) = first.query(one)
    assert rest == [False, "behaviour", 1, 10]
    assert name != "Lapsed"
    second = passed(project(vars=on("2025-05-01", **settings)))
    assert second.query(one) == [("Lapsed", True, "behaviour", 1, Decimal("7.5"))]
    pd.concat([lines, own[own["customer_id"] != "is removed"]]).to_csv(
        tmp_path / "lines.csv", index=False
    )
    edited = project.edited(
        {"seeds/customer_merges.csv": "from_customer_id,into_customer_id\nis merged,lapses\n"}
    )
    build = passed(edited(vars=on("2025-06-01", **settings)))
    ((name, *rest),) = build.query(one)
    assert rest == [True, "won back", 3, Decimal("23.5")]
    assert name not in ("Lapsed", "No net spend")
    gone = "select customer_id, cause from int_segment_changes where to_segment_id is null"
    assert build.query(f"{gone} order by 1") == [
        ("is merged", "override"),
        ("is removed", "behaviour"),
    ]


def test_a_warehouse_from_before_lapsed_customers_had_a_segment(refreshed, may):
    expected = passed(refreshed.beside("undisturbed").after(may)(vars=on("2025-06-01")))
    for column in (
        "first_purchase_to_date",
        "purchase_days_to_date",
        "transactions_to_date",
        "net_spend_to_date",
    ):
        refreshed.execute(f"alter table int_customer_totals drop column {column}")
    refreshed.execute("delete from int_customer_totals where frequency = 0")
    refreshed.execute("delete from int_segment_events where segment_id = -1")
    refreshed.execute("alter table segment_prototypes drop column most_days_since_first")
    build = passed(refreshed(vars=on("2025-06-01")))
    segments = "select * exclude (previous_segment_id, segment_since) from customer_segments"
    assert build.query(f"{segments} order by 1") == expected.query(f"{segments} order by 1")
    ((entered, lapsed),) = build.query(
        "select count(*) filter (segment_since = snapshot_date), count(*) from customer_segments"
        " where segment_name = 'Lapsed'"
    )
    assert entered == lapsed > 100


def test_overrides_and_merges_are_data_and_are_a_cause(refreshed, may):
    customer, segment, other = may.query(
        "select customer_id, segment_name, (select segment_name from segment_profiles p"
        " where p.segment_id <> c.segment_id and p.segment_id > 0 order by p.segment_id limit 1)"
        " from customer_segments c where assigned_by = 'model' order by customer_id limit 1"
    )[0]
    ((kept,), (gone,)) = may.query(
        "select customer_id from customer_segments where assigned_by = 'model'"
        " order by customer_id offset 10 limit 2"
    )
    edited = refreshed.edited(
        {
            "seeds/segment_overrides.csv": "customer_id,segment,reason,valid_from,valid_until\n"
            f"{customer},{other},key account,2025-05-10,2025-05-20\n"
            f"nobody,{other},typing error,,\n{kept},Unheard of,typing error,,\n",
            "seeds/customer_merges.csv": f"from_customer_id,into_customer_id\n{gone},{kept}\n",
        }
    )
    build = passed(edited(vars=on("2025-05-02")))
    build = passed(edited(vars=on("2025-05-15")))
    one = (
        f"select segment_name, assigned_by from customer_segments where customer_id = '{customer}'"
    )
    assert build.query(one) == [(other, "override")]
    assert build.query(
        "select cause from segment_history"
        f" where customer_id = '{customer}' and valid_from = '2025-05-15'"
    ) == [("override",)]
    problems = "select customer_id, problem from int_segment_overrides where problem is not null"
    assert sorted(build.query(problems)) == sorted(
        [("nobody", "unknown customer"), (kept, "unknown segment")]
    )
    assert (
        f"The override of customer nobody with the segment {other} does not apply:"
        " unknown customer. Correct it in the table that the variable segment_overrides names."
        in build.warnings
    )
    assert build.query(f"select 1 from customer_features where customer_id = '{gone}'") == []
    ended = passed(edited(vars=on("2025-06-01")))
    assert ended.query(one)[0][1] == "model"
    assert segment != other


def test_a_degenerate_segment_count_is_declined_however_high_its_silhouette(project, tmp_path):
    rows = [
        (
            f"T{number}-{visit}",
            f"C{number:03}",
            f"P{(number + visit) % 7}",
            f"2025-0{1 + number % 5}-1{visit}",
            f"{1 + number % 9}.50",
        )
        for number in range(200)
        for visit in range(1 + number % 4)
    ]
    # Two far points: they buy so much that two segments, theirs and everybody else's, fit best.
    rows += [
        (f"F{far}-{visit}", f"far{far}", f"Q{visit}", "2025-05-20", "90000000")
        for far in range(2)
        for visit in range(500)
    ]
    columns = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
    path = tmp_path / "far.csv"
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    build = passed(project(vars={"source": {"lines": str(path)}}))
    declined = build.query(
        "select verdict, macro_silhouette from segment_count_evaluations"
        " where segment_count = 2 and not is_chosen"
    )
    assert "The smallest segment has" in declined[0][0]
    chosen = build.query("select macro_silhouette from segment_count_evaluations where is_chosen")
    assert declined[0][1] > chosen[0][0], "the declined one must have had the higher silhouette"
    assert build.query("select count(*) from customer_segments") == [(202,)]
    assert len(build.query("select 1 from segment_profiles where segment_id > 0")) >= 3

"""Where there is no outlook: the columns are null, and one sentence says why."""

from harness import Build, Project

# What a refresh wrote before there were outlooks, rules and thresholds of atypical customers.
BEFORE = [
    "delete from int_customers_clustered where row_kind is not null",
    *(
        f"alter table int_customers_clustered drop column {name}"
        for name in (
            "row_kind",
            "bias",
            "accuracy",
            "later_spend",
            "later_purchases",
            "expected_spend",
            "purchase_probability",
        )
    ),
    *(
        f"alter table int_model_versions drop column {name}"
        for name in ("outlook_days", "outlook_r2", "outlook_auc", "outlook_verdict", "has_outlook")
    ),
    "alter table int_segment_centroids drop column atypical_distance",
    "alter table int_segment_events drop column expected_spend",
]


def filled(build: Build) -> dict[str, int]:
    """Return how many customers the model scored, and how many have a value in each column."""
    columns = ["customer_id", "expected_spend", "purchase_probability", "is_atypical"]
    columns += ["decided_by", "second_segment_id"]
    counts = ", ".join(f"count({name}) as {name}" for name in columns)
    query = f"select {counts} from customer_segments where assigned_by = 'model'"
    return build.frame(query).iloc[0].to_dict()


def verdicts(build: Build) -> list[str]:
    query = "select outlook_verdict from segment_models order by model_version"
    return [verdict for (verdict,) in build.query(query)]


def test_a_model_from_before_outlooks_scores_on_and_the_next_refit_makes_one(refreshed: Project):
    refreshed.execute(*BEFORE)
    build = refreshed(vars={"snapshot_date": "2025-06-01"})
    assert build.exit_code == 0, build.output
    counts = filled(build)
    assert counts["decided_by"] == counts["second_segment_id"] == counts["customer_id"] > 900
    assert counts["expected_spend"] == counts["purchase_probability"] == 0
    assert counts["is_atypical"] == 0
    (verdict,) = verdicts(build)
    assert verdict == (
        "There is no outlook: the version was fitted before there were outlooks."
        " Set refit to make one."
    )
    rows = build.query("select expected_spend, segment_rule, rule_recall from segment_profiles")
    assert set(rows) == {(None, None, None)}
    assert build.query("select distinct expected_spend from segment_transitions") == [(None,)]
    scores = build.query("select distinct score from active_segment_model")
    assert scores == [("segment",)]
    assert build.query("select count(*) from outlook_evaluations") == [(0,)]

    build = refreshed(vars={"snapshot_date": "2025-07-01", "refit": True})
    assert build.exit_code == 0, build.output
    before, now = verdicts(build)
    assert before == verdict
    assert now.startswith("The outlook explains ")
    evaluations = "select distinct model_version, evaluation from outlook_evaluations"
    assert build.query(evaluations) == [(2, "backtest")]


def test_too_short_a_history_gives_no_outlook(project):
    build = project(vars={"snapshot_date": "2025-01-01"})
    assert build.exit_code == 0, build.output
    assert verdicts(build) == [
        "There is no outlook: it needs at least 100 customers with a whole observation window"
        " 90 days ago, with 10 who bought since and 10 who did not."
    ]
    counts = filled(build)
    assert counts["expected_spend"] == counts["purchase_probability"] == 0
    assert counts["decided_by"] == counts["is_atypical"] == counts["customer_id"] > 500
    assert build.query("select count(*) from segment_profiles where expected_spend > 0") == [(0,)]
    rules = "select count(segment_rule) from segment_profiles where segment_id > 0"
    assert build.query(rules)[0][0] > 1


def test_the_days_of_the_outlook_wait_for_the_next_fit(project, bundled):
    project.after(bundled)
    settings = {"outlook_days": 30}
    build = project(vars=settings)
    assert build.exit_code == 0, build.output
    assert build.query("select outlook_days from segment_models") == [(90,)]
    build = project(vars={**settings, "refit": True})
    assert build.exit_code == 0, build.output
    versions = "select outlook_days from segment_models order by model_version"
    assert build.query(versions) == [(90,), (30,)]
    seen = (
        "select distinct seen_until - seen_from from outlook_evaluations where model_version = 2"
    )
    assert build.query(seen) == [(30,)]

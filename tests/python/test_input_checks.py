"""What arrives is compared with thresholds and earlier refreshes, and the log says what is odd."""

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from harness import ROOT, Build, Project, thresholds

HEADER = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
# The checks and what they need, recorded as if the whole build had passed.
CHECKS = ["--select", "+segment_data_checks", "assert_no_data_check_fails", "warn_data_checks"]
CHECKS += ["check_thresholds", "assert_every_check_has_thresholds"]
CHECKS += ["--indirect-selection", "cautious"]
CHECKS += ["--exclude", "raw_transactions", "completed_refreshes"]
DAYS_OLD = "days_since_last_purchase"
DAYS = [date(2025, 1, 1) + timedelta(day) for day in range(150)]
# Squares, so that some customers come often and some once.
USUAL = [
    [
        f"T{number}-{copy}",
        f"C{number * number * (copy + 1) % 211:03}",
        f"P{number % 9}",
        f"{day}",
        f"{5 + number % 11}",
    ]
    for number, day in enumerate(DAYS)
    for copy in range(4)
]


def build_on(project: Project, lines: list[list[str]], args=CHECKS, **settings) -> Build:
    """Run the checks on a file with these lines."""
    file = project.folder / "lines.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([HEADER, *lines])
    source = {"lines": str(file), **settings.pop("source", {})}
    return project(vars={"source": source, "segment_count": 3, **settings}, args=args)


def statuses(build: Build, about: str = "arrival") -> dict[str, str]:
    """Return the checks that are not ok, those of a subject under both names."""
    rows = build.query(
        "select check_name || coalesce(' ' || parse_filename(subject), ''), status"
        f" from segment_data_checks where about = '{about}' and status <> 'ok'"
    )
    return dict(rows)


@pytest.fixture(scope="module")
def usual(tmp_path_factory) -> Path:
    """Return the warehouse of one whole refresh on usual lines."""
    project = Project(tmp_path_factory.mktemp("usual") / "project")
    build = build_on(project, USUAL, args=["--exclude", "raw_transactions"])
    assert build.exit_code == 0, build.output
    assert statuses(build) == statuses(build, "fitness") == {}
    return build.warehouse


def later(count: int) -> list[list[str]]:
    """Return lines of the days after the usual ones, so many a day."""
    return [
        [
            f"U{day}-{number}",
            f"C{(number + day) % 150:03}",
            "P1",
            f"{DAYS[-1] + timedelta(day)}",
            "9",
        ]
        for day in range(1, 15)
        for number in range(count)
    ]


@pytest.fixture
def refreshed(project, usual) -> Project:
    """Return a project with one completed refresh on the usual lines."""
    project.warehouse.write_bytes(usual.read_bytes())
    # As if its lines had been in this folder, too.
    project.execute(f"update completed_refreshes set source_lines = '{project.folder}/lines.csv'")
    return project


UNUSUAL = {
    "as usual": (USUAL + later(4), {}, {}),
    "half of it is missing": (
        (USUAL + later(4))[::2],
        {},
        {"lines_to_date_ratio": "fail", "lines_in_window_ratio": "fail"},
    ),
    "a quarter of it is missing": (
        [line for number, line in enumerate(USUAL + later(4)) if number % 3],
        {},
        {"lines_to_date_ratio": "warn", "lines_in_window_ratio": "warn"},
    ),
    "the end is cut off": (USUAL[:-120], {}, {"days_gone_back": "fail"}),
    "the last day is cut off": (USUAL[:-4], {}, {"days_gone_back": "warn"}),
    "the file is empty": (
        [],
        {},
        {
            "lines_offered": "fail",
            "empty_deliveries": "warn",
            "lines_to_date_ratio": "fail",
            "lines_in_window_ratio": "fail",
        },
    ),
    "customer ids became numbers with a point": (
        [[line[0], line[1].lstrip("C0") + ".0", *line[2:]] for line in USUAL + later(4)],
        {},
        {"new_customer_share": "fail"},
    ),
    "dates became unreadable": (
        [[*line[:3], "1/6/2025", line[4]] for line in USUAL[:500]] + USUAL[500:] + later(4),
        {},
        {
            "rejected_share": "fail",
            "delivery_rejected_share lines.csv": "warn",
            "rejection_reason_share unreadable date": "warn",
            "lines_to_date_ratio": "fail",
            "lines_in_window_ratio": "fail",
        },
    ),
    "nothing came for three weeks": (
        USUAL,
        {"snapshot_date": "2025-06-21"},
        {"days_since_last_purchase": "warn"},
    ),
    "nothing came for three months": (
        USUAL,
        {"snapshot_date": "2025-09-01"},
        {"days_since_last_purchase": "fail", "lines_in_window_ratio": "warn"},
    ),
    "three lines of a wrong year": (
        USUAL + [[f"W{n}", f"C{n:03}", "P1", f"2099-0{n}-01", "9"] for n in (1, 2, 3)],
        {"source": {"allow_future_dates": True}},
        {
            "longest_recent_gap_days": "fail",
            "lines_in_window_ratio": "fail",
            "ancient_lines": "warn",
        },
    ),
    "three lines of a wrong year that is ahead": (
        USUAL + [[f"W{n}", f"C{n:03}", "P1", f"2099-0{n}-01", "9"] for n in (1, 2, 3)],
        {},
        {"lines_ahead": "warn"},
    ),
    "another shop in the same file": (
        [[line[0], line[1], f"other {line[2]}", *line[3:]] for line in USUAL + later(4)],
        {},
        {"new_best_seller_share": "warn"},
    ),
    "returns after the last purchase": (
        USUAL + [[f"R{n}", f"C{n:03}", "P1", "2025-06-02", "-1"] for n in range(5)],
        {},
        {"later_return_share": "warn"},
    ),
    "three lines of a wrong year, rejected": (
        USUAL + [[f"W{n}", f"C{n:03}", "P1", f"2099-0{n}-01", "9"] for n in (1, 2, 3)],
        {"source": {"last_date": "2025-12-31"}},
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNUSUAL)
def test_a_later_refresh_is_compared_with_the_one_before(refreshed, case):
    lines, settings, expected = UNUSUAL[case]
    build = build_on(refreshed, lines, **settings)
    assert statuses(build) == expected
    assert build.exit_code == ("fail" in expected.values())
    # The sentence itself is in the log: of a failure where the build ends, of a warning as such.
    name = "check_name || coalesce(' ' || parse_filename(subject), '')"
    verdicts = dict(build.query(f"select {name}, verdict from segment_data_checks"))
    for name, status in expected.items():
        if status == "warn":
            assert verdicts[name] in build.warnings
        else:
            assert verdicts[name] in build.output.partition("Completed with")[2]
    assert not any("{" in verdict for verdict in verdicts.values())


def test_thresholds_are_moved_in_the_seed(refreshed):
    moved = refreshed.edited(
        thresholds(
            lines_to_date_ratio={"fail_threshold": "", "warn_threshold": 0.4},
            lines_in_window_ratio={"fail_threshold": 0, "warn_threshold": ""},
        )
    )
    build = build_on(moved, (USUAL + later(4))[::2])
    assert build.exit_code == 0, build.output
    assert statuses(build) == {}


def test_a_failing_check_keeps_the_refresh_from_counting(refreshed):
    build = build_on(refreshed, USUAL[::2] + later(2), args=["--exclude", "raw_transactions"])
    assert build.exit_code == 1
    assert build.query("select count(*) from completed_refreshes") == [(1,)]
    assert (
        "328 lines come before the snapshot date, 54.7% of the average of the last refreshes,"
        " below the threshold of 60%. Check that all of the source arrived." in build.output
    )
    # The same sentences where the tests run alone, and again where the build is taken up.
    for verb in ("test", "retry"):
        alone = refreshed(verb, args=["--select", "segment_data_checks"] if verb == "test" else [])
        assert alone.exit_code == 1
        assert "below the threshold of 60%. Check that all" in alone.output


def test_a_source_that_did_not_change_changes_nothing(refreshed, usual):
    before = Build(0, "", [], usual, usual)
    build = build_on(refreshed, USUAL)
    assert build.exit_code == 0, build.output
    query = "select * from segment_data_checks order by check_name, subject"
    assert build.query(query) == before.query(query)


def test_a_warehouse_of_an_earlier_version_remembers_no_volume(refreshed):
    refreshed.execute(
        *(
            f"alter table completed_refreshes drop column {name}"
            for name in ("window_start", "lines_to_date", "lines_in_window")
        )
    )
    build = build_on(refreshed, (USUAL + later(4))[::2], args=["--exclude", "raw_transactions"])
    assert build.exit_code == 0, build.output
    remembered = "select lines_to_date from completed_refreshes order by refresh_number"
    assert build.query(remembered) == [(None,), (328,)]


def test_the_reasons_of_rejections_are_in_the_sentence(project):
    lines = [["1", "", "p", "2025-03-01", "5"]] * 3 + [["1", "a", "p", "2025-03-01", "12,50"]] * 2
    build = build_on(project, [*lines, ["1", "a", "p", "2025-03-01", "5"]])
    assert build.exit_code == 1
    assert (
        "83.3% of the source lines were rejected (5 of 6: no customer 3, unreadable amount 2 such"
        " as 12,50), above the threshold of 60%. Each rejected line is in rejected_transactions"
        " with its reason." in build.output.partition("Completed with")[2]
    )


def test_data_that_are_hardly_fit_are_said_and_not_stopped(project):
    alike = [[f"{number}", f"c{number}", "p", "2025-03-01", "10"] for number in range(30)]
    alike += [["r", f"c{number}", "p", "2025-03-01", "-1"] for number in range(20)] * 2
    build = build_on(project, alike)
    assert build.exit_code == 0, build.output
    assert set(statuses(build, "fitness")) == {
        "buyers", "months_of_history", "one_time_share", "returns_share", "duplicate_share",
        "commonest_value_share recency_days", "commonest_value_share frequency",
        "commonest_value_share length_days", "commonest_value_share unique_products",
    }  # fmt: skip
    few = "Customers who bought in the observation window: 30, below the threshold of"
    assert f"{few} 100. Segments of so few customers are rarely stable." in build.warnings
    strict = build_on(project.edited(thresholds(buyers={"fail_threshold": 50})), alike)
    assert strict.exit_code == 1
    assert f"{few} 50." in strict.output


def test_mistakes_in_the_thresholds_stop_the_build(project):
    wrong = {"buyers": {"check_name": "buyer"}, "returns_share": {"bad_side": "over"}}
    (text,) = thresholds(**wrong).values()
    build = build_on(
        project.edited({"seeds/our_thresholds.csv": text}),
        USUAL,
        check_thresholds="our_thresholds",
    )
    assert build.exit_code == 1
    assert (
        "The check buyers is missing from the table that the variable check_thresholds names: add"
        " its row of seeds/check_thresholds.csv, with empty thresholds to switch it off."
    ) in build.output
    broken = "Rows that break a rule of stg_check_thresholds: `bad_side in ('above', 'below')` (1)"
    assert broken in build.output
    assert ("segment_data_checks",) not in build.query("select table_name from duckdb_tables()")


def test_freshness_has_the_thresholds_of_the_last_purchase(project):
    """What dbt reads in yml it cannot read in a seed."""
    text = (ROOT / "models/staging/transactions_source.yml").read_text(encoding="utf-8")
    found = dict(re.findall(r"(warn|error)_after: {count: ([0-9]+), period: day}", text))
    (seed,) = thresholds().values()
    row = next(r for r in csv.DictReader(seed.splitlines()) if r["check_name"] == DAYS_OLD)
    assert found == {"warn": row["warn_threshold"], "error": row["fail_threshold"]}


@pytest.mark.parametrize(
    ("days", "status", "exit_code"), [(1, "pass", 0), (20, "warn", 0), (90, "error", 1)]
)
def test_the_freshness_of_a_table_is_that_of_its_newest_line(project, days, status, exit_code):
    """A clock of its own: dbt compares with the one of this machine."""
    day = datetime.now(UTC).date() - timedelta(days)
    project.execute(
        "create schema shop",
        f'create table shop.lines as select \'{day}\' as "Day ""1""" union all select \'n/a\'',
    )
    given = {"source": {"lines": "shop.lines", "columns": {"purchased_at": 'Day "1"'}}}
    build = project("source", vars=given, args=["freshness"])
    assert build.exit_code == exit_code, build.output
    assert f"{status.upper()}" in build.output
    results = json.loads((build.target / "sources.json").read_text(encoding="utf-8"))["results"]
    assert [result["status"] for result in results] == [status]

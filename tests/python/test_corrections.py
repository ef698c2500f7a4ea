"""What users wrote wrongly in seeds and models of their own is told in one sentence of the log."""

import csv
import io
from pathlib import Path

import pytest
from harness import ROOT, Project

HEADER = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
FEATURES = ["--select", "+customer_features", "--indirect-selection", "cautious"]
FEATURES += ["--exclude", "raw_transactions", "completed_refreshes"]


def text_of(rows: list[list[str]]) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def lines_of(project: Project, *customers: str) -> str:
    """Write a file with one purchase of each customer, and return its path."""
    rows = [[str(n), id_, "p", "2025-03-01", "10"] for n, id_ in enumerate(customers)]
    file = project.folder / "lines.csv"
    file.write_text(text_of([HEADER, *rows]), encoding="utf-8")
    return str(file)


def merged(project: Project, pairs: list[list[str]], customers: tuple, **source):
    """Build the features with these merges."""
    file = lines_of(project, *customers)
    text = text_of([["from_customer_id", "into_customer_id"], *pairs])
    shop = project.edited({"seeds/customer_merges.csv": text})
    return shop(vars={"source": {"lines": file, **source}}, args=FEATURES)


FREQUENCIES = "select customer_id, frequency from customer_features order by 1"


def test_merges_are_followed_and_a_head_office_is_its_own_parent(project):
    pairs = [["a", "b"], ["b", "c"], ["c", "c"], ["d", "d"]]
    build = merged(project, pairs, ("a", "b", "c", "d"))
    assert build.exit_code == 0, build.output
    assert build.query(FREQUENCIES) == [("c", 3), ("d", 1)]


def test_merges_compare_ids_as_the_lines_do(project):
    pairs = [["17.0", "Ann@Example.com"]]
    build = merged(project, pairs, ("17", "ann@example.com "), customer_id_rule="fold")
    assert build.exit_code == 0, build.output
    assert build.query(FREQUENCIES) == [("ann@example.com", 2)]


UNCLEAR = {
    "a circle": (
        [["a", "b"], ["b", "c"], ["c", "a"], ["x", "a"]],
        "Rows of customer_merges lead round in a circle, or on for more than 32 steps (3 ids: a,"
        " b, c). Delete the row of the id that is to stay.",
    ),
    "two targets": (
        [["a", "b"], ["a", "c"]],
        "Rows of customer_merges merge one id into several (1 id: a). Leave one row for each.",
    ),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_unclear_merges_end_the_build_and_are_named(project, case):
    pairs, sentence = UNCLEAR[case]
    build = merged(project, pairs, ("a", "b"))
    assert build.exit_code == 1
    assert sentence in build.output.partition("Completed with")[2]


@pytest.mark.parametrize("length", [32, 33])
def test_chains_are_followed_so_far(project, length):
    pairs = [[f"{n}", f"{n + 1}"] for n in range(length)]
    build = merged(project, pairs, ("0", f"{length}"))
    assert build.exit_code == (length > 32)
    if length == 32:
        assert build.query(FREQUENCIES) == [("32", 2)]


def test_a_model_over_a_file_elsewhere_is_told_which_folder_to_allow(project, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    Path(lines_of(project, "a")).rename(folder / "lines.csv")
    model = f"select * from read_csv('{folder}/lines.csv', all_varchar = true)\n"
    shop = project.edited({"models/shop_lines.sql": model})
    given = {"source": {"lines": "shop_lines"}}
    build = shop(vars=given, args=FEATURES)
    assert build.exit_code == 1
    assert (
        f"DuckDB may not read {folder}/lines.csv, which is outside the folders of this project:"
        f" add its folder to the variable allowed_directories: ['{folder}']." in build.warnings
    )
    build = shop(vars={**given, "allowed_directories": [str(folder)]}, args=FEATURES)
    assert build.exit_code == 0, build.output
    assert build.query(FREQUENCIES) == [("a", 1)]


def prototypes(**changes: str) -> dict[str, str]:
    """Return the seed of prototypes with changes to champions."""
    text = (ROOT / "seeds/segment_prototypes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    rows[next(n for n, row in enumerate(rows) if row["prototype_id"] == "champions")] |= changes
    body = [list(row.values()) for row in rows]
    return {"seeds/segment_prototypes.csv": text_of([list(rows[0]), *body])}


MISTAKES = {
    "a name twice": (
        prototypes(segment_name="Newcomers"),
        "stg_segment_prototypes",
        "Rows that break every_row_of_stg_segment_prototypes: prototype_id champions,"
        " segment_name Newcomers,",
    ),
    "a percentile beyond 1": (
        prototypes(recency_percentile="10"),
        "stg_segment_prototypes",
        "Rows that break every_row_of_stg_segment_prototypes: prototype_id champions,"
        " segment_name Champions, recency_percentile 10.0,",
    ),
    "a percentile that is missing": (
        prototypes(recency_percentile=""),
        "stg_segment_prototypes",
        "In the table that the variable segment_prototypes names, the row champions lacks"
        " percentiles: fill in all or none.",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_seed_names_its_rows(project, case):
    files, model, sentence = MISTAKES[case]
    part = ["--select", f"+{model}", "--exclude", "completed_refreshes"]
    build = project.edited(files)(args=part)
    assert build.exit_code == 1
    assert sentence in build.output

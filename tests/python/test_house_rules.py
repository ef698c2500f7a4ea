"""Rules of CONTRIBUTING.md that a reader of the files can check."""

import re

import pytest
import words
from harness import ROOT, python_model

pytestmark = pytest.mark.quick

FOLDERS = [
    "earlier",
    "staging",
    "lines",
    "refresh",
    "features",
    "fit",
    "scoring",
    "history",
    "quality",
    "marts",
    "metrics",
    "publication",
]
MODELS = sorted((ROOT / "models").glob("*/*.sql"))
PLACES = {path.stem: FOLDERS.index(path.parent.name) for path in MODELS}
# Python models, beside the steps they belong to.
PLACES |= {"int_customers_clustered": FOLDERS.index("fit")}
ENGINES = {"duckdb", "spark", "databricks", "postgres", "snowflake", "bigquery"}
LONGEST, WIDEST = 120, 120


def refs(text: str) -> set[str]:
    return set(re.findall(r"ref\('(\w+)'\)", text)) & set(PLACES)


def engine_macros(text: str) -> list[str]:
    names = re.findall(r"{% macro (\w+)\(", text)
    return [name for name in names if name.split("__")[0] in ENGINES and "__" in name]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_reads_as_all_do(path):
    text = path.read_text(encoding="utf-8")
    lines = text.rstrip("\n").splitlines()
    description = path.with_suffix(".yml").read_text(encoding="utf-8")
    assert lines[0].startswith("-- One row"), "the first comment is the grain"
    last = next(line for line in reversed(lines) if not line.startswith(("--", "{%")))
    assert last == f"select * from {path.stem}"
    assert "config(" not in text
    assert len(lines) <= LONGEST or f"# Over {LONGEST} lines:" in description


def test_lines_of_macros_are_short():
    for path in (ROOT / "macros").glob("**/*.sql"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if len(line) > WIDEST] == [], path.name


def test_no_model_reads_from_a_later_folder():
    backwards = [
        (path.stem, name)
        for path in MODELS
        for name in refs(path.read_text(encoding="utf-8"))
        if PLACES[name] > PLACES[path.stem]
    ]
    assert backwards == []


def test_earlier_state_is_read_in_one_folder():
    readers = {
        path.parent.name
        for path in MODELS
        if re.search(r"(earlier|completed)_rows\(", path.read_text(encoding="utf-8"))
    }
    assert readers == {"earlier"}


def test_engines_differ_in_one_folder():
    strays = {
        path.name: engine_macros(path.read_text(encoding="utf-8"))
        for path in (ROOT / "macros").glob("*.sql")
    }
    assert {name: found for name, found in strays.items() if found} == {}
    for path in (ROOT / "macros" / "engines").glob("*.sql"):
        engines = {name.split("__")[0] for name in engine_macros(path.read_text(encoding="utf-8"))}
        assert engines <= {path.stem}


def test_each_data_test_that_python_selects_exists():
    """Else dbt runs nothing, and says so only in a warning."""
    data_tests = {path.stem for path in (ROOT / "tests").glob("**/*.sql")}
    python = [*(ROOT / "tests/python").glob("*.py"), *(ROOT / "campaigns").glob("**/*.py")]
    quoted = r"[\"' /+]((?:assert|warn)_[a-z_]+_[a-z_]+)[\"' ]"
    selected = {name for path in python for name in re.findall(quoted, path.read_text())}
    # Tests that a test writes itself.
    written = {"assert_nothing_breaks"}
    assert "assert_no_data_check_fails" in selected
    assert selected - data_tests - written == set()


def test_all_lists_of_the_features_agree():
    """A feature that the report or the rules do not know would silently be left out of them."""

    def quoted(macro, file):
        text = (ROOT / "macros" / file).read_text(encoding="utf-8")
        return re.search(rf"macro {macro}\(\).*?endmacro", text, re.DOTALL)[0]

    names = re.findall(r"'(\w+)'", quoted("feature_names", "features.sql"))
    assert names == python_model("int_customers_clustered").FEATURES
    assert names == [feature.name for feature in words.FEATURES]
    assert set(names) == set(re.findall(r"'(\w+)': \[", quoted("words_of_rules", "rules.sql")))

"""docs/warehouses.md says what these tests do, and no more."""

import re

from conftest import ENGINES, ROOT

PAGE = (ROOT / "docs" / "warehouses.md").read_text(encoding="utf-8")
LOCK = (ROOT / "tests/warehouses/requirements.txt").read_text(encoding="utf-8")
# Those on which queries of these tests, or of `make test`, run.
RUN = {"duckdb", "postgres"}


def rows() -> dict[str, list[str]]:
    """Return the first table: engine -> its other cells."""
    table = PAGE.split("|---|---|---|---|\n")[1].split("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {first.lower(): others for first, *others in cells}


def test_each_engine_has_a_row_and_none_is_there_untested():
    assert set(rows()) == {"duckdb", *ENGINES}


def test_where_nothing_runs_the_page_says_compiles_only():
    tried = {engine: cells[0] for engine, cells in rows().items()}
    assert {engine for engine, text in tried.items() if text == "compiles only"} == (
        set(tried) - RUN
    )


def test_the_adapters_are_the_locked_ones():
    locked = dict(re.findall(r"^(dbt-[a-z]+)==([0-9.]+)", LOCK, re.MULTILINE))
    said = dict(re.findall(r"(dbt-[a-z]+) ([0-9]+[.][0-9]+[.][0-9]+)", PAGE))
    assert said == {f"dbt-{engine}": locked[f"dbt-{engine}"] for engine in ENGINES}
    assert locked["dbt-core"].startswith("1.12.")


def test_each_engine_has_its_macros():
    for engine in ENGINES:
        own = ROOT / "macros" / "engines" / f"{engine}.sql"
        assert own.exists() or engine == "databricks"

"""What dbt shows of this project: descriptions, documentation, exposures, partial builds."""

import json
import re
import shutil

import pytest
from harness import ROOT, Project


@pytest.fixture(scope="module")
def documented(bundled) -> dict:
    """Return the manifest and the catalog of the bundled build, and its page of documentation."""
    project = Project(bundled.target.parent)
    docs = project("docs", args=["generate", "--static", "--no-compile"])
    assert docs.exit_code == 0, docs.output
    texts = {
        name: (docs.target / name).read_text(encoding="utf-8")
        for name in ("manifest.json", "catalog.json", "static_index.html")
    }
    return {
        "manifest": json.loads(texts["manifest.json"]),
        "catalog": json.loads(texts["catalog.json"]),
        "page": texts["static_index.html"],
    }


def public_models(documented: dict) -> dict[str, dict]:
    """Return the nodes of the public models by their names."""
    nodes = documented["manifest"]["nodes"].values()
    public = {node["name"]: node for node in nodes if node.get("access") == "public"}
    assert "customer_segments" in public
    return public


def test_every_public_column_is_described_in_the_documentation_and_the_warehouse(
    documented, bundled
):
    comments = {
        (table, column): comment
        for table, column, comment in bundled.query(
            "select table_name, column_name, comment from duckdb_columns()"
            " union all select table_name, null, comment from duckdb_tables()"
        )
    }
    for name, node in public_models(documented).items():
        columns = documented["catalog"]["nodes"][node["unique_id"]]["columns"]
        described = {
            column: node["columns"].get(column, {}).get("description", "") for column in columns
        }
        assert [column for column, text in described.items() if not text.strip()] == []
        assert node["description"]
        described[None] = node["description"]
        for column, text in described.items():
            assert comments[name, column] == text, (name, column)


def test_every_column_of_every_model_is_described_in_the_order_of_the_select(bundled):
    manifest = json.loads((bundled.target / "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(models) > 50
    wrong = {}
    for node in models:
        # An ephemeral model is no table: its query says its columns.
        ephemeral = node["config"]["materialized"] == "ephemeral"
        rows = f"({node['compiled_code']})" if ephemeral else node["relation_name"]
        columns = [column for column, *_ in bundled.query(f"describe select * from {rows}")]
        texts = {name: column["description"] for name, column in node["columns"].items()}
        described = [name for name, text in texts.items() if text.strip()]
        if described != columns:
            wrong[node["name"]] = {"described": described, "columns": columns}
    assert wrong == {}


def test_a_refresh_is_recorded_after_all_models_but_those_that_the_guard_names(bundled):
    """Else the guard asks for a model too many, or does without one (left_out_of_this_build)."""
    manifest = json.loads((bundled.target / "manifest.json").read_text(encoding="utf-8"))
    before, waiting = set(), ["model.customer_segmentation.completed_refreshes"]
    while waiting:
        parents = set(manifest["parent_map"][waiting.pop()]) - before
        before |= parents
        waiting += parents
    models = {name for name in manifest["nodes"] if name.startswith("model.")}
    guard = (ROOT / "macros" / "guard.sql").read_text(encoding="utf-8")
    (named,) = re.findall(r"for name in \[('completed_refreshes'.*?)\]", guard)
    assert {f"'{name.split('.')[-1]}'" for name in models - before} == set(named.split(", "))


def test_the_documentation_is_one_page_that_needs_no_network(documented):
    page = documented["page"]
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"?(?:https?:)?//[^>]*>", page) == []
    for node in public_models(documented).values():
        assert json.dumps(node["unique_id"]) in page


def test_exposures_read_public_tables_alone(documented):
    public = {node["unique_id"] for node in public_models(documented).values()}
    exposures = documented["manifest"]["exposures"].values()
    assert {exposure["name"] for exposure in exposures} == {"segment_dashboard", "segment_lists"}
    assert all(set(exposure["depends_on"]["nodes"]) <= public for exposure in exposures)


def test_what_was_edited_is_built_alone_and_leaves_the_refresh_as_it_is(project):
    whole = project()
    assert whole.exit_code == 0, whole.output
    state = project.folder / "state"
    shutil.copytree(whole.target, state)
    sql = (ROOT / "models/marts/segment_profiles.sql").read_text(encoding="utf-8")
    edited = project.edited({"models/marts/segment_profiles.sql": f"{sql}-- Edited.\n"})
    selection = ["--select", "state:modified+", "--exclude", "completed_refreshes+"]
    part = edited(args=[*selection, "--state", str(state)])
    assert part.exit_code == 0, part.output
    results = json.loads((part.target / "run_results.json").read_text(encoding="utf-8"))["results"]
    ids = {row["unique_id"] for row in results}
    models = {id_.rpartition(".")[2] for id_ in ids if id_.startswith("model.")}
    assert models == {"segment_profiles"}
    assert "assert_profiles_add_up_to_the_customers" in part.output
    assert part.query("select count(*) from completed_refreshes") == [(1,)]

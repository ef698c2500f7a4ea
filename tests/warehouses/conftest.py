"""This project compiled for warehouses that are not there, by their own adapters."""

import importlib
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import agate
import pytest
from harness import ROOT, invoke

HERE = Path(__file__).parent
ENGINES = ("postgres", "snowflake", "bigquery", "databricks")
# Every word of the project: an earlier table seems to have any column that is asked for.
WORDS = sorted(
    {
        word
        for folder in ("models", "macros")
        for file in (ROOT / folder).rglob("*.sql")
        for word in re.findall(r"[a-z_][a-z_0-9]*", file.read_text(encoding="utf-8"))
    }
)


@dataclass(frozen=True)
class Column:
    """What `earlier_rows` reads of a column."""

    name: str


@dataclass(frozen=True)
class Compiled:
    """The statements of one engine, and the types its contracts would name."""

    engine: str
    with_state: bool
    statements: dict[str, str]
    types: set[str]


def without_connection(adapter: type, with_state: bool) -> ExitStack:
    """Let an adapter find tables or none, and one row by any query, without connecting."""

    def get_relation(self, database, schema, identifier, **_):
        if not with_state:
            return None
        return self.Relation.create(database, schema, identifier, type="table")

    def execute(self, sql, *_, **__):
        return "OK", agate.Table([("part",)], ["found"])

    stack = ExitStack()
    replace = {
        "get_relation": get_relation,
        "get_columns_in_relation": lambda self, relation: [Column(word) for word in WORDS],
        "execute": execute,
    }
    if adapter.type() == "databricks":
        # As a current SQL warehouse.
        replace["has_dbr_capability"] = lambda self, name: True
    for name, function in replace.items():
        stack.enter_context(mock.patch.object(adapter, name, function))
    return stack


def compiled(engine: str, with_state: bool, folder: Path) -> Compiled:
    """Have dbt compile all models and tests for an engine."""
    adapter = importlib.import_module(f"dbt.adapters.{engine}").Plugin.adapter
    command = ["--quiet", "compile", "--no-introspect", "--no-populate-cache"]
    command += ["--project-dir", str(ROOT), "--profiles-dir", str(HERE), "--target", engine]
    command += ["--target-path", str(folder), "--log-path", str(folder / "logs")]
    with without_connection(adapter, with_state):
        result, *_ = invoke(command)
    assert result.success, result.exception or [
        f"{node.node.name}: {node.message}" for node in result.result if node.message
    ]
    nodes = [node.node for node in result.result]
    statements = {
        node.name: node.compiled_code
        for node in nodes
        if node.language == "sql" and node.resource_type in ("model", "test")
    }
    types = {
        column.data_type for node in nodes for column in node.columns.values() if column.data_type
    }
    return Compiled(engine, with_state, statements, types)


@pytest.fixture(scope="session", params=ENGINES)
def engine(request) -> str:
    return request.param


@pytest.fixture(scope="session", params=[False, True], ids=["first build", "later build"])
def statements(request, engine, tmp_path_factory) -> Compiled:
    """Return what is compiled where no table is there yet, and where all are."""
    # One folder for both: the second need not parse again.
    return compiled(engine, request.param, tmp_path_factory.getbasetemp() / engine)

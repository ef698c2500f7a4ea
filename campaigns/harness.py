"""Run dbt in this process, on this project or a copy, for the tests and the campaigns."""

import csv
import gc
import importlib.util
import io
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from unittest import mock

import duckdb
import pandas as pd
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder

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
FILE_ENDINGS = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet")
# Variables that dbt reads when it compiles a model, not when it parses the project. A parse takes
# two seconds, a third of a build, so builds that differ only in these share one. test_harness.py
# shows that a parse with them gives the same project.
NOT_PARSED = frozenset(
    {
        "accept_model",
        "allowed_directories",
        "control_share",
        "observation_months",
        "refit",
        "refit_after_days",
        "snapshot_date",
    }
)
# dbt's result, what it said, and its warnings.
Ended = tuple[dbtRunnerResult, list[str], list[str]]
# What a parse depends on: the project's folder, its last edit, and variables.
Key = tuple[Path, int, str]
# The projects parsed in this process.
PARSED: dict[Key, bytes] = {}


@dataclass(frozen=True)
class Build:
    """How a dbt command ended, and the warehouse it left.

    Attributes
    ----------
    exit_code : int
        As on the command line: 1 if a node failed, 2 if dbt itself did.
    output, warnings
        What dbt said.
    failed : dict
        Message by name of each node that failed.
    """

    exit_code: int
    output: str
    warnings: list[str]
    warehouse: Path
    target: Path
    failed: dict[str, str] = field(default_factory=dict)

    def query(self, sql: str) -> list[tuple]:
        """Return the rows of a query."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def frame(self, sql: str) -> pd.DataFrame:
        """Return the rows of a query as a frame."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).df()


@dataclass(frozen=True)
class Project:
    """The dbt project with its own warehouse, target and log in one folder.

    dbt runs in this process, because a subprocess would spend 3 s on imports at every call. Calls
    share the warehouse, so a second build is a refresh.
    """

    folder: Path
    root: Path = ROOT
    warehouse: Path = field(init=False)

    def __post_init__(self):
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        object.__setattr__(self, "warehouse", self.folder / "warehouse.duckdb")

    def __call__(
        self,
        verb: str = "build",
        vars: dict | str | None = None,
        args: Sequence[str] = (),
        database_threads: int | None = None,
        unit_tests: bool = False,
        parse: bool = False,
    ) -> Build:
        """Run a dbt command; `vars` may be YAML text, as on the command line.

        Unit tests do not depend on the data, so `bundled` alone runs them. With ``parse``, dbt
        parses the project with these variables, as for a user; else an earlier parse may be used.
        """
        if isinstance(vars, str):
            vars, text = yaml.safe_load(vars), vars
        else:
            text = json.dumps(vars or {})
        command = [verb, *args, "--vars", text]
        if verb == "build" and not unit_tests:
            command += ["--exclude-resource-type", "unit_test"]
        command += self._places(database_threads)
        shares = verb in ("build", "run", "test", "compile") and not parse
        # Taken once: editing a file during the parse would change it.
        key = self._key(vars) if shares else None
        ended = self._parse(key) if key else None
        if ended is None:
            ended = self._invoke(command, parsed_project(key) if key else None)
        result, messages, warnings = ended
        exit_code = 0 if result.success else 1 if result.exception is None else 2
        if exit_code == 2 and not messages:
            messages.append(repr(result.exception))
        nodes = getattr(result.result, "results", None) or []
        failed = {row.node.name: row.message for row in nodes if row.status in ("error", "fail")}
        return Build(
            exit_code,
            "\n".join(messages),
            warnings,
            self.warehouse,
            self.folder / "target",
            failed,
        )

    def after(self, build: Build) -> "Project":
        """Return this project with a copy of its warehouse and published file."""
        for path in build.warehouse.parent.glob("*.duckdb"):
            shutil.copy(path, self.folder)
        return self

    def beside(self, name: str) -> "Project":
        """Return the same project with another warehouse."""
        return Project(self.folder / name, self.root)

    def edited(self, files: dict[str, str]) -> "Project":
        """Return the same warehouse with a copy of this project, with changed or extra files."""
        root = self.folder / f"project-{len(list(self.folder.iterdir()))}"
        return Project(self.folder, copy_project(root, files))

    def execute(self, *statements: str) -> None:
        """Run statements in the warehouse, for example to create a table."""
        with duckdb.connect(str(self.warehouse)) as connection:
            for statement in statements:
                connection.execute(statement)

    def _parse(self, key: Key) -> Ended | None:
        """Have dbt parse the project if needed; return the result if it failed."""
        if key in PARSED:
            return None
        command = ["parse", "--no-partial-parse", "--vars", key[-1], *self._places(None)]
        ended = self._invoke(command, None)
        if not ended[0].success:
            return ended
        PARSED[key] = (self.folder / "target/partial_parse.msgpack").read_bytes()
        return None

    def _key(self, variables: dict | None) -> Key:
        """Return what a parse depends on: the project, its last edit, and variables."""
        seen = {name: value for name, value in (variables or {}).items() if name not in NOT_PARSED}
        # The names of files, and how lines are read, matter only when a model is compiled.
        if isinstance(seen.get("source"), dict):
            lines = str(seen["source"].get("lines", ""))
            endings = [each for each in FILE_ENDINGS if lines.lower().endswith(each)]
            seen["source"] = {"lines": f"lines{endings[0]}" if endings else lines}
        edited = max(
            path.stat().st_mtime_ns
            for name in PROJECT_FILES
            for path in (self.root / name, *(self.root / name).rglob("*"))
            if path.is_file() and path.suffix != ".pyc"
        )
        return self.root, edited, json.dumps(seen, sort_keys=True, default=str)

    def _invoke(self, command: list[str], manifest: Manifest | None) -> Ended:
        with mock.patch.dict(os.environ, SEGMENTATION_WAREHOUSE=str(self.warehouse)):
            return invoke(command, manifest)

    def _places(self, database_threads: int | None) -> list[str]:
        """Return the arguments that keep dbt out of the repository."""
        places = ["--project-dir", self.root, "--profiles-dir", self._profiles(database_threads)]
        places += ["--target-path", self.folder / "target", "--log-path", self.folder / "logs"]
        return list(map(str, places))

    def _profiles(self, database_threads: int | None) -> Path:
        if database_threads is None:
            return ROOT
        profiles = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
        warehouse = profiles["customer_segmentation"]["outputs"]["dev"]
        warehouse["config_options"] = {"threads": database_threads}
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
        return self.folder


def parsed_project(key: Key) -> Manifest:
    """Return a fresh copy of a parsed project, because a run changes its copy."""
    manifest = Manifest.from_msgpack(PARSED[key], decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


def invoke(command: Sequence[str], manifest: Manifest | None = None) -> Ended:
    """Run dbt and close the warehouse.

    Returns
    -------
    result : dbtRunnerResult
    messages, warnings : list of str
        What dbt said; warnings are among the messages too.
    """
    messages, warnings = [], []

    def note(event):
        if event.info.level in ("info", "warn", "error"):
            messages.append(event.info.msg)
        if event.info.level == "warn":
            # dbt-core 1.12 says that a warning is one.
            warnings.append(event.info.msg.removeprefix("[WARNING]: "))

    silent = ["--log-level", "none", "--log-level-file", "none", "--no-use-colors"]
    # Garbage collection would take a fifth of a build. `close_connections` does it once, later.
    gc.disable()
    try:
        result = dbtRunner(manifest=manifest, callbacks=[note]).invoke([*command, *silent])
    finally:
        gc.enable()
    close_connections()
    return result, messages, warnings


def copy_project(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Copy the dbt project to a new folder, with changed or extra files, and return the folder."""
    folder.mkdir(parents=True)
    for name in PROJECT_FILES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    for name, text in (files or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def python_model(name: str) -> ModuleType:
    """Import a Python model again, as dbt does at each run."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "python_models" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def close_connections() -> None:
    """Close the warehouse, which dbt-duckdb otherwise keeps open as long as the process lives."""
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()
    del environment
    gc.collect()


def thresholds(**changes: dict[str, object]) -> dict[str, str]:
    """Return the seed of thresholds with changes such as buyers={"warn_threshold": 5}."""
    name = "seeds/check_thresholds.csv"
    with (ROOT / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {row["check_name"]: row for row in rows}
    for check, cells in changes.items():
        known[check].update({column: str(cell) for column, cell in cells.items()})
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return {name: text.getvalue()}

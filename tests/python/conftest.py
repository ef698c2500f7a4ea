"""Real dbt builds of this project, each in a warehouse of its own."""

import csv
import gc
import io
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import duckdb
import pandas as pd
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

ROOT = Path(__file__).resolve().parents[2]
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


def pytest_addoption(parser):
    parser.addoption(
        "--update-expected",
        action="store_true",
        help="write the stored expected results anew instead of comparing with them",
    )


@dataclass(frozen=True)
class Build:
    """How a dbt command ended, and the warehouse it left."""

    exit_code: int
    output: str
    warnings: list[str]
    warehouse: Path
    target: Path

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def frame(self, sql: str) -> pd.DataFrame:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).df()


@dataclass(frozen=True)
class Project:
    """This dbt project with a warehouse, a target and a log of its own in one folder.

    dbt runs in this process: a subprocess would pay its imports (3 s) at every call. Calls share
    the warehouse, so a second one is a refresh.
    """

    folder: Path
    root: Path = ROOT
    warehouse: Path = field(init=False)

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        object.__setattr__(self, "warehouse", self.folder / "warehouse.duckdb")

    def __call__(
        self,
        verb: str = "build",
        vars: dict | str | None = None,
        args: Sequence[str] = (),
        database_threads: int | None = None,
        unit_tests: bool = False,
    ) -> Build:
        """Run a dbt command; `vars` may be YAML text, as on the command line.

        The unit tests see no data: once in `bundled` is enough.
        """
        messages, warnings = [], []

        def note(event):
            if event.info.level in ("info", "warn", "error"):
                messages.append(event.info.msg)
            if event.info.level == "warn":
                warnings.append(event.info.msg)

        text = vars if isinstance(vars, str) else json.dumps(vars or {})
        command = [verb, *args, "--vars", text]
        if verb == "build" and not unit_tests:
            command += ["--exclude-resource-type", "unit_test"]
        command += [
            "--project-dir",
            str(self.root),
            "--profiles-dir",
            self._profiles(database_threads),
        ]
        command += ["--target-path", str(self.folder / "target")]
        command += ["--log-path", str(self.folder / "logs"), "--log-level-file", "none"]
        command += ["--log-level", "none", "--no-use-colors"]
        with mock.patch.dict(os.environ, SEGMENTATION_WAREHOUSE=str(self.warehouse)):
            result = dbtRunner(callbacks=[note]).invoke(command)
        close_connections()
        exit_code = 0 if result.success else 1 if result.exception is None else 2
        if exit_code == 2 and not messages:
            messages.append(repr(result.exception))
        return Build(
            exit_code, "\n".join(messages), warnings, self.warehouse, self.folder / "target"
        )

    def beside(self, name: str) -> "Project":
        """Return the same project with another warehouse."""
        return Project(self.folder / name, self.root)

    def edited(self, files: dict[str, str]) -> "Project":
        """Return the same warehouse under a copy of this project with other or more files."""
        root = self.folder / f"project-{len(list(self.folder.iterdir()))}"
        root.mkdir()
        for name in PROJECT_FILES:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
        for name, text in files.items():
            (root / name).write_text(text, encoding="utf-8")
        return Project(self.folder, root)

    def execute(self, *statements: str) -> None:
        """Change the warehouse, for instance to put a table into it."""
        with duckdb.connect(str(self.warehouse)) as connection:
            for statement in statements:
                connection.execute(statement)

    def _profiles(self, database_threads: int | None) -> str:
        if database_threads is None:
            return str(ROOT)
        options = "config_options: &options\n"
        text = (ROOT / "profiles.yml").read_text(encoding="utf-8")
        text = text.replace(options, f"{options}        threads: {database_threads}\n")
        (self.folder / "profiles.yml").write_text(text, encoding="utf-8")
        return str(self.folder)


def thresholds(**changes: dict[str, object]) -> dict[str, str]:
    """Return the seed of thresholds for `Project.edited`: buyers={"warn_threshold": 5}."""
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


def close_connections() -> None:
    """Let go of the warehouse: dbt-duckdb keeps it open for the life of the process."""
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()
    del environment
    gc.collect()


@pytest.fixture
def project(tmp_path) -> Project:
    """Return this project with an empty warehouse."""
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def bundled(tmp_path_factory) -> Build:
    """Return one build of the bundled data, to be read and not to be built upon."""
    return Project(tmp_path_factory.mktemp("bundled"))(unit_tests=True)

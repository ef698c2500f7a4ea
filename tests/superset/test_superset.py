"""Apache Superset reads the published file while refreshes replace it: make test-superset.

Superset runs in this process, asked over its own HTTP API; dbt runs beside it, from the project's
environment.
"""

import json
import os
import subprocess
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATES = ("2025-04-01", "2025-05-01", "2025-06-01", "2025-07-01")
CONFIG = """
SECRET_KEY = "only for this test, on this machine"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
RATELIMIT_ENABLED = False
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
"""
ADMIN = {"username": "admin", "password": "only for this test"}


def refresh(folder: Path, date: str) -> subprocess.Popen:
    """Start a refresh, seen from a snapshot date."""
    command = [os.environ.get("DBT", "dbt"), "--quiet", "build"]
    command += ["--exclude-resource-type", "unit_test", "--vars", f"{{snapshot_date: {date}}}"]
    environment = {**os.environ, "SEGMENTATION_WAREHOUSE": str(folder / "warehouse.duckdb")}
    return subprocess.Popen(command, cwd=ROOT, env=environment)


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """Return the file that a first refresh published."""
    folder = tmp_path_factory.mktemp("warehouse")
    assert refresh(folder, DATES[0]).wait() == 0
    return folder / "warehouse_published.duckdb"


@pytest.fixture(scope="module")
def superset(tmp_path_factory):
    """Return a function that asks a new Superset, its own database in a folder of the test."""
    folder = tmp_path_factory.mktemp("superset")
    (folder / "superset_config.py").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    os.environ.update(
        SUPERSET_HOME=str(folder),
        SUPERSET_CONFIG_PATH=str(folder / "superset_config.py"),
        SCARF_ANALYTICS="false",
    )
    # Superset reads its configuration when it is imported.
    from flask_migrate import upgrade
    from superset import migrations
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        upgrade(directory=str(Path(migrations.__file__).parent))
        security = app.appbuilder.sm
        security.sync_role_definitions()
        names = {"first_name": "Test", "last_name": "Admin", "email": "admin@example.com"}
        security.add_user(**names, **ADMIN, role=security.find_role("Admin"))
    client = app.test_client()
    login = client.post("/api/v1/security/login", json={**ADMIN, "provider": "db"})
    headers = {"Authorization": f"Bearer {login.get_json()['access_token']}"}

    def ask(method: str, path: str, body: dict | None = None) -> dict:
        answer = client.open(f"/api/v1/{path}", method=method, headers=headers, json=body)
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        return answer.get_json()

    return ask


@pytest.fixture(scope="module")
def database(superset, published) -> int:
    """Return the id of the published file as a database of Superset."""
    body = {
        "database_name": "segmentation",
        "sqlalchemy_uri": f"duckdb:///{published}",
        "extra": json.dumps({"engine_params": {"connect_args": {"read_only": True}}}),
    }
    return superset("POST", "database/", body)["id"]


@pytest.fixture(scope="module")
def datasets(superset, database) -> dict[str, int]:
    """Return the ids of two tables as datasets of Superset."""
    return {
        table: superset(
            "POST", "dataset/", {"database": database, "schema": "main", "table_name": table}
        )["id"]
        for table in ("customer_segments", "segment_profiles")
    }


def customers(superset, dataset: int) -> dict[str, int]:
    """Return what a bar chart of customers by segment shows, never from Superset's cache."""
    query = {
        "columns": ["segment_name"],
        "metrics": [
            {"label": "customers", "expressionType": "SQL", "sqlExpression": "count(*)"},
        ],
        "row_limit": 100,
    }
    body = {"datasource": {"id": dataset, "type": "table"}, "force": True, "queries": [query]}
    (result,) = superset("POST", "chart/data", body)["result"]
    assert result["status"] == "success", result["error"]
    return {row["segment_name"]: row["customers"] for row in result["data"]}


def expected(published: Path) -> dict[str, int]:
    """Return the same as the file has it."""
    with duckdb.connect(str(published), read_only=True) as connection:
        return dict(
            connection.execute(
                "select segment_name, count(*) from customer_segments group by segment_name"
            ).fetchall()
        )


def test_every_column_is_described(superset, datasets, published):
    for table, dataset in datasets.items():
        columns = superset("GET", f"dataset/{dataset}")["result"]["columns"]
        with duckdb.connect(str(published), read_only=True) as connection:
            comments = dict(
                connection.execute(
                    "select column_name, comment from duckdb_columns() where table_name = ?",
                    [table],
                ).fetchall()
            )
        assert {column["column_name"]: column["description"] for column in columns} == comments
        assert all(comments.values())


def test_a_chart_goes_on_over_three_refreshes(superset, datasets, published):
    sets = [expected(published)]
    for date in DATES[1:]:
        build, seen = refresh(published.parent, date), []
        while build.poll() is None:
            seen.append(customers(superset, datasets["customer_segments"]))
        assert build.returncode == 0
        sets.append(expected(published))
        assert len(seen) > 3
        assert all(chart in sets[-2:] for chart in seen), "a whole set, the old or the new one"
        assert customers(superset, datasets["customer_segments"]) == sets[-1] != sets[-2]

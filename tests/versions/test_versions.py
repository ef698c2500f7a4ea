"""The oldest supported versions build the same tables as the locked ones: make test-versions.

This process has the oldest versions; the variable DBT names the dbt of the locked ones.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
OLDEST = Path(sys.executable).with_name("dbt")
DATES = ("2025-05-01", "2025-06-01")
# Says when the build ran.
CLOCK = ["completed_at"]


def built(dbt: str | Path, folder: Path) -> Path:
    """Return the warehouse after two refreshes, and print how long they took."""
    for date in DATES:
        command = [str(dbt), "build", "--exclude-resource-type", "unit_test", "--target-path"]
        command += [str(folder / "target"), "--vars", f"{{snapshot_date: {date}}}"]
        environment = {**os.environ, "SEGMENTATION_WAREHOUSE": str(folder / "warehouse.duckdb")}
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout
        lines = ended.stdout.splitlines()
        said = (line for line in lines if "Running with" in line or "Finished running" in line)
        print(*said, sep="\n")
    return folder / "warehouse_published.duckdb"


def tables(published: Path) -> dict[str, pd.DataFrame]:
    """Return each published table, its rows in an order of their own."""
    with duckdb.connect(str(published), read_only=True) as connection:
        names = [name for (name,) in connection.execute("show tables").fetchall()]
        found = {name: connection.execute(f"from {name}").df() for name in names}
    return {
        name: table.drop(columns=CLOCK, errors="ignore")
        .pipe(lambda rows: rows.sort_values(list(rows.select_dtypes(exclude="float"))))
        .reset_index(drop=True)
        for name, table in found.items()
    }


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[dict, dict]:
    """Return what the oldest and what the locked versions published."""
    return tuple(
        tables(built(dbt, tmp_path_factory.mktemp(name)))
        for name, dbt in {"oldest": OLDEST, "locked": os.environ["DBT"]}.items()
    )


def test_both_publish_the_same_tables(both):
    oldest, locked = both
    assert oldest.keys() == locked.keys()
    assert len(oldest["customer_segments"]) > 0


def test_every_row_is_the_same(both):
    oldest, locked = both
    for name, table in oldest.items():
        pd.testing.assert_frame_equal(table, locked[name], check_exact=False, rtol=1e-9, obj=name)

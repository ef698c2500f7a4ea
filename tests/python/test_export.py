"""The segment lists for CRM tools."""

import csv
import os
import stat
import subprocess
import sys

import duckdb
import export
import pytest

# Customers who changed at the newest refresh -> how, segment now and before, and the cause.
CHANGED = {
    "lapses": ("lapsed", -1, 1, "behaviour"),
    "returns": ("won back", 1, -1, "won back"),
    "arrives late": ("moved", 1, -1, "behaviour"),
    "moves": ("moved", 1, 2, "refit"),
    "appears": ("new", 1, None, "behaviour"),
    "leaves": ("gone", None, 1, "behaviour"),
}
HOSTILE = ["=1+1", "+1", "-1", "@x", "\tx", "\rx"]
PLAIN = ["00017", "a=b", "'x", 'x"y', "x,y", "x\ny", "é"]


@pytest.fixture
def source(tmp_path):
    """Return public tables with ids that spreadsheets misread; the hostile ones have changed."""
    file = tmp_path / "source.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create table customer_segments as select unnest(?::text[]) as customer_id,"
            " 1 as segment_id, '=Best' as segment_name, 2 as previous_segment_id,"
            " date '2025-01-01' as segment_since, date '2025-02-01' as snapshot_date",
            [PLAIN],
        )
        connection.execute(
            "insert into customer_segments select unnest(?::text[]), 1, '=Best', null,"
            " date '2025-02-01', date '2025-02-01'",
            [HOSTILE],
        )
        connection.execute("alter table customer_segments add expected_spend decimal(28, 4)")
        connection.execute("alter table customer_segments add purchase_probability double")
        connection.execute(
            "alter table customer_segments add second_segment_name text default '+Second'"
        )
        connection.execute("alter table customer_segments add decided_by text")
        connection.execute("alter table customer_segments add is_control boolean")
        connection.execute("alter table customer_segments add is_overdue boolean")
        connection.execute("alter table customer_segments add overdue_after date")
        connection.execute(
            "create table segment_profiles as from (values (1, '-Act'), (-1, 'Win back'))"
            " as listed (segment_id, suggested_action)"
        )
        connection.execute(
            "create table segment_history as select customer_id, segment_id, segment_name,"
            " segment_since as valid_from, null::date as valid_to, 'behaviour' as cause"
            " from customer_segments"
        )
        connection.execute(
            "insert into segment_history from (values"
            " ('00017', 2, 'Gone', date '2024-12-01', date '2025-01-01', 'behaviour'),"
            " ('long gone', 2, 'Gone', date '2024-12-01', date '2025-01-01', 'behaviour'))"
        )
    return file


def read_csv(folder) -> list[dict]:
    with (folder / "segment_lists.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_parquet(folder) -> list[tuple]:
    return duckdb.sql(
        "select customer_id, segment_name, previous_segment_name, suggested_action"
        f" from '{folder / 'segment_lists.parquet'}'"
    ).fetchall()


@pytest.mark.quick
def test_csv_runs_no_formula_and_parquet_is_exact(source, tmp_path):
    folder = tmp_path / "made" / "exports"
    assert export.export(source, folder, changed_only=False) == len(HOSTILE + PLAIN)
    rows = read_csv(folder)
    assert {row["customer_id"] for row in rows} == {*(f"'{id_}" for id_ in HOSTILE), *PLAIN}
    assert {row["segment_name"] for row in rows} == {"'=Best"}
    assert {row["suggested_action"] for row in rows} == {"'-Act"}
    assert {row["second_segment_name"] for row in rows} == {"'+Second"}
    exact = read_parquet(folder)
    assert {row[0] for row in exact} == {*HOSTILE, *PLAIN}
    assert {row[1:] for row in exact} == {("=Best", None, "-Act"), ("=Best", "Gone", "-Act")}


@pytest.mark.quick
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_nobody_but_owner_and_group_may_read(source, tmp_path, mask):
    before = os.umask(mask)
    try:
        export.export(source, tmp_path / "exports", changed_only=False)
    finally:
        os.umask(before)
    files = list((tmp_path / "exports").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o640 & ~mask}
    assert stat.S_IMODE((tmp_path / "exports").stat().st_mode) == 0o750 & ~mask


@pytest.mark.quick
def test_only_who_changed(source, tmp_path):
    assert export.export(source, tmp_path, changed_only=True) == len(HOSTILE)
    assert {row[0] for row in read_parquet(tmp_path)} == set(HOSTILE)


@pytest.mark.quick
def test_a_change_says_who_lapsed_was_won_back_or_is_gone(source, tmp_path):
    with duckdb.connect(str(source)) as connection:
        for customer, (_, now, before, cause) in CHANGED.items():
            if now is not None:
                connection.execute(
                    "insert into customer_segments (customer_id, segment_id, segment_name,"
                    " previous_segment_id, segment_since, snapshot_date)"
                    " values (?, ?, 'Now', ?, date '2025-02-01', date '2025-02-01')",
                    [customer, now, before],
                )
            for segment, start, end in (
                (before, "2025-01-01", "2025-02-01"),
                (now, "2025-02-01", None),
            ):
                if segment is not None:
                    connection.execute(
                        "insert into segment_history values (?, ?, 'Now', ?, ?, ?)",
                        [customer, segment, start, end, cause],
                    )
    export.export(source, tmp_path, changed_only=True)
    rows = {row["customer_id"]: row for row in read_csv(tmp_path)}
    for customer, (change, now, before, _) in CHANGED.items():
        row = rows[customer]
        assert row["change"] == change
        assert row["segment_id"] == ("" if now is None else str(now))
        assert row["previous_segment_id"] == ("" if before is None else str(before))
        assert row["snapshot_date"] == "2025-02-01"
    assert "long gone" not in rows
    export.export(source, tmp_path, changed_only=False)
    rows = {row["customer_id"]: row for row in read_csv(tmp_path)}
    assert {name: rows[name]["change"] for name in CHANGED if name in rows} == {
        name: change for name, (change, *_) in CHANGED.items() if change != "gone"
    }
    assert rows["00017"]["change"] == ""


@pytest.mark.quick
def test_a_failed_export_leaves_the_files_before_it(source, tmp_path):
    export.export(source, tmp_path, changed_only=False)
    before = {file.name: file.read_bytes() for file in tmp_path.glob("*segment_lists*")}
    with duckdb.connect(str(source)) as connection:
        # Fails in the middle of the rows, not before the first.
        connection.execute("alter table customer_segments rename to kept")
        connection.execute(
            "create view customer_segments as select * replace (case when customer_id = '00017'"
            " then error('broken') else customer_id end as customer_id) from kept"
        )
    with pytest.raises(duckdb.Error, match="broken"):
        export.export(source, tmp_path, changed_only=False)
    assert {file.name: file.read_bytes() for file in tmp_path.glob("*segment_lists*")} == before
    assert list(tmp_path.glob(".*")) == []


def test_the_command_lists_everybody_in_the_warehouse(bundled, tmp_path):
    command = [
        sys.executable,
        export.__file__,
        "--source",
        bundled.warehouse,
        "--folder",
        tmp_path,
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert len(read_csv(tmp_path)) == bundled.query("select count(*) from customer_segments")[0][0]
    command[3] = tmp_path / "none.duckdb"
    refused = subprocess.run(command, check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "none.duckdb does not exist: run make build first or name --source" in refused.stderr

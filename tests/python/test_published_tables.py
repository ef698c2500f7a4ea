"""The published file: readers get the old or the new set, whole and tested, or it stays."""

import hashlib
import hmac
import os
import re
import stat
import subprocess
import sys

import duckdb
import published_tables
import pytest
from harness import ROOT, Build, Project

PUBLIC = {path.stem for path in (ROOT / "models" / "marts").glob("*.sql")}
EARLIER = {"snapshot_date": "2025-06-01"}
BREAKS = "select 1 from information_schema.tables where table_name = 'break_it'"


def published(folder, sql: str) -> list[tuple]:
    """Return what a reader of the published file sees."""
    with duckdb.connect(str(folder / "warehouse_published.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def fingerprint(folder) -> tuple:
    """Return the published file's bytes in short, and which file it is."""
    path = folder / "warehouse_published.duckdb"
    return hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_ino


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Project:
    """Return a project with one whole refresh, which no test here may replace."""
    project = Project(tmp_path_factory.mktemp("published") / "project")
    build = project(vars=EARLIER)
    assert build.exit_code == 0, build.output
    return project


def test_every_public_table_is_published_as_it_is_in_the_warehouse(bundled: Build):
    folder = bundled.warehouse.parent
    listed = published(folder, "select * from published_tables order by table_name")
    assert {name for name, *_ in listed} == PUBLIC
    ((refresh, date, version),) = bundled.query(
        "select refresh_number, snapshot_date, model_version from completed_refreshes"
    )
    for name, rows, *of in listed:
        assert of == [refresh, date, version, "warehouse.duckdb, schema main"]
        query = f"select * from {name} order by all"
        assert published(folder, query) == bundled.query(query)
        assert published(folder, f"select count(*) from {name}") == [(rows,)]
    assert bundled.query("select * from published_tables order by table_name") == listed
    names = sorted({*PUBLIC, "published_tables"})
    texts = (
        "from (select table_name, null as column_name, comment from duckdb_tables()"
        " union all select table_name, column_name, comment from duckdb_columns())"
        f" where table_name in {(*names,)} order by all"
    )
    assert published(folder, texts) == bundled.query(texts)
    assert all(comment for _, _, comment in published(folder, texts))


def test_the_published_file_can_be_read_by_its_group_and_written_by_nobody(bundled: Build):
    folder = bundled.warehouse.parent
    assert stat.S_IMODE((folder / "warehouse_published.duckdb").stat().st_mode) == 0o440
    assert {path.name for path in folder.iterdir() if "published" in path.name} == {
        "warehouse_published.duckdb"
    }


@pytest.mark.parametrize("version", ["1.4.5", "1.5.6"])
def test_clients_of_today_read_the_published_file(version, bundled: Build, tmp_path):
    installed = subprocess.run(
        f"{sys.executable} -m pip install --quiet --disable-pip-version-check --no-deps".split()
        + f"--target {tmp_path} duckdb=={version}".split(),
        capture_output=True,
        text=True,
    )
    if installed.returncode:
        pytest.skip(f"duckdb {version} cannot be installed here: {installed.stderr[-300:]}")
    file = str(bundled.warehouse.parent / "warehouse_published.duckdb")
    code = (
        f"import duckdb; assert duckdb.__version__ == '{version}';"
        f" c = duckdb.connect({file!r}, read_only=True);"
        " print(c.sql('select sum(customers), sum(revenue) from segment_profiles').fetchall())"
    )
    read = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    expected = bundled.query("select sum(customers), sum(revenue) from segment_profiles")
    assert read.stdout.strip() == str(expected), read.stderr


NOT_BEGUN = "No refresh was begun, because it could not count: "
NOT_PUBLISHED = "The published file stays as it was: "


@pytest.mark.parametrize(
    "command, reason",
    [
        ("run --select published_tables", NOT_PUBLISHED),
        ("run --select completed_refreshes+", NOT_PUBLISHED),
        ("build --exclude assert_every_customer_of_the_lines_has_a_segment", NOT_BEGUN),
        ("build --empty", NOT_BEGUN + "its tables would be empty"),
    ],
)
def test_what_was_not_tested_as_a_whole_is_not_published(command, reason, whole: Project):
    before = fingerprint(whole.folder)
    verb, *args = command.split()
    build = whole(verb, vars={"snapshot_date": "2025-06-15"}, args=args)
    assert build.exit_code == 1
    assert reason in build.output, build.output
    assert fingerprint(whole.folder) == before


@pytest.mark.parametrize(
    "parents",
    [["segment_profiles"], ["rejected_transactions", "feature_drift"], ["int_snapshot"]],
    ids="-".join,
)
def test_a_failed_test_keeps_the_old_file_and_a_retry_publishes(parents, whole: Project):
    before = fingerprint(whole.folder)
    refs = "\n".join(f"-- depends_on: {{{{ ref('{name}') }}}}" for name in parents)
    project = whole.edited({"tests/assert_nothing_breaks.sql": f"{BREAKS}\n{refs}\n"})
    project.execute("create table break_it (a int)")
    failed = project(vars={"snapshot_date": "2025-06-15"})
    assert failed.exit_code == 1 and "assert_nothing_breaks" in failed.output
    assert fingerprint(whole.folder) == before
    project.execute("drop table break_it")
    if parents == ["int_snapshot"]:
        retried = project("retry", vars={"snapshot_date": "2025-06-15"})
        assert retried.exit_code == 0, retried.output
        ((date,),) = published(whole.folder, "select distinct snapshot_date from published_tables")
        assert str(date) == "2025-06-15"


def words_of(rows: list[tuple[str]]) -> set[str]:
    """Return the words of texts."""
    return {word for (text,) in rows for word in re.findall(r"\w+", text)}


def test_readers_see_keyed_hashes_in_place_of_ids(project, monkeypatch):
    key = "a secret of the shop, longer than the block of the hash: " * 2
    monkeypatch.setenv(published_tables.ID_KEY, key)
    build = project(vars={"hash_customer_ids": True})
    assert build.exit_code == 0, build.output
    for name in ("customer_segments", "customer_features", "segment_history"):
        query = f"select distinct customer_id from {name}"
        assert set(published(project.folder, query)) == {
            (hmac.new(key.encode(), id.encode(), hashlib.sha256).hexdigest(),)
            for (id,) in build.query(query)
        }
    ids = {id for (id,) in build.query("select customer_id from customer_segments")}
    texts = "select coalesce(subject, '') || ' ' || verdict from segment_data_checks"
    assert ids & words_of(build.query(texts))
    assert not ids & words_of(published(project.folder, texts))
    (missing,) = published(
        project.folder, "select count(*) from rejected_transactions where customer_id is null"
    )
    assert [missing] == build.query(
        "select count(*) from rejected_transactions where customer_id is null"
    )
    monkeypatch.setenv(published_tables.ID_KEY, "short")
    before = fingerprint(project.folder)
    refused = project(vars={"hash_customer_ids": True})
    assert refused.exit_code == 1
    assert f"{published_tables.ID_KEY} has 5 bytes: set it to a secret" in refused.output
    assert "longer than the block" not in build.output
    assert fingerprint(project.folder) == before


def test_parquet_files_are_switched_as_one_set(project):
    vars = {"published_parquet": "lake/segments", "published_file": "served/segments.duckdb"}
    link = project.folder / "lake" / "segments"
    sets = []
    for _ in range(3):
        build = project(vars=vars)
        assert build.exit_code == 0, build.output
        sets.append(link.resolve())
        query = "select * from customer_segments order by customer_id"
        read = query.replace("customer_segments", f"'{link}/customer_segments.parquet'")
        assert duckdb.sql(read).fetchall() == build.query(query)
    assert {path.stem for path in link.iterdir()} == PUBLIC | {"published_tables"}
    assert set((project.folder / "lake" / "segments_sets").iterdir()) == set(sets[1:])
    assert {path.name for path in link.parent.iterdir()} == {"segments", "segments_sets"}
    assert (project.folder / "served" / "segments.duckdb").exists()


@pytest.mark.quick
def test_leftovers_of_killed_builds_are_removed_and_living_neighbours_kept(tmp_path):
    target = tmp_path / "published.duckdb"
    dead = subprocess.Popen(["true"])
    dead.wait()
    names = {
        "dead": f".published.duckdb.{dead.pid}.ab12.unfinished",
        "dead_wal": f".published.duckdb.{dead.pid}.ab12.unfinished.wal",
        "own": f".published.duckdb.{os.getpid()}.ab12.unfinished",
        "alive": f".published.duckdb.{os.getppid()}.ab12.unfinished",
        "other": ".reports.duckdb.1.ab12.unfinished",
    }
    for name in names.values():
        (tmp_path / name).touch()
    with published_tables.unfinished(target) as new:
        new.touch()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {names["alive"], names["other"]}


def publish(warehouse, schema="main", file="auto", parquet=None, replace=False, customer="a"):
    """Publish one customer of a small warehouse, without dbt; return what the warehouse notes."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"create or replace table {schema}.customer_segments as"
            f" select '{customer}' as customer_id"
        )
        connection.execute(
            f"create or replace table {schema}.completed_refreshes as"
            " select 1 as refresh_number, date '2025-01-01' as snapshot_date, 1 as model_version"
        )
        tables = {
            name: connection.query(f"select * from {warehouse.stem}.{schema}.{name}")
            for name in ("customer_segments", "completed_refreshes")
        }
        return published_tables.publish(
            connection.cursor(),
            {"customer_segments": (tables["customer_segments"], "customer_id")},
            tables["completed_refreshes"],
            (warehouse.stem, schema),
            file,
            parquet,
            False,
            replace,
            {},
        )


def customers(file) -> list[tuple]:
    """Return the customers that readers of a published file see."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute("select * from customer_segments").fetchall()


@pytest.mark.quick
def test_a_stale_write_ahead_log_does_not_meet_the_new_file(tmp_path):
    wal = tmp_path / "warehouse_published.duckdb.wal"
    wal.write_bytes(b"of a reader that crashed")
    publish(tmp_path / "warehouse.duckdb")
    assert not wal.exists()
    assert published(tmp_path, "select * from customer_segments") == [("a",)]


@pytest.mark.quick
def test_dev_and_prod_publish_side_by_side(tmp_path):
    publish(tmp_path / "prod.duckdb", customer="of prod")
    publish(tmp_path / "dev.duckdb", customer="of dev")
    publish(tmp_path / "dev.duckdb", schema="anna", customer="of Anna")
    assert customers(tmp_path / "prod_published.duckdb") == [("of prod",)]
    assert customers(tmp_path / "dev_published.duckdb") == [("of dev",)]
    assert customers(tmp_path / "dev_anna_published.duckdb") == [("of Anna",)]


@pytest.mark.quick
@pytest.mark.parametrize("parquet", [None, "lake"])
def test_nobody_replaces_what_another_warehouse_or_schema_published(parquet, tmp_path):
    (tmp_path / "dev").mkdir()
    prod, dev = tmp_path / "prod.duckdb", tmp_path / "dev" / "prod.duckdb"
    publish(prod, file="shop.duckdb", parquet=parquet)
    shared = {"file": "../shop.duckdb", "parquet": parquet and "../lake"}
    setting = "published_file"
    if parquet:
        # The file alone has another name; the folder of Parquet files has not.
        shared["file"], setting = "dev.duckdb", "published_parquet"
    for others, refused in [
        ((dev, "main"), shared),
        ((prod, "anna"), {**shared, "file": "shop.duckdb", "parquet": None}),
    ]:
        with pytest.raises(ValueError, match=r"published from prod\.duckdb, schema main") as error:
            publish(*others, **refused, customer="of dev")
        assert "stays as it was" in str(error.value)
        assert customers(tmp_path / "shop.duckdb") == [("a",)]
    with pytest.raises(ValueError, match=rf"these are from dev/prod\.duckdb.*Set {setting} to"):
        publish(dev, **shared)
    assert not list((tmp_path / "dev").glob("*published*"))
    publish(dev, **shared, replace="true", customer="of dev")
    if parquet:
        read = duckdb.sql(f"from '{tmp_path}/lake/customer_segments.parquet'").fetchall()
    else:
        read = customers(tmp_path / "shop.duckdb")
    assert read == [("of dev",)]


@pytest.mark.quick
def test_a_warehouse_that_was_moved_with_its_published_file_goes_on(tmp_path):
    (tmp_path / "old").mkdir()
    publish(tmp_path / "old" / "shop.duckdb")
    (tmp_path / "old").rename(tmp_path / "new")
    noted = publish(tmp_path / "new" / "shop.duckdb", customer="b")
    assert set(noted["published_from"]) == {"shop.duckdb, schema main"}
    assert customers(tmp_path / "new" / "shop_published.duckdb") == [("b",)]


@pytest.mark.quick
def test_a_database_of_other_tables_is_not_replaced_and_a_damaged_file_is(tmp_path):
    with duckdb.connect(str(tmp_path / "ledger.duckdb")) as connection:
        connection.execute("create table payments as select 1 as id")
    with pytest.raises(ValueError, match="it is a database of other tables: set published_file"):
        publish(tmp_path / "shop.duckdb", file="ledger.duckdb")
    (tmp_path / "shop_published.duckdb").write_bytes(b"half a file" * 1000)
    publish(tmp_path / "shop.duckdb")
    assert customers(tmp_path / "shop_published.duckdb") == [("a",)]


@pytest.mark.parametrize(
    "name, value",
    [
        ("published_file", "segments.csv"),
        ("published_file", "warehouse.duckdb"),
        ("published_file", "x'; drop table customer_segments; --.duckdb.txt"),
        ("published_parquet", ".."),
        ("published_parquet", "lake/"),
        ("hash_customer_ids", "perhaps"),
        ("allowed_directories", "/"),
    ],
)
def test_a_variable_that_cannot_be_meant_ends_in_one_sentence(name, value, project):
    build = project(vars={name: value}, args=["--select", "published_tables"])
    assert build.exit_code != 0
    assert f"The variable {name} is '{value}': write " in build.output


def test_duckdb_is_kept_to_the_folders_it_needs(project):
    hostile = {
        "elsewhere": "select * from read_text('/etc/hostname')",
        "elsewhere_by_glob": "select * from glob('/etc/*')",
        "an_extension": "load httpfs",
        "lifted": "set enable_external_access = true",
    }
    text = 'select 1 as a /*\n{{% do run_query("{}") if execute %}}*/\n'
    models = {f"models/marts/{name}.sql": text.format(sql) for name, sql in hostile.items()}
    build = project.edited(models)("run", args=["--select", *hostile])
    assert set(build.failed) == set(hostile)
    refusals = ("operations are disabled", "extensions is disabled", "has been locked")
    for message in build.failed.values():
        assert any(refusal in message for refusal in refusals), message

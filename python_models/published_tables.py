"""Write the public tables to the one file that readers open, and replace it as a whole.

dbt runs `model` as the last node, after every test. Readers open this file and not the warehouse,
which a build locks. A new file is completed next to the old one and renamed over it. Readers who
have the old file open keep reading it; readers who open the path get all old or all new tables,
never a mix. Nothing here reads rows: DuckDB copies table to table.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

# The oldest version, which every client since DuckDB 1.0 reads: BI drivers lag years behind.
STORAGE_VERSION = "v1.0.0"
# Owner and group may read. Nobody may write to a published file: it is replaced.
FILE_MODE, FOLDER_MODE = 0o440, 0o750
ID_KEY = "SEGMENTATION_CUSTOMER_ID_KEY"
LEAST_KEY_LENGTH = 16
HASH_BLOCK = 64
# The sentences of segment_data_checks that name a customer, where readers see no ids.
WITHOUT_IDS = [
    "case when check_name not like '%customer_share' then subject end as subject",
    "case when check_name like '%customer_share' then"
    " 'The sentence names a customer: read it in the warehouse.' else verdict end as verdict",
]
LISTED = ["table_name", "table_rows", "refresh_number", "snapshot_date", "model_version"]
LISTED += ["published_from"]
PART_OF_NAME = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


def quoted(text: str) -> str:
    """Return ``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def sync(path: Path) -> None:
    """Wait until a file, or the list of names in a folder, is on disk and survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file or folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_alive(process_id: int) -> bool:
    """Return whether another process with this id is running."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return process_id != os.getpid()


def remove_leftovers(target: Path) -> None:
    """Remove unfinished files that killed builds left next to ``target``."""
    for path in target.parent.glob(f".{target.name}.*.unfinished*"):
        process_id = path.name.removeprefix(f".{target.name}.").split(".")[0]
        if not (process_id.isdigit() and is_alive(int(process_id))):
            remove(path)


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Yield a new path next to ``target``, and remove it at the end if it still exists."""
    target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    remove_leftovers(target)
    path = target.parent / f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.unfinished"
    try:
        yield path
    finally:
        remove(path)
        remove(Path(f"{path}.wal"))


@contextmanager
def one_transaction(cursor) -> Iterator[None]:
    """Commit once: every commit waits for the disk, and every column has a comment to write."""
    cursor.begin()
    try:
        yield
    except BaseException:
        cursor.rollback()
        raise
    cursor.commit()


def hashed_id(cursor) -> str:
    """Return SQL for the HMAC-SHA-256 (RFC 2104) of ``customer_id`` as hexadecimal text.

    The key is not part of the SQL, so it cannot appear in a message that quotes the SQL.

    Raises
    ------
    ValueError
        If the key is missing from the environment or too short to be secure.
    """
    key = os.environ.get(ID_KEY, "").encode()
    if len(key) < LEAST_KEY_LENGTH:
        raise ValueError(
            f"The variable hash_customer_ids is true, but the environment's {ID_KEY} has "
            f"{len(key)} bytes: set it to a secret of at least {LEAST_KEY_LENGTH}."
        )
    import hashlib

    if len(key) > HASH_BLOCK:
        key = hashlib.sha256(key).digest()
    key = key.ljust(HASH_BLOCK, b"\0")
    cursor.execute("set variable inner_key = ?", [bytes(byte ^ 0x36 for byte in key)])
    cursor.execute("set variable outer_key = ?", [bytes(byte ^ 0x5C for byte in key)])
    inner = "unhex(sha256(getvariable('inner_key') || encode(customer_id)))"
    return f"sha256(getvariable('outer_key') || {inner})"


def default_name(database: str, schema: str) -> str:
    """Return the file name for the tables of one schema of one warehouse.

    >>> default_name("warehouse", "main"), default_name("shop", "dev_anna")
    ('warehouse_published.duckdb', 'shop_dev_anna_published.duckdb')
    """
    return f"{database}{'' if schema == 'main' else f'_{schema}'}_published.duckdb"


def origin(warehouse: str, place: tuple[str, str], published: Path) -> str:
    """Return where tables come from, as seen from the published file: both may be moved together.

    Parameters
    ----------
    warehouse : str
        Path of the warehouse; empty if it is no file.
    place : tuple of str
        Database and schema of the tables.
    """
    database, schema = place
    if warehouse:
        database = os.path.relpath(Path(warehouse).resolve(), published.parent.resolve())
    return f"{database}, schema {schema}"


def publisher(cursor, path: Path) -> str | None:
    """Return where published tables came from; None if there are none or they do not say.

    Parameters
    ----------
    path : pathlib.Path
        A DuckDB file, or a folder of Parquet files.

    Raises
    ------
    ValueError
        If the file is a database that this project did not write.
    """
    list_of_tables = quoted(str(path / "published_tables.parquet"))
    try:
        if path.is_dir():
            cursor.execute(f"create temp view listed_before as from {list_of_tables}")
        else:
            cursor.execute(f"attach {quoted(str(path))} as published_before (read_only)")
    except duckdb.Error:
        # It does not exist, or is damaged and nobody can read it.
        return None
    try:
        columns = cursor.execute(
            "select column_name from duckdb_columns() where"
            " (database_name = 'published_before' and table_name = 'published_tables')"
            " or table_name = 'listed_before'"
        ).fetchall()
        if not columns:
            raise ValueError(
                f"The file {path} stays as it was, because it is a database of other tables:"
                " set published_file to another name."
            )
        if ("published_from",) not in columns:
            return None
        listed = "listed_before" if path.is_dir() else "published_before.published_tables"
        return cursor.execute(f"select max(published_from) from {listed}").fetchall()[0][0]
    finally:
        if path.is_dir():
            cursor.execute("drop view listed_before")
        else:
            cursor.execute("detach published_before")


def check_publisher(cursor, path: Path, published_from: str, setting: str) -> None:
    """Raise ValueError if readers of ``path`` see tables that came from elsewhere."""
    before = publisher(cursor, path)
    if before not in (None, published_from):
        raise ValueError(
            f"{path} stays as it was: its tables were published from {before}, and these are from"
            f" {published_from}. Set {setting} to another name, or set replace_published to true"
            " for one build if readers should see these tables from now on."
        )


def write_comments(cursor, name: str, comments: list[tuple[str | None, str]]) -> None:
    """Write the comments of a table (column None) and of its columns to the attached file."""
    for column, comment in comments:
        on = f'column published.{name}."{column}"' if column else f"table published.{name}"
        cursor.execute(f"comment on {on} is {quoted(comment)}")


def copy_table(cursor, relation, name: str, order: str, customer_id: str) -> int:
    """Copy one table with its comments into the attached file, and return its number of rows.

    Parameters
    ----------
    cursor : duckdb.DuckDBPyConnection
        Has the file attached as ``published``.
    relation : duckdb.DuckDBPyRelation
        The table in the warehouse.
    order : str
        The table's key: sorting by it gives equal files for equal rows, and fast look-ups.
    customer_id : str
        SQL for the customer id that readers see.
    """
    source = relation.sql_query()
    columns = "*"
    if customer_id != "customer_id" and "customer_id" in relation.columns:
        columns = f"* replace ({customer_id} as customer_id)"
    elif customer_id != "customer_id" and "check_name" in relation.columns:
        columns = f"* replace ({', '.join(WITHOUT_IDS)})"
    cursor.execute(
        f"create table published.{name} as "
        f"select {columns} from ({source}) as source order by {order}"
    )
    (qualified,) = cursor.get_table_names(source, qualified=True)
    schema, table = (inner or bare for inner, bare in PART_OF_NAME.findall(qualified)[-2:])
    place = "database_name = current_database() and schema_name = ? and table_name = ?"
    comments = cursor.execute(
        f"select null, comment from duckdb_tables() where {place} and comment is not null"
        f" union all select column_name, comment from duckdb_columns()"
        f" where {place} and comment is not null",
        [schema, table, schema, table],
    ).fetchall()
    write_comments(cursor, name, comments)
    return cursor.execute(f"select count(*) from published.{name}").fetchall()[0][0]


def write_parquet(cursor, names: list[str], target: Path) -> None:
    """Write one Parquet file per table to a new folder, and point the link ``target`` at it.

    The previous folder stays until the next refresh, for readers who are still using it.
    """
    sets = target.parent / f"{target.name}_sets"
    sets.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    before = target.resolve() if target.is_symlink() else None
    new = sets / secrets.token_hex(8)
    with unfinished(new) as folder, unfinished(target) as link:
        folder.mkdir(mode=FOLDER_MODE)
        for name in names:
            path = folder / f"{name}.parquet"
            cursor.execute(f"copy published.{name} to {quoted(str(path))} (format parquet)")
            path.chmod(FILE_MODE)
            sync(path)
        sync(folder)
        folder.rename(new)
        sync(sets)
        link.symlink_to(Path(sets.name) / new.name)
        link.replace(target)
        sync(target.parent)
    for path in sets.iterdir():
        if path not in (new, before):
            remove(path)


def list_tables(cursor, rows: dict[str, int], refreshes, published_from: str) -> pd.DataFrame:
    """Write and return the list of published tables and the refresh they belong to.

    Parameters
    ----------
    rows : dict
        Name -> number of rows.
    refreshes : duckdb.DuckDBPyRelation
        ``completed_refreshes``; the newest is being published.
    published_from : str
        See ``origin``.
    """
    values = ", ".join(f"({quoted(name)}, {count})" for name, count in rows.items())
    cursor.execute(
        f"create or replace table published.published_tables as select {', '.join(LISTED)}"
        f" from (values {values}) as listed (table_name, table_rows)"
        f" cross join (select {quoted(published_from)} as published_from) as origin cross join"
        f" (from ({refreshes.sql_query()}) order by refresh_number desc limit 1) as refresh"
    )
    listed = cursor.execute("from published.published_tables").fetchall()
    return pd.DataFrame(listed, columns=LISTED).astype({"model_version": "Int64"})


def publish(
    cursor,
    tables: dict,
    refreshes,
    place: tuple[str, str],
    file: str,
    parquet: str | None,
    hash_ids: bool | str,
    replace: bool | str,
    comments: dict[str, str],
) -> pd.DataFrame:
    """Write the tables and swap them in.

    Parameters
    ----------
    cursor : duckdb.DuckDBPyConnection
        A separate connection, because DuckDB writes to one file per transaction.
    tables : dict
        Name -> (relation, key), in the order to list them.
    refreshes : duckdb.DuckDBPyRelation
        ``completed_refreshes``.
    place : tuple of str
        Database and schema of the tables.
    file, parquet : str
        Paths of the DuckDB file (or "auto") and, if wanted, of the link to the folder of Parquet
        files. Both are relative to the warehouse's folder, wherever dbt is called from.
    hash_ids : bool or str
        Whether readers see keyed hashes instead of customer ids; may be YAML text.
    replace : bool or str
        Whether a file that was published from elsewhere is replaced; may be YAML text.
    comments : dict
        Column of the list of tables, or its own name -> comment.

    Returns
    -------
    pandas.DataFrame
        See ``list_tables``.
    """
    warehouse = cursor.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()[0][0]
    folder = Path(warehouse).resolve().parent if warehouse else Path.cwd()
    target = folder / (default_name(*place) if file == "auto" else file)
    wanted = {"published_file": target}
    if parquet:
        wanted["published_parquet"] = folder / parquet
    origins = {setting: origin(warehouse, place, path) for setting, path in wanted.items()}
    if str(replace).lower() != "true":
        for setting, path in wanted.items():
            check_publisher(cursor, path, origins[setting], setting)
    hashes = str(hash_ids).lower() == "true"
    customer_id = hashed_id(cursor) if hashes else "customer_id"
    with unfinished(target) as new:
        cursor.execute(
            f"attach {quoted(str(new))} as published (storage_version '{STORAGE_VERSION}')"
        )
        try:
            with one_transaction(cursor):
                rows = {
                    name: copy_table(cursor, relation, name, order, customer_id)
                    for name, (relation, order) in tables.items()
                }
                if parquet:
                    list_tables(cursor, rows, refreshes, origins["published_parquet"])
                    write_parquet(cursor, [*tables, "published_tables"], folder / parquet)
                listed = list_tables(cursor, rows, refreshes, origins["published_file"])
                write_comments(
                    cursor,
                    "published_tables",
                    [(key if key in LISTED else None, text) for key, text in comments.items()],
                )
            cursor.execute("checkpoint published")
        finally:
            cursor.execute("detach published")
        new.chmod(FILE_MODE)
        sync(new)
        # Left by a reader that wrote to the old file and crashed; it does not fit the new file.
        remove(Path(f"{target}.wal"))
        new.replace(target)
        sync(target.parent)
    return listed


def published_before(cursor, this) -> pd.DataFrame:
    """Return the list of what the last publication held, or an empty one.

    Parameters
    ----------
    this : object
        Database, schema and identifier of the list in the warehouse.
    """
    names = [this.database, this.schema, this.identifier]
    known = cursor.execute(
        "select count(*) from duckdb_tables()"
        " where database_name = ? and schema_name = ? and table_name = ?",
        names,
    ).fetchall()[0][0]
    if not known:
        return pd.DataFrame(columns=LISTED)
    table = ".".join(f'"{name}"' for name in names)
    return cursor.execute(f"select {', '.join(LISTED)} from {table}").df()


def model(dbt, session):
    """Run by dbt: publish the tables, and return the list of them."""
    refreshes = dbt.ref("completed_refreshes")
    newest = f"from ({refreshes.sql_query()}) order by refresh_number desc limit 1"
    if session.cursor().execute(f"select completed_at {newest}").fetchall()[0][0] is None:
        # By dbt run, which tests nothing: readers keep what they have.
        return published_before(session.cursor(), dbt.this)
    tables = {
        "customer_segments": (dbt.ref("customer_segments"), "customer_id"),
        "customer_features": (dbt.ref("customer_features"), "customer_id"),
        "segment_profiles": (dbt.ref("segment_profiles"), "segment_id"),
        "segment_history": (dbt.ref("segment_history"), "customer_id, valid_from"),
        "segment_transitions": (dbt.ref("segment_transitions"), "all"),
        "segment_history_summary": (dbt.ref("segment_history_summary"), "all"),
        "segment_attributes": (dbt.ref("segment_attributes"), "all"),
        "segment_models": (dbt.ref("segment_models"), "all"),
        "active_segment_model": (dbt.ref("active_segment_model"), "all"),
        "outlook_evaluations": (dbt.ref("outlook_evaluations"), "all"),
        "campaign_effects": (dbt.ref("campaign_effects"), "all"),
        "segment_count_evaluations": (dbt.ref("segment_count_evaluations"), "all"),
        "feature_drift": (dbt.ref("feature_drift"), "all"),
        "rejected_transactions": (dbt.ref("rejected_transactions"), "all"),
        "segment_data_checks": (dbt.ref("segment_data_checks"), "all"),
        "monthly_transaction_totals": (dbt.ref("monthly_transaction_totals"), "month_start"),
    }
    published = publish(
        session.cursor(),
        tables,
        refreshes,
        (dbt.this.database, dbt.this.schema),
        dbt.config.meta_get("file"),
        dbt.config.meta_get("parquet"),
        dbt.config.meta_get("hash_customer_ids"),
        dbt.config.meta_get("replace_published"),
        dbt.config.meta_get("comments"),
    )
    return published

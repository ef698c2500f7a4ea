"""Fit the model of a Postgres refresh in a temporary DuckDB file: Postgres runs no Python.

    python scripts/fit_on_duckdb.py [--schema segmentation] [-- dbt flags such as --vars ...]

Copies what the Python model reads (at most `training_customers` customers) to DuckDB and has dbt
run the model there. The labelled customers then replace those of the same refresh in
int_customers_clustered on Postgres. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE name the
server. docs/warehouses.md says when to run it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import psycopg2
from psycopg2.sql import SQL, Identifier, Literal

ROOT = Path(__file__).resolve().parents[1]
MODEL = "int_customers_clustered"
INPUTS = (
    "int_training_customers",
    "stg_segment_prototypes",
    "int_warm_starts",
    "int_backtest_customers",
)
# Quoted empty text is text; unquoted it is null.
CSV = "(format csv, header true)"


def copy_to_duckdb(cursor, schema: str, table: str, warehouse: Path) -> int:
    """Copy a table with its column types and return its number of rows.

    Parameters
    ----------
    cursor : psycopg2.extensions.cursor
    schema, table : str
    warehouse : pathlib.Path
        A DuckDB file.
    """
    cursor.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = %s and table_name = %s order by ordinal_position",
        (schema, table),
    )
    columns = cursor.fetchall()
    if not columns:
        raise SystemExit(f"fit_on_duckdb: Postgres has no {schema}.{table}: run dbt build first")
    file = warehouse.with_name(f"{table}.csv")
    with file.open("w", encoding="utf-8") as lines:
        query = SQL("copy (select * from {}) to stdout {}").format(
            Identifier(schema, table), SQL(CSV)
        )
        cursor.copy_expert(query, lines)
    # A bare numeric is decimal(18, 3) on DuckDB, and the fit computes in floats anyway.
    known = {"numeric": "double"}
    types = ", ".join(f'"{name}" {known.get(type_, type_)}' for name, type_ in columns)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"create table {table} ({types})")
        connection.execute(f"copy {table} from '{file}' (header, allow_quoted_nulls false)")
        return connection.execute(f"select count(*) from {table}").fetchall()[0][0]


def run_model(warehouse: Path, flags: list[str]) -> None:
    """Have dbt run only the Python model in the DuckDB file."""
    command = ["dbt", "run", "--select", MODEL, "--target", "dev", *flags]
    command += ["--profiles-dir", str(ROOT), "--project-dir", str(ROOT)]
    command += ["--target-path", str(warehouse.with_name("target"))]
    command += ["--log-path", str(warehouse.with_name("logs"))]
    dbt = Path(sys.executable).with_name("dbt")
    command[0] = str(dbt) if dbt.exists() else "dbt"
    environment = {**os.environ, "SEGMENTATION_WAREHOUSE": str(warehouse)}
    if subprocess.run(command, env=environment).returncode:
        raise SystemExit("fit_on_duckdb: the fit failed; Postgres is as it was")


def copy_to_postgres(cursor, schema: str, warehouse: Path) -> int:
    """Replace the labelled customers of the same refresh; return the number of rows.

    See `copy_to_duckdb` for the parameters. The caller commits: all rows or none.
    """
    file = warehouse.with_name("labelled.csv")
    with duckdb.connect(str(warehouse)) as connection:
        types = {"VARCHAR": "text", "DOUBLE": "double precision"}
        columns = [
            (name, types.get(type_, type_))
            for name, type_, *_ in connection.execute(f"describe {MODEL}").fetchall()
        ]
        ((refresh, rows),) = connection.execute(
            f"select max(refresh_number), count(*) from {MODEL}"
        ).fetchall()
        connection.execute(f"copy {MODEL} to '{file}' (header)")
    table = Identifier(schema, MODEL)
    definitions = SQL(", ").join(
        SQL("{} {}").format(Identifier(name), SQL(type_)) for name, type_ in columns
    )
    cursor.execute(SQL("create table if not exists {} ({})").format(table, definitions))
    for name, type_ in columns:
        # An earlier version of the project wrote fewer columns.
        cursor.execute(
            SQL("alter table {} add column if not exists {} {}").format(
                table, Identifier(name), SQL(type_)
            )
        )
    cursor.execute(SQL("delete from {} where refresh_number = {}").format(table, Literal(refresh)))
    names = SQL(", ").join(Identifier(name) for name, _ in columns)
    with file.open(encoding="utf-8") as lines:
        cursor.copy_expert(SQL("copy {} ({}) from stdin {}").format(table, names, SQL(CSV)), lines)
    return rows


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schema", default="segmentation", help="where the tables are")
    parser.add_argument("flags", nargs="*", help="for dbt, after --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Path(folder) / "fit.duckdb"
        connection = psycopg2.connect("")
        # An open transaction during the fit would block other work.
        with connection, connection.cursor() as cursor:
            for table in INPUTS:
                rows = copy_to_duckdb(cursor, arguments.schema, table, warehouse)
                if table == INPUTS[0] and not rows:
                    raise SystemExit("fit_on_duckdb: no fit is due")
        run_model(warehouse, arguments.flags)
        with connection, connection.cursor() as cursor:
            rows = copy_to_postgres(cursor, arguments.schema, warehouse)
        connection.close()
    print(f"fit_on_duckdb: {rows} labelled rows are in {arguments.schema}.{MODEL}; run dbt retry")


if __name__ == "__main__":
    main()

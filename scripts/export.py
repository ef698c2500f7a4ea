"""Write the segment lists for CRM tools: exports/segment_lists.parquet and .csv.

    python scripts/export.py [--source FILE] [--folder exports] [--changed-only]

Parquet has the exact values. In CSV, text that a spreadsheet would run as a formula (it begins
with = + - @, a tab or a carriage return) gets a leading '.
"""

import argparse
import os
import sys
from pathlib import Path

import duckdb

# Owner and group may read, as with the published file.
FILE_MODE, FOLDER_MODE = 0o640, 0o750
TEXTS = (
    "customer_id",
    "segment_name",
    "previous_segment_name",
    "suggested_action",
    "second_segment_name",
)
LISTS = """
    select
        segments.customer_id,
        segments.segment_id,
        segments.segment_name,
        segments.previous_segment_id,
        -- As the history has it: a segment that no model has any longer is not in the profiles.
        previous.segment_name as previous_segment_name,
        segments.segment_since,
        case
            when segments.segment_since < segments.snapshot_date then null
            when segments.previous_segment_id is null then 'new'
            when segments.segment_id = -1 then 'lapsed'
            when history.cause = 'won back' then 'won back'
            else 'moved'
        end as change,
        profiles.suggested_action,
        segments.is_control,
        segments.is_overdue,
        segments.overdue_after,
        segments.expected_spend,
        segments.purchase_probability,
        segments.second_segment_name,
        segments.decided_by,
        segments.snapshot_date
    from customer_segments as segments
    inner join segment_profiles as profiles
        on segments.segment_id = profiles.segment_id
    left join segment_history as history
        on
            segments.customer_id = history.customer_id
            and segments.segment_since = history.valid_from
    left join (
        select distinct
            segment_id,
            segment_name
        from segment_history
    ) as previous
        on segments.previous_segment_id = previous.segment_id
"""
# Customers who are gone, merged into another or without lines, have a row too: a CRM list that
# still has them must lose them.
CHANGED = f"""
    select *
    from ({LISTS}) as listed
    where change is not null
    union all by name
    select
        history.customer_id,
        history.segment_id as previous_segment_id,
        history.segment_name as previous_segment_name,
        history.valid_to as segment_since,
        'gone' as change,
        history.valid_to as snapshot_date
    from segment_history as history
    where
        history.valid_to = (select max(snapshot_date) from customer_segments)
        and history.customer_id not in (select customer_id from customer_segments)
"""


def neutralised(column: str) -> str:
    """Return the SQL of a text column with a leading ' where a spreadsheet would run the text."""
    return (
        f"case when regexp_matches({column}, '^[=+\\-@\\t\\r]') then '''' || {column} "
        f"else {column} end as {column}"
    )


def write(connection: duckdb.DuckDBPyConnection, query: str, file: Path, options: str) -> None:
    """Write the rows of a query to a file that appears as a whole: readers never see half.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    query : str
    file : pathlib.Path
        Replaced in one step.
    options : str
        Options of DuckDB's ``copy``.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        path = str(unfinished).replace("'", "''")
        # Set the mode before the first row, and make DuckDB write to this very file.
        unfinished.touch(FILE_MODE, exist_ok=False)
        connection.execute(f"copy ({query}) to '{path}' ({options}, use_tmp_file false)")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def export(source: Path, folder: Path, changed_only: bool) -> int:
    """Write both files; return the number of customers in them.

    Parameters
    ----------
    source : pathlib.Path
        The DuckDB file with the public tables; opened read-only.
    folder : pathlib.Path
        Created if missing.
    changed_only : bool
        Export only customers who entered their segment, or are gone, at the newest refresh.
    """
    lists = f"select * from ({CHANGED if changed_only else LISTS}) order by customer_id"
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with duckdb.connect(str(source), read_only=True) as connection:
        # One transaction, so both files come from the same refresh.
        connection.execute("begin")
        write(connection, lists, folder / "segment_lists.parquet", "format parquet")
        cells = ", ".join(map(neutralised, TEXTS))
        safe = f"select * replace ({cells}) from ({lists}) order by customer_id"
        write(connection, safe, folder / "segment_lists.csv", "format csv, header")
        return connection.execute(f"select count(*) from ({lists})").fetchall()[0][0]


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    warehouse = Path(os.environ.get("SEGMENTATION_WAREHOUSE", "warehouse.duckdb"))
    default = warehouse.with_name(f"{warehouse.stem}_published.duckdb")
    parser.add_argument("--source", type=Path, default=default, help=f"({default})")
    parser.add_argument("--folder", type=Path, default=Path("exports"), help="(exports)")
    parser.add_argument("--changed-only", action="store_true", help="who changed at this refresh")
    settings = parser.parse_args(arguments)
    if not settings.source.is_file():
        parser.error(f"{settings.source} does not exist: run make build first or name --source")
    customers = export(settings.source, settings.folder, settings.changed_only)
    print(f"export: {customers} customers in {settings.folder}/segment_lists.csv and .parquet")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

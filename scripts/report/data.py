"""Read the published file with the queries of `queries/`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

# A row of a query, or the values of a section for the template; values have any type.
Row = dict[str, Any]

QUERIES = Path(__file__).parent / "queries"
REQUIRED = ("customer_segments", "segment_profiles", "segment_models")


class ReportError(Exception):
    """An error whose message is for the user."""


class Published:
    """The public tables of a file.

    Attributes
    ----------
    tables : set of str
        The tables in the file.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.tables = {row["table_name"] for row in self.rows("tables")}
        absent = [name for name in REQUIRED if name not in self.tables]
        if absent:
            raise ReportError(f"the file has no table {absent[0]}: run `make build`.")
        self._execute("feature_values")

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """Return the rows of a query.

        Parameters
        ----------
        query : str
            The name of a file in `queries/`.
        **parameters : object
            The values of its `$name` parameters.
        """
        result = self._execute(query, **parameters)
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def one(self, query: str, **parameters: object) -> Row:
        """Return the only row of a query."""
        (row,) = self.rows(query, **parameters)
        return row

    def first(self, query: str, **parameters: object) -> Row | None:
        """Return the first row of a query, or None if there is none."""
        return next(iter(self.rows(query, **parameters)), None)

    def _execute(self, query: str, **parameters: object) -> duckdb.DuckDBPyConnection:
        sql = (QUERIES / f"{query}.sql").read_text(encoding="utf-8")
        try:
            return self._connection.execute(sql, parameters or None)
        except duckdb.BinderException as error:
            found = str(error).splitlines()[0]
            raise ReportError(
                f"the file is of another version ({found}): run `make build` with this one."
            ) from None


@contextmanager
def opened(file: Path) -> Iterator[Published]:
    """Open a published file, read-only.

    Raises
    ------
    ReportError
        If the file is missing, unreadable or without segments.
    """
    if not file.is_file():
        raise ReportError(f"{file} is missing: run `make build`, which writes it.")
    try:
        # One thread: with several, the last digits of sums differ from run to run.
        connection = duckdb.connect(str(file), read_only=True, config={"threads": 1})
    except duckdb.Error as error:
        raise ReportError(f"{file} cannot be opened ({error}): run `make build` again.") from None
    with connection:
        yield Published(connection)

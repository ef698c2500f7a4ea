"""dbt-spark, with Python models and seeds that go through the Spark session dbt has open anyway.

A profile says ``type: sparksession`` and ``method: session``; everything else is as dbt-spark has
it. A Python model runs where dbt runs, and its result is written by the cluster.
"""

import socket
import traceback
import warnings
from typing import Any
from urllib.parse import urlparse

import pandas as pd
import pyarrow as pa
from dbt.adapters.base import AdapterPlugin, PythonJobHelper, available
from dbt.adapters.exceptions import FailedToConnectError
from dbt.adapters.spark import SparkAdapter, SparkConnectionManager, SparkCredentials
from dbt.include import sparksession
from dbt_common.exceptions import DbtRuntimeError
from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.pandas.types import from_arrow_schema

# Said at every statement: dbt-spark asks for Hive's catalog, which over Spark Connect is the
# server's to choose.
warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")


def session(settings: dict[str, str]) -> SparkSession:
    """Return the session that dbt-spark has open under the same settings, or a new one."""
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def write_table(
    spark: SparkSession, frame: Any, name: str, file_format: str, partition_by: list[str]
) -> None:
    """Write what a Python model returned, a Spark or a pandas data frame, as a new table."""
    if isinstance(frame, pd.DataFrame):
        # By way of Arrow, for the client does not know the texts of pandas 3. The schema is said,
        # for an empty frame has no rows to guess it from.
        table = pa.Table.from_pandas(frame, preserve_index=False)
        frame = spark.createDataFrame(table, from_arrow_schema(table.schema))
    writer = frame.write.mode("overwrite").format(file_format)
    if partition_by:
        writer = writer.partitionBy(*partition_by)
    writer.saveAsTable(name)


class SessionPythonJob(PythonJobHelper):
    """Runs a Python model in this process."""

    def __init__(self, parsed_model: dict, credentials: SparkCredentials) -> None:
        self.name = parsed_model["original_file_path"]
        self.settings = credentials.server_side_parameters

    def submit(self, compiled_code: str) -> None:
        """Run the model and the line after it that writes its table."""
        scope = {
            "__name__": self.name,
            "spark": session(self.settings),
            "write_table": write_table,
        }
        try:
            exec(compile(compiled_code, self.name, "exec"), scope)
        except Exception as error:
            raise DbtRuntimeError(f"{self.name} failed:\n{traceback.format_exc()}") from error


class SparkSessionCredentials(SparkCredentials):
    """What a profile of this type says."""

    @property
    def type(self) -> str:
        """Return the name of the adapter."""
        return "sparksession"


class SparkSessionConnectionManager(SparkConnectionManager):
    """The connections of dbt-spark under this adapter's name, with less patience."""

    TYPE = "sparksession"

    @classmethod
    def open(cls, connection: Any) -> Any:
        """Open a connection; a server that dies is asked for 17 s instead of ten minutes."""
        settings = connection.credentials.server_side_parameters
        server = urlparse(settings.get("spark.remote", ""))
        if server.hostname:
            try:
                socket.create_connection((server.hostname, server.port or 15002), 10).close()
            except OSError as error:
                raise FailedToConnectError(
                    f"No Spark Connect server answers at {server.netloc}: {error}"
                ) from error
        opened = super().open(connection)
        if server.hostname:
            session(settings).client.set_retry_policies([DefaultPolicy(max_retries=5)])
        return opened


class SparkSessionAdapter(SparkAdapter):
    """dbt-spark with the submission method `session`."""

    ConnectionManager = SparkSessionConnectionManager

    @property
    def default_python_submission_method(self) -> str:
        """Return the method of models that name none."""
        return "session"

    @property
    def python_submission_helpers(self) -> dict[str, type[PythonJobHelper]]:
        """Return the methods by their names."""
        return {**super().python_submission_helpers, "session": SessionPythonJob}

    @available.parse_none
    def insert_rows(self, relation: Any, table: Any) -> None:
        """Append the rows of an agate table: an INSERT of thousands of literals takes minutes."""
        rows = [[None if value is None else str(value) for value in row] for row in table.rows]
        spark = session(self.config.credentials.server_side_parameters)
        fields = spark.table(str(relation)).schema.fields
        if rows:
            names = [f"column_{place}" for place in range(len(fields))]
            frame = spark.createDataFrame(rows, ", ".join(f"{name} string" for name in names))
            typed = [
                frame[name].cast(field.dataType) for name, field in zip(names, fields, strict=True)
            ]
            frame.select(typed).coalesce(1).write.insertInto(str(relation))


Plugin = AdapterPlugin(
    adapter=SparkSessionAdapter,
    credentials=SparkSessionCredentials,
    include_path=sparksession.PACKAGE_PATH,
    dependencies=["spark"],
)

"""The adapter without a cluster: a session that notes what it is asked stands in for Spark's."""

import socket
from types import SimpleNamespace

import dbt.adapters.sparksession as adapter
import pandas as pd
import pytest
from dbt.adapters.exceptions import FailedToConnectError
from dbt.adapters.sparksession import (
    Plugin,
    SessionPythonJob,
    SparkSessionAdapter,
    SparkSessionConnectionManager,
    write_table,
)
from dbt_common.exceptions import DbtRuntimeError
from pyspark.sql.types import DateType, LongType, StringType, StructField, StructType


class Frame:
    """A data frame and its writer in one, which notes every call."""

    def __init__(self, calls):
        self.calls = calls
        self.write = self

    def __getattr__(self, name):
        def note(*arguments):
            self.calls.append((name, *arguments))
            return self

        return note

    def __getitem__(self, name):
        return SimpleNamespace(cast=lambda kind: (name, kind))


class Session:
    """A Spark session that notes what it is asked for."""

    def __init__(self):
        self.calls = []

    def createDataFrame(self, data, schema):  # noqa: N802
        self.calls.append(("createDataFrame", data, schema))
        return Frame(self.calls)

    def table(self, name):
        fields = [StructField("id", StringType()), StructField("day", DateType())]
        return SimpleNamespace(schema=StructType(fields))


@pytest.fixture
def session(monkeypatch) -> Session:
    session = Session()
    monkeypatch.setattr(adapter, "session", lambda settings: session)
    return session


def job(name="models/labels.py"):
    credentials = SimpleNamespace(server_side_parameters={"spark.remote": "sc://nowhere"})
    return SessionPythonJob({"original_file_path": name}, credentials)


def test_dbt_finds_the_adapter_and_the_one_it_is_built_on():
    assert Plugin.adapter.type() == "sparksession"
    assert Plugin.credentials.type.fget(None) == "sparksession"
    assert Plugin.dependencies == ["spark"]


def test_python_models_go_through_the_session_unless_they_say_otherwise():
    made = SparkSessionAdapter.__new__(SparkSessionAdapter)
    assert made.default_python_submission_method == "session"
    assert made.python_submission_helpers["session"] is SessionPythonJob
    assert "job_cluster" in made.python_submission_helpers


def test_a_model_runs_with_the_session_and_writes_its_table(session):

    seen = "write_table(spark, spark.createDataFrame([1], 'n int'), 'shop.labels', 'parquet', [])"
    job().submit(seen)
    assert [call[0] for call in session.calls] == [
        "createDataFrame",
        "mode",
        "format",
        "saveAsTable",
    ]
    assert session.calls[-1] == ("saveAsTable", "shop.labels")


def test_an_error_names_the_file_and_says_where(session):
    with pytest.raises(DbtRuntimeError, match=r"(?s)models/labels.py failed:.*division by zero"):
        job().submit("def model():\n    return 1 / 0\n\nmodel()")


@pytest.mark.parametrize("rows", [2, 0])
def test_a_pandas_frame_keeps_its_types_with_and_without_rows(session, rows):
    frame = pd.DataFrame(
        {"version": pd.Series([1, 2], dtype="int64"), "name": pd.Series(["a", None], dtype="str")}
    ).head(rows)
    write_table(session, frame, "shop.labels", "parquet", ["version"])
    _, table, schema = session.calls[0]
    assert schema == StructType(
        [StructField("version", LongType()), StructField("name", StringType())]
    )
    assert table.num_rows == rows
    assert ("partitionBy", "version") in session.calls


def test_seed_rows_are_sent_as_text_and_cast_to_the_types_of_the_table(session):
    made = SparkSessionAdapter.__new__(SparkSessionAdapter)
    made.config = SimpleNamespace(credentials=SimpleNamespace(server_side_parameters={}))
    made.insert_rows("shop.days", SimpleNamespace(rows=[["it's", "2025-03-01"], ["%s", None]]))
    assert session.calls[0][1] == [["it's", "2025-03-01"], ["%s", None]]
    selected = next(call for call in session.calls if call[0] == "select")
    assert selected[1] == [("column_0", StringType()), ("column_1", DateType())]
    assert session.calls[-1] == ("insertInto", "shop.days")


def test_a_seed_without_rows_sends_nothing(session):
    made = SparkSessionAdapter.__new__(SparkSessionAdapter)
    made.config = SimpleNamespace(credentials=SimpleNamespace(server_side_parameters={}))
    made.insert_rows("shop.days", SimpleNamespace(rows=[]))
    assert session.calls == []


def test_a_server_that_is_not_there_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    remote = {"spark.remote": f"sc://127.0.0.1:{port}/;token=secret"}
    connection = SimpleNamespace(credentials=SimpleNamespace(server_side_parameters=remote))
    with pytest.raises(
        FailedToConnectError, match=f"No Spark Connect server .* 127.0.0.1:{port}:"
    ):
        SparkSessionConnectionManager.open(connection)

"""The queries of docs/questions.md answer what their headings ask."""

import re

import duckdb
import pytest
from harness import ROOT
from test_report import ATTRIBUTES, EARLIER, changed

TEXT = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^## (\d+)\. [^#]*?```sql\n(.*?)```", TEXT, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def answers(bundled, tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """Return a published file with two refreshes, where customers lapsed and one was won back."""
    won_back = """
        insert into segment_transitions
        select snapshot_date, -1, 'Lapsed', 1, segment_name, 'won back', 1, monetary, null
        from customer_segments where segment_id = 1 limit 1
    """
    lapsed = "update segment_history set previous_segment_id = 1 where segment_id = -1"
    folder = tmp_path_factory.mktemp("questions")
    file = changed(bundled, folder, *EARLIER, ATTRIBUTES, won_back, lapsed)
    return duckdb.connect(str(file), read_only=True)


def test_there_are_thirteen():
    assert list(QUESTIONS) == [str(number) for number in range(1, 14)]
    assert TEXT.count("```sql") == 13


@pytest.mark.parametrize("number", QUESTIONS)
def test_every_question_has_an_answer(answers, number):
    result = answers.execute(QUESTIONS[number])
    columns = [column[0] for column in result.description]
    rows = result.fetchall()
    assert rows
    # No column is without any value.
    empty = [name for at, name in enumerate(columns) if all(row[at] is None for row in rows)]
    assert empty == []


def test_the_answers_are_those_of_the_tables(answers):
    def answer(number: int) -> list[tuple]:
        return answers.execute(QUESTIONS[str(number)]).fetchall()

    def sums(query: str) -> tuple:
        return answers.execute(query).fetchone()

    assert sums("select count(*) from customer_segments where is_overdue") == (
        sum(row[1] for row in answer(2)),
    )
    assert sums("select count(*) from customer_segments where last_purchase_date is not null") == (
        sum(row[2] for row in answer(4)),
    )
    assert {row[1] for row in answer(8)} == {
        row[0] for row in answers.execute("select customers from segment_profiles").fetchall()
    }
    assert sums(
        "select max(largest) from (select max(monetary) / sum(monetary) as largest"
        " from customer_segments where segment_id > 0 group by segment_id)"
    ) == (max(row[2] for row in answer(9)),)

"""Short sequences of changes: a refresh gives what a full build gives; `make sequences` has 30."""

import check_sequences
import duckdb
import pytest
from harness import ROOT

REMOVED = """    union distinct
    select removed_customers.customer_id
    from removed_customers
    inner join counted
        on removed_customers.refresh_number > counted.refresh_number
"""


# Each change here is one that a refresh once missed, or would have. A change of settings reads all
# lines again and would hide another: it has a refresh of its own.
@pytest.mark.parametrize(
    ("number", "script"),
    [
        # Parquet: fractions in one file alter the text in all, a column of currencies the refused.
        (16, [[], ["floats", "lose_customers", "same_size"], ["currency"]]),
        # A table: the first build saw nobody; cents have the bits of decimals; ids are merged; a
        # build dies whose view of the source knows nothing of the new bounds.
        (1, [["died"], ["cents", "merge"], ["bounds", "died"]]),
    ],
)
def test_a_refresh_gives_what_a_full_build_gives(tmp_path, number, script):
    project = check_sequences.make_project(tmp_path / "project")
    outcome = check_sequences.run_sequence(project, tmp_path, number, script)
    assert outcome.problem == ""
    assert outcome.builds >= 3
    assert outcome.failed_alike == 0


def test_a_sequence_notices_a_refresh_that_forgets_customers_without_lines(tmp_path):
    path = "models/features/int_changed_customers.sql"
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text.count(REMOVED) == 1
    project = check_sequences.make_project(tmp_path / "project", {path: text.replace(REMOVED, "")})
    outcome = check_sequences.run_sequence(project, tmp_path, 1, [[], ["lose_customers"]])
    assert "int_customer_totals: 6 rows only in the refreshed" in outcome.problem


@pytest.mark.quick
def test_a_difference_in_the_last_digit_or_in_a_repeated_row_is_told():
    with duckdb.connect() as connection:
        same = "select * from (values (1, 0.1::double), (1, 0.1), (2, null)) as t (id, value)"
        other = same.replace("(1, 0.1::double)", "(1, 0.1::double + 2e-17)")
        fewer = "select * from (values (1, 0.1::double), (2, null)) as t (id, value)"
        assert check_sequences.different_rows(connection, "t", same, same) == []
        assert len(check_sequences.different_rows(connection, "t", same, other)) == 2
        assert check_sequences.different_rows(connection, "t", same, fewer) == [
            "t: 1 rows only in the refreshed, such as (1, 0.1)"
        ]
        typed = same.replace("(1, 0.1), ", "").replace("(1,", "(1::bigint,")
        assert check_sequences.different_rows(connection, "t", typed, fewer) == ["t: other types"]


@pytest.mark.quick
def test_the_tables_compared_are_the_public_ones():
    marts = {path.stem for path in (ROOT / "models" / "marts").glob("*.sql")}
    assert set(check_sequences.public_tables()) == marts

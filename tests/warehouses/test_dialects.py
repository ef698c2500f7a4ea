"""All SQL is SQL of each warehouse, as far as can be seen without the warehouse."""

import pytest
import sqlglot
from dialects import FOREIGN_TYPES, findings

FEATURES = [
    "recency_days",
    "frequency",
    "monetary",
    "length_days",
    "average_spend",
    "unique_products",
]
# The training customers' features are floats, which `percentile` partitions by.
FLOATS = frozenset(FEATURES + [f"percentile_{feature}" for feature in FEATURES])


def test_every_statement_is_one_of_the_dialect(statements):
    found = {
        name: rules
        for name, sql in statements.statements.items()
        if (rules := findings(sql, statements.engine, FLOATS))
    }
    assert found == {}


def test_every_model_and_test_is_compiled(statements):
    for name in ("stg_transactions", "customer_segments", "completed_refreshes"):
        assert name in statements.statements
    assert len(statements.statements) > 100


def test_a_later_build_reads_the_state_of_earlier_ones(statements):
    reads = "int_segment_events" in statements.statements["int_earlier_segment_events"]
    assert reads == statements.with_state


@pytest.mark.parametrize(
    ("dialect", "rule", "sql"),
    [
        ("postgres", "parse", "select from where"),
        ("postgres", "function", "select try_cast(a as date) as a from b"),
        ("postgres", "function", "select median(a) as a from b"),
        ("postgres", "type", "select cast(a as string) as a from b"),
        ("postgres", "type", "select cast(a as double) as a from b"),
        ("postgres", "statements", "select 1 as a; select 2 as b"),
        ("snowflake", "function", "select list_aggregate(a, 'sum') as a from b"),
        ("snowflake", "least", "select least(a, c, d) as a from b"),
        ("snowflake", "reserved", "with rows as (select 1 as a) select a from rows"),
        ("bigquery", "function", "select try_cast(a as date) as a from b"),
        ("bigquery", "function", "select median(a) as a from b"),
        ("bigquery", "type", "select cast(a as double) as a from b"),
        ("bigquery", "parse", "select a from b union select a from c"),
        ("bigquery", "join", "select b.a from b left join c on b.a > c.a"),
        ("bigquery", "join", "select b.a from b left join c on c.a = 1"),
        ("bigquery", "join", "select b.a from b left join c on b.a in (c.a, c.d)"),
        ("bigquery", "least", "select least(a, c, d) as a from b"),
        ("bigquery", "partition", "select count(*) over (partition by monetary) as a from b"),
        ("bigquery", "parse", "select 'it''s' as a"),
        ("bigquery", "reserved", "select 1 as current"),
        ("databricks", "function", "select error('a') as a from b"),
        ("databricks", "type", "select cast(a as text) as a from b"),
    ],
)
def test_what_is_not_of_the_dialect_is_found(dialect, rule, sql):
    assert rule in {finding.rule for finding in findings(sql, dialect, floats=FLOATS)}


@pytest.mark.parametrize("dialect", FOREIGN_TYPES)
def test_what_is_of_every_dialect_passes(dialect):
    sql = """
        with lines as (select a, b from c), sums as (select a, sum(b) as b from lines group by a)
        select sums.a, coalesce(lines.b, 0) as b, cast(sums.b as decimal(28, 4)) as d
        from sums left join lines on sums.a = lines.a and lines.b > 0
    """
    assert findings(sql, dialect) == []


def test_the_types_of_contracts_are_known(statements):
    # Of these two the pre-hook `name_column_types` makes the engine's own.
    known = {"string", "double", "integer", "bigint", "date", "boolean"}
    known |= {"decimal(28, 4)", "decimal(28, 6)"}
    assert statements.types <= known
    for type_ in statements.types - {"string", "double"}:
        sqlglot.parse_one(f"cast(null as {type_})", read=statements.engine)

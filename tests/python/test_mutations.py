"""A sample of the mutation campaign, and that the campaign itself tells right from wrong.

All mutants are tried by `make mutations`.
"""

import re
import subprocess
import sys

import check_mutations
import duckdb
import pytest
from harness import ROOT
from mutation import python_mutants, trials
from mutation.scenarios import Node, Plan, Warehouse
from mutation.sql_mutants import Mutant, Query, one_per_loop, one_per_macro, written

FEATURES = ["recency_days", "frequency"]


def mistakes(sql: str, part: str | None = None) -> set[tuple[str, str, str]]:
    """Return the mistakes that are made in a query."""
    return {mutant[2:5] for mutant in Query("shop", sql, part).mutants}


def test_a_sample_of_the_mutants_is_noticed(bundled):
    """At least 95% of those that are not listed."""
    command = [sys.executable, str(ROOT / "campaigns" / "check_mutations.py"), "--sample", "40"]
    command += ["--jobs", "1", "--built", str(bundled.warehouse.parent)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    row = re.search(r"^\| all \|(.+)\|$", run.stdout, re.MULTILINE)
    assert row, run.stdout + run.stderr
    tried, killed, stopped, *_, listed = map(int, row[1].split("|"))
    assert tried == 40
    assert killed + stopped >= 0.95 * (tried - listed), run.stdout + run.stderr


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a < 1 as b from t", ("edge moved", "a < 1 as b", "a <= 1 as b")),
        ("select a < 1 as b from t", ("comparison flipped", "a < 1 as b", "a >= 1 as b")),
        ("select a = 'x' from t", ("comparison flipped", "a = 'x'", "a <> 'x'")),
        ("select a is null from t", ("comparison flipped", "a is null", "not a is null")),
        ("select not a from t", ("not dropped", "not a", "a")),
        (
            "select a between 1 and b from t",
            ("edge moved", "a between 1 and b", "(a > 1 and a <= b)"),
        ),
        ("select sum(a) from t", ("function exchanged", "sum(a)", "avg(a)")),
        ("select count(a) from t", ("function exchanged", "count(a)", "count(*)")),
        ("select greatest(a, b) from t", ("function exchanged", "greatest(a, b)", "least(a, b)")),
        ("select a or b from t", ("and/or exchanged", "a or b", "(a and b)")),
        ("select a + b from t", ("arithmetic exchanged", "a + b", "(a - b)")),
        ("select a / b from t", ("arithmetic exchanged", "a / b", "(a * b)")),
        ("select a > 0.8 from t", ("constant moved", "a > 0.8", "a > 0.88")),
        ("select a = 'x' from t", ("constant moved", "a = 'x'", "a = 'xx'")),
        (
            "select cast('2025-06-30' as date) from t",
            ("constant moved", "cast('2025-06-30' as date)", "cast('2025-07-01' as date)"),
        ),
        ("select a from t limit 1", ("constant moved", "limit 1", "limit 2")),
        (
            "select case when a then b when c then d end from t",
            ("case branch dropped", "when a then b", "(no such branch)"),
        ),
        (
            "select case when a then b else c end from t",
            ("case branch dropped", "case when a ... else c", "(no else)"),
        ),
        (
            "select * from t left join u on t.a = u.a",
            ("join exchanged", "left join u on t.a = u.a", "inner join u on t.a = u.a"),
        ),
        ("select * from t where a > b and c", ("condition dropped", "a > b", "true")),
        (
            "select lag(a) over (partition by b order by c) from t",
            ("order reversed", "over (partition by b order by c)", "order by c desc)"),
        ),
        (
            "select max(a) over (partition by b) from t",
            ("partition dropped", "max(a) over (partition by b)", "(not partitioned by b)"),
        ),
        ("select distinct a from t", ("duplicates", "select distinct a", "select a")),
        ("select a from t union all select a from u", ("duplicates", "union all select", "union")),
        (
            "select count(distinct a) from t",
            ("duplicates", "count(distinct a)", "count(a)"),
        ),
        ("select coalesce(a, 0) from t", ("coalesce shortened", "coalesce(a, 0)", "a")),
        ("select a / nullif(b, 0) from t", ("guard dropped", "a / nullif(b, 0)", "a / b")),
    ],
)
def test_each_kind_of_mistake_is_made(sql, expected):
    operator, before, after = expected
    assert any(
        (each[0], before in each[1], after in each[2]) == (operator, True, True)
        for each in mistakes(sql)
    ), mistakes(sql)


def test_what_means_nothing_is_left_alone():
    """Orders of whole results, hashes, sentences, types, tables that are not there yet."""
    for sql in (
        "select a from t order by a",
        "select 'every line was read, and none was left: well done' as verdict from t",
        "select 'd41d8cd98f00b204e9800998ecf8427e' as key from t",
        "select cast(a as decimal(28, 4)) from t",
        "select cast(null as bigint) as a from (select 1 as nothing) as empty where 1 = 0",
        "select * from t cross join v where 1 = 1",
    ):
        assert mistakes(sql) == set(), sql


def test_a_value_whose_presence_alone_counts_is_left_alone():
    sql = "select count(case when a then 1 end) from t where exists(select 1 from u)"
    assert "constant moved" not in {operator for operator, *_ in mistakes(sql)}
    sql = "select sum(case when a then 1 end) from t"
    assert "constant moved" in {operator for operator, *_ in mistakes(sql)}


def test_a_query_is_as_before_once_its_mutants_are_written():
    sql = (ROOT / "tests" / "assert_causes_add_up_to_all_changes.sql").read_text(encoding="utf-8")
    query = Query("shop", sql.replace("{{ ref('", "").replace("') }}", ""))
    sound = written(query.tree)
    texts = [query.mutated(mutant) for mutant in query.mutants]
    assert len(texts) > 10
    assert all(text not in (None, sound) for text in texts)
    assert written(query.tree) == sound


def test_the_same_mistake_at_several_places_of_a_cte_is_one():
    """A macro that is written out twice is mutated in both."""
    query = Query("shop", "select case when a > 1 then b end, case when a > 1 then c end from t")
    (mutant,) = [each for each in query.mutants if "a >= 1 then b" in each.after]
    assert query.mutated(mutant).count(">=") == 1
    query = Query("shop", "select case when a > 1 then b end, case when a > 1 then b end from t")
    (mutant,) = [each for each in query.mutants if "a >= 1 then b" in each.after]
    assert query.mutated(mutant).count(">=") == 2


def test_fixtures_and_ephemeral_models_are_no_part_of_a_query():
    sql = """
        with __dbt__cte__days as (select a from t where b),
        shop as (select c > 1 from __dbt__cte__days)
        select * from shop
    """
    assert {before for _, before, _ in mistakes(sql)} == {"c > 1"}
    assert {before for _, before, _ in mistakes(sql, "days")} == {"b"}


def test_of_what_a_loop_writes_one_is_kept():
    columns = [
        f"max(case when slot = {slot} then {feature} end) as {feature}_{slot}"
        for slot in range(1, 6)
        for feature in FEATURES
    ]
    mutants = Query("shop", f"select {', '.join(columns)} from t").mutants
    kept = one_per_loop(mutants, FEATURES, seed=1)
    assert len(mutants) == 10 * len(kept)
    assert set(kept) == set(one_per_loop(mutants[::-1], FEATURES, seed=1))
    assert set(kept) != set(one_per_loop(mutants, FEATURES, seed=2))


def test_what_a_macro_writes_into_several_models_is_one_mutant():
    macro, other = "with c as (select a > 1 from t)", "with c as (select a > 1, b from t)"
    made = {}
    for model, sql in {"one": macro, "two": macro, "three": other}.items():
        query = Query(model, f"{sql} select * from c")
        made |= {mutant: query.surroundings(mutant) for mutant in query.mutants}
    found = {(each.model, each.others) for each in one_per_macro(made)}
    assert found == {("one", ("two",)), ("three", ())}


def test_equivalent_mutants_are_found_in_their_list(tmp_path):
    file = tmp_path / "listed.csv"
    rows = ["model,before,after,reason", "shop,a > ... then 1,...,why", "*,max(center_2),x,why"]
    file.write_text("\n".join([*rows, "shop,max(recency_days),x,why"]), encoding="utf-8")
    listed = check_mutations.Listed(file, FEATURES)
    assert listed.has(Mutant("shop", "", "edge moved", "a > 1 and b then 1", "anything"))
    assert not listed.has(Mutant("else", "", "edge moved", "a > 1 and b then 1", "anything"))
    assert listed.has(Mutant("else", "", "edge moved", "max(center_7)", "x"))
    assert listed.has(Mutant("shop", "", "edge moved", "max(frequency)", "x"))
    assert not listed.has(Mutant("shop", "", "edge moved", "max(frequency)", "xy"))
    file.write_text("model,before,after,reason\nshop,a,b,\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"listed\.csv, line 2: no model, before or reason"):
        check_mutations.Listed(file, FEATURES)


def test_mutants_of_the_python_model():
    made = python_mutants.mutants("int_customers_clustered")
    sound = python_mutants.source_file("int_customers_clustered").read_text(encoding="utf-8")
    lines = sound.splitlines()
    assert len({source for _, source in made.values()}) == len(made) > 50
    for mutant, (line, source) in made.items():
        compile(source, "mutant", "exec")
        assert mutant.before != mutant.after
        assert lines[line - 1].strip()[:1] not in ("", "#")


TOTALS = """
with totals as (
    select customer, sum(amount) as total
    from "shop"."main"."lines"
    where amount > 0
    group by customer
)

select * from totals
"""
# What is compiled for a unit test reads a fixture; it expects the sum of two purchases.
TWO_PURCHASES = (
    TOTALS.replace('"shop"."main"."', "__dbt__cte__")
    .replace('lines"', "lines")
    .replace(
        "with",
        "with __dbt__cte__lines as (select 'a' as customer, 1 as amount union all select 'a', 2),",
    )
)
SIZES = """
select
    customer,
    case when total >= 10 then 'large' else 'small' end as size,
    total > 10 as is_large,
    ln(total - 2) as score
from "shop"."main"."totals"
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Return the trials of a shop: a seed, two models, a data test, a unit test."""
    monkeypatch.setattr(trials, "oracles", lambda: [])

    def node(kind, name, select="", parents=(), run=""):
        relation = f'"shop"."main"."{name}"' if kind in ("seed", "table") else ""
        return Node(name, kind, relation, list(parents), list(parents), select, run)

    found = 'select * from "shop"."main"."sizes" where (size = \'large\') <> is_large'
    plan = Plan(
        models={
            "lines": node("seed", "lines"),
            "totals": node("table", "totals", TOTALS, ["lines"]),
            "sizes": node("table", "sizes", SIZES, ["lines", "totals"]),
        },
        tests={
            "sizes_agree": node(
                "test",
                "sizes_agree",
                found,
                ["sizes"],
                f"select count(*), false, count(*) > 0 from ({found}) as found",
            )
        },
        unit_tests={
            "totals.two": node(
                "unit_test",
                "two",
                TWO_PURCHASES,
                ["totals"],
                f"select total, 'actual' from ({TWO_PURCHASES.strip()}) union all"
                " select 3, 'expected'",
            )
        },
        ephemeral={},
    )
    folder = tmp_path / "first"
    folder.mkdir()
    plan.write(folder)
    warehouse = Warehouse(folder, str(folder / "made.duckdb"))
    warehouse.connection.execute(
        "create table mutant.main.lines as"
        " from (values ('a', 5), ('a', -2), ('b', 15)) as lines(customer, amount)"
    )
    warehouse.made.add("lines")
    for name in ("totals", "sizes"):
        warehouse.make(plan.models[name])
    warehouse.connection.close()
    (folder / "made.duckdb").rename(folder / "after.duckdb")
    return trials.Trials(tmp_path, ["first"])


@pytest.mark.parametrize(
    ("model", "before", "after", "status", "by"),
    [
        ("totals", "sum(amount) as total", "avg(amount) as total", "killed", "totals.two"),
        ("totals", "amount > 0", "true", "survived", ""),
        ("totals", "amount > 0", "amount >= 0", "unseen", ""),
        ("sizes", "total >= 10", "total < 10", "killed", "sizes_agree"),
        ("sizes", "total >= 10", "total >= 11", "unseen", ""),
        ("sizes", "total - 2", "total + 2", "survived", ""),
        ("sizes", "total - 2", "total - 3", "survived", ""),
    ],
)
def test_what_becomes_of_a_mutant(shop, model, before, after, status, by):
    (mutant,) = [m for m in shop.mutants(model) if before in m.before and after in m.after]
    outcome = shop.attempt(mutant)
    assert (outcome.status, outcome.by) == (status, by)
    # Nothing of it is left for the next one.
    assert shop.warehouses["first"].made == set()


def test_a_build_that_stops_is_told_from_sql_that_is_none(shop):
    (mutant,) = [m for m in shop.mutants("sizes") if "total + 2" in m.after]
    for text, status in (("cast(customer as integer)", "stopped"), ("ln(customer)", "invalid")):
        select = SIZES.replace("ln(total - 2)", text)
        shop._selects = lambda name, mutant, select=select: {"sizes": select}
        assert shop.attempt(mutant).status == status


def test_an_error_where_no_value_is_expected_is_a_difference(shop):
    (test,) = shop.unit_tests.values()
    shop._unit_tests = lambda mutant: {
        "totals.two": (test, "select cast('x' as integer) as total")
    }
    assert shop._differs_on_fixtures(shop.mutants("totals"))


def test_a_query_that_computes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(trials, "SECONDS", 0)
    with (
        duckdb.connect() as connection,
        pytest.raises(duckdb.InterruptException),
        trials.limited(connection),
    ):
        connection.execute("select sum(hash(a)) from range(1000000000000) as numbers(a)")

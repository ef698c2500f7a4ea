"""What a parse does not see of a dialect: functions, types and rules that other engines lack."""

from dataclasses import dataclass
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# Functions that this project may call on an engine: each is in that engine's manual.
EVERYWHERE = words("""
    abs avg cast coalesce count current_timestamp dense_rank exp floor greatest lag lead least ln
    lower max md5 min ntile nullif power rank regexp_replace replace round row_number sqrt
    stddev_pop substr substring sum translate trim upper
""")
FUNCTIONS = {
    "postgres": EVERYWHERE
    | words("""
        date_trunc now percentile_cont string_agg to_char
    """),
    "snowflake": EVERYWHERE
    | words("""
        convert_timezone date_trunc dateadd datediff least_ignore_nulls listagg median regexp_instr
        to_char to_number to_varchar try_cast
    """),
    "bigquery": EVERYWHERE
    | words("""
        array_agg date datetime_add datetime_diff div error format regexp_contains safe_cast
        safe_offset string_agg timestamp_trunc to_hex unnest
    """),
    "databricks": EVERYWHERE
    | words("""
        add_months array_join collect_list current_timezone date_add date_trunc datediff
        format_number from_utc_timestamp listagg median raise_error rand regexp_like
        timestamp_micros timestampadd timestampdiff to_utc_timestamp transform try_cast
        try_multiply
    """),
}
# Names of types that DuckDB knows and the engine does not.
FOREIGN_TYPES = {
    "postgres": words("float64 hugeint int64 string"),
    "snowflake": words("float64 hugeint int64"),
    "bigquery": words("double float hugeint text varchar"),
    "databricks": words("float64 hugeint int64 text"),
}
# Words that are no names without quotes, as far as one of them might be one of ours.
RESERVED = {
    "postgres": words("""
        all analyse analyze and any array as asc check column default desc distinct do else
        end except false fetch for from grant group having in initially intersect into
        limit not null offset on only or order placing primary references select
        session_user some symmetric table then to trailing true union unique user using
        variadic when where window with
    """),
    "snowflake": words("""
        account all alter and any as between by case cast check column connect connection
        constraint create cross current database delete distinct drop else exists false
        following for from full grant group gscluster having ilike in increment inner
        insert intersect into is issue join lateral left like localtime minus natural not
        null of on or order organization qualify regexp revoke right rlike row rows sample
        schema select set some start table tablesample then to trigger true try_cast union
        unique update using values view when whenever where with
    """),
    "bigquery": words("""
        all and any array as asc at between by case cast collate contains create cross cube
        current default define desc distinct else end enum escape except exclude exists
        extract false fetch following for from full group grouping groups hash having if
        ignore in inner intersect interval into is join lateral left like limit lookup
        merge natural new no not null nulls of on or order outer over partition preceding
        proto qualify range recursive respect right rollup rows select set some struct
        tablesample then to treat true unbounded union unnest using when where window with
        within
    """),
    "databricks": words("""
        anti cross except full inner intersect join lateral left minus natural on right
        semi union using
    """),
}
# Words before a parenthesis that call nothing.
NO_CALLS = words("""
    all and array as bignumeric by case decimal distinct else except exists filter from group
    having in intersect is join like limit not numeric on or over select set then union using
    values varchar when where with
""")


@dataclass(frozen=True)
class Finding:
    """Why a statement is not one of the dialect."""

    rule: str
    detail: str


def findings(sql: str, dialect: str, floats: frozenset = frozenset()) -> list[Finding]:
    """Return what is wrong with one statement.

    Parameters
    ----------
    sql : str
    dialect : str
        As sqlglot calls it.
    floats : frozenset of str
        Columns that are floats: BigQuery partitions by none.

    Returns
    -------
    list of Finding
    """
    try:
        trees = sqlglot.parse(sql, read=dialect)
    except sqlglot.errors.SqlglotError as error:
        return [Finding("parse", str(error)[:300])]
    found = [] if len(trees) == 1 else [Finding("statements", str(len(trees)))]
    tokens = sqlglot.tokenize(sql, read=dialect)
    found += [Finding("function", word) for word in called(tokens) - FUNCTIONS[dialect]]
    found += [Finding("type", word) for word in foreign_types(tokens, dialect)]
    if dialect in ("bigquery", "snowflake"):
        found += [Finding("least", f"of {count}") for count in many_in_least(tokens)]
    reserved = RESERVED[dialect]
    for tree in filter(None, trees):
        for identifier in tree.find_all(exp.Identifier):
            if not identifier.quoted and identifier.name.lower() in reserved:
                found.append(Finding("reserved", identifier.name))
        if dialect == "bigquery":
            found += joins_without_equality(tree) + partitions_by_floats(tree, floats)
    return found


def called(tokens) -> set[str]:
    """Return the names that are called like functions."""
    names = set()
    for token, after in pairwise(tokens):
        # `order by` is one token.
        is_word = token.text[:1].isalpha() and " " not in token.text
        is_word = is_word and token.token_type != TokenType.STRING
        if is_word and after.token_type == TokenType.L_PAREN:
            names.add(token.text.lower())
    return names - NO_CALLS


def many_in_least(tokens) -> list[int]:
    """Return how many arguments each `least` of more than two has.

    It is null on some engines where one of them is, as the distances to places without a segment
    are; of two, one is a number.
    """
    counts = []
    for start, token in enumerate(tokens):
        if token.text.lower() != "least":
            continue
        depth, count = 0, 1
        for after in tokens[start + 1 :]:
            depth += (after.token_type == TokenType.L_PAREN) - (
                after.token_type == TokenType.R_PAREN
            )
            count += after.token_type == TokenType.COMMA and depth == 1
            if depth == 0:
                break
        counts.append(count)
    return [count for count in counts if count > 2]


def foreign_types(tokens, dialect: str) -> list[str]:
    """Return the names of types that the engine does not know, where a type is cast to."""
    found = []
    for first, second, third in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
        word = second.text.lower()
        closes = third is not None and third.token_type in (TokenType.R_PAREN, TokenType.L_PAREN)
        if (
            first.text.lower() == "as"
            and closes
            and word in FOREIGN_TYPES[dialect] | ({"double"} if dialect == "postgres" else set())
        ):
            found.append(word)
    return found


def joins_without_equality(tree) -> list[Finding]:
    """Return the outer joins that compare no column of the one side with one of the other."""
    found = []
    for join in tree.find_all(exp.Join):
        if join.side not in ("LEFT", "RIGHT", "FULL"):
            continue
        own = join.this.alias_or_name
        condition = join.args.get("on")
        parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
        sides = [
            [
                {column.table for column in side.find_all(exp.Column)}
                for side in (part.left, part.right)
            ]
            for part in parts
            if isinstance(part, exp.EQ)
        ]
        if not any(
            left and right and (left == {own}) != (right == {own}) for left, right in sides
        ):
            found.append(Finding("join", join.sql()[:120]))
    return found


def partitions_by_floats(tree, floats: frozenset) -> list[Finding]:
    """Return the windows that are partitioned by a float as it is."""
    return [
        Finding("partition", part.sql())
        for window in tree.find_all(exp.Window)
        for part in window.args.get("partition_by") or []
        if isinstance(part, exp.Column) and part.name in floats
    ]

"""Make mutants of a SQL query: each is the query with one small mistake in it.

A mistake that several places of one CTE would make in the same words (a macro written out twice)
is one mutant. What a loop writes for each feature or slot is one too: see `one_per_loop`.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import sqlglot
from sqlglot import exp

DIALECT = "duckdb"
# What dbt puts in front of the name of an ephemeral model, and of a fixture of a unit test.
INLINED = "__dbt__cte__"
CONTEXT_LENGTH = 100
SHOWN_LENGTH = 200
# A text that people read is no constant of the logic.
LABEL = re.compile(r"[\w+./-]+( [\w+./-]+){0,3}")
HASH = re.compile(r"[0-9a-f]{32}")
SCOPES = (
    exp.CTE,
    exp.From,
    exp.Having,
    exp.Join,
    exp.Qualify,
    exp.Select,
    exp.SetOperation,
    exp.Subquery,
    exp.Where,
    exp.With,
)
FLIPPED: dict[type, tuple[type, ...]] = {
    exp.LT: (exp.LTE, exp.GTE),
    exp.LTE: (exp.LT, exp.GT),
    exp.GT: (exp.GTE, exp.LTE),
    exp.GTE: (exp.GT, exp.LT),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.NullSafeEQ: (exp.NullSafeNEQ,),
    exp.NullSafeNEQ: (exp.NullSafeEQ,),
}
EXCHANGED: dict[type, type] = {
    exp.Min: exp.Max,
    exp.Max: exp.Min,
    exp.ArgMin: exp.ArgMax,
    exp.ArgMax: exp.ArgMin,
    exp.Sum: exp.Avg,
    exp.Avg: exp.Sum,
    exp.Median: exp.Max,
    exp.StddevPop: exp.StddevSamp,
    exp.StddevSamp: exp.StddevPop,
    exp.LogicalAnd: exp.LogicalOr,
    exp.LogicalOr: exp.LogicalAnd,
    exp.Lag: exp.Lead,
    exp.Lead: exp.Lag,
}
SIGNS: dict[type, str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.EQ: "=",
    exp.NEQ: "<>",
}
ARITHMETIC: dict[type, type] = {
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.Mul: exp.Div,
    exp.Div: exp.Mul,
    exp.Mod: exp.Mul,
}


class Mutant(NamedTuple):
    """One mistake in one model; the texts are what is looked up again in another compilation."""

    model: str
    place: str  # the innermost CTE
    operator: str
    before: str
    after: str
    others: tuple[str, ...] = ()  # models with the same CTE: a macro writes it into all of them


class Edit(NamedTuple):
    """How to make the mistake in a parsed query.

    `node` is replaced by `new`, or is left out; or its argument `argument` becomes `new`.
    """

    operator: str
    node: exp.Expression
    new: object
    argument: str = ""
    shown: tuple[str, str] | None = None  # what to call it, where the text around it says nothing


def parse(sql: str) -> exp.Expression:
    """Parse a query as dbt compiled it."""
    return sqlglot.parse_one(sql, read=DIALECT)


def written(node: exp.Expression) -> str:
    """Write a parsed query as SQL that DuckDB runs."""
    return node.sql(dialect=DIALECT)


def plain(text: str) -> str:
    """Write SQL as people do: lower case, tables by their names alone."""
    text = re.sub(r'"\w+"\."\w+"\."(\w+)"', r"\1", text).replace(INLINED, "")
    return "".join(
        part if part[0] in "'\"" else part.lower()
        for part in re.findall(r"'[^']*'|\"[^\"]*\"|[^'\"]+|['\"]", text)
    )


def shown(text: str) -> str:
    """Cut a long text in the middle."""
    if len(text) <= SHOWN_LENGTH:
        return text
    return f"{text[: SHOWN_LENGTH - 60]} ... {text[-55:]}"


class Query:
    """A parsed query, and the mistakes that can be made in one part of it.

    Parameters
    ----------
    model : str
        The model the part belongs to.
    sql : str
        A query as dbt compiled it: of a model, of a data test or of a unit test.
    part : str, optional
        The ephemeral model whose CTE is the part; by default all of the
        query but ephemeral models and fixtures.
    """

    def __init__(self, model: str, sql: str, part: str | None = None):
        self.model, self.sql = model, sql
        self.tree = parse(sql)
        self._texts: dict[int, str] = {}
        self._edits: dict[Mutant, list[Edit]] = {}
        for edit in edits(*self._part(part)):
            self._edits.setdefault(self._described(edit), []).append(edit)

    def surroundings(self, mutant: Mutant) -> str:
        """Return the text of the CTE a mutant is in."""
        cte = self._edits[mutant][0].node.find_ancestor(exp.CTE)
        return plain(written(cte)) if cte else ""

    @property
    def mutants(self) -> list[Mutant]:
        """Return every mistake that can be made here."""
        return list(self._edits)

    def mutated(self, mutant: Mutant) -> str | None:
        """Write the query with the mistake in it; None where this query has no place for it."""
        if mutant not in self._edits:
            return None
        undone = [applied(edit) for edit in self._edits[mutant]]
        sql = written(self.tree)
        for undo in reversed(undone):
            undo()
        return sql

    def line(self, mutant: Mutant) -> int:
        """Tell the line of the SQL in which the mistake is made."""
        node = self._edits[mutant][0].node
        lines = [each.meta["line"] for each in node.walk() if "line" in each.meta]
        while not lines and node.parent is not None:
            node = node.parent
            lines = [each.meta["line"] for each in node.walk() if "line" in each.meta]
        return min(lines, default=1)

    def _part(self, name: str | None) -> tuple[exp.Expression, Callable[[exp.Expression], bool]]:
        """Find where the part begins, and tell what in it is none of it."""

        def is_inlined(node: exp.Expression) -> bool:
            return isinstance(node, exp.CTE) and node.alias.startswith(INLINED)

        if name is None:
            return self.tree, is_inlined
        found = [cte for cte in self.tree.find_all(exp.CTE) if cte.alias == INLINED + name]
        return found[0].this, is_inlined

    def _described(self, edit: Edit) -> Mutant:
        cte = edit.node.find_ancestor(exp.CTE)
        place = cte.alias.removeprefix(INLINED) if cte else ""
        if edit.shown is None and len(self._text(edit.node)) > CONTEXT_LENGTH:
            edit = edit._replace(shown=self._around_operator(edit))
        if edit.shown:
            return Mutant(self.model, place, edit.operator, *map(plain, edit.shown))
        around = self._context(edit.node)
        before = self._text(around)
        if around is edit.node:
            after = written(edit.new) if edit.new is not None else ""
        else:
            undo = applied(edit)
            after = written(around)
            undo()
        return Mutant(self.model, place, edit.operator, plain(before), plain(after))

    def _around_operator(self, edit: Edit) -> tuple[str, str] | None:
        """Call an operator between long expressions by what stands next to it."""
        new = edit.new.this if isinstance(edit.new, exp.Paren) else edit.new
        if not (isinstance(edit.node, exp.Binary) and isinstance(new, exp.Binary)):
            return None
        left, right = self._text(edit.node.this)[-40:], self._text(edit.node.expression)[:100]
        signs = [SIGNS.get(type(each), each.key) for each in (edit.node, new)]
        return f"{left} {signs[0]} {right}", f"{left} {signs[1]} {right}"

    def _context(self, node: exp.Expression) -> exp.Expression:
        """Widen to the expression around a node, as far as it is one short line."""
        while not (node.parent is None or isinstance(node.parent, SCOPES)):
            if len(self._text(node.parent)) > CONTEXT_LENGTH:
                break
            node = node.parent
        return node

    def _text(self, node: exp.Expression) -> str:
        if id(node) not in self._texts:
            self._texts[id(node)] = written(node)
        return self._texts[id(node)]


def applied(edit: Edit) -> Callable[[], object]:
    """Make the mistake in the parsed query; return what takes it back."""
    node, new = edit.node, edit.new
    if edit.argument:
        old = node.args.get(edit.argument)
        node.set(edit.argument, new)
        return lambda: node.set(edit.argument, old)
    if new is None:
        parent, key = node.parent, node.arg_key
        parent.set(key, None)
        return lambda: parent.set(key, node)
    assert isinstance(new, exp.Expression)
    node.replace(new)
    return lambda: new.replace(node)


def edits(root: exp.Expression, is_left_out: Callable[[exp.Expression], bool]) -> Iterator[Edit]:
    """Find every mistake that can be made below a node, but for what is left out."""

    def is_end(node: exp.Expression) -> bool:
        return is_left_out(node) or is_typed_emptiness(node)

    for node in root.walk(prune=is_end):
        if not is_end(node):
            for operation in OPERATIONS:
                yield from operation(node)


def is_typed_emptiness(node: exp.Expression) -> bool:
    """Tell a select that stands for a table that is not there yet: it has no rows."""
    where = node.args.get("where") if isinstance(node, exp.Select) else None
    return where is not None and is_constant(where.this) and where.this.name != "true"


def is_constant(node: exp.Expression) -> bool:
    """Tell an operation on two constants."""
    return isinstance(node, exp.Binary) and all(
        isinstance(side, exp.Literal) for side in (node.this, node.expression)
    )


def as_type(node: exp.Expression, kind: type) -> exp.Expression:
    """Copy a node as one of another type, with what both types know."""
    arguments = {
        name: value.copy()
        if isinstance(value, exp.Expression)
        else [each.copy() for each in value]
        if isinstance(value, list)
        else value
        for name, value in node.args.items()
        if name in kind.arg_types
    }
    return kind(**arguments)


def flipped_comparisons(node: exp.Expression) -> Iterator[Edit]:
    """Turn a comparison round, move its edge, or drop a `not`."""
    if type(node) in FLIPPED and not is_constant(node):
        if type(node) in (exp.EQ, exp.NullSafeEQ) and in_join_condition(node):
            return
        for kind in FLIPPED[type(node)]:
            name = "edge moved" if isinstance(node, EDGES.get(kind, ())) else "comparison flipped"
            yield Edit(name, node, as_type(node, kind))
    elif isinstance(node, exp.Between):
        value, low, high = node.this, node.args["low"], node.args["high"]
        pairs = ((exp.GT, exp.LTE), (exp.GTE, exp.LT))
        for lower, upper in pairs:
            new = exp.Paren(
                this=exp.And(
                    this=lower(this=value.copy(), expression=low.copy()),
                    expression=upper(this=value.copy(), expression=high.copy()),
                )
            )
            yield Edit("edge moved", node, new)
    elif isinstance(node, exp.Not):
        yield Edit("not dropped", node, node.this.copy())
    elif isinstance(node, (exp.Is, exp.In)) and not isinstance(node.parent, exp.Not):
        yield Edit("comparison flipped", node, exp.Not(this=node.copy()))


EDGES = {exp.LTE: (exp.LT,), exp.LT: (exp.LTE,), exp.GTE: (exp.GT,), exp.GT: (exp.GTE,)}


def in_join_condition(node: exp.Expression) -> bool:
    """Tell what a join is made on: turned round, it would join every row with nearly every row."""
    while node.parent is not None and isinstance(node.parent, (exp.And, exp.Or, exp.Paren)):
        node = node.parent
    return isinstance(node.parent, exp.Join)


def exchanged_functions(node: exp.Expression) -> Iterator[Edit]:
    """Exchange an aggregate or another function, or drop a guard."""
    if type(node) in EXCHANGED:
        yield Edit("function exchanged", node, as_type(node, EXCHANGED[type(node)]))
    elif isinstance(node, exp.Greatest):
        yield Edit("function exchanged", node, as_type(node, exp.Least))
    elif isinstance(node, exp.Least):
        yield Edit("function exchanged", node, as_type(node, exp.Greatest))
    elif isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        # Of the same type, so that no contract objects to it.
        one = exp.Max(this=exp.cast(exp.Literal.number(1), "bigint"))
        yield Edit("function exchanged", node, one)
    elif isinstance(node, exp.Count) and not isinstance(node.this, exp.Distinct):
        yield Edit("function exchanged", node, exp.Count(this=exp.Star()))
    elif isinstance(node, (exp.Nullif, exp.Abs)):
        yield Edit("guard dropped", node, node.this.copy())


def exchanged_connectors(node: exp.Expression) -> Iterator[Edit]:
    """Exchange `and` and `or`, plus and minus, times and divided by."""
    if isinstance(node, (exp.And, exp.Or)):
        if is_constant(node.this) or is_constant(node.expression):
            return
        other = exp.Or if isinstance(node, exp.And) else exp.And
        sides = [as_operand(side) for side in (node.this, node.expression)]
        new = exp.Paren(this=other(this=sides[0], expression=sides[1]))
        yield Edit("and/or exchanged", node, new)
    elif type(node) in ARITHMETIC:
        sides = [as_operand(side) for side in (node.this, node.expression)]
        kind = ARITHMETIC[type(node)]
        # The parentheses keep what stands around it from binding closer.
        new = exp.Paren(this=kind(this=sides[0], expression=sides[1]))
        yield Edit("arithmetic exchanged", node, new)


def as_operand(node: exp.Expression) -> exp.Expression:
    """Copy a side of an operator, so that it stays one side of another operator."""
    return exp.Paren(this=node.copy()) if isinstance(node, exp.Binary) else node.copy()


def moved_constants(node: exp.Expression) -> Iterator[Edit]:
    """Move a number or a date, change a label."""
    if not isinstance(node, exp.Literal) or is_constant(node.parent):
        return
    if node.find_ancestor(exp.DataType) or isinstance(node.parent, exp.Interval):
        return
    if is_only_counted(node):
        return
    if not node.is_string:
        yield Edit("constant moved", node, exp.Literal.number(moved_number(node.this)))
        return
    new = moved_text(node)
    if new is not None:
        yield Edit("constant moved", node, exp.Literal.string(new))


def is_only_counted(node: exp.Expression) -> bool:
    """Tell a value of which only the presence counts, in `exists` or `count(case ...)`."""
    parent = node.parent
    if isinstance(parent, exp.If) and node.arg_key == "true":
        return isinstance(parent.parent, exp.Case) and isinstance(parent.parent.parent, exp.Count)
    return isinstance(parent, exp.Select) and isinstance(parent.parent, exp.Exists)


def moved_number(text: str) -> str:
    """Add one to a whole number, a tenth to a fraction."""
    if text.isdigit():
        return str(int(text) + 1)
    value = float(text)
    return repr(float(f"{value * 1.1:.6g}")) if value else "1.0"


def moved_text(node: exp.Expression) -> str | None:
    """Move a date by a day, change a label; None for a text that nothing depends on."""
    parent, text = node.parent, node.this
    if isinstance(parent, exp.Cast):
        try:
            return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
        except (ValueError, OverflowError):
            return None
    compared = isinstance(parent, (exp.Predicate, exp.In)) and not isinstance(parent, exp.Like)
    chosen = isinstance(parent, (exp.If, exp.Case, exp.Coalesce, exp.Alias, exp.Select))
    if HASH.fullmatch(text) or not (compared or (chosen and LABEL.fullmatch(text))):
        return None
    # A list that was read from the data is as long as the data.
    if isinstance(parent, exp.In) and len(parent.expressions) > 5:
        return None
    return text + "x"


def dropped_branches(node: exp.Expression) -> Iterator[Edit]:
    """Drop each branch of a `case`, and its `else`."""
    if not isinstance(node, exp.Case):
        return
    branches, default = node.args["ifs"], node.args.get("default")
    for number, branch in enumerate(branches):
        if len(branches) == 1:
            new = default.copy() if default is not None else exp.Null()
        else:
            new = node.copy()
            new.set("ifs", [each for at, each in enumerate(new.args["ifs"]) if at != number])
        when = f"when {written(branch.this)} then {written(branch.args['true'])}"
        yield Edit("case branch dropped", node, new, shown=(when, "(no such branch)"))
    if default is not None and not isinstance(default, exp.Null):
        new = node.copy()
        new.set("default", None)
        first = f"case when {written(branches[0].this)} ... else {written(default)}"
        yield Edit("case branch dropped", node, new, shown=(first, "(no else)"))


def exchanged_joins(node: exp.Expression) -> Iterator[Edit]:
    """Make an inner join of a left one, and so on."""
    if not isinstance(node, exp.Join) or node.kind == "CROSS" or node.args.get("method"):
        return
    condition = node.args.get("on")
    if condition is None and not node.args.get("using"):
        return
    if any(map(is_typed_emptiness, node.this.walk())):
        return
    around = plain(written(node))
    for side in {"": ("LEFT",), "LEFT": ("",), "RIGHT": ("",), "FULL": ("LEFT", "RIGHT")}[
        node.side
    ]:
        new = node.copy()
        new.set("side", side or None)
        new.set("kind", None if side else "INNER")
        yield Edit("join exchanged", node, new, shown=(around, plain(written(new))[:40]))


def dropped_terms(node: exp.Expression) -> Iterator[Edit]:
    """Drop each of the conditions a `where`, `having`, `qualify` or longer `on` is made of."""
    if isinstance(node, (exp.Where, exp.Having, exp.Qualify)):
        terms = conjuncts(node.this)
    elif isinstance(node, exp.Join) and node.args.get("on") is not None:
        terms = conjuncts(node.args["on"])
        terms = terms if len(terms) > 1 else []
    else:
        return
    for term in terms:
        if not is_constant(term):
            yield Edit("condition dropped", term, exp.true(), shown=(written(term), "true"))


def conjuncts(node: exp.Expression) -> list[exp.Expression]:
    """Take a condition apart at each `and`."""
    if isinstance(node, exp.And):
        return conjuncts(node.this) + conjuncts(node.expression)
    return conjuncts(node.this) if isinstance(node, exp.Paren) else [node]


def changed_orders(node: exp.Expression) -> Iterator[Edit]:
    """Reverse an order, or drop what a window is partitioned by."""
    if isinstance(node, exp.Ordered):
        select = node.parent.parent if node.parent is not None else None
        # The order of a whole result means nothing, unless the first rows of it are taken.
        if isinstance(select, exp.Query) and not select.args.get("limit"):
            return
        new = node.copy()
        new.set("desc", not node.args.get("desc"))
        yield Edit("order reversed", node, new)
    elif isinstance(node, exp.Window):
        for number, term in enumerate(node.args.get("partition_by") or []):
            new = node.copy()
            terms = [each for at, each in enumerate(new.args["partition_by"]) if at != number]
            new.set("partition_by", terms)
            what = (f"{written(node)}", f"(not partitioned by {written(term)})")
            yield Edit("partition dropped", node, new, shown=what)


def changed_sets(node: exp.Expression) -> Iterator[Edit]:
    """Keep or drop duplicates, and shorten a `coalesce`."""
    if isinstance(node, exp.Union):
        is_distinct = bool(node.args.get("distinct"))
        words = ("union", "union all") if is_distinct else ("union all", "union")
        right = " " + written(node.expression)
        what = (words[0] + right, words[1])
        yield Edit("duplicates", node, not is_distinct, "distinct", shown=what)
    elif isinstance(node, exp.Select) and isinstance(node.args.get("distinct"), exp.Distinct):
        columns = ", ".join(written(each) for each in node.expressions)
        what = (f"select distinct {columns}", f"select {columns}")
        yield Edit("duplicates", node, None, "distinct", shown=what)
    elif isinstance(node, exp.Distinct) and isinstance(node.parent, exp.AggFunc):
        if len(node.expressions) == 1:
            yield Edit("duplicates", node, node.expressions[0].copy())
    elif isinstance(node, exp.Coalesce):
        values = [node.this, *node.expressions]
        for at in sorted({0, len(values) - 1}):
            left = [each.copy() for number, each in enumerate(values) if number != at]
            new = left[0] if len(left) == 1 else exp.Coalesce(this=left[0], expressions=left[1:])
            yield Edit("coalesce shortened", node, new)


OPERATIONS = (
    flipped_comparisons,
    exchanged_functions,
    exchanged_connectors,
    moved_constants,
    dropped_branches,
    exchanged_joins,
    dropped_terms,
    changed_orders,
    changed_sets,
)


def drawn(mutant: Mutant, seed: int) -> str:
    """Return what mutants are sorted by at random, each by itself, the same for a seed."""
    return hashlib.sha256(f"{seed} {mutant}".encode()).hexdigest()


def alike(mutant: Mutant, features: Iterable[str]) -> tuple[str, ...]:
    """Write a mutant so that it is the same for each feature and for the number of each slot."""
    stems = sorted({name.removesuffix("_days") for name in features}, key=len, reverse=True)
    feature = re.compile(f"({'|'.join(map(re.escape, stems))})(_days)?")
    model, *texts = mutant[:5]
    texts = [feature.sub("<feature>", text) if stems else text for text in texts]
    return model, *(re.sub(r"(?<=[a-z_])\d+", "<n>", text) for text in texts)


def one_per_macro(surroundings: dict[Mutant, str]) -> list[Mutant]:
    """Make one mutant of those that several models have in the same CTE: a macro wrote it.

    Parameters
    ----------
    surroundings : dict of Mutant to str
        The text of the CTE each is in.

    Returns
    -------
    list of Mutant
        Each in the first of its models.
    """
    groups: dict[tuple[str, ...], list[Mutant]] = {}
    for mutant, text in surroundings.items():
        groups.setdefault((*mutant[1:5], text), []).append(mutant)
    return [
        first._replace(others=tuple(dict.fromkeys(each.model for each in rest)))
        for first, *rest in groups.values()
    ]


def one_per_loop(mutants: Iterable[Mutant], features: Iterable[str], seed: int) -> list[Mutant]:
    """Keep one of the mutants that differ only in a feature, a slot or what else a loop counts.

    Numbers in names are those of slots. Other whole numbers are counted by a loop where the same
    text has at least three of them; texts in quotes are where it has at least eight. The one with
    the lowest numbers is kept, for not every slot is filled.

    Parameters
    ----------
    mutants : iterable of Mutant
    features : iterable of str
        Their names; they are found without `_days` too.
    seed : int
        Chooses among the features.

    Returns
    -------
    list of Mutant
    """

    def without(pattern: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(re.sub(pattern, "<n>", text) for text in texts)

    def order(mutant: Mutant) -> tuple[list[int], str]:
        numbers = re.findall(r"(?<![\d.])\d+(?![\d.])", f"{mutant.place} {mutant.before}")
        return [int(number) for number in numbers], drawn(mutant, seed)

    def thinned(groups: dict[tuple[str, ...], list[Mutant]], most: int) -> list[Mutant]:
        kept = []
        for members in groups.values():
            kept += [min(members, key=order)] if len(members) > most else members
        return kept

    features = list(features)
    kept = list(mutants)
    for pattern, most in ((None, 1), (r"(?<![\w.'])\d+(?![\w.'])", 2), (r"('[^']*')+", 7)):
        groups: dict[tuple[str, ...], list[Mutant]] = {}
        for mutant in kept:
            key = alike(mutant, features)
            groups.setdefault(without(pattern, key) if pattern else key, []).append(mutant)
        kept = thinned(groups, most)
    return kept

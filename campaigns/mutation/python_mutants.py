"""Make mutants of a Python model, and run its own test file on them."""

import ast
import contextlib
import importlib.machinery
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import ROOT

from mutation.sql_mutants import Mutant, shown
from mutation.trials import Outcome

# Models whose test file calls their functions. The other Python model copies tables, and its tests
# are whole builds.
MODELS = ("int_customers_clustered",)
# A test that computes longer has found the mutant. The slowest on the unchanged model takes 6.
# Seconds of CPU, so that a busy machine changes no result.
SECONDS = 60
FLIPPED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
EXCHANGED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def source_file(model: str) -> Path:
    """Return the file of a Python model."""
    return ROOT / "python_models" / f"{model}.py"


def test_file(model: str) -> Path:
    """Return the file with the tests of a Python model."""
    return ROOT / "tests" / "python" / f"test_{model}.py"


def mutants(model: str) -> dict[Mutant, tuple[int, str]]:
    """Make the mutants of a Python model.

    Parameters
    ----------
    model : str

    Returns
    -------
    dict of Mutant to (int, str)
        The line of the mistake, and the whole source with it.
    """
    tree = ast.parse(source_file(model).read_text(encoding="utf-8"))
    found: dict[Mutant, tuple[int, str]] = {}
    for statement, place in statements(tree, ""):
        for node in own_nodes(statement):
            before = ast.unparse(statement).splitlines()[0]
            for operator, old, new in changes(node):
                swap(statement, old, new)
                after = ast.unparse(statement).splitlines()[0]
                if after == before:
                    before, after = ast.unparse(old), ast.unparse(new)
                mutant = Mutant(model, place, operator, before, after)
                found.setdefault(mutant, (node.lineno, ast.unparse(tree)))
                swap(statement, new, old)
    return found


def statements(tree: ast.AST, place: str) -> Iterator[tuple[ast.stmt, str]]:
    """Find all statements except docstrings, with the function each is in."""
    for node in getattr(tree, "body", []) + getattr(tree, "orelse", []):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        is_function = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        inside = node.name if is_function else place
        yield node, inside
        yield from statements(node, inside)


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Find the expressions of a statement, without types and the statements inside it."""
    if isinstance(statement, ast.FunctionDef):
        parts = [statement.args.defaults, statement.args.kw_defaults]
    else:
        parts = [
            value
            for name, value in ast.iter_fields(statement)
            if name not in ("body", "orelse", "annotation")
        ]
    for part in parts:
        for node in part if isinstance(part, list) else [part]:
            if isinstance(node, ast.AST):
                yield from (each for each in ast.walk(node) if hasattr(each, "lineno"))


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """Find the possible mistakes at a node: what replaces what."""
    if isinstance(node, ast.Compare):
        for kind in FLIPPED[type(node.ops[0])]:
            new = ast.Compare(node.left, [kind(), *node.ops[1:]], node.comparators)
            yield "comparison flipped", node, new
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and/or exchanged", node, ast.BoolOp(other, node.values)
    elif isinstance(node, ast.BinOp) and type(node.op) in EXCHANGED:
        new = ast.BinOp(node.left, EXCHANGED[type(node.op)](), node.right)
        yield "arithmetic exchanged", node, new
    elif isinstance(node, ast.UnaryOp):
        name = "not dropped" if isinstance(node.op, ast.Not) else "sign dropped"
        yield name, node, node.operand
    elif isinstance(node, ast.Call):
        # `strict=True` only guards against later edits of the line.
        for keyword in node.keywords:
            value = getattr(keyword.value, "value", None)
            if isinstance(value, bool) and keyword.arg != "strict":
                yield "constant moved", keyword.value, ast.Constant(not value)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield "constant moved", node, ast.Constant(moved(node.value))


def moved(value: int | float) -> int | float:
    """Add one to a whole number, a tenth to a fraction."""
    is_whole = isinstance(value, int) or not value
    return value + 1 if is_whole else float(f"{value * 1.1:.6g}")


def swap(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    """Replace one node by another."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list) and any(each is old for each in value):
                value[next(at for at, each in enumerate(value) if each is old)] = new
                return


def end_test(*_) -> None:
    """Let the test that is running fail."""
    pytest.fail(f"more than {SECONDS} s of CPU")


class Order:
    """A pytest plugin: quick tests run first, long ones fail; it records failures and times."""

    def __init__(self, seconds: dict[str, float]):
        self.seconds, self.failed = dict(seconds), ""

    def pytest_collection_modifyitems(self, items):
        """Sort the tests by their duration."""
        items.sort(key=lambda item: self.seconds.get(item.name, 0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        """End a test that computes too long."""
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def pytest_runtest_logreport(self, report):
        """Record a failure, and the duration."""
        name = report.nodeid.split("::")[-1]
        if report.failed:
            self.failed = self.failed or name
        if report.when == "call":
            self.seconds[name] = report.duration

    def pytest_collectreport(self, report):
        """Record that the file cannot be imported."""
        if report.failed:
            self.failed = self.failed or "the module is not imported"


def run(model: str, source: str | None, seconds: dict[str, float]) -> Order:
    """Run the test file of a model on a changed source.

    Runs in a separate process, because modules stay imported.
    """
    loader = importlib.machinery.SourceFileLoader
    own_code = loader.get_code
    file = source_file(model)

    def code(self, fullname):
        if source is not None and Path(self.path) == file:
            return compile(source, str(file), "exec")
        return own_code(self, fullname)

    loader.get_code = code
    order = Order(seconds)
    options = ["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-o", "addopts="]
    options += ["-o", "timeout=0"]
    signal.signal(signal.SIGPROF, end_test)
    os.chdir(ROOT)
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
        pytest.main([*options, str(test_file(model))], plugins=[order])
    return order


def attempt(mutant: Mutant, line: int, source: str, seconds: dict[str, float]) -> Outcome:
    """Find a test that notices a mutant; see `run`."""
    started = time.monotonic()
    failed = run(mutant.model, source, seconds).failed
    taken = time.monotonic() - started
    return Outcome("killed" if failed else "survived", shown(failed), taken, str(line))


def baseline(model: str) -> dict[str, float]:
    """Run the tests on the unchanged model; return the seconds of each.

    Raises
    ------
    RuntimeError
        If a test fails.
    """
    order = run(model, None, {})
    if order.failed:
        raise RuntimeError(f"{test_file(model).name} fails without a mutant: {order.failed}")
    return order.seconds

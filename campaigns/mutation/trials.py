"""Try mutants: rebuild the tables that change, and see whether a test notices."""

import importlib.util
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
from harness import ROOT

from mutation import sql_mutants
from mutation.scenarios import SCENARIOS, Node, Plan, Warehouse
from mutation.sql_mutants import Mutant, Query

ORACLES = ROOT / "tests" / "python" / "oracles.py"
# A query that computes longer is stopped. The slowest of the unchanged project takes less than 2.
# Seconds of CPU, so that a busy machine changes no result.
SECONDS = 30
MOST_QUERIES = 100
UNWRITABLE = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


class Outcome(NamedTuple):
    """The result of a mutant.

    `status` is killed (a test found it), stopped (the build fails with an error), survived, unseen
    (no row changes in any scenario or unit test) or invalid (not valid SQL).
    """

    status: str
    by: str
    seconds: float
    line: str


class Oracle(NamedTuple):
    """A check written in Python, which raises if the tables of the models are wrong."""

    name: str
    models: frozenset[str]
    check: Callable[[duckdb.DuckDBPyConnection], object]


class Found(Exception):  # noqa: N818
    """A test failed, or the build stopped."""

    def __init__(self, status: str, by: str):
        super().__init__(status, by)
        self.status, self.by = status, by


class Trials:
    """Everything needed to try mutants one by one in one process.

    Parameters
    ----------
    workplace : Path
        The folder with the folders of the scenarios, made by `scenarios.prepare`.
    names : list of str
        The scenarios, in the order in which they are tried.
    """

    def __init__(self, workplace: Path, names: list[str]):
        self.warehouses = {name: Warehouse(workplace / name) for name in names}
        first = self.warehouses[names[0]].plan
        self.unit_tests = {
            name: test
            for warehouse in self.warehouses.values()
            for name, test in warehouse.plan.unit_tests.items()
        }
        self.models = [
            name for name, node in first.models.items() if node.kind in ("table", "incremental")
        ] + list(first.ephemeral)
        self.kills: Counter[str] = Counter()
        self._queries: dict[tuple[str, str, bool], Query] = {}
        self.oracles = {name: sound(self.warehouses[name], oracles()) for name in names}

    def plan(self) -> Plan:
        """Return the names of all nodes, which are the same in all scenarios."""
        return next(iter(self.warehouses.values())).plan

    def mutants(self, model: str) -> dict[Mutant, str]:
        """Make the mutants of a model from its SQL as it is without variables.

        Parameters
        ----------
        model : str

        Returns
        -------
        dict of Mutant to str
            The text of the CTE each is in.
        """
        found: dict[Mutant, str] = {}
        for name in self.warehouses:
            scenario = SCENARIOS[name]
            # What is read from the data is no constant of the model.
            if scenario.refreshes[-1] or scenario.is_eventful:
                continue
            for node in self._holders(name, model):
                query = self._query(node, model)
                for mutant in query.mutants:
                    if mutant not in found:
                        found[mutant] = query.surroundings(mutant)
        return found

    def attempt(self, mutant: Mutant, only: str = "") -> Outcome:
        """Find a test that notices the mutant.

        Parameters
        ----------
        mutant : Mutant
        only : str, optional
            The name of the only test to run.

        Returns
        -------
        Outcome
        """
        started = time.monotonic()
        status, by, line = "unseen", "", ""
        if len(self._queries) > MOST_QUERIES:
            self._queries.clear()
        try:
            line = self._line(mutant)
            self._ask_unit_tests(mutant, only)
            for name in self.warehouses:
                selects = self._selects(name, mutant)
                if selects and self._refresh(name, selects, only):
                    status = "survived"
            if status == "unseen" and self._differs_on_fixtures(mutant):
                status = "survived"
        except Found as found:
            status, by = found.status, found.by
        finally:
            for warehouse in self.warehouses.values():
                warehouse.forget()
        if by:
            self.kills[by] += 1
        return Outcome(status, by, time.monotonic() - started, line)

    def _holders(self, name: str, model: str) -> list[Node]:
        """Find the nodes whose SQL contains that of a model: the model itself, or its readers."""
        plan = self.warehouses[name].plan
        if model not in plan.ephemeral:
            return [plan.models[model]]
        nodes = [*plan.models.values(), *plan.tests.values()]
        mark = sql_mutants.INLINED + model
        return [node for node in nodes if node.kind != "python" and mark in node.select]

    def _query(self, node: Node, model: str) -> Query:
        is_inlined = model in self.plan().ephemeral and node.kind != "unit_test"
        # Most SQL is the same in several scenarios.
        key = (node.select, model, is_inlined)
        if key not in self._queries:
            self._queries[key] = Query(model, node.select, model if is_inlined else None)
        return self._queries[key]

    def _selects(self, name: str, mutant: Mutant) -> dict[str, str]:
        """Write the selects of the nodes that a mutant changes in a scenario."""
        selects: dict[str, str] = {}
        for each in in_each_model(mutant):
            for node in self._holders(name, each.model):
                select = self._query(node, each.model).mutated(each)
                if select is not None:
                    selects.setdefault(node.name, select)
        return selects

    def _line(self, mutant: Mutant) -> str:
        """Find the line in the model's file, or else in the compiled SQL."""
        mutant = mutant._replace(others=())
        for name in self.warehouses:
            for node in self._holders(name, mutant.model):
                query = self._query(node, mutant.model)
                if mutant in query.mutants:
                    plan = self.warehouses[name].plan
                    raw = (plan.ephemeral.get(mutant.model) or plan.models[mutant.model]).raw
                    number = query.line(mutant)
                    text = node.select.splitlines()[number - 1].strip()
                    lines = [each.strip() for each in raw.splitlines()]
                    if text and lines.count(text) == 1:
                        return str(lines.index(text) + 1)
                    return f"compiled {number}"
        return ""

    def _unit_tests(self, mutant: Mutant) -> dict[str, tuple[Node, str]]:
        """Find the unit tests of what a mutant changes, with their select."""
        found = {}
        for each in in_each_model(mutant):
            for name, test in self.unit_tests.items():
                if test.parents == [each.model]:
                    select = self._query(test, each.model).mutated(each)
                    if select is not None:
                        found[name] = (test, select)
        return found

    def _ask_unit_tests(self, mutant: Mutant, only: str) -> None:
        connection = next(iter(self.warehouses.values())).connection
        tests = self._unit_tests(mutant)
        for name in sorted(tests, key=lambda each: -self.kills[each]):
            test, select = tests[name]
            if only not in ("", name):
                continue
            before, after = test.run.split(test.select.strip(), 1)
            try:
                with limited(connection):
                    rows = connection.execute(before + select + after).fetchall()
            except UNWRITABLE as error:
                raise Found("invalid", str(error).splitlines()[0]) from error
            except duckdb.Error as error:
                raise Found("stopped", f"{name} ({type(error).__name__})") from error
            if not as_expected(rows):
                raise Found("killed", name)

    def _differs_on_fixtures(self, mutant: Mutant) -> bool:
        """Tell whether a unit test has another result, maybe where no value is expected."""
        connection = next(iter(self.warehouses.values())).connection
        for test, select in self._unit_tests(mutant).values():
            own = connection.execute(test.select).fetchall()
            try:
                rows = connection.execute(select).fetchall()
            except duckdb.Error:
                # In a column without an expected value, which the unit test did not compute.
                return True
            if sorted(map(repr, rows)) != sorted(map(repr, own)):
                return True
        return False

    def _refresh(self, name: str, selects: dict[str, str], only: str) -> bool:
        """Rebuild what changes in a scenario and run the tests; return whether rows changed."""
        warehouse = self.warehouses[name]
        plan = warehouse.plan
        changed: set[str] = set()
        needed = self._needed(plan, only)
        at = {model: number for number, model in enumerate(plan.models)}
        waiting: dict[str, list[Node]] = {}
        for test in plan.tests.values():
            if only in ("", test.name) and test.parents:
                last = max(test.parents, key=at.__getitem__)
                waiting.setdefault(last, []).append(test)
        for model, node in plan.models.items():
            must = model in selects or changed & set(node.parents)
            if must and model in needed and node.kind != "seed" and not is_last(plan, node):
                self._make(warehouse, node, selects.get(model))
                if not warehouse.same(model, "mutant", "after"):
                    changed.add(model)
                else:
                    # The table has not changed, so nothing downstream needs a rebuild.
                    warehouse.made.discard(model)
                    warehouse.connection.execute(f"drop table {warehouse.table(model, 'mutant')}")
            tests = [
                test
                for test in waiting.get(model, [])
                if changed & set(test.parents) or test.name in selects
            ]
            for test in sorted(tests, key=lambda each: -self.kills[each.name]):
                self._ask(warehouse, test, selects.get(test.name))
        for oracle in self.oracles[name]:
            if oracle.models & changed and only in ("", oracle.name):
                try:
                    oracle.check(warehouse.connection)
                except Exception as error:
                    raise Found("killed", oracle.name) from error
        return bool(changed)

    def _needed(self, plan: Plan, only: str) -> set[str]:
        """Find the models to rebuild: all, or those that the only test reads."""
        if only in plan.tests:
            return set(plan.tests[only].ancestors)
        return set(plan.models)

    def _make(self, warehouse: Warehouse, node: Node, select: str | None) -> None:
        try:
            with limited(warehouse.connection):
                # dbt compares types before it creates the table: an insert would cast the values.
                if select is not None and node.is_contract:
                    types = warehouse.types(node, select)
                    if types != warehouse.own_types(node):
                        raise Found("stopped", f"contract of {node.name}")
                warehouse.make(node, select)
        except Found:
            raise
        except UNWRITABLE as error:
            status = "stopped" if select is None else "invalid"
            raise Found(status, f"{node.name}: {str(error).splitlines()[0]}") from error
        except Exception as error:
            raise Found("stopped", f"{node.name} ({type(error).__name__})") from error

    def _ask(self, warehouse: Warehouse, test: Node, select: str | None) -> None:
        run = test.run
        if select is not None:
            before, after = run.split(test.select.strip(), 1)
            run = before + select + after
        try:
            with limited(warehouse.connection):
                row = warehouse.connection.execute(warehouse.placed(run, test)).fetchone()
        except UNWRITABLE as error:
            raise Found("stopped", f"{test.name} ({type(error).__name__})") from error
        except duckdb.Error as error:
            # A test may fail its query with its sentence.
            raise Found("killed", test.name) from error
        if row[2]:
            raise Found("killed", test.name)


def in_each_model(mutant: Mutant) -> list[Mutant]:
    """Write a mutant as each of its models has it."""
    return [mutant._replace(model=each, others=()) for each in (mutant.model, *mutant.others)]


def is_last(plan: Plan, node: Node) -> bool:
    """Return whether this is a Python model that no model reads: it writes files, not a table."""
    return node.kind == "python" and not any(
        node.name in each.parents for each in plan.models.values()
    )


def as_expected(rows: list[tuple]) -> bool:
    """Compare the rows of a unit test; the last column says which are expected."""
    sides: dict[str, list[str]] = {"actual": [], "expected": []}
    for *values, side in rows:
        sides[side].append(repr(values))
    return sorted(sides["actual"]) == sorted(sides["expected"])


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection):
    """Stop a query that computes too long."""
    end = time.process_time() + SECONDS
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.wait(1):
            if time.process_time() > end:
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_done.set()
        watcher.join()


def oracles() -> list[Oracle]:
    """Read the oracles of the Python tests."""
    found = []
    if ORACLES.exists():
        sys.path.insert(0, str(ORACLES.parent))
        specification = importlib.util.spec_from_file_location("oracles", ORACLES)
        module = importlib.util.module_from_spec(specification)
        sys.modules["oracles"] = module
        specification.loader.exec_module(module)
        found = [
            Oracle(f"oracle {name}", frozenset(models), check)
            for name, models, check in module.ORACLES
        ]
    return found


def sound(warehouse: Warehouse, checks: Iterable[Oracle]) -> list[Oracle]:
    """Keep the oracles that pass in a scenario without a mutant."""
    kept = []
    for oracle in checks:
        try:
            oracle.check(warehouse.connection)
        except Exception as error:
            print(f"{oracle.name} fails without a mutant: {error!r}"[:200], file=sys.stderr)
        else:
            kept.append(oracle)
    return kept

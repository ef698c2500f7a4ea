"""Scenarios: refreshes built by dbt and kept, so they can be repeated without it.

A scenario is a folder with `earlier.duckdb` (the warehouse before the refresh), `after.duckdb`
(the tables of the refresh, from this module's own run of dbt's SQL) and `plan.json` (that SQL).
"""

import csv
import json
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb
from harness import Project

from mutation import sql_mutants

SEED = "raw_transactions.csv"


@dataclass(frozen=True)
class Scenario:
    """Refreshes of the bundled data; the last one is the one under test."""

    refreshes: tuple[dict, ...]  # the variables of each
    unfinished: dict | None = None  # those of an uncompleted refresh before the last one
    is_eventful: bool = False  # whether the data change before the last one, see `eventful_seeds`


# The default date is 2025-07-01, the day after the bundled data. On it, a model that is one month
# old is kept, and one that is four months old is refitted.
SCENARIOS = {
    "first": Scenario(({},)),
    "later": Scenario(
        ({"snapshot_date": "2025-06-01", "control_share": 0.4}, {"control_share": 0.4})
    ),
    "refit": Scenario(({"snapshot_date": "2025-03-01"}, {})),
    "late": Scenario(({}, {"snapshot_date": "2025-06-01"})),
    "eventful": Scenario(({"snapshot_date": "2025-06-01"}, {}), is_eventful=True),
    # Oracles that read the tables of the refresh before do not hold here: those are unfinished.
    "unfinished": Scenario(
        ({"snapshot_date": "2025-06-01"}, {}),
        unfinished={"snapshot_date": "2025-06-15", "refit": True},
    ),
}


def eventful_seeds(folder: Path) -> None:
    """Change seeds: correct, add, delete and break lines, merge ids, override segments.

    Parameters
    ----------
    folder : Path
        The seeds of a copy of the project.
    """
    with (folder / SEED).open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    at = {name: number for number, name in enumerate(header)}
    customers = sorted({line[at["customer_id"]] for line in lines} - {""})
    gone, merged, others = customers[5::200], customers[7::150], customers[9::90]
    kept = [line for line in lines if line[at["customer_id"]] not in gone]
    faults = {
        "amount": ["n/a", "", "0", "1e300"],
        "purchased_at": ["31/13/2025", "", "1850-01-01"],
        "transaction_id": [" "],
    }
    texts = [(name, text) for name, each in faults.items() for text in each]
    for number, line in enumerate(kept[11::700]):
        name, text = texts[number % len(texts)]
        line[at[name]] = text
    for line in kept[13::900]:
        line[at["amount"]] = "12.34"
    new = {"transaction_id": "new", "customer_id": "new customer", "product_id": "new product"}
    for date, amount in (("2025-06-28", "25"), ("2025-06-30", "-5"), ("2025-07-04", "7")):
        values = {**new, "purchased_at": f"{date} 10:00:00", "amount": amount}
        kept.append([values.get(name, "") for name in header])
    overrides = [(customer, "1", "", "") for customer in others[:4]]
    overrides += [(others[4], "2", "", "2025-01-31"), (others[5], "1", "2026-01-01", "")]
    overrides += [(others[6], "2", "2025-02-01", ""), (others[6], "1", "2025-01-01", "")]
    overrides += [("nobody", "1", "", ""), (others[7], "no such segment", "", "")]
    tables = {
        SEED: [header, *kept],
        "customer_merges.csv": [
            ("from_customer_id", "into_customer_id"),
            *zip(merged[::2], merged[1::2], strict=False),
        ],
        "segment_overrides.csv": [
            ("customer_id", "segment", "reason", "valid_from", "valid_until"),
            *((customer, segment, "asked", *dates) for customer, segment, *dates in overrides),
        ],
    }
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


@dataclass
class Node:
    """A model, seed or test of the project, and the SQL dbt ran for it."""

    name: str
    kind: str  # table, incremental, python, seed, test or unit_test
    relation: str  # "database"."schema"."name", empty for a test
    parents: list[str]  # models and seeds it reads by ref, with ephemeral ones resolved
    ancestors: list[str]
    select: str  # as compiled; the code of a Python model
    run: str  # as dbt ran it, if that is more than creating a table from the select
    unique_key: str | None = None
    is_contract: bool = False
    raw: str = ""
    file: str = ""


@dataclass
class Plan:
    """The nodes that a refresh runs."""

    models: dict[str, Node]  # seeds first, then every node after the ones it reads
    tests: dict[str, Node]
    unit_tests: dict[str, Node]
    ephemeral: dict[str, Node]
    volatile: dict[str, list[str]] = field(default_factory=dict)  # columns with the time of day

    @classmethod
    def read(cls, folder: Path) -> "Plan":
        """Read the plan of a scenario."""
        text = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        groups = ("models", "tests", "unit_tests", "ephemeral")
        nodes = {
            group: {name: Node(**node) for name, node in text[group].items()} for group in groups
        }
        return cls(**nodes, volatile=text["volatile"])

    def write(self, folder: Path) -> None:
        """Write the plan of a scenario."""
        (folder / "plan.json").write_text(json.dumps(asdict(self)), encoding="utf-8")


def build(folder: Path, scenario: Scenario, unit_tests: bool) -> None:
    """Build the refreshes of a scenario with dbt; keep the warehouse from before the last.

    Raises
    ------
    RuntimeError
        If a build fails.
    """
    project = Project(folder)
    *before, last = scenario.refreshes
    for variables in before:
        succeed(project, variables)
    if scenario.unfinished is not None:
        # It runs no tests and so completes no refresh.
        project("run", scenario.unfinished)
    if before:
        shutil.copy(project.warehouse, folder / "earlier.duckdb")
    if scenario.is_eventful:
        project = project.edited({})
        eventful_seeds(project.root / "seeds")
    succeed(project, last, unit_tests)


def succeed(project: Project, variables: dict, unit_tests: bool = False) -> None:
    """Build a project, which must not fail."""
    build = project(vars=variables, unit_tests=unit_tests)
    if build.exit_code:
        raise RuntimeError(f"The project as it is does not build: {build.failed or build.output}")


def read_plan(folder: Path) -> Plan:
    """Read what dbt ran last from its target.

    Parameters
    ----------
    folder : Path
        As `build` left it.

    Returns
    -------
    Plan
    """
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    nodes = manifest["nodes"]
    ephemeral = {
        key for key, node in nodes.items() if node["config"]["materialized"] == "ephemeral"
    }

    def parents(key: str) -> list[str]:
        found = []
        for parent in nodes[key].get("depends_on", {}).get("nodes", []):
            found += parents(parent) if parent in ephemeral else [parent]
        return sorted(set(found) & set(nodes))

    def ancestors(key: str, known: dict[str, set[str]]) -> set[str]:
        if key not in known:
            known[key] = set()
            for parent in parents(key):
                known[key] |= {parent} | ancestors(parent, known)
        return known[key]

    known: dict[str, set[str]] = {}

    def node(key: str) -> Node:
        dbt = nodes[key]
        kind = dbt["resource_type"]
        if kind == "model":
            is_python = dbt["language"] == "python"
            is_incremental = dbt["config"]["materialized"] == "incremental"
            kind = "python" if is_python else "incremental" if is_incremental else "table"
        run = ""
        if dbt.get("build_path") and kind != "seed":
            run = Path(dbt["build_path"]).read_text(encoding="utf-8")
        return Node(
            name=dbt["name"],
            kind=kind,
            relation=dbt.get("relation_name") or "",
            parents=[nodes[each]["name"] for each in parents(key)],
            ancestors=sorted(nodes[each]["name"] for each in ancestors(key, known)),
            select=dbt.get("compiled_code") or "",
            run=run,
            unique_key=dbt["config"].get("unique_key"),
            is_contract=bool(dbt["config"].get("contract", {}).get("enforced")),
            raw=dbt.get("raw_code") or "",
            file=dbt["original_file_path"],
        )

    order: list[str] = []
    for key, each in sorted(nodes.items()):
        if each["resource_type"] in ("model", "seed") and key not in ephemeral:
            ancestors(key, known)
    remaining = {key for key in known if nodes[key]["resource_type"] in ("model", "seed")}
    while remaining:
        ready = sorted(key for key in remaining if not set(parents(key)) & remaining)
        order += ready
        remaining -= set(ready)
    order.sort(key=lambda key: nodes[key]["resource_type"] != "seed")
    unit_tests = {}
    for result in results["results"]:
        key = result["unique_id"]
        if key in manifest["unit_tests"]:
            test = manifest["unit_tests"][key]
            path = folder / "target" / "run" / test["package_name"] / test["original_file_path"]
            run = next(path.rglob(f"{test['name']}.sql")).read_text(encoding="utf-8")
            unit_tests[f"{test['model']}.{test['name']}"] = Node(
                test["name"], "unit_test", "", [test["model"]], [], result["compiled_code"], run
            )
    return Plan(
        models={nodes[key]["name"]: node(key) for key in order},
        tests={
            each["name"]: node(key)
            for key, each in sorted(nodes.items())
            if each["resource_type"] == "test" and each["config"]["severity"].lower() == "error"
        },
        unit_tests=unit_tests,
        ephemeral={nodes[key]["name"]: node(key) for key in sorted(ephemeral)},
    )


class Warehouse:
    """A refresh repeated in DuckDB: `earlier` has the tables before it, `after` those after it.

    New tables go to the catalog `mutant`, and take precedence over those in `after`.

    Parameters
    ----------
    folder : Path
        The folder of a scenario.
    target : str, optional
        The file of `mutant`.
    """

    def __init__(self, folder: Path, target: str = ":memory:"):
        self.plan = Plan.read(folder)
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        # Far from UTC: days must not depend on the time zone of the session.
        self.connection.execute("set timezone = 'Pacific/Kiritimati'")
        for name in ("after", "earlier"):
            file = folder / f"{name}.duckdb"
            if file.exists():
                self.connection.execute(f"attach '{file}' as {name} (read_only)")
        self.connection.execute(f"attach '{target}' as mutant")
        relations = {node.relation: node.name for node in self.plan.models.values()}
        self.catalog = next(iter(relations)).split(".")[0]
        schemas = sorted({relation.split(".")[1] for relation in relations})
        for schema in schemas:
            self.connection.execute(f"create schema if not exists mutant.{schema}")
        catalogs = ["mutant", "after"] if (folder / "after.duckdb").exists() else ["mutant"]
        path = [f"{catalog}.{schema}" for catalog in catalogs for schema in schemas]
        self.connection.execute("set search_path = '" + ",".join(path).replace('"', "") + "'")
        names = sorted(relations, key=len, reverse=True)
        self._relation = re.compile("|".join(map(re.escape, names)))
        self._name = relations
        self.made: set[str] = set()
        self._fingerprints: dict[str, object] = {}
        self._types: dict[str, list] = {}

    def placed(self, sql: str, node: Node) -> str:
        """Qualify each table in the SQL of a node with its catalog.

        The parents of the node come from this refresh; any other table is read as it was before
        this refresh.
        """
        known = set(node.ancestors)

        def place(match: re.Match) -> str:
            name = self._name[match.group()]
            catalog = self.where(name) if name in known else "earlier"
            return catalog + match.group()[len(self.catalog) :]

        return self._relation.sub(place, sql)

    def where(self, name: str) -> str:
        """Return the catalog that has the newest table of a model."""
        return "mutant" if name in self.made else "after"

    def table(self, name: str, catalog: str) -> str:
        """Return the name of the table of a model in a catalog."""
        return catalog + self.plan.models[name].relation[len(self.catalog) :]

    def make(self, node: Node, select: str | None = None) -> None:
        """Create the table of a model, from its own select or a given one."""
        table = self.table(node.name, "mutant")
        if node.kind == "python":
            self._make_by_python(node, table)
        else:
            select = self.placed(select or node.select, node)
            adds = node.kind == "incremental" and "create " not in node.run.lower()
            if adds:
                self._add(node, table, select)
            elif node.is_contract:
                self._make_by_contract(node, table, select)
            else:
                self.connection.execute(f"create or replace table {table} as (\n{select}\n)")
        self.made.add(node.name)

    def _make_by_contract(self, node: Node, table: str, select: str) -> None:
        before, after = node.run.split(node.select.strip(), 1)
        for word in sorted(set(re.findall(r'"[^"\s]+"\."[^"\s]+"\."[^"\s]+"', before)), key=len):
            before = before.replace(word, table)
        before = before.replace("create  table", "create or replace table")
        self.connection.execute(before + select + after)

    def _add(self, node: Node, table: str, select: str) -> None:
        """Replace and add rows with the statements that dbt ran after the select."""
        earlier = self.table(node.name, "earlier")
        self.connection.execute(f"create or replace table {table} as from {earlier}")
        run = node.run
        word = next(
            each
            for each in re.findall(r'(?:"[^"\s]+"\.)*"[^"\s]+"', run)
            if "__dbt_tmp" in each and node.name in each
        )
        self.connection.execute(f'create or replace temp table "added" as (\n{select}\n)')
        run = run.replace(word, "temp.main.added").replace(node.relation, table)
        self.connection.execute(self.placed(run, node))

    def _make_by_python(self, node: Node, table: str) -> None:
        namespace: dict = {}
        exec(compile(node.run, node.file, "exec"), namespace)

        def load(relation: str):
            return self.connection.sql(f"from {self.placed(relation, node)}")

        frame = namespace["model"](namespace["dbtObj"](load), None)
        self.connection.register("added_rows", frame)
        key = node.unique_key
        if self.connection.execute(
            "select count(*) from duckdb_tables() where database_name = 'earlier'"
            f" and table_name = '{node.name}'"
        ).fetchone()[0]:
            earlier = self.table(node.name, "earlier")
            self.connection.execute(
                f"create or replace table {table} as from {earlier}"
                f" where {key} not in (select {key} from added_rows)"
            )
            self.connection.execute(f"insert into {table} by name from added_rows")
        else:
            self.connection.execute(f"create or replace table {table} as from added_rows")
        self.connection.unregister("added_rows")

    def forget(self) -> None:
        """Drop the tables made here, so those in `after` are used again."""
        for name in self.made:
            self.connection.execute(f"drop table if exists {self.table(name, 'mutant')}")
        self.made.clear()

    def fingerprint(self, name: str, catalog: str) -> object:
        """Return a value that is the same for the same columns and rows, in any order.

        Floats that agree to seven digits count as equal, because their last bits depend on the
        order of addition.
        """
        if catalog == "after" and name in self._fingerprints:
            return self._fingerprints[name]
        table = self.table(name, catalog)
        types = self.connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = $1"
            " and table_name = $2 order by column_index",
            [catalog, name],
        ).fetchall()
        columns = [
            f'cast("{column}" as float)' if kind == "DOUBLE" else f'"{column}"'
            for column, kind in types
            if column not in self.plan.volatile.get(name, [])
        ]
        value = self.connection.execute(
            f"select count(*), sum(hash(row({', '.join(columns)}))) from {table}"
        ).fetchone()
        value = (tuple(types), value)
        if catalog == "after":
            self._fingerprints[name] = value
        return value

    def same(self, name: str, catalog: str, other: str) -> bool:
        """Return whether the table of a model has the same rows in two catalogs."""
        return self.fingerprint(name, catalog) == self.fingerprint(name, other)

    def types(self, node: Node, select: str) -> list:
        """Return the names and types of the columns of a select."""
        rows = self.connection.execute(f"describe {self.placed(select, node)}").fetchall()
        return [row[:2] for row in rows]

    def own_types(self, node: Node) -> list:
        """Return the columns of the unchanged select of a model."""
        if node.name not in self._types:
            self._types[node.name] = self.types(node, node.select)
        return self._types[node.name]


def prepare(
    folder: Path, name: str, unit_tests: bool = False, built: Path | None = None
) -> list[str]:
    """Make the folder of a scenario.

    Parameters
    ----------
    folder : Path
        Must not exist yet.
    name : str
        One of `SCENARIOS`.
    unit_tests : bool
        Whether their SQL is kept too; it is the same in all scenarios.
    built : Path, optional
        The folder of a build by dbt with `warehouse.duckdb` and `target`, if there is one already.

    Returns
    -------
    list of str
        Models whose SQL, written by sqlglot and run here, gives different rows than dbt's run.
    """
    if built is None:
        build(folder, SCENARIOS[name], unit_tests)
    folder.mkdir(parents=True, exist_ok=True)
    plan = read_plan(built or folder)
    plan.write(folder)
    warehouse = Warehouse(folder, str(folder / "baseline.duckdb"))
    connection = warehouse.connection
    connection.execute(f"attach '{(built or folder) / 'warehouse.duckdb'}' as dbt (read_only)")
    there = "select table_name from duckdb_tables() where database_name = 'dbt'"
    tables = {table for (table,) in connection.execute(there).fetchall()}
    differing = []
    for node in plan.models.values():
        if node.kind in ("seed", "python"):
            if node.name in tables:
                table, by_dbt = (warehouse.table(node.name, each) for each in ("mutant", "dbt"))
                connection.execute(f"create table {table} as from {by_dbt}")
            warehouse.made.add(node.name)
            continue
        warehouse.make(node, sql_mutants.written(sql_mutants.parse(node.select)))
        if not warehouse.same(node.name, "mutant", "dbt"):
            volatile = [
                name for name, kind in warehouse.own_types(node) if kind.startswith("TIMESTAMP")
            ]
            plan.volatile[node.name] = warehouse.plan.volatile[node.name] = volatile
            if not warehouse.same(node.name, "mutant", "dbt"):
                differing.append(node.name)
    connection.close()
    plan.write(folder)
    (folder / "baseline.duckdb").rename(folder / "after.duckdb")
    return differing

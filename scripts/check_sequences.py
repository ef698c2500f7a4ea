"""Show that a refresh gives exactly what a full build gives, over random sequences of changes.

    python scripts/check_sequences.py [--sequences 30] [--first 0] [--jobs 2]

A sequence is a small invented shop whose lines come, are late, corrected, delivered again and
deleted, and whose settings change, over several refreshes: even numbers deliver files (.csv,
.csv.gz and .parquet in turn), odd ones a table in the warehouse. Two warehouses see the same: one
is refreshed, the other built with `--full-refresh`, which reads every line and counts every
customer anew and keeps models and history alone. Only the refreshed one also has builds that died
half-way. After every refresh each public table, the kept lines and the totals of customers must be
the same in both, row by row and to the last bit.

Everything random comes from the sequence's number: `--first 7 --sequences 1` repeats number 7.
Exit code 0: all are equal. 1: some are not.
"""

import argparse
import gc
import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from unittest import mock

import duckdb
import pandas as pd
from mutation.scenarios import PROJECT_FILES

ROOT = Path(__file__).resolve().parents[1]
# A shop may be odd enough for these. Any other test that fails is a fault, in both too.
TESTS_OF_THE_INPUT = {"assert_no_input_check_fails", "assert_no_preflight_check_fails"}
FIRST_DAY, LAST_DAY = date(2024, 4, 1), date(2025, 6, 30)
CUSTOMERS, PRODUCTS = 160, 40
COLUMNS = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount", "currency"]
ENDINGS = ("csv", "csv.gz", "parquet")
# Where the columns of a Parquet file or of a table have other types than text. Cents are stored as
# the decimals are, bit by bit.
TYPES = {
    "text": {},
    "decimals": {"product_id": "bigint", "amount": "decimal(18, 2)", "purchased_at": "timestamp"},
    "floats": {"product_id": "double", "amount": "double", "purchased_at": "timestamp"},
    "cents": {"product_id": "bigint", "amount": "bigint", "purchased_at": "timestamp"},
}
# Merges of this shop are a table of its own beside the empty seed of the project.
MERGES = {"models/shop_merges.sql": "select * from shop.merges\n"}
# Refused lines, half of the lines gone, a snapshot date long past: all of it is meant.
CHECKS = (
    "refused_share",
    "lines_to_date_ratio",
    "lines_in_window_ratio",
    "new_customer_share",
    "days_since_last_purchase",
    "days_gone_back",
    "longest_recent_gap_days",
)
SETTINGS = {
    "published_file": None,
    "segment_count": 3,
    "refit_after_days": None,
    "check_limits": {name: {"warn": None, "fail": None} for name in CHECKS},
}
# How far a build got that died: what it had built by then.
DEATHS = (
    "int_source_parts int_removed_customers",
    "int_source_parts int_removed_customers int_transaction_lines",
    "int_source_parts int_removed_customers int_transaction_lines int_refused_lines",
    "+int_refreshes",
    "+int_touched_customers",
    "+int_customer_totals",
)
NO_TESTS = ("--exclude-resource-type", "unit_test", "test")
# Beside the public tables: name -> its comparable rows.
INTERNAL = {
    "int_transaction_lines": "select * exclude (part_key, refresh_number)"
    " from {0}.int_transaction_lines",
    "int_customer_totals": "select * exclude (refresh_number) from {0}.int_customer_totals"
    " where frequency > 0",
}


def public_tables() -> list[str]:
    """Return the tables that this project promises, in the order it publishes them."""
    text = (ROOT / "python_models" / "published_tables.py").read_text(encoding="utf-8")
    return re.findall(r'^ {8}"(\w+)": \(dbt\.ref', text, flags=re.MULTILINE)


def make_project(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Copy the dbt project to a folder, with other or more files, and return the folder."""
    folder.mkdir(parents=True)
    for name in PROJECT_FILES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    for name, text in {**MERGES, **(files or {})}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def invented_lines(chance: random.Random, currencies: list[str]) -> pd.DataFrame:
    """Return the lines of a shop as text: some buy often, some seldom, some lines are faulty."""
    rows, days = [], (LAST_DAY - FIRST_DAY).days
    for number in range(CUSTOMERS):
        # Ids with zeros in front and with a space in them are ids like others.
        customer = f"{number:05}" if number % 3 else f"shop {number}"
        visits = chance.choice([1, 1, 2, 3, 5, 9, 16])
        spend = chance.choice([500, 2000, 9000])
        for visit in range(visits):
            day = FIRST_DAY + timedelta(days=days - int(days * chance.random() ** 1.7))
            rows += lines_of(chance, f"T{number}-{visit}", customer, day, spend, currencies)
    lines = pd.DataFrame(rows, columns=COLUMNS)
    for fault in FAULTS:
        place = chance.sample(range(len(lines)), len(lines) // 150)
        lines.iloc[place] = fault(lines.iloc[place])
    return lines


def lines_of(
    chance: random.Random,
    transaction: str,
    customer: str,
    day: date,
    spend: int,
    currencies: list[str],
) -> list[tuple]:
    """Return the rows of one transaction."""
    at = f"{day} {chance.randrange(24):02}:{chance.randrange(60):02}:00"
    return [
        (
            transaction,
            customer,
            str(100 + chance.randrange(PRODUCTS)),
            at,
            f"{chance.randint(spend // 4, 2 * spend) / 100:.2f}",
            chance.choice(currencies),
        )
        for _ in range(chance.randint(1, 4))
    ]


# What makes lines unusable, each in its own way.
FAULTS: tuple[Callable[[pd.DataFrame], pd.DataFrame], ...] = (
    lambda lines: lines.assign(amount="unknown"),
    lambda lines: lines.assign(amount="0.00"),
    lambda lines: lines.assign(purchased_at="some day"),
    lambda lines: lines.assign(purchased_at="2999-01-01 00:00:00"),
    lambda lines: lines.assign(customer_id=""),
    lambda lines: lines.assign(transaction_id=None),
)


@dataclass
class Part:
    """A file with its lines, or all lines of the table."""

    lines: pd.DataFrame
    types: str = "text"
    delimiter: str = ","
    is_delivered: bool = False


@dataclass
class Shop:
    """The source of a sequence and the settings, and how they change."""

    chance: random.Random
    ending: str | None
    parts: dict[str, Part] = field(default_factory=dict)
    merges: list[tuple[str, str]] = field(default_factory=list)
    variables: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    number: int = 0
    gone: dict[str, Part] = field(default_factory=dict)
    # Files are as old as the machine says; these are from before it was started.
    clock: int = 1_700_000_000

    def __post_init__(self):
        """Invent the lines, and put them into files or a table."""
        self.currencies = self.chance.choice([["EUR", "EUR", "USD", "chf"], ["EUR"]])
        lines = invented_lines(self.chance, self.currencies)
        if self.ending is None:
            self.parts["table"] = Part(lines, self.chance.choice(["text", "decimals"]))
            return
        ends = [f"2024-{month:02}" for month in (7, 9, 11, 12)] + ["2025-02", "2025-04", "2025-05"]
        month = lines["purchased_at"].str[:7]
        for start, end in zip(["", *ends], [*ends, "~"], strict=True):
            self.parts[self.new_name()] = Part(lines[(month > start) & (month <= end)])

    # Names, and choices

    def new_name(self) -> str:
        """Return a name no file had yet."""
        self.number += 1
        # A name is text: it may have a quote in it.
        return f"day's lines {self.number:03}.{self.ending}"

    def some_part(self) -> Part:
        """Return a part that is about to change."""
        part = self.parts[self.chance.choice(sorted(self.parts))]
        part.is_delivered = False
        return part

    def some_rows(self, part: Part, most: int = 25) -> list[int]:
        """Return the places of some of its rows."""
        count = min(len(part.lines), self.chance.randint(1, most))
        return self.chance.sample(range(len(part.lines)), count)

    def all_lines(self) -> pd.DataFrame:
        """Return the lines of all parts."""
        return pd.concat([part.lines for _, part in sorted(self.parts.items())])

    def some_customers(self, count: int) -> list[str]:
        """Return the ids of some customers with lines."""
        ids = sorted(set(self.all_lines()["customer_id"].dropna()) - {""})
        return self.chance.sample(ids, min(count, len(ids)))

    def some_day(self, first: date, last: date) -> date:
        """Return a day between two, both included."""
        return first + timedelta(days=self.chance.randint(0, (last - first).days))

    def add(self, lines: pd.DataFrame) -> None:
        """Deliver lines as a new file, or as new rows."""
        if self.ending is None:
            part = self.some_part()
            part.lines = pd.concat([part.lines, lines], ignore_index=True)
        else:
            self.parts[self.new_name()] = Part(lines)

    def new_lines(self, first: date, last: date) -> pd.DataFrame:
        """Return lines of customers old and new."""
        rows = []
        customers = self.some_customers(25) + [f"new {self.number}-{n}" for n in range(5)]
        self.number += 1
        for n in range(self.chance.randint(5, 60)):
            day = self.some_day(first, last)
            customer = self.chance.choice(customers)
            name = f"N{self.number}-{n}"
            rows += lines_of(self.chance, name, customer, day, 3000, self.currencies)
        return pd.DataFrame(rows, columns=COLUMNS)

    # Changes of the source

    def append(self):
        """Let the shop go on."""
        self.add(self.new_lines(LAST_DAY, LAST_DAY + timedelta(days=20)))

    def late(self):
        """Let lines of old days come."""
        self.add(self.new_lines(FIRST_DAY - timedelta(days=40), LAST_DAY))

    def correct(self):
        """Put customers, products, dates and amounts of other lines into some."""
        part = self.some_part()
        lines = part.lines.copy()
        for row in self.some_rows(part):
            column = self.chance.choice(["customer_id", "product_id", "purchased_at", "amount"])
            other = self.all_lines()[column].dropna()
            lines.iloc[row, COLUMNS.index(column)] = self.chance.choice(list(other))
        part.lines = lines

    def same_size(self):
        """Put other digits where digits were: a text file keeps its size."""
        part = self.some_part()
        lines = part.lines.copy()
        for row in self.some_rows(part):
            old = lines.iloc[row, 4]
            if re.fullmatch(r"[1-9]\d*[.]\d\d", str(old)):
                lines.iloc[row, 4] = str(10 - int(old[0]))[-1] + old[1:]
        part.lines = lines

    def deliver_again(self):
        """Deliver a file as it is, or the rows in another order."""
        part = self.some_part()
        if self.ending is None:
            order = self.chance.sample(range(len(part.lines)), len(part.lines))
            part.lines = part.lines.iloc[order].reset_index(drop=True)

    def delete_rows(self):
        """Take some rows away."""
        part = self.some_part()
        part.lines = part.lines.drop(part.lines.index[self.some_rows(part, 60)])

    def delete_part(self):
        """Take a file or a month away."""
        if self.ending is not None and len(self.parts) > 3:
            self.parts.pop(self.chance.choice(sorted(self.parts)))
        else:
            part = self.some_part()
            month = self.some_day(FIRST_DAY, LAST_DAY).isoformat()[:7]
            part.lines = part.lines[part.lines["purchased_at"].str[:7] != month]

    def rename(self):
        """Give a file another name; in a table, a customer another id."""
        if self.ending is None:
            (customer,), part = self.some_customers(1), self.some_part()
            ids = part.lines["customer_id"].replace(customer, f"{customer} renamed")
            part.lines = part.lines.assign(customer_id=ids)
        else:
            old = self.chance.choice(sorted(self.parts))
            part = self.parts[self.new_name()] = self.parts.pop(old)
            part.is_delivered = False

    def swap(self):
        """Let two files change their names, or two days of a table their lines."""
        if self.ending is None:
            part = self.some_part()
            one, other = (self.some_day(FIRST_DAY, LAST_DAY).isoformat() for _ in range(2))
            day, time_ = part.lines["purchased_at"].str[:10], part.lines["purchased_at"].str[10:]
            swapped = day.replace({one: other, other: one}) if one != other else day
            part.lines = part.lines.assign(purchased_at=swapped + time_)
        else:
            one, other = self.chance.sample(sorted(self.parts), 2)
            self.parts[one], self.parts[other] = self.parts[other], self.parts[one]
            self.parts[one].is_delivered = self.parts[other].is_delivered = False

    def returns(self):
        """Let customers bring things back."""
        lines = self.all_lines()
        lines = lines.iloc[self.chance.sample(range(len(lines)), min(len(lines), 30))]
        lines = lines[lines["amount"].str.fullmatch(r"[1-9][\d.]*")]
        day = self.some_day(LAST_DAY - timedelta(days=60), LAST_DAY).isoformat()
        self.add(
            lines.assign(
                transaction_id="C" + lines["transaction_id"].fillna("0"),
                amount="-" + lines["amount"],
                purchased_at=f"{day} 12:00:00",
            )
        )

    def spoil(self):
        """Let good lines become unusable."""
        part = self.some_part()
        lines = part.lines.copy()
        rows = self.some_rows(part)
        lines.iloc[rows] = self.chance.choice(FAULTS)(lines.iloc[rows])
        part.lines = lines

    def mend(self):
        """Let unusable lines become good."""
        for part in self.parts.values():
            lines = part.lines
            faulty = lines["amount"].isin(["unknown", "0.00"])
            faulty |= lines["purchased_at"].isin(["some day", "2999-01-01 00:00:00"])
            faulty &= pd.Series([self.chance.random() < 0.7 for _ in lines.index], lines.index)
            if faulty.any():
                part.is_delivered = False
                day = self.some_day(FIRST_DAY, LAST_DAY).isoformat()
                part.lines = lines.assign(
                    amount=lines["amount"].mask(faulty, "7.50"),
                    purchased_at=lines["purchased_at"].mask(faulty, f"{day} 08:00:00"),
                )

    def empty(self):
        """Deliver a file with a header and no line, or empty one; delete a day of a table."""
        if self.ending is None:
            part = self.some_part()
            day = self.chance.choice(sorted(set(part.lines["purchased_at"].str[:10])))
            part.lines = part.lines[part.lines["purchased_at"].str[:10] != day]
        elif self.chance.random() < 0.5:
            part = self.some_part()
            part.lines = part.lines.iloc[:0]
        else:
            self.add(self.all_lines().iloc[:0])

    def copy_lines(self):
        """Deliver lines twice."""
        part = self.some_part()
        self.add(part.lines.iloc[self.some_rows(part, 50)].reset_index(drop=True))

    def lose_customers(self):
        """Take every line of some customers away."""
        gone = self.some_customers(6)
        for part in self.parts.values():
            is_gone = part.lines["customer_id"].isin(gone)
            if is_gone.any():
                part.lines, part.is_delivered = part.lines[~is_gone], False

    def types(self):
        """Write the columns in other types, or a text file with another delimiter."""
        part = self.some_part()
        if self.ending in ("csv", "csv.gz"):
            part.delimiter = self.chance.choice([";", "|", "\t"])
        else:
            part.types = self.chance.choice(sorted(set(TYPES) - {part.types}))

    def floats(self):
        """Write the numbers of one part with fractions."""
        self.some_part().types = "floats"

    def cents(self):
        """Write the amounts of one part in cents."""
        self.some_part().types = "cents"

    # Changes of settings and corrections

    def merge(self):
        """Let more ids, or fewer, be one customer's."""
        if self.merges and self.chance.random() < 0.4:
            self.merges = self.chance.sample(self.merges, len(self.merges) // 2)
        else:
            taken = {customer for pair in self.merges for customer in pair}
            free = [each for each in self.some_customers(8) if each not in taken]
            self.merges = self.merges + list(zip(free[::2], free[1::2], strict=False))
        self.variables["customer_merges"] = "shop_merges"

    def merge_otherwise(self):
        """Turn a merge round, or leave all of them by the other model."""
        if self.merges and self.chance.random() < 0.6:
            (old, new), *others = self.merges
            self.merges = [(new, old), *others]
        elif "customer_merges" in self.variables:
            del self.variables["customer_merges"]
        else:
            self.variables["customer_merges"] = "shop_merges"

    def snapshot(self):
        """See the customers from an earlier or later day."""
        day = self.some_day(date(2025, 1, 15), LAST_DAY + timedelta(days=25))
        self.variables["snapshot_date"] = self.chance.choice([day.isoformat()] * 4 + [None])

    def window(self):
        """Let more or fewer months count."""
        self.variables["observation_months"] = self.chance.choice([3, 5, 6, 9, 12, None])

    def duplicates(self):
        """Refuse copies of a line, or no longer."""
        before = self.variables.get("refuse_duplicate_lines", False)
        self.variables["refuse_duplicate_lines"] = not before

    def bounds(self):
        """Refuse lines before or after a day, or no longer."""
        first, last = date(2024, 10, 1), LAST_DAY + timedelta(days=10)
        name = self.chance.choice(["last_date", "last_date", "first_date"])
        near = last - timedelta(days=90) if name == "last_date" else first
        day = self.some_day(near, near + timedelta(days=90)).isoformat()
        self.variables[name] = None if self.variables.get(name) else day

    def currency(self):
        """Read currencies with other rates, or no longer."""
        if "currency" not in self.columns:
            self.columns["currency"] = "currency"
            if len(self.currencies) == 1:
                # Of one kind, they need no rates.
                return
            rates = {"USD": 0.9} if self.chance.random() < 0.5 else {"USD": 0.9, "CHF": 1.05}
            self.variables["currency"] = "EUR"
            self.variables["currency_rates"] = rates
        elif "currency" in self.variables and self.chance.random() < 0.5:
            self.variables["currency_rates"] = {"USD": self.chance.choice([0.85, 0.95])}
        else:
            for settings in (self.columns, self.variables):
                settings.pop("currency", None)
            self.variables.pop("currency_rates", None)

    def reading(self):
        """Read amounts in another way."""
        if self.chance.random() < 0.5:
            before = self.variables.get("decimal_separator")
            self.variables["decimal_separator"] = None if before else "."
        else:
            factor = self.chance.choice(["", " * 2", " * 0.5", " * -1 * -1"])
            self.columns["amount"] = f"amount{factor}"

    def nothing(self):
        """Leave all as it is."""

    def lose_purchases(self):
        """Lose every line but returns, until the next change."""
        self.gone = dict(self.parts)
        for name, part in self.parts.items():
            is_return = part.lines["amount"].fillna("").str.startswith("-")
            self.parts[name] = replace(part, lines=part.lines[is_return], is_delivered=False)

    def change(self, names: list[str] | None = None) -> None:
        """Let the named things happen, or one to four of chance."""
        for name, part in self.gone.items():
            self.parts[name] = replace(part, is_delivered=False)
        self.gone = {}
        if names is None:
            count = self.chance.choice([1, 1, 2, 2, 3, 4])
            names = self.chance.choices(list(CHANGES), list(CHANGES.values()), k=count)
        for name in names:
            getattr(self, name)()
            self.changes.append(name)
            if self.gone:
                break

    # What dbt sees of it

    def settings(self, folder: Path) -> dict:
        """Return the variables of a build."""
        source = "shop.lines" if self.ending is None else f"{folder}/incoming/*.{self.ending}"
        return {
            **SETTINGS,
            **self.variables,
            "transactions": source,
            "transaction_columns": self.columns,
        }

    def deliver(self, folder: Path, warehouses: list[Path]) -> None:
        """Write the files that changed, or the table into each warehouse, and the merges."""
        for warehouse in warehouses:
            with duckdb.connect(str(warehouse)) as connection:
                merges = pd.DataFrame(
                    self.merges, columns=["from_customer_id", "into_customer_id"], dtype="str"
                )
                connection.register("merges", merges)
                connection.execute("create schema if not exists shop")
                connection.execute(
                    "create or replace table shop.merges as select from_customer_id::varchar as"
                    " from_customer_id, into_customer_id::varchar as into_customer_id from merges"
                )
                if self.ending is None:
                    (part,) = self.parts.values()
                    rows = typed(connection, part)
                    connection.execute(f"create or replace table shop.lines as {rows}")
        if self.ending is not None:
            self.deliver_files(folder / "incoming")

    def deliver_files(self, folder: Path) -> None:
        """Write the files that changed; the others stay untouched."""
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if path.name not in self.parts:
                path.unlink()
        for name, part in self.parts.items():
            if part.is_delivered:
                continue
            path = folder / name
            if self.ending == "parquet":
                with duckdb.connect() as connection:
                    target = str(path).replace("'", "''")
                    rows = typed(connection, part)
                    connection.execute(f"copy ({rows}) to '{target}' (format parquet)")
            else:
                # The time of change is not in the .gz file: only what differs shall.
                packing = {"method": "gzip", "mtime": 1} if path.suffix == ".gz" else None
                part.lines.to_csv(path, index=False, sep=part.delimiter, compression=packing)
            # A second later than any before, or now: then it may still change unnoticed.
            if self.chance.random() < 0.8:
                self.clock += 1
                os.utime(path, (self.clock, self.clock))
            part.is_delivered = True


def typed(connection, part: Part) -> str:
    """Return SQL for the lines of a part in its types; what does not fit them is null."""
    connection.register("part_lines", part.lines.astype("str"))
    columns = []
    for name in COLUMNS:
        kind = TYPES[part.types].get(name, "varchar")
        value = f"cast({name} as varchar)"
        if (part.types, name) == ("cents", "amount"):
            value = f"100 * try_cast({value} as decimal(18, 2))"
        columns.append(f"try_cast({value} as {kind}) as {name}")
    return f"select {', '.join(columns)} from part_lines"


# What can happen -> how often, compared with others.
CHANGES = {
    "append": 4,
    "late": 3,
    "correct": 4,
    "same_size": 2,
    "deliver_again": 2,
    "delete_rows": 3,
    "delete_part": 2,
    "rename": 2,
    "swap": 2,
    "returns": 3,
    "spoil": 2,
    "mend": 2,
    "empty": 2,
    "copy_lines": 2,
    "lose_customers": 2,
    "types": 3,
    "merge": 4,
    "merge_otherwise": 2,
    "snapshot": 7,
    "window": 2,
    "duplicates": 2,
    "bounds": 2,
    "currency": 2,
    "reading": 2,
    "lose_purchases": 1,
    "nothing": 1,
}


@dataclass(frozen=True)
class Build:
    """How a dbt command ended."""

    passed: bool
    failed: tuple[str, ...]
    messages: str


def run_dbt(project: Path, folder: Path, variables: dict, *arguments: str) -> Build:
    """Run dbt on the warehouse in a folder.

    One place for all warehouses, into which they are moved: dbt then parses once for all.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    command = [*arguments, "--vars", json.dumps(variables), "--project-dir", str(project)]
    command += ["--profiles-dir", str(project), "--target-path", str(folder / "target")]
    command += ["--log-path", str(folder / "logs")]
    command += ["--log-level", "none", "--log-level-file", "none"]
    path = str(folder / "warehouse.duckdb")
    with mock.patch.dict(os.environ, SEGMENTATION_WAREHOUSE=path):
        result = dbtRunner().invoke(command)
    # dbt-duckdb keeps the warehouse open for the life of the process.
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()
    del environment
    gc.collect()
    results = result.result.results if hasattr(result.result, "results") else []
    bad = [each for each in results if each.status in ("error", "fail")]
    messages = [f"{each.node.name}: {each.message}" for each in bad]
    if result.exception is not None:
        messages.append(str(result.exception))
    return Build(
        bool(result.success), tuple(sorted(each.node.name for each in bad)), "\n".join(messages)
    )


class Pair:
    """Two warehouses of one sequence, of which the first is refreshed and the other built anew."""

    def __init__(self, project: Path, folder: Path):
        self.project, self.folder = project, folder
        self.refreshed, self.full = folder / "refreshed.duckdb", folder / "full.duckdb"
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, warehouse: Path, variables: dict, *arguments: str) -> Build:
        """Run dbt on one of them."""
        place = self.folder / "warehouse.duckdb"
        warehouse.rename(place)
        try:
            return run_dbt(self.project, self.folder, variables, *arguments)
        finally:
            place.rename(warehouse)

    def build(self, warehouse: Path, variables: dict, *arguments: str) -> Build:
        """Run a whole `dbt build`."""
        return self.run(
            warehouse, variables, "build", "--exclude-resource-type", "unit_test", *arguments
        )

    def differences(self) -> list[str]:
        """Compare every public table, the kept lines and the totals of customers."""
        found = []
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.refreshed}' as refreshed (read_only)")
            connection.execute(f"attach '{self.full}' as expected (read_only)")
            queries = {name: f"select * from {{0}}.{name}" for name in public_tables()}
            for name, query in {**queries, **INTERNAL}.items():
                try:
                    found += different_rows(
                        connection, name, query.format("refreshed"), query.format("expected")
                    )
                except duckdb.CatalogException as error:
                    found.append(f"{name}: {str(error).splitlines()[0]}")
        return found


def different_rows(connection, name: str, refreshed: str, expected: str) -> list[str]:
    """Say how many rows of a query the other has not, and show the first of them."""
    found = []
    if connection.sql(refreshed).types != connection.sql(expected).types:
        found.append(f"{name}: other types")
    for label, one, other in (
        ("only in the refreshed", refreshed, expected),
        ("only in the full build", expected, refreshed),
    ):
        rows = connection.execute(
            f"with one as ({one}), other as ({other}) from one except all from other order by all"
        ).fetchall()
        if rows:
            found.append(f"{name}: {len(rows)} rows {label}, such as {rows[0]}")
    return found


@dataclass
class Outcome:
    """What a sequence came to."""

    number: int
    changes: list[str]
    builds: int = 0
    failed_alike: int = 0
    deaths: int = 0
    problem: str = ""
    seconds: float = 0


def run_sequence(
    project: Path, workplace: Path, number: int, script: list[list[str]] | None = None
) -> Outcome:
    """Run one sequence, up to its first difference.

    Parameters
    ----------
    project : Path
        As `make_project` makes it.
    workplace : Path
        An empty folder for it is made there.
    number : int
        What is random in it comes from here; even ones deliver files, odd ones a table.
    script : list of list of str, optional
        What changes before each refresh, in place of chance: names of methods of `Shop`, or "died"
        for a build that dies after them. The first refresh is a build from nothing; 3 to 5 by
        default.

    Returns
    -------
    Outcome
    """
    started = time.monotonic()
    chance = random.Random(number)
    ending = ENDINGS[number // 2 % len(ENDINGS)] if number % 2 == 0 else None
    shop = Shop(chance, ending)
    pair = Pair(project, workplace / f"sequence-{number}")
    outcome = Outcome(number, shop.changes)
    count = len(script) if script else chance.randint(3, 5)
    for step in range(1, count + 1):
        names = None if script is None else [each for each in script[step - 1] if each != "died"]
        dies = chance.random() < (0.2 if step == 1 else 0.35)
        if script is not None:
            dies = "died" in script[step - 1]
        if step > 1:
            shop.changes.append("|")
            shop.change(names)
        if dies:
            reached = chance.choice(DEATHS) if script is None else DEATHS[-1 if step == 1 else 2]
            die(pair, shop, outcome, step, reached)
            shop.change(None if script is None else [])
        shop.deliver(pair.folder, [pair.refreshed, pair.full])
        problem = compare(pair, shop, outcome, step)
        if problem:
            outcome.problem = f"refresh {step} of {count}: {problem}"
            break
    outcome.seconds = time.monotonic() - started
    shutil.rmtree(pair.folder)
    return outcome


def die(pair: Pair, shop: Shop, outcome: Outcome, step: int, reached: str) -> None:
    """Let a build of the refreshed warehouse die when it has reached some models."""
    shop.deliver(pair.folder, [pair.refreshed])
    variables = shop.settings(pair.folder)
    if step == 1:
        # A wrong date: nothing is in the observation window.
        variables["snapshot_date"] = "2020-01-01"
    pair.run(pair.refreshed, variables, "build", "--select", *reached.split(), *NO_TESTS)
    outcome.deaths += 1
    shop.changes.append(f"died ({reached.split()[-1]})")


def compare(pair: Pair, shop: Shop, outcome: Outcome, step: int) -> str:
    """Refresh one warehouse and build the other anew; say what differs."""
    variables = shop.settings(pair.folder)
    refreshed = pair.build(pair.refreshed, variables)
    outcome.builds += 1
    if step == 1 and not outcome.deaths:
        # From nothing, both are the same build.
        shutil.copy(pair.refreshed, pair.full)
        return "" if refreshed.passed else f"the first build fails: {refreshed.messages}"
    builds = [refreshed, pair.build(pair.full, variables, "--full-refresh")]
    outcome.builds += 1
    found = pair.differences()
    if builds[0].failed != builds[1].failed or builds[0].passed != builds[1].passed:
        ends = " / ".join(build.messages or "passed" for build in builds)
        found.append(f"the builds ended in other ways: {ends}")
    elif not set(refreshed.failed) <= TESTS_OF_THE_INPUT:
        found.append(f"both builds fail: {refreshed.messages}")
    elif not refreshed.passed:
        outcome.failed_alike += 1
        outcome.changes.append(f"(both failed: {', '.join(refreshed.failed)})")
    return "; ".join(found)


def campaign(numbers: list[int], jobs: int) -> bool:
    """Run sequences, so many at a time, print a row for each, and say whether all were equal."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.duckdb", "sklearn.cluster"])
    started = time.monotonic()
    outcomes = []
    with (
        tempfile.TemporaryDirectory(prefix="sequences-") as name,
        context.Pool(jobs, maxtasksperchild=1) as pool,
    ):
        workplace = Path(name)
        project = make_project(workplace / "project")
        run = partial(run_sequence, project, workplace)
        for outcome in pool.imap_unordered(run, numbers, chunksize=1):
            outcomes.append(outcome)
            verdict = "DIFFERENT" if outcome.problem else "equal"
            print(
                f"sequence {outcome.number:3}: {verdict}, {outcome.builds} builds,"
                f" {outcome.deaths} died, {outcome.seconds:.0f} s: {' '.join(outcome.changes)}",
                flush=True,
            )
            if outcome.problem:
                print(f"  {outcome.problem}\n  Again: --first {outcome.number} --sequences 1")
    equal = sum(not outcome.problem for outcome in outcomes)
    counts = Counter(change for outcome in outcomes for change in outcome.changes)
    print("changes:", ", ".join(f"{name} {counts[name]}" for name in CHANGES))
    print(
        f"{equal} of {len(outcomes)} sequences equal, after {sum(o.builds for o in outcomes)}"
        f" builds ({sum(o.failed_alike for o in outcomes)} pairs failed alike) and"
        f" {sum(o.deaths for o in outcomes)} that died, in {time.monotonic() - started:.0f} s."
    )
    return equal == len(outcomes)


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sequences", type=int, default=30, help="how many (30)")
    parser.add_argument("--first", type=int, default=0, help="number of the first (0)")
    parser.add_argument("--jobs", type=int, default=2, help="sequences at a time (2)")
    settings = parser.parse_args(arguments)
    numbers = list(range(settings.first, settings.first + settings.sequences))
    return 0 if campaign(numbers, settings.jobs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

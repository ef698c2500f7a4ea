"""Check that refreshes give exactly what full builds give, over random sequences of changes.

    python campaigns/check_sequences.py [--sequences 30] [--first 0] [--jobs 2]

A sequence is a small made-up shop over several refreshes. Its lines arrive, come late, are
corrected, delivered again and deleted, and its settings change. Even numbers deliver files (.csv,
.csv.gz and .parquet in turn), odd ones a table in the warehouse. Two warehouses get the same data.
One is refreshed. The other is built with `--full-refresh`, which reads every line, recomputes all
customers and keeps only models and history. Only the refreshed one also has builds that died
half-way. After every refresh each public table, the loaded lines and the customer totals must be
the same in both, row by row and to the last bit.

The sequence's number is the seed of everything random: `--first 7 --sequences 1` repeats number 7.
Exit code 0: all are equal. 1: some are not.
"""

import argparse
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

import duckdb
import pandas as pd
from harness import ROOT, Build, Project, copy_project

# A shop may be odd enough to fail these. Any other failing test is a fault, even if both fail.
TESTS_OF_THE_INPUT = {"assert_no_data_check_fails"}
FIRST_DAY, LAST_DAY = date(2024, 4, 1), date(2025, 6, 30)
CUSTOMERS, PRODUCTS = 160, 40
COLUMNS = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount", "currency"]
ENDINGS = ("csv", "csv.gz", "parquet")
# Where the columns of a Parquet file or of a table have other types than text. Cents are stored as
# the decimals are, bit by bit.
TYPES = {
    "text": {},
    "decimals": {"product_id": "bigint", "amount": "decimal(18, 2)", "purchased_at": "timestamp"},
    "floats": {"product_id": "bigint", "amount": "double", "purchased_at": "timestamp"},
    # Of a table only: 7 in one Parquet file and 7.0 in another end a build.
    "float ids": {"product_id": "double", "amount": "double", "purchased_at": "timestamp"},
    "cents": {"product_id": "bigint", "amount": "bigint", "purchased_at": "timestamp"},
}
# Merges of this shop are a table of its own beside the empty seed of the project. Rejected lines,
# half of the lines gone, a snapshot date long past: all of it is meant, and no check objects.
FILES = {
    "models/shop_merges.sql": "select * from shop.merges\n",
    "models/shop_thresholds.sql": "select * replace ("
    "if(about = 'arrival', null, warn_threshold) as warn_threshold,"
    " if(about = 'arrival', null, fail_threshold) as fail_threshold)"
    " from {{ ref('check_thresholds') }}\n",
}
SETTINGS = {
    "published_file": None,
    "segment_count": 3,
    "refit_after_days": None,
    "check_thresholds": "shop_thresholds",
}
# How far a build got before it died: the models it had built.
DEATHS = (
    "int_source_partitions int_removed_customers",
    "int_source_partitions int_removed_customers int_loaded_lines",
    "int_source_partitions int_removed_customers int_loaded_lines int_rejected_lines",
    "+int_refreshes",
    "+int_changed_customers",
    "+int_customer_totals",
)
NO_TESTS = ("--exclude-resource-type", "test", "--exclude", "completed_refreshes")
# Compared in addition to the public tables: name -> its comparable rows.
INTERNAL = {
    "int_loaded_lines": "select * exclude (fingerprint, refresh_number) from {0}.int_loaded_lines",
    "int_customer_totals": "select * exclude (refresh_number) from {0}.int_customer_totals"
    " where net_spend_to_date is not null",
}


def public_tables() -> list[str]:
    """Return the public tables, in the order of publication."""
    text = (ROOT / "python_models" / "published_tables.py").read_text(encoding="utf-8")
    return re.findall(r'^ {8}"(\w+)": \(dbt\.ref', text, flags=re.MULTILINE)


def make_project(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Copy the dbt project with the files of this shop and others; return the folder."""
    return copy_project(folder, {**FILES, **(files or {})})


def invented_lines(chance: random.Random, currencies: list[str]) -> pd.DataFrame:
    """Return lines as text: some customers buy often, some rarely; some lines are bad."""
    rows, days = [], (LAST_DAY - FIRST_DAY).days
    for number in range(CUSTOMERS):
        # Ids with leading zeros or a space are valid.
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


# The ways to make a line unusable.
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
    source: dict = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    number: int = 0
    gone: dict[str, Part] = field(default_factory=dict)
    # Files are as old as the machine says; these are from before it was started.
    clock: int = 1_700_000_000

    def __post_init__(self):
        """Make up the lines, and put them into files or a table."""
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
        """Return a new file name."""
        self.number += 1
        # A name is text: it may have a quote in it.
        return f"day's lines {self.number:03}.{self.ending}"

    def some_part(self) -> Part:
        """Choose a partition to change."""
        part = self.parts[self.chance.choice(sorted(self.parts))]
        part.is_delivered = False
        return part

    def some_rows(self, part: Part, most: int = 25) -> list[int]:
        """Return the positions of some of its rows."""
        count = min(len(part.lines), self.chance.randint(1, most))
        return self.chance.sample(range(len(part.lines)), count)

    def all_lines(self) -> pd.DataFrame:
        """Return the lines of all partitions."""
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
        """Return lines of old and new customers."""
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
        """Add lines of new days."""
        self.add(self.new_lines(LAST_DAY, LAST_DAY + timedelta(days=20)))

    def late(self):
        """Add late lines of old days."""
        self.add(self.new_lines(FIRST_DAY - timedelta(days=40), LAST_DAY))

    def correct(self):
        """Overwrite customers, products, dates and amounts of some lines with those of others."""
        part = self.some_part()
        lines = part.lines.copy()
        for row in self.some_rows(part):
            column = self.chance.choice(["customer_id", "product_id", "purchased_at", "amount"])
            other = self.all_lines()[column].dropna()
            lines.iloc[row, COLUMNS.index(column)] = self.chance.choice(list(other))
        part.lines = lines

    def same_size(self):
        """Replace digits by other digits, so a text file keeps its size."""
        part = self.some_part()
        lines = part.lines.copy()
        for row in self.some_rows(part):
            old = lines.iloc[row, 4]
            if re.fullmatch(r"[1-9]\d*[.]\d\d", str(old)):
                lines.iloc[row, 4] = str(10 - int(old[0]))[-1] + old[1:]
        part.lines = lines

    def deliver_again(self):
        """Deliver a file again, unchanged or with its rows reordered."""
        part = self.some_part()
        if self.ending is None:
            order = self.chance.sample(range(len(part.lines)), len(part.lines))
            part.lines = part.lines.iloc[order].reset_index(drop=True)

    def delete_rows(self):
        """Delete some rows."""
        part = self.some_part()
        part.lines = part.lines.drop(part.lines.index[self.some_rows(part, 60)])

    def delete_part(self):
        """Delete a file or a month."""
        if self.ending is not None and len(self.parts) > 3:
            self.parts.pop(self.chance.choice(sorted(self.parts)))
        else:
            part = self.some_part()
            month = self.some_day(FIRST_DAY, LAST_DAY).isoformat()[:7]
            part.lines = part.lines[part.lines["purchased_at"].str[:7] != month]

    def rename(self):
        """Rename a file; in a table, change the id of a customer."""
        if self.ending is None:
            (customer,), part = self.some_customers(1), self.some_part()
            ids = part.lines["customer_id"].replace(customer, f"{customer} renamed")
            part.lines = part.lines.assign(customer_id=ids)
        else:
            old = self.chance.choice(sorted(self.parts))
            part = self.parts[self.new_name()] = self.parts.pop(old)
            part.is_delivered = False

    def swap(self):
        """Swap the names of two files, or the lines of two days of a table."""
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
        """Add returns."""
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
        """Make good lines unusable."""
        part = self.some_part()
        lines = part.lines.copy()
        rows = self.some_rows(part)
        lines.iloc[rows] = self.chance.choice(FAULTS)(lines.iloc[rows])
        part.lines = lines

    def fix(self):
        """Make unusable lines good."""
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

    def unreadable(self):
        """Deliver lines none of which can be read: their dates are in another format."""
        lines = self.new_lines(LAST_DAY - timedelta(days=20), LAST_DAY)
        day = pd.to_datetime(lines["purchased_at"]).dt.strftime("%d/%m/%Y")
        self.add(lines.assign(purchased_at=day))

    def copy_lines(self):
        """Deliver lines twice."""
        part = self.some_part()
        self.add(part.lines.iloc[self.some_rows(part, 50)].reset_index(drop=True))

    def lose_customers(self):
        """Delete every line of some customers."""
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
            others = set(TYPES) - {part.types} - ({"float ids"} if self.ending else set())
            part.types = self.chance.choice(sorted(others))

    def floats(self):
        """Write the numbers of one partition with fractions."""
        self.some_part().types = "floats"

    def cents(self):
        """Write the amounts of one partition in cents."""
        self.some_part().types = "cents"

    # Changes of settings and corrections

    def merge(self):
        """Merge more ids into one customer, or fewer."""
        if self.merges and self.chance.random() < 0.4:
            self.merges = self.chance.sample(self.merges, len(self.merges) // 2)
        else:
            taken = {customer for pair in self.merges for customer in pair}
            free = [each for each in self.some_customers(8) if each not in taken]
            self.merges = self.merges + list(zip(free[::2], free[1::2], strict=False))
        self.variables["customer_merges"] = "shop_merges"

    def merge_otherwise(self):
        """Reverse a merge, or drop all merges by using the other model."""
        if self.merges and self.chance.random() < 0.6:
            (old, new), *others = self.merges
            self.merges = [(new, old), *others]
        elif "customer_merges" in self.variables:
            del self.variables["customer_merges"]
        else:
            self.variables["customer_merges"] = "shop_merges"

    def snapshot(self):
        """Move the snapshot date to an earlier or later day."""
        day = self.some_day(date(2025, 1, 15), LAST_DAY + timedelta(days=25))
        self.variables["snapshot_date"] = self.chance.choice([day.isoformat()] * 4 + [None])

    def window(self):
        """Change the length of the observation window."""
        self.variables["observation_months"] = self.chance.choice([3, 5, 6, 9, 12, None])

    def duplicates(self):
        """Start or stop rejecting copies of a line."""
        before = self.source.get("duplicate_lines", "keep")
        self.source["duplicate_lines"] = "keep" if before == "reject" else "reject"

    def bounds(self):
        """Start or stop rejecting lines before or after a day."""
        first, last = date(2024, 10, 1), LAST_DAY + timedelta(days=10)
        name = self.chance.choice(["last_date", "last_date", "first_date"])
        near = last - timedelta(days=90) if name == "last_date" else first
        day = self.some_day(near, near + timedelta(days=90)).isoformat()
        self.source[name] = None if self.source.get(name) else day

    def currency(self):
        """Change the currency rates, or stop reading currencies."""
        if "currency" not in self.columns:
            self.columns["currency"] = "currency"
            if len(self.currencies) == 1:
                # Lines in a single currency need no rates.
                return
            rates = {"USD": 0.9} if self.chance.random() < 0.5 else {"USD": 0.9, "CHF": 1.05}
            self.source["currency"] = "EUR"
            self.source["currency_rates"] = rates
        elif "currency" in self.source and self.chance.random() < 0.5:
            self.source["currency_rates"] = {"USD": self.chance.choice([0.85, 0.95])}
        else:
            for settings in (self.columns, self.source):
                settings.pop("currency", None)
            self.source.pop("currency_rates", None)

    def reading(self):
        """Read amounts differently."""
        if self.chance.random() < 0.5:
            before = self.source.get("decimal_separator")
            self.source["decimal_separator"] = None if before else "."
        else:
            factor = self.chance.choice(["", " * 2", " * 0.5", " * -1 * -1"])
            self.columns["amount"] = f"amount{factor}"

    def nothing(self):
        """Change nothing."""

    def lose_purchases(self):
        """Lose every line except returns, until the next change."""
        self.gone = dict(self.parts)
        for name, part in self.parts.items():
            is_return = part.lines["amount"].fillna("").str.startswith("-")
            self.parts[name] = replace(part, lines=part.lines[is_return], is_delivered=False)

    def change(self, names: list[str] | None = None) -> None:
        """Apply the named changes, or one to four random ones."""
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
            "source": {**self.source, "lines": source, "columns": self.columns},
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
                # Leave the time out of the .gz file, so it differs only if its content does.
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


# Possible changes -> relative frequency.
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
    "fix": 2,
    "empty": 2,
    "unreadable": 2,
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


class Pair:
    """The two warehouses of a sequence: the first is refreshed, the other built from nothing."""

    def __init__(self, project: Path, folder: Path):
        self.folder = folder
        self.refreshed = Project(folder / "refreshed", project)
        self.full = Project(folder / "full", project)

    def differences(self) -> list[str]:
        """Compare every public table, the loaded lines and the customer totals."""
        found = []
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.refreshed.warehouse}' as refreshed (read_only)")
            connection.execute(f"attach '{self.full.warehouse}' as expected (read_only)")
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
    """Say how many rows of a query the other warehouse lacks, and show the first ones."""
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
    """The outcome of a sequence."""

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
        Made by `make_project`.
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
        shop.deliver(pair.folder, [pair.refreshed.warehouse, pair.full.warehouse])
        problem = compare(pair, shop, outcome, step)
        if problem:
            outcome.problem = f"refresh {step} of {count}: {problem}"
            break
    outcome.seconds = time.monotonic() - started
    shutil.rmtree(pair.folder)
    return outcome


def die(pair: Pair, shop: Shop, outcome: Outcome, step: int, reached: str) -> None:
    """Let a build of the refreshed warehouse die after some models."""
    shop.deliver(pair.folder, [pair.refreshed.warehouse])
    variables = shop.settings(pair.folder)
    if step == 1:
        # A wrong date: nothing is in the observation window.
        variables["snapshot_date"] = "2020-01-01"
    pair.refreshed(vars=variables, args=["--select", *reached.split(), *NO_TESTS])
    outcome.deaths += 1
    shop.changes.append(f"died ({reached.split()[-1]})")


def compare(pair: Pair, shop: Shop, outcome: Outcome, step: int) -> str:
    """Refresh one warehouse and rebuild the other; say what differs."""
    variables = shop.settings(pair.folder)
    refreshed = pair.refreshed(vars=variables)
    outcome.builds += 1
    if step == 1 and not outcome.deaths:
        # From nothing, both are the same build.
        shutil.copy(pair.refreshed.warehouse, pair.full.warehouse)
        return "" if refreshed.exit_code == 0 else f"the first build fails: {told(refreshed)}"
    full = pair.full(vars=variables, args=["--full-refresh"])
    outcome.builds += 1
    found = pair.differences()
    if set(refreshed.failed) != set(full.failed) or refreshed.exit_code != full.exit_code:
        found.append(f"the builds ended in other ways: {told(refreshed)} / {told(full)}")
    elif not set(refreshed.failed) <= TESTS_OF_THE_INPUT:
        found.append(f"both builds fail: {told(refreshed)}")
    elif refreshed.exit_code:
        outcome.failed_alike += 1
        outcome.changes.append(f"(both failed: {', '.join(sorted(refreshed.failed))})")
    return "; ".join(found)


def told(build: Build) -> str:
    """Return why a build failed."""
    if build.exit_code == 0:
        return "passed"
    return "\n".join(f"{name}: {why}" for name, why in build.failed.items()) or build.output


def campaign(numbers: list[int], jobs: int) -> bool:
    """Run sequences in parallel, print a row for each, and return whether all were equal."""
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

"""Make small mistakes in the project, and check that its tests notice each of them.

    python campaigns/check_mutations.py [--model NAME ...] [--sample 40] [--seed 1] [--output FILE]

A mutant is one model with one small mistake, made from the SQL that dbt compiled (or from the
source of the Python model): a comparison reversed, an edge moved, an aggregate or operator
replaced, a condition, branch or join side dropped, and so on. Each mutant is tried in several
refreshes of the bundled data. The model and its descendants are rebuilt as far as rows change.
Then the unit tests of the model, the data tests and the oracles of the Python tests run, and the
first one that fails has killed the mutant. dbt runs only before the first mutant.

A mutant that gives the same results for all data cannot be noticed. These are listed with the
reason in tests/equivalent_mutants.csv, where `...` matches any text and `*` any model.

A sample is tried in the first refresh only, and what survives it in the others.

Exit code 0: at least 95% of the mutants that are not listed are killed (required of all mutants of
a model, not of a sample), and no survivor changes a result. 1: the tests have gaps, listed at the
end. 2: nothing could be tried.
"""

import argparse
import csv
import json
import multiprocessing
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from harness import ROOT
from mutation import python_mutants, scenarios, sql_mutants
from mutation.sql_mutants import Mutant, shown
from mutation.trials import Outcome, Trials

LISTED = ROOT / "tests" / "equivalent_mutants.csv"
GOAL = 0.95
KINDS = ("killed", "stopped", "survived", "unseen", "listed")
# How many mutants of one model a process tries in a row, because it parses the SQL once.
CHUNK = 25
trials: Trials | None = None  # of this process


class Result(NamedTuple):
    """The result of a mutant; `status` is one of `KINDS`, see `Outcome`."""

    mutant: Mutant
    outcome: Outcome
    status: str


def features() -> list[str]:
    """Return the names of the features from the Python model."""
    for model in python_mutants.MODELS:
        text = python_mutants.source_file(model).read_text(encoding="utf-8")
        found = re.search(r"^FEATURES = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
        if found:
            return re.findall(r'"(\w+)"', found[1])
    return []


class Listed:
    """The mutants that no test can notice."""

    def __init__(self, file: Path, names: list[str]):
        self.features = names
        with file.open(encoding="utf-8", newline="") as text:
            self.rows = list(csv.DictReader(text))
        for number, row in enumerate(self.rows, 2):
            if not (row["model"] and row["before"] and row["reason"]):
                raise ValueError(f"{file.name}, line {number}: no model, before or reason.")
        self.patterns = [
            (row["model"], self._pattern(row["before"]), self._pattern(row["after"] or ""))
            for row in self.rows
        ]
        self.used: set[int] = set()

    def has(self, mutant: Mutant) -> bool:
        """Return whether a mutant is listed."""
        own, _, _, old, new = sql_mutants.alike(mutant, self.features)
        for number, (model, before, after) in enumerate(self.patterns):
            if model in ("*", own) and before.fullmatch(old) and after.fullmatch(new):
                self.used.add(number)
                return True
        return False

    def _pattern(self, text: str) -> re.Pattern:
        text = sql_mutants.alike(Mutant("", "", "", text, ""), self.features)[3]
        return re.compile(".*".join(map(re.escape, re.split(r"\s*\.\.\.\s*", text))), re.DOTALL)


def start(workplace: str, names: list[str]) -> None:
    """Prepare this process to try mutants."""
    global trials
    trials = Trials(Path(workplace), names)


def make_mutants(model: str) -> dict[Mutant, str]:
    """Make the mutants of a model."""
    return trials.mutants(model)


def try_mutants(mutants: list[Mutant]) -> tuple[list[Mutant], list[Outcome]]:
    """Try mutants one after the other."""
    return mutants, [trials.attempt(mutant) for mutant in mutants]


def try_test(task: tuple[str, list[Mutant]]) -> bool:
    """Return whether a test kills one of the mutants."""
    name, mutants = task
    return any(trials.attempt(mutant, name).by == name for mutant in mutants)


def try_python(task: tuple[Mutant, int, str, dict[str, float]]) -> Outcome:
    """Try a mutant of a Python model."""
    return python_mutants.attempt(*task)


class Campaign:
    """The mutants of a project, tried in separate processes.

    Parameters
    ----------
    workplace : Path
        Folder of the scenarios; existing ones are reused.
    jobs : int
        Processes at a time.
    seed : int
        Chooses among the copies that a loop writes, and the sample.
    built : Path or None
        The folder of a first build by dbt, if it exists: see `scenarios.prepare`.
    """

    def __init__(self, workplace: Path, jobs: int, seed: int, built: Path | None = None):
        self.workplace, self.jobs, self.seed, self.built = workplace, jobs, seed, built
        self.features = features()
        self.listed = Listed(LISTED, self.features)
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(
            ["dbt.cli.main", "dbt.adapters.duckdb", "pytest", "sklearn.cluster", "scipy.optimize"]
        )

    def prepare(self, names: list[str]) -> None:
        """Make the missing scenarios."""
        first = next(iter(scenarios.SCENARIOS))
        missing = [name for name in names if not (self.workplace / name / "after.duckdb").exists()]
        tasks = [
            (self.workplace / name, name, name == first, self.built if name == first else None)
            for name in missing
        ]
        with self.context.Pool(self.jobs, maxtasksperchild=1) as pool:
            differing = pool.starmap(scenarios.prepare, tasks, chunksize=1)
        for name, models in zip(missing, differing, strict=True):
            if models:
                raise RuntimeError(
                    f"In the scenario {name}, the SQL of {', '.join(models)} run without dbt gives"
                    " other rows than dbt has: nothing can be said of its mutants."
                )

    def run(self, models: list[str], sample: int | None) -> tuple[list[Result], list[str]]:
        """Try mutants.

        Parameters
        ----------
        models : list of str
            The models to mutate; empty for all.
        sample : int or None
            How many mutants to try; None for all.

        Returns
        -------
        results : list of Result
            In order of the models.
        idle : list of str
            Tests that killed no mutant, even when they ran first.
        """
        names = list(scenarios.SCENARIOS)
        self.prepare(names if sample is None else names[:1])
        idle: list[str] = []
        with self._pool(names if sample is None else names[:1]) as pool:
            known = pool.apply(model_names)
            mutants, sources = self._mutants(pool, known, models, sample)
            results = self._tried(pool, mutants)
            if not models and sample is None:
                idle = self._idle(pool, results)
        left = [result.mutant for result in results if result.status == "survived"]
        if sample is not None and left:
            self.prepare(names)
            with self._pool(names) as pool:
                again = self._tried(pool, left)
            results = [result for result in results if result.status != "survived"] + again
        if sources:
            results += self._tried_python(sources, is_sample=sample is not None)
        order = {name: number for number, name in enumerate([*known, *python_mutants.MODELS])}
        results.sort(key=lambda result: (order[result.mutant.model], result.mutant))
        return results, idle

    def _pool(self, names: list[str]):
        return self.context.Pool(self.jobs, start, [str(self.workplace), names])

    def _mutants(
        self, pool, known: list[str], models: list[str], sample: int | None
    ) -> tuple[list[Mutant], dict[Mutant, tuple[int, str]]]:
        """Choose the mutants of SQL models, and those of Python models with their source."""
        python = [each for each in python_mutants.MODELS if each in models or not models]
        for name in models:
            if name not in (*known, *python):
                raise ValueError(f"No model is called '{name}': write one of {', '.join(known)}.")
        made: dict[Mutant, str] = {}
        for each in pool.map(make_mutants, known, chunksize=1):
            made |= each
        mutants = sql_mutants.one_per_loop(
            sql_mutants.one_per_macro(made), self.features, self.seed
        )
        mutants = [
            each
            for each in mutants
            if not models or not {each.model, *each.others}.isdisjoint(models)
        ]
        sources: dict[Mutant, tuple[int, str]] = {}
        for model in python:
            sources |= python_mutants.mutants(model)
        everything = sorted([*mutants, *sources], key=self._drawn)
        if sample is not None:
            chosen = set(everything[:sample])
            mutants = [each for each in mutants if each in chosen]
            sources = {key: value for key, value in sources.items() if key in chosen}
        return mutants, sources

    def _drawn(self, mutant: Mutant) -> str:
        return sql_mutants.drawn(mutant, self.seed)

    def _tried(self, pool, mutants: list[Mutant]) -> list[Result]:
        chunks: list[list[Mutant]] = []
        for mutant in mutants:
            if not chunks or len(chunks[-1]) == CHUNK or chunks[-1][0].model != mutant.model:
                chunks.append([])
            chunks[-1].append(mutant)
        results: list[Result] = []
        for chunk, outcomes in pool.imap_unordered(try_mutants, chunks):
            new = list(map(self._judged, chunk, outcomes))
            results += new
            self._tell(new, results, len(mutants))
        return results

    def _tried_python(
        self, sources: dict[Mutant, tuple[int, str]], is_sample: bool
    ) -> list[Result]:
        """Try the mutants of Python models; for a sample, the tests are not timed first."""
        with self.context.Pool(self.jobs, maxtasksperchild=1) as pool:
            seconds = {
                model: {} if is_sample else pool.apply(python_mutants.baseline, [model])
                for model in sorted({mutant.model for mutant in sources})
            }
            tasks = [
                (mutant, line, source, seconds[mutant.model])
                for mutant, (line, source) in sources.items()
            ]
            results: list[Result] = []
            for mutant, outcome in zip(sources, pool.imap(try_python, tasks), strict=True):
                results.append(self._judged(mutant, outcome))
                self._tell(results[-1:], results, len(sources))
        return results

    def _judged(self, mutant: Mutant, outcome: Outcome) -> Result:
        status = outcome.status
        if status in ("survived", "unseen") and self.listed.has(mutant):
            status = "listed"
        return Result(mutant, outcome, status)

    def _tell(self, new: list[Result], results: list[Result], total: int) -> None:
        """Write progress, so a campaign that is stopped half-way has reported what it found."""
        for result in new:
            if result.status in ("survived", "unseen"):
                print(f"{result.status}: {described(result)}", file=sys.stderr)
        counts = Counter(result.status for result in results)
        text = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS)
        print(f"{len(results)} of {total}: {text}", file=sys.stderr, flush=True)

    def _idle(self, pool, results: list[Result]) -> list[str]:
        """Find the tests that kill nothing, even when they run first."""
        guarded = pool.apply(tests_and_models)
        kills = Counter(result.outcome.by for result in results)
        tasks = []
        for name, models in sorted(guarded.items()):
            mutants = [
                result.mutant
                for result in results
                if result.mutant.model in models and result.outcome.status != "invalid"
            ]
            mutants.sort(key=self._drawn)
            if not kills[name]:
                tasks.append((name, mutants[:60]))
        found = pool.map(try_test, tasks, chunksize=1)
        return [name for (name, _), kills_one in zip(tasks, found, strict=True) if not kills_one]


def model_names() -> list[str]:
    """Return the models that have mutants."""
    return trials.models


def tests_and_models() -> dict[str, list[str]]:
    """Return the models that each test reads directly."""
    found = {name: test.parents for name, test in trials.plan().tests.items()}
    found |= {name: test.parents for name, test in trials.unit_tests.items()}
    for oracles in trials.oracles.values():
        found |= {oracle.name: sorted(oracle.models) for oracle in oracles}
    return found


def table(results: list[Result]) -> list[str]:
    """Write how many mutants of each model came to what, as a table in Markdown."""
    counts: dict[str, Counter] = {}
    for result in results:
        if result.status != "invalid":
            counts.setdefault(result.mutant.model, Counter())[result.status] += 1
    lines = [
        "| model | mutants | killed | stopped | survived | unseen | listed |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    total: Counter = sum(counts.values(), Counter())
    for model, each in [*counts.items(), ("all", total)]:
        numbers = [sum(each.values()), *(each[kind] for kind in KINDS)]
        lines.append(f"| {model} | {' | '.join(map(str, numbers))} |")
    return lines


def killed_share(results: list[Result]) -> float:
    """Return the share of killed mutants among those that are not listed."""
    statuses = [each.status for each in results if each.status not in ("invalid", "listed")]
    killed = sum(status in ("killed", "stopped") for status in statuses)
    return killed / len(statuses) if statuses else 1.0


def described(result: Result) -> str:
    """Write the place and the change of a mutant."""
    mutant = result.mutant
    others = f" and {len(mutant.others)} more" if mutant.others else ""
    return (
        f"{mutant.model}{others}, line {result.outcome.line} ({mutant.place or 'end'}),"
        f" {mutant.operator}: {shown(mutant.before)}  ->  {shown(mutant.after)}"
    )


def survivors(results: list[Result]) -> list[str]:
    """Write the mutants that no test noticed, by model."""
    lines = []
    for status, title in (
        ("survived", "Survived: other rows, and no test noticed."),
        ("unseen", "Unseen: no row of any scenario changed."),
    ):
        found = [described(result) for result in results if result.status == status]
        lines += ["", title, *found] if found else []
    return lines


def as_json(results: list[Result], idle: list[str]) -> str:
    """Write all results as JSON."""
    rows = [
        {**result.mutant._asdict(), **result.outcome._asdict(), "status": result.status}
        for result in results
    ]
    return json.dumps(
        {"killed_share": killed_share(results), "idle": idle, "mutants": rows}, indent=1
    )


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", nargs="+", default=[], metavar="NAME", help="models (all)")
    parser.add_argument("--sample", type=int, metavar="N", help="try so many mutants (all)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample and of loops (1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the JSON to a file")
    parser.add_argument("--scenarios", type=Path, metavar="FOLDER", help="keep the builds here")
    parser.add_argument("--built", type=Path, metavar="FOLDER", help="a build to start from")
    settings = parser.parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        workplace = (settings.scenarios or Path(name)).resolve()
        try:
            campaign = Campaign(workplace, settings.jobs, settings.seed, settings.built)
            results, idle = campaign.run(settings.model, settings.sample)
        except (RuntimeError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
    text = as_json(results, idle)
    if settings.output:
        settings.output.write_text(text, encoding="utf-8")
    share = killed_share(results)
    if settings.json:
        print(text)
    else:
        print("\n".join([*table(results), *survivors(results)]))
        if idle:
            print("\nIdle: these tests kill no mutant.", *idle, sep="\n")
        if not settings.model and settings.sample is None:
            unused = [
                f"{row['model']}: {row['before']}"
                for number, row in enumerate(campaign.listed.rows)
                if number not in campaign.listed.used
            ]
            if unused:
                print(f"\nListed in {LISTED.name}, and no mutant is like it.", *unused, sep="\n")
        print(f"\n{share:.1%} killed of those not listed, in {time.monotonic() - started:.0f} s.")
    survived = any(result.status == "survived" for result in results)
    return 1 if survived or (settings.sample is None and share < GOAL) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

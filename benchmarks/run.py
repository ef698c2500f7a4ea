"""Compare this project's builds with the scripts an expert would write, side by side in one run.

    python benchmarks/run.py 1e6 1e7 --rounds 3 --output docs/benchmarks.md

Every contender is a whole process, from the file to features and segments of every customer, taken
in turn; all must find the same customers and the same features.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from make_lines import make_lines

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# A night adds 0.3% new lines, of the day after, and the snapshot date moves on with them.
NEW_SHARE, NEXT_DATE = 0.003, "2025-07-02"
# Every value is looked at: the highest alone would be read from the file's statistics.
SCAN = """
import duckdb, sys
columns = "transaction_id, customer_id, product_id, purchased_at, amount"
seen = ", ".join(f"bit_xor(hash({column}))" for column in columns.split(", "))
duckdb.sql(f"select {seen} from read_parquet('{sys.argv[1]}')").fetchall()
"""
CONTENDERS = {
    "scan of the file": None,
    "pandas": "pandas",
    "polars": "polars",
    "DuckDB script": "duckdb",
    "PySpark": "pyspark",
    "dbt build, from nothing": None,
    "dbt build, refresh": None,
}
# Beyond this size a contender is left out: pandas would need 27 GB for 100 million lines.
MOST_LINES = {"pandas": 10_000_000}
# Beyond this size a round takes a quarter of an hour, and seconds differ little: two are enough.
MOST_LINES_OF_ALL_ROUNDS = 10_000_000
# Whose seconds the others are divided by.
YARDSTICK = "DuckDB script"
# Nodes that take no second are summed up in the profile.
LONG_NODE = 1.0
ALL_TESTS = "all data tests"
TITLE = """# How fast it is

Written by `benchmarks/run.py`. Every contender is a whole process, from one Parquet file of lines
to the six features and a segment of every customer, two cores for each, taken in turn up to
{rounds} times; seconds are the median, also as a multiple of the DuckDB script's, with the least
and the most. Memory is that of the largest process. *From nothing* is `dbt build` of this project
with its checks, tests, history and published file, on an empty warehouse, SQL limited to 6 GB;
*refresh* is the next day's, after {new_share:.1%} new lines came in a second file. The scripts
only compute features and segments: KMeans with 5 clusters on all customers. pandas is left out
beyond 10 million lines: it would need 27 GB.

{cores} cores, {system}, Python {python}. {versions}.
"""


@dataclass
class Run:
    """One run of a contender."""

    seconds: float
    megabytes: float
    cpu_seconds: float
    # Seconds of each node of a dbt build; two run at a time.
    nodes: dict[str, float] = field(default_factory=dict)


# The runs of each contender by its name, by the number of lines.
Results = dict[int, dict[str, list[Run]]]


def largest_process(session: int) -> int:
    """Return the most memory a process of a session ever held, in kilobytes; 0 when all ended."""
    largest = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getsid(int(status.parent.name)) == session:
                peak = re.search(r"VmHWM:\s+(\d+)", status.read_text())
                largest = max(largest, int(peak[1]) if peak else 0)
        except (ProcessLookupError, FileNotFoundError):
            continue
    return largest


def cpu_seconds() -> float:
    """Return the CPU seconds of all processes that were started from here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(command: list, folder: Path, **environment: str) -> Run:
    """Run a command and wait for it.

    Raises
    ------
    SystemExit
        It failed; with its output.
    """
    log = folder / "log.txt"
    started, used = time.monotonic(), cpu_seconds()
    with log.open("w") as output:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Its own session, so that Spark's Java process is known as one of its.
            start_new_session=True,
        )
        largest = 0
        while process.poll() is None:
            largest = max(largest, largest_process(process.pid))
            time.sleep(0.05)
    seconds = time.monotonic() - started
    if process.returncode:
        sys.exit(f"benchmark: {' '.join(map(str, command))} failed:\n{log.read_text()}")
    return Run(seconds, largest / 1024, cpu_seconds() - used)


def dbt_build(lines: Path | str, folder: Path, memory: str, **settings) -> Run:
    """Build the project on the lines in the folder's warehouse, with more variables as named."""
    variables = {"source": {"lines": str(lines)}, **settings}
    command = [sys.executable, "-m", "dbt.cli.main", "build", "--project-dir", ROOT]
    command += ["--profiles-dir", ROOT, "--target-path", folder / "target"]
    command += ["--log-path", folder / "logs", "--exclude-resource-type", "unit_test"]
    command += ["--vars", json.dumps(variables)]
    run = measured(
        command,
        folder,
        SEGMENTATION_WAREHOUSE=str(folder / "warehouse.duckdb"),
        SEGMENTATION_MEMORY_LIMIT=memory,
    )
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    for node in results:
        kind, _, name = node["unique_id"].split(".")[:3]
        name = ALL_TESTS if kind == "test" else name
        run.nodes[name] = run.nodes.get(name, 0) + node["execution_time"]
    return run


def summary(source: str) -> tuple:
    """Return what every contender must agree on: customers, and sums over their features."""
    return duckdb.execute(
        "select count(*), sum(recency_days), sum(frequency), sum(length_days),"
        f" sum(unique_products), round(sum(monetary), 0) from {source} where monetary > 0"
    ).fetchall()[0]


def can_run(contender: str) -> bool:
    """Say whether what a contender needs is installed."""
    needs = {"pandas": "pyarrow"}.get(contender, contender)
    return importlib.util.find_spec(needs) is not None


def run_size(
    lines: int, names: list[str], rounds: int, memory: str, folder: Path
) -> Iterator[dict]:
    """Run the contenders on one size.

    Parameters
    ----------
    lines : int
        Of the file.
    names : list of str
        Of ``CONTENDERS``.
    rounds : int
        How often each runs.
    memory : str
        DuckDB's limit in the project's builds, such as 6GB.
    folder : Path
        For the lines and what is made of them.

    Yields
    ------
    dict
        After each round, the list of ``Run`` by name so far.

    Raises
    ------
    SystemExit
        A contender failed, or found other customers or features than the one before.
    """
    first, both = folder / "first", folder / "lines"
    first.mkdir(parents=True)
    both.mkdir()
    make_lines(first / "1.parquet", lines)
    os.link(first / "1.parquet", both / "1.parquet")
    new = max(4, int(lines * NEW_SHARE))
    make_lines(both / "2.parquet", new, first=lines, days=1, until=NEXT_DATE)
    runs: dict[str, list[Run]] = {name: [] for name in names}
    found = {}
    for _ in range(rounds):
        for name in names:
            work = folder / "work"
            if name != "dbt build, refresh":
                shutil.rmtree(work, ignore_errors=True)
                work.mkdir()
            output = work / "segments.parquet"
            if name == "scan of the file":
                runs[name].append(
                    measured([sys.executable, "-c", SCAN, first / "1.parquet"], work)
                )
                continue
            if name.startswith("dbt"):
                # The same file, so that the refresh finds it as it was.
                (folder / "source").unlink(missing_ok=True)
                (folder / "source").symlink_to(both if name.endswith("refresh") else first)
                runs[name].append(dbt_build(folder / "source" / "*.parquet", work, memory))
                with duckdb.connect(
                    str(work / "warehouse_published.duckdb"), read_only=True
                ) as readers:
                    readers.execute(f"copy customer_segments to '{output}'")
            else:
                script = HERE / f"with_{CONTENDERS[name]}.py"
                command = [sys.executable, script, first / "1.parquet", output]
                runs[name].append(measured(command, work))
            parts = f"{output}/*.parquet" if output.is_dir() else str(output)
            if not name.endswith("refresh"):
                found[name] = summary(f"read_parquet('{parts}')")
            print(f"{lines:,} lines, {name}: {runs[name][-1].seconds:.1f} s", flush=True)
        if len(set(found.values())) > 1:
            sys.exit(f"benchmark: the contenders disagree: {found}")
        yield runs


def table(results: Results) -> list[dict]:
    """Return one row per size and contender."""
    rows = []
    for lines, runs in results.items():
        for name, each in runs.items():
            seconds = [run.seconds for run in each]
            rows.append(
                {
                    "lines": lines,
                    "contender": name,
                    "runs": len(each),
                    "seconds": statistics.median(seconds),
                    "least": min(seconds),
                    "most": max(seconds),
                    "memory, MB": max(run.megabytes for run in each),
                }
            )
    return rows


def markdown(rows: list[dict]) -> str:
    """Write the rows as a Markdown table."""
    yardsticks = {row["lines"]: row["seconds"] for row in rows if row["contender"] == YARDSTICK}
    lines = [
        f"| lines | contender | runs | seconds | / {YARDSTICK} | least - most | memory, MB |",
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        yardstick = yardsticks.get(row["lines"])
        ratio = f"{row['seconds'] / yardstick:.1f}" if yardstick else ""
        lines.append(
            f"| {row['lines']:,} | {row['contender']} | {row['runs']} | {row['seconds']:.1f}"
            f" | {ratio} | {row['least']:.1f} - {row['most']:.1f} | {row['memory, MB']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def profile(results: Results) -> str:
    """Say in Markdown where the builds' time goes at the largest size, by the last run of each.

    Empty where no build was measured.
    """
    lines = max(results)
    builds = [name for name in CONTENDERS if name.startswith("dbt") and results[lines].get(name)]
    if not builds:
        return ""
    seconds = [results[lines][name][-1].nodes for name in builds]
    nodes = sorted(seconds[0], key=lambda name: -seconds[0][name])
    long = [
        name
        for name in nodes
        if name == ALL_TESTS or max(each[name] for each in seconds) >= LONG_NODE
    ]
    short = [name for name in nodes if name not in long]
    text = [
        f"## Where the time goes at {lines:,} lines\n",
        "Seconds of each node in the last run. Two nodes run at a time and share the cores, and",
        "dbt starts before the first, so that they do not add up to the seconds of the build.\n",
        f"| node | {' | '.join(builds)} |",
        f"|---|{'--:|' * len(builds)}",
    ]
    for name in long:
        text.append(f"| {name} | {' | '.join(f'{each[name]:.1f}' for each in seconds)} |")
    others = " | ".join(f"{sum(each[name] for name in short):.1f}" for each in seconds)
    text.append(f"| {len(short)} others | {others} |")
    return "\n".join(text) + "\n"


def plot(rows: list[dict], output: Path) -> None:
    """Draw seconds by lines on log axes, one line per contender."""
    import altair

    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=altair.X("lines:Q", scale=altair.Scale(type="log"), axis=altair.Axis(format="~s")),
            y=altair.Y("seconds:Q", scale=altair.Scale(type="log")),
            color=altair.Color("contender:N", sort=list(CONTENDERS), title=None),
        )
        .properties(width=560, height=360)
    )
    chart.save(output)


def write(results: Results, rounds: int, output: Path) -> None:
    """Write the page, and the plot beside it.

    Parameters
    ----------
    results : Results
    rounds : int
        How often each contender was to run.
    output : Path
        Of a Markdown file.
    """
    packages = ["duckdb", "polars", "pandas", "scikit-learn", "dbt-core", "pyspark"]
    found = {dist.metadata["Name"].lower() for dist in importlib.metadata.distributions()}
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages if name in found]
    text = TITLE.format(
        rounds=rounds,
        new_share=NEW_SHARE,
        cores=os.cpu_count(),
        system=platform.system(),
        python=platform.python_version(),
        versions=", ".join(versions),
    )
    picture = output.with_suffix(".svg")
    rows = table(results)
    plot(rows, picture)
    output.write_text(
        f"{text}\n![Seconds by lines, log-log]({picture.name})\n\n{markdown(rows)}"
        f"\n{profile(results)}",
        encoding="utf-8",
    )


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sizes", nargs="+", type=lambda text: int(float(text)), help="lines: 1e6")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="6GB", help="DuckDB's limit in the builds (6GB)")
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=CONTENDERS)
    parser.add_argument("--output", type=Path, help="a Markdown file, and an .svg beside it")
    settings = parser.parse_args(arguments)
    names = []
    for name in settings.contenders:
        script = CONTENDERS[name]
        if script is not None and not can_run(script):
            print(f"{name} is not here: it is left out")
            continue
        names.append(name)
    results = {}
    for lines in settings.sizes:
        fitting = [name for name in names if lines <= MOST_LINES.get(name, lines)]
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder) / "benchmark"
            rounds = settings.rounds
            if lines > MOST_LINES_OF_ALL_ROUNDS:
                rounds = min(rounds, 2)
            for runs in run_size(lines, fitting, rounds, settings.memory, work):
                results[lines] = runs
                # After every round: a run that is interrupted leaves what it has.
                if settings.output:
                    write(results, settings.rounds, settings.output)
    print(markdown(table(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

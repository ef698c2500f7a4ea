"""Compare the CPU that builds take with what was recorded, to see when a change makes them slower.

    python benchmarks/costs.py [--record]

CPU counts in multiples of what the DuckDB script takes on the same lines in the same run, so that
another machine, or a busy one, finds nearly the same. `--record` writes costs.csv; a commit that
changes a cost on purpose records it. Exit code 0: as recorded. 1: a build takes more.
"""

import argparse
import csv
import sys
import tempfile
from pathlib import Path

from run import YARDSTICK, Run, dbt_build, run_size

RECORDED = Path(__file__).with_name("costs.csv")
LINES, ROUNDS = 5_000_000, 3
# Two runs on one machine differed by at most 3%. What took 22 of 186 s at 100 million lines costs
# 10% here.
TOLERANCE = 0.06
BUILDS = ["dbt build, from nothing", "dbt build, refresh"]
BUNDLED = ["bundled data, from nothing", "bundled data, refresh"]


def costs(runs: dict[str, list[Run]]) -> dict[str, float]:
    """Return the least CPU of each build, in multiples of the least of the script."""
    least = {name: min(run.cpu_seconds for run in each) for name, each in runs.items()}
    return {name: least[name] / least[YARDSTICK] for name in least if name != YARDSTICK}


def measure(folder: Path, lines: int = LINES, rounds: int = ROUNDS) -> dict[str, float]:
    """Run the script and the builds in turn, and return the cost of each build."""
    *_, runs = run_size(lines, [YARDSTICK, *BUILDS], rounds, "2GB", folder / "lines")
    for number in range(rounds):
        work = folder / f"bundled_{number}"
        work.mkdir()
        for name in BUNDLED:
            runs.setdefault(name, []).append(dbt_build("raw_transactions", work, "2GB"))
    return costs(runs)


def slower(found: dict[str, float], recorded: dict[str, float]) -> list[str]:
    """Return a sentence for each build that takes more than recorded."""
    return [
        f"{name}: {cost:.2f} times the CPU of the {YARDSTICK}, recorded are {recorded[name]:.2f}:"
        f" profile what changed since {RECORDED.name} did, or record it with --record."
        for name, cost in found.items()
        if cost > (1 + TOLERANCE) * recorded[name]
    ]


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--record", action="store_true", help="write what is found")
    record = parser.parse_args(arguments).record
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    for name, cost in found.items():
        print(f"{name}: {cost:.2f} times the CPU of the {YARDSTICK}")
    if record:
        with RECORDED.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows(
                [("build", "cost"), *((name, f"{found[name]:.2f}") for name in found)]
            )
        return 0
    with RECORDED.open(encoding="utf-8", newline="") as file:
        recorded = {row["build"]: float(row["cost"]) for row in csv.DictReader(file)}
    sentences = slower(found, recorded)
    print("\n".join(sentences) or "No build takes more than recorded.")
    return int(bool(sentences))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

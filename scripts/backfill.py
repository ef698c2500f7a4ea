"""Replay past snapshot dates in order, one `dbt build` each, so history starts in the past.

    python scripts/backfill.py 2025-01-01 2025-07-01 --every 14 [-- any arguments of dbt build]

Dates that were built already are built again and change nothing. The first failed build stops the
run, because later dates would follow a gap.
"""

import argparse
import datetime
import sys

import yaml
from dbt.cli.main import dbtRunner


def day(text: str) -> datetime.date:
    """Read a day written as YYYY-MM-DD; argparse shows the error."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        message = f"'{text}' is not a day: write it as 2025-06-30"
        raise argparse.ArgumentTypeError(message) from None


def snapshot_dates(first: datetime.date, last: datetime.date, every: int) -> list[datetime.date]:
    """List the dates from first to last, a fixed number of days apart.

    Parameters
    ----------
    first, last : datetime.date
        Both included; the last only if a step falls on it.
    every : int
        Days between two dates, at least 1.

    Returns
    -------
    list of datetime.date
        Ascending; empty if the last date is before the first.
    """
    return [first + datetime.timedelta(days) for days in range(0, (last - first).days + 1, every)]


def build(date: datetime.date, arguments: list[str]) -> bool:
    """Run `dbt build` for a snapshot date, and return whether it passed.

    Parameters
    ----------
    date : datetime.date
        Overrides the variable `snapshot_date`.
    arguments : list of str
        Further arguments of `dbt build`; variables in ``--vars`` are kept.

    Returns
    -------
    bool
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--vars", type=yaml.safe_load, default={})
    known, rest = parser.parse_known_args(arguments)
    variables = yaml.safe_dump({**known.vars, "snapshot_date": date.isoformat()})
    # Unit tests see no data, so one build of them is as good as one per date.
    data_only = ["--exclude-resource-type", "unit_test"]
    return dbtRunner().invoke(["build", *data_only, *rest, "--vars", variables]).success


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("first", type=day, help="YYYY-MM-DD")
    parser.add_argument("last", type=day, help="YYYY-MM-DD")
    parser.add_argument("--every", type=int, default=14, help="days between two dates (14)")
    settings = parser.parse_args(arguments[:split])
    if settings.every < 1:
        parser.error("--every is a number of days from 1")
    dates = snapshot_dates(settings.first, settings.last, settings.every)
    if not dates:
        parser.error("no date lies between the two: write the earlier one first")
    for number, date in enumerate(dates, start=1):
        print(f"backfill: {date}, {number} of {len(dates)}", flush=True)
        if not build(date, arguments[split + 1 :]):
            print(f"backfill: the build for {date} failed; run it again from there", flush=True)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

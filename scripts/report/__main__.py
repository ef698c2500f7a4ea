"""Write the published segments as one HTML page that needs no network, no browser and no script.

    python scripts/report [--file FILE] [--output report.html]

It reads only public tables, read-only. The same file gives the same bytes. `queries/` holds the
SQL, `charts.py` the charts, `words.py` the wording, `sections.py` the sections, and
`page.html.jinja` the page.
"""

import argparse
import os
import sys
from pathlib import Path

from data import ReportError
from page import render


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="report", description=(__doc__ or "").splitlines()[0])
    warehouse = Path(os.environ.get("SEGMENTATION_WAREHOUSE", "warehouse.duckdb"))
    default = warehouse.with_name(f"{warehouse.stem}_published.duckdb")
    parser.add_argument("--file", type=Path, default=default, help=f"({default})")
    parser.add_argument("--output", type=Path, default=Path("report.html"))
    parser.add_argument("--no-customers", action="store_true", help="name no customer")
    settings = parser.parse_args(arguments)
    try:
        page = render(settings.file, not settings.no_customers)
    except ReportError as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    settings.output.write_text(page, encoding="utf-8")
    print(f"report: wrote {settings.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

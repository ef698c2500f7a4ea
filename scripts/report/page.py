"""Fill in the template of the page, `page.html.jinja`."""

from pathlib import Path

import jinja2
import words
from data import Row, opened
from sections import ABOUT_CUSTOMERS, SECTIONS, Report, notices, report_of


def section(report: Report, name: str) -> Row:
    """Return a section, or the reason why it is empty."""
    collect, table = SECTIONS[name]
    if table not in report.data.tables:
        return {"missing": table}
    if report.snapshot_date is None and name in ABOUT_CUSTOMERS:
        return {"empty": True}
    return collect(report)


def render(file: Path) -> str:
    """Return the page about a published file.

    Parameters
    ----------
    file : pathlib.Path
        A DuckDB file with the public tables.

    Returns
    -------
    str
        HTML; the same file always gives the same text.

    Raises
    ------
    ReportError
        If the file is missing, unreadable or without segments.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": words.number,
        "amount": words.amount,
        "percent": words.percent,
        "long_date": words.long_date,
        "counted": words.counted,
        "shade": words.shade,
    }
    with opened(file) as data:
        report = report_of(data)
        return environment.get_template("page.html.jinja").render(
            segments=report.segments,
            snapshot_date=report.snapshot_date,
            features=words.FEATURES,
            feature_value=words.feature_value,
            notices=notices(report),
            **{name: section(report, name) for name in SECTIONS},
        )

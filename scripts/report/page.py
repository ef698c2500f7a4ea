"""Fill in the template of the page, `page.html.jinja`."""

import base64
import hashlib
from functools import partial
from pathlib import Path

import jinja2
import markupsafe
import words
from data import Row, opened
from sections import SECTIONS, WITHOUT_CUSTOMERS, Report, notices, report_of

FOLDER = Path(__file__).parent


def section(report: Report, name: str) -> Row:
    """Return a section, or the reason why it is empty."""
    collect, table = SECTIONS[name]
    if table not in report.data.tables:
        return {"missing": table}
    if report.snapshot_date is None and name not in WITHOUT_CUSTOMERS:
        return {"empty": True}
    return collect(report)


def render(file: Path, with_customers: bool = True) -> str:
    """Return the page about a published file.

    Parameters
    ----------
    file : pathlib.Path
        A DuckDB file with the public tables.
    with_customers : bool
        Whether the page may name customers.

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
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script, style = (
        markupsafe.Markup((FOLDER / name).read_text(encoding="utf-8"))
        for name in ("script.js", "style.css")
    )
    with opened(file) as data:
        report = report_of(data, with_customers)
        environment.filters |= {
            "number": words.number,
            "money": report.money,
            "percent": words.percent,
            "change": words.change,
            "long_date": words.long_date,
            "short_date": words.short_date,
            "counted": words.counted,
            "shade": words.shade,
        }
        return environment.get_template("page.html.jinja").render(
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            style=style,
            segments=report.segments,
            snapshot_date=report.snapshot_date,
            before=report.before,
            with_customers=with_customers,
            features=words.FEATURES,
            feature_value=partial(words.feature_value, currency=report.currency),
            notices=notices(report),
            **{name: section(report, name) for name in SECTIONS},
        )

"""Write the published segments as one HTML page that needs no network, no browser and no script.

    python scripts/report.py [--file published.duckdb] [--output report.html]

Only public tables are read, and read-only; the same file gives the same bytes. What is counted
is counted in SQL, what is drawn is drawn by Altair, and `report.html.jinja` is the page.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import jinja2
import markupsafe
import report_charts as charts

Row = dict[str, object]

RULE_SEGMENT = 0
COLORS = 8
# Drawn at most, the first by hash of the customer id: the same customers in every report.
POINTS, POINTS_ON_PHONES = 2000, 500
REQUIRED = ("customer_segments", "segment_profiles", "segment_models")


class ReportError(Exception):
    """A sentence for whoever asked for the report."""


@dataclass(frozen=True)
class Feature:
    """How a feature is spoken of.

    Attributes
    ----------
    name : str
        Of the column.
    label : str
        Heads a column of the profile table.
    upwards : str
        Names the axis of a portrait, where far right is much of it; recency is turned round.
    more, less : str
        What customers above and below the average do; ``{}`` becomes "much " or nothing.
    """

    name: str
    label: str
    upwards: str
    more: str
    less: str


FEATURES = (
    Feature(
        "recency_days",
        "Days since last purchase",
        "Bought recently",
        "last bought {}longer ago",
        "bought {}more recently",
    ),
    Feature("frequency", "Purchases", "Buy often", "buy {}more often", "buy {}less often"),
    Feature("monetary", "Net spend", "Spend much", "spend {}more", "spend {}less"),
    Feature(
        "length_days",
        "Days from first to last purchase",
        "Stay for long",
        "keep coming back over a {}longer time",
        "were seen over a {}shorter time",
    ),
    Feature(
        "average_spend",
        "Net spend per purchase",
        "Large purchases",
        "make {}larger purchases",
        "make {}smaller purchases",
    ),
    Feature(
        "unique_products",
        "Different products",
        "Many products",
        "buy a {}wider range",
        "buy a {}narrower range",
    ),
)
NAMES = [feature.name for feature in FEATURES]

# A feature is worth a word from half a standard deviation on, and "much" from a whole one.
NOTABLE, MUCH = 0.5, 1.0
SHADES = (0.25, 0.75, 1.25)

DRIFT_LABELS = {
    **{feature.name: feature.label for feature in FEATURES},
    "mean_distance_ratio": "Distance to the own segment",
    "low_margin_share": "Customers between two segments",
}


# --- words and numbers


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """Write a number with thousands separators and a true minus sign; an en dash for null."""
    if value is None:
        return "\N{EN DASH}"
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def amount(value: float | Decimal | None) -> str:
    """Write money: without cents from 100 on, where they are noise."""
    return number(value, 2 if value is not None and abs(value) < 100 else 0)


def percent(value: float | None, digits: int = 0) -> str:
    """Write a share of 0 to 1 as a percentage, with more digits where it is small."""
    if value is None:
        return number(None)
    if 0 < abs(value) < 0.01:
        digits = 2 if abs(value) < 0.001 else 1
    return number(value * 100, digits) + "\N{NO-BREAK SPACE}%"


def long_date(value: date | None) -> str:
    """Write a date so that nobody confuses day and month."""
    return number(None) if value is None else f"{value.day}\N{NO-BREAK SPACE}{value:%B %Y}"


def feature_value(name: str, value: float | Decimal | None) -> str:
    """Write the value of a feature: money as money, counts with a digit only for halves."""
    if name in ("monetary", "average_spend"):
        return amount(value)
    return number(value, 0 if value is None or value == int(value) else 1)


def joined(parts: list[str]) -> str:
    """Join words as a sentence does: a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: 1 customer, 2 customers."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def traits(distances: dict[str, float]) -> str:
    """Say in a sentence what sets a segment apart, from its three largest distances."""
    notable = sorted(
        (feature for feature in FEATURES if abs(distances.get(feature.name) or 0) >= NOTABLE),
        key=lambda feature: -abs(distances[feature.name]),
    )
    words = [
        (feature.more if distances[feature.name] > 0 else feature.less).format(
            "much " if abs(distances[feature.name]) >= MUCH else ""
        )
        for feature in notable[:3]
    ]
    if not words:
        return "Close to the average customer in everything."
    return f"They {joined(words)} than the average customer."


def shade(distance: float) -> int:
    """Turn a distance from the average into one of seven shades, -3 to 3."""
    steps = sum(abs(distance) >= limit for limit in SHADES)
    return steps if distance > 0 else -steps


def segment_label(segment: Row) -> str:
    """Write a segment with its number, as the pictures have it."""
    return f"{segment['segment_id']} {segment['segment_name']}"


# --- what every section needs


@dataclass
class Report:
    """The published file, and what more than one section needs of it.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        To the file, read-only.
    tables : set of str
        The tables that are there.
    segments : list of dict
        segment_profiles, the most revenue first and the rule segment last. Each has beside its
        columns a `color`, which follows the segment id, and `distances`: of its mean from that
        of all customers in ln(1 + x), per feature, in standard deviations.
    snapshot_date : datetime.date or None
        None where there is no customer.
    """

    connection: duckdb.DuckDBPyConnection
    tables: set[str] = field(init=False)
    segments: list[Row] = field(init=False)
    snapshot_date: date | None = field(init=False)

    def __post_init__(self) -> None:
        """Look at what the file has."""
        self.tables = {
            row["table_name"]
            for row in self.rows(
                "select table_name from information_schema.tables where table_schema = 'main'"
            )
        }
        absent = [name for name in REQUIRED if name not in self.tables]
        if absent:
            raise ReportError(f"the file has no table {absent[0]}: run `make build`.")
        self.connection.execute(
            f"""
            create temporary view feature_values as
            unpivot (
                select
                    segment_id,
                    {", ".join(f"cast({name} as double) as {name}" for name in NAMES)}
                from customer_segments
            ) on {", ".join(NAMES)} into name feature value value
            """
        )
        self.segments = self.rows(
            """
            select
                *,
                row_number() over (order by segment_id = $rule, segment_id) as color
            from segment_profiles
            order by segment_id = $rule, revenue desc, segment_id
            """,
            rule=RULE_SEGMENT,
        )
        distances = self._distances()
        for segment in self.segments:
            ruled = segment["segment_id"] == RULE_SEGMENT
            segment["color"] = f"var(--s{0 if ruled else (segment['color'] - 1) % COLORS + 1})"
            segment["distances"] = distances.get(segment["segment_id"], {})
            segment["traits"] = (
                "They sent back as much as they bought, or more."
                if ruled
                else traits(segment["distances"])
            )
        self.snapshot_date = self.one(
            "select max(snapshot_date) as snapshot_date from customer_segments"
        )["snapshot_date"]

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        """Return the rows of a query, each as a dict."""
        result = self.connection.execute(sql, parameters or None)
        columns = [column[0] for column in result.description]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def one(self, sql: str, **parameters: object) -> Row:
        """Return the only row of a query."""
        (row,) = self.rows(sql, **parameters)
        return row

    def _distances(self) -> dict[int, dict[str, float]]:
        found: dict[int, dict[str, float]] = {}
        for row in self.rows(
            """
            with

            scaled as (
                select
                    segment_id,
                    feature,
                    ln(1 + greatest(value, 0)) as value
                from feature_values
            ),

            everybody as (
                select
                    feature,
                    avg(value) as center,
                    stddev_pop(value) as scale
                from scaled
                group by feature
            )

            select
                scaled.segment_id,
                scaled.feature,
                round((avg(scaled.value) - any_value(everybody.center))
                    / nullif(any_value(everybody.scale), 0), 6) as distance
            from scaled
            inner join everybody
                on scaled.feature = everybody.feature
            group by scaled.segment_id, scaled.feature
            order by scaled.segment_id, scaled.feature
            """
        ):
            found.setdefault(row["segment_id"], {})[row["feature"]] = row["distance"] or 0.0
        return found


def both_widths(draw: Callable[[int], object], label: str) -> markupsafe.Markup:
    """Draw a chart for pages and for phones; the page shows the one that fits."""
    wide = charts.svg(draw(charts.PAGE), label, "wide")
    return markupsafe.Markup(wide + charts.svg(draw(charts.PHONE), label, "narrow"))


# --- the sections, in the order of the page


def headline(report: Report) -> Row:
    """Count what the segments stand on, and say who brings the revenue."""
    facts = report.one(
        """
        select
            coalesce(sum(customers), 0) as customers,
            cast(coalesce(sum(revenue), 0) as decimal(28, 4)) as revenue
        from segment_profiles
        """
    )
    models = report.rows(
        """
        select
            model_version,
            snapshot_date,
            refit_reason,
            training_customers,
            nullif(regexp_extract(settings, 'observation_months=([0-9]+)', 1), '') as months
        from segment_models
        where is_active
        """
    )
    model = models[0] if models else None
    months = int(model["months"]) if model and model["months"] else None
    window = f"the {counted(months, 'month')} before" if months else "the whole history before"
    best = report.segments[0] if report.segments else None
    return {
        **facts,
        "model": model,
        "window": window,
        "best": best if best and best["customers"] and facts["revenue"] > 0 else None,
    }


def notices(report: Report) -> list[Row]:
    """List what needs attention: checks that do not pass, drift, a declined model."""
    found = []
    if "data_checks" in report.tables:
        found += report.rows(
            """
            select
                verdict as text,
                'quality' as anchor
            from data_checks
            where status <> 'ok'
            order by status, about, check_name, subject
            """
        )
    if "feature_drift" in report.tables:
        found += report.rows(
            """
            select
                'The customers have drifted from the model: ' || reason as text,
                'drift' as anchor
            from feature_drift
            where measure = 'verdict' and refit_recommended
            """
        )
    found += report.rows(
        """
        select
            'Model version ' || model_version
            || ' was declined and the one before keeps scoring. ' || objections as text,
            'count' as anchor
        from segment_models
        where status = 'declined'
        qualify model_version = max(model_version) over ()
        """
    )
    return found


def moves(report: Report) -> dict[int, str]:
    """Say of each segment what change, alone, would move how many of its customers up."""
    if "segment_moves" not in report.tables:
        return {}
    kinds = {
        "more_orders": lambda typical: counted(typical, "more purchase"),
        "more_money": lambda typical: f"{amount(typical)} more spent",
        "fewer_days": lambda typical: f"a last purchase {counted(typical, 'day')} later",
    }
    found = {}
    for row in report.rows(
        f"""
        select
            segment_id,
            {", ".join(f"count({kind}) as {kind}_customers" for kind in kinds)},
            {", ".join(f"quantile_disc({kind}, 0.5) as {kind}" for kind in kinds)}
        from segment_moves
        group by segment_id
        """
    ):
        parts = [
            f"{say(row[kind])} for {number(row[f'{kind}_customers'])}"
            for kind, say in kinds.items()
            if row[kind] is not None
        ]
        found[row["segment_id"]] = (
            joined(parts) + " of them" if parts else "no single change would do"
        )
    return found


def shares(report: Report) -> Row:
    """Set the share of customers beside the share of revenue."""
    rows = [
        {
            "segment": segment_label(segment),
            "color": segment["color"],
            "customer_share": segment["customer_share"],
            "revenue_share": segment["revenue_share"],
            "customer_text": f"{percent(segment['customer_share'])} of customers",
            "revenue_text": f"{percent(segment['revenue_share'])} of revenue",
        }
        for segment in report.segments
    ]
    return {
        "picture": both_widths(
            lambda width: charts.shares(rows, width),
            "Bars: share of customers and share of revenue of each segment",
        ),
    }


def profile(report: Report) -> Row:
    """Set the medians of the segments beside those of all customers."""
    medians = ", ".join(f"cast(median({name}) as double) as {name}" for name in NAMES)
    return {"all": report.one(f"select {medians} from customer_segments")}


def portraits(report: Report) -> Row:
    """Draw where the middle half of each segment stands among all customers."""
    rows = report.rows(
        """
        with

        counts as (
            select
                feature,
                value,
                count(*) as customers
            from feature_values
            group by feature, value
        ),

        ranks as (
            select
                feature,
                value,
                (sum(customers) over (partition by feature order by value) - customers / 2)
                / sum(customers) over (partition by feature) as rank
            from counts
        ),

        quartiles as (
            select
                segment_id,
                feature,
                unnest(['low', 'middle', 'high']) as quartile,
                unnest(quantile_disc(value, [0.25, 0.5, 0.75])) as value
            from feature_values
            group by segment_id, feature
        ),

        placed as (
            select
                quartiles.segment_id,
                quartiles.feature,
                quartiles.quartile,
                quartiles.value,
                if(feature = 'recency_days', 1 - ranks.rank, ranks.rank) as rank
            from quartiles
            inner join ranks using (feature, value)
        )

        select
            segment_id,
            feature,
            max(value) filter (where quartile = 'low') as low_value,
            max(value) filter (where quartile = 'middle') as middle_value,
            max(value) filter (where quartile = 'high') as high_value,
            round(min(rank), 4) as low,
            round(max(rank) filter (where quartile = 'middle'), 4) as middle,
            round(max(rank), 4) as high
        from placed
        group by segment_id, feature
        """
    )
    by_segment = {
        segment["segment_id"]: [
            {**row, "label": feature.upwards, "column": feature.label}
            for feature in FEATURES
            for row in rows
            if (row["segment_id"], row["feature"]) == (segment["segment_id"], feature.name)
        ]
        for segment in report.segments
        if segment["customers"]
    }
    return {
        "rows": by_segment,
        "pictures": {
            segment["segment_id"]: markupsafe.Markup(
                charts.svg(
                    charts.portrait(by_segment[segment["segment_id"]], segment["color"]),
                    f"Portrait of {segment['segment_name']}: its middle half among all customers",
                )
            )
            for segment in report.segments
            if segment["segment_id"] in by_segment
        },
    }


def landscape(report: Report) -> Row:
    """Draw recency against net spend for a sample that is the same in every report."""
    colors = {segment["segment_id"]: segment["color"] for segment in report.segments}
    points = report.rows(
        """
        select
            segment_id,
            recency_days,
            cast(monetary as double) as monetary
        from customer_segments
        where monetary > 0
        order by md5(customer_id), customer_id
        limit $points
        """,
        points=POINTS,
    )
    for point in points:
        point["color"] = colors[point["segment_id"]]
    quartiles = report.rows(
        """
        select
            segment_id,
            count(*) as customers,
            quantile_cont(recency_days, [0.25, 0.5, 0.75]) as recency_days,
            quantile_cont(cast(monetary as double), [0.25, 0.5, 0.75]) as monetary
        from customer_segments
        where monetary > 0
        group by segment_id
        """
    )
    middles = [
        {
            "segment_id": row["segment_id"],
            "recency_days": row["recency_days"][1],
            "monetary": row["monetary"][1],
            "color": colors[row["segment_id"]],
        }
        for row in sorted(quartiles, key=lambda row: row["segment_id"])
    ]
    drawn = len(points)
    return {
        "picture": both_widths(
            lambda width: charts.landscape(
                points if width == charts.PAGE else points[:POINTS_ON_PHONES], middles, width
            ),
            "Points: days since the last purchase against net spend, one per sampled customer,"
            " with a number in the middle of each segment",
        )
        if points
        else None,
        "drawn": drawn,
        "drawn_on_phones": min(drawn, POINTS_ON_PHONES),
        "quartiles": {row["segment_id"]: row for row in quartiles},
        **report.one(
            """
            select
                count(*) filter (where monetary > 0) as spending,
                count(*) filter (where monetary <= 0) as without
            from customer_segments
            """
        ),
    }


def segment_count(report: Report) -> Row:
    """Show the evidence for the number of segments of the model in use."""
    rows = report.rows(
        """
        select
            evaluations.*,
            case
                when evaluations.is_chosen then 'chosen'
                when evaluations.verdict like 'Declined%' then 'declined'
                else 'passed'
            end as outcome
        from segment_count_evaluations as evaluations
        inner join segment_models as models
            on evaluations.model_version = models.model_version
        where models.is_active
        order by evaluations.segment_count
        """
    )
    chosen = next((row for row in rows if row["is_chosen"]), None)
    return {
        "rows": rows,
        "chosen": chosen,
        "picture": both_widths(
            lambda width: charts.segment_count(rows, width),
            "Four measures for each number of segments, the chosen one filled",
        )
        if len(rows) > 1
        else None,
    }


def movements(report: Report) -> Row:
    """Draw who moved between the segments at this refresh."""
    found = report.one(
        """
        select
            max(snapshot_date) filter (where snapshot_date < $today) as before,
            coalesce(sum(customers) filter (where snapshot_date = $today), 0) as moved
        from segment_transitions
        """,
        today=report.snapshot_date,
    )
    if found["before"] is None:
        return found
    moves = report.rows(
        """
        select
            from_segment_id,
            from_segment_name,
            to_segment_id,
            to_segment_name,
            cause,
            customers,
            revenue
        from segment_transitions
        where snapshot_date = $today
        order by customers desc, from_segment_id nulls last, to_segment_id nulls last, cause
        """,
        today=report.snapshot_date,
    )
    stayed = report.rows(
        """
        select
            segment_id,
            segment_name,
            count(*) as customers
        from customer_segments
        where segment_since < $today
        group by segment_id, segment_name
        order by segment_id
        """,
        today=report.snapshot_date,
    )
    flows = [
        {
            "from": (row["from_segment_id"], row["from_segment_name"] or "New"),
            "to": (row["to_segment_id"], row["to_segment_name"] or "Lapsed"),
            "customers": row["customers"],
        }
        for row in moves
    ]
    for row in stayed:
        node = (row["segment_id"], row["segment_name"])
        flows.append({"from": node, "to": node, "customers": row["customers"]})
    colors = {(row["segment_id"], row["segment_name"]): row["color"] for row in report.segments}
    gone = sorted({row["from"] for row in flows if row["from"][0] is not None} - set(colors))
    order = [*colors, *gone, (None, "New"), (None, "Lapsed")]
    by_cause = report.rows(
        """
        select
            cause,
            sum(customers) as customers
        from segment_transitions
        where
            snapshot_date = $today
            and from_segment_id is not null
            and to_segment_id is not null
        group by cause
        order by cause
        """,
        today=report.snapshot_date,
    )
    changed = sum(row["customers"] for row in by_cause)
    return {
        **found,
        "changed": changed,
        "by_cause": by_cause,
        "new": sum(row["customers"] for row in moves if row["from_segment_id"] is None),
        "lapsed": sum(row["customers"] for row in moves if row["to_segment_id"] is None),
        "stayed": sum(row["customers"] for row in stayed),
        "moves": moves,
        "largest": next(
            (row for row in moves if None not in (row["from_segment_id"], row["to_segment_id"])),
            None,
        ),
        "picture": both_widths(
            lambda width: charts.flow(
                flows, dict.fromkeys(order, "var(--s0)") | colors, order, width
            ),
            "Bands: customers from their segment at the refresh before to their segment now",
        ),
    }


def drift(report: Report) -> Row:
    """Show how far the customers are from those the model was fitted on."""
    rows = report.rows(
        """
        select
            measure,
            value,
            threshold,
            value / nullif(threshold, 0) as of_threshold,
            refit_recommended as exceeded
        from feature_drift
        where measure <> 'verdict'
        order by of_threshold desc nulls last, measure
        """
    )
    for row in rows:
        row["label"] = DRIFT_LABELS.get(row["measure"], row["measure"])
    drawn = [
        {
            **row,
            "label": f"{row['label']}: {number(row['value'], 2)} of {number(row['threshold'], 2)}",
        }
        for row in rows
        if row["of_threshold"] is not None
    ]
    verdict = report.rows("select reason from feature_drift where measure = 'verdict'")
    return {
        "rows": rows,
        "reason": verdict[0]["reason"] if verdict else None,
        "picture": both_widths(
            lambda width: charts.drift(drawn, width),
            "Bars: each measure of drift against the threshold above which a refit is recommended",
        )
        if drawn
        else None,
    }


def quality(report: Report) -> Row:
    """Count the rejected lines by reason, and repeat the verdicts of the checks."""
    rejected = report.rows(
        """
        select
            rejection_reason,
            count(*) as lines
        from rejected_transactions
        group by rejection_reason
        order by lines desc, rejection_reason
        """
    )
    found: Row = {"rejected": rejected, "lines": sum(row["lines"] for row in rejected)}
    for about in ("arrival", "fitness"):
        found[about] = (
            report.rows(
                """
                select *
                from data_checks
                where about = $about
                order by
                    status = 'ok',
                    status = 'warn',
                    check_name,
                    subject
                """,
                about=about,
            )
            if "data_checks" in report.tables
            else None
        )
    share = next(
        (row["value"] for row in found["arrival"] or [] if row["check_name"] == "rejected_share"),
        None,
    )
    found["share"] = share
    found["read"] = round(found["lines"] / share) if share else None
    return found


def glossary(report: Report) -> Row:
    """Take the words for the features from the comments that the file carries."""
    comments = report.rows(
        """
        select
            column_name,
            comment
        from duckdb_columns()
        where schema_name = 'main' and table_name = 'customer_features' and comment is not null
        """
    )
    # Backticks are for the documentation.
    texts = {row["column_name"]: row["comment"].replace("`", "") for row in comments}
    return {
        "features": [
            {"label": feature.label, "name": feature.name, "text": texts[feature.name]}
            for feature in FEATURES
            if feature.name in texts
        ]
    }


# Each with the table without which there is nothing to say; an older file may lack it.
SECTIONS: dict[str, tuple[Callable[[Report], Row], str]] = {
    "headline": (headline, "segment_models"),
    "shares": (shares, "segment_profiles"),
    "profile": (profile, "customer_segments"),
    "portraits": (portraits, "customer_segments"),
    "landscape": (landscape, "customer_segments"),
    "count": (segment_count, "segment_count_evaluations"),
    "movements": (movements, "segment_transitions"),
    "drift": (drift, "feature_drift"),
    "quality": (quality, "rejected_transactions"),
    "glossary": (glossary, "customer_segments"),
}
ABOUT_CUSTOMERS = ("shares", "profile", "portraits", "landscape", "movements")


def render(file: Path) -> str:
    """Write the page about a published file.

    Parameters
    ----------
    file : pathlib.Path
        A DuckDB file with the public tables.

    Returns
    -------
    str
        HTML; the same for the same file.

    Raises
    ------
    ReportError
        Where the file is missing, unreadable or without segments.
    """
    if not file.is_file():
        raise ReportError(f"{file} is missing: run `make build`, which writes it.")
    try:
        # One thread: the sums of several differ in their last digits from run to run.
        connection = duckdb.connect(str(file), read_only=True, config={"threads": 1})
    except duckdb.Error as error:
        raise ReportError(f"{file} cannot be opened ({error}): run `make build` again.") from None
    with connection:
        report = Report(connection)
        has_customers = report.snapshot_date is not None
        sections = {}
        for name, (section, table) in SECTIONS.items():
            if table not in report.tables:
                sections[name] = {"missing": table}
            elif not has_customers and name in ABOUT_CUSTOMERS:
                sections[name] = {"empty": True}
            else:
                sections[name] = section(report)
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "number": number,
            "amount": amount,
            "percent": percent,
            "long_date": long_date,
            "counted": counted,
            "shade": shade,
        }
        return environment.get_template("report.html.jinja").render(
            segments=report.segments,
            snapshot_date=report.snapshot_date,
            features=FEATURES,
            feature_value=feature_value,
            notices=notices(report),
            moves=moves(report),
            **sections,
        )


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--file", type=Path, default=Path("published.duckdb"))
    parser.add_argument("--output", type=Path, default=Path("report.html"))
    settings = parser.parse_args(arguments)
    try:
        page = render(settings.file)
    except ReportError as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    settings.output.write_text(page, encoding="utf-8")
    print(f"report: wrote {settings.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

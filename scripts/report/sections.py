"""Prepare the content of the page, section by section."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import altair as alt
import charts
import drawing
import markupsafe
import words
from data import Published, Row

# The segments that a rule assigns, and what their customers have in common.
RULES = {
    0: "They returned as much as they bought, or more.",
    -1: "They bought before the observation window and not in it.",
}
LAPSED = -1
COLORS = 8
# The most customers to draw: the first by hash of the customer id.
POINTS, POINTS_ON_PHONES = 2000, 500


@dataclass(frozen=True)
class Report:
    """The published file, and the data that more than one section needs.

    Attributes
    ----------
    data : Published
        The file.
    segments : list of dict
        segment_profiles, by falling revenue, segments that a rule assigns last. Besides its
        columns, each has a `color` (by segment id), its `traits` in words, and `distances`: per
        feature, how far its mean of ln(1 + x) is from that of all customers, in standard
        deviations.
    snapshot_date : datetime.date or None
        None if there are no customers.
    """

    data: Published
    segments: list[Row]
    snapshot_date: date | None


def report_of(data: Published) -> Report:
    """Read the file."""
    return Report(data, segments(data), data.one("snapshot_date")["snapshot_date"])


def segments(data: Published) -> list[Row]:
    """Add to each segment its colour and, in words, what distinguishes it."""
    distances: dict[int, dict[str, float]] = {}
    for row in data.rows("distances"):
        distances.setdefault(row["segment_id"], {})[row["feature"]] = row["distance"] or 0.0
    found = data.rows("segments")
    for segment in found:
        ruled = segment["segment_id"] in RULES
        color = 0 if ruled else (segment["color_number"] - 1) % COLORS + 1
        segment["color"] = f"var(--s{color})"
        segment["distances"] = {
            **dict.fromkeys((feature.name for feature in words.FEATURES), 0.0),
            **distances.get(segment["segment_id"], {}),
        }
        segment["traits"] = RULES.get(segment["segment_id"]) or words.traits(segment["distances"])
    return found


def both_widths(draw: Callable[[int], alt.TopLevelMixin], label: str) -> markupsafe.Markup:
    """Draw a chart for pages and for phones; the page shows the one that fits."""
    wide = drawing.svg(draw(drawing.PAGE), label, "wide")
    return markupsafe.Markup(wide + drawing.svg(draw(drawing.PHONE), label, "narrow"))


# --- the sections, in the order of the page


def headline(report: Report) -> Row:
    """Count the data behind the segments, and say which segments bring the revenue."""
    facts = report.data.one("totals")
    model = report.data.first("active_model")
    months = int(model["months"]) if model and model["months"] else None
    best = report.segments[0] if report.segments else None
    return {
        **facts,
        "model": model,
        "window": f"the {words.counted(months, 'month')} before"
        if months
        else "the whole history before",
        "best": best if best and best["customers"] and facts["revenue"] > 0 else None,
    }


def notices(report: Report) -> list[Row]:
    """List what needs attention: checks that do not pass, drift, a declined model version."""
    found = [
        {"text": check["verdict"], "anchor": "quality"}
        for about in ("arrival", "fitness")
        for check in checks(report, about) or []
        if check["status"] != "ok"
    ]
    drifted = report.data.first("drift_verdict") if "feature_drift" in report.data.tables else None
    if drifted and drifted["refit_recommended"]:
        text = f"The customers have drifted from the model: {drifted['reason']}"
        found.append({"text": text, "anchor": "drift"})
    declined = report.data.first("declined_model")
    if declined:
        text = (
            f"Model version {declined['model_version']} was declined, and the version before it"
            f" stays active: {declined['objections']}"
        )
        found.append({"text": text, "anchor": "count"})
    return found


def checks(report: Report, about: str) -> list[Row] | None:
    """Return the checks of one kind; None if an older file lacks the table."""
    if "data_checks" not in report.data.tables:
        return None
    return report.data.rows("data_checks", about=about)


def actions(report: Report) -> Row:
    """Say for each segment what would move its customers to a better one."""
    moves = report.data.rows("moves") if "segment_moves" in report.data.tables else []
    return {"moves": {move["segment_id"]: words.moves(move) for move in moves}}


def shares(report: Report) -> Row:
    """Compare the share of customers with the share of revenue."""
    rows = [
        {
            "segment": words.segment_label(segment),
            "color": segment["color"],
            "customer_share": segment["customer_share"],
            "revenue_share": segment["revenue_share"],
            "customer_text": f"{words.percent(segment['customer_share'])} of customers",
            "revenue_text": f"{words.percent(segment['revenue_share'])} of revenue",
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
    """Compare the medians of the segments with those of all customers."""
    return {"all": report.data.one("medians")}


def portraits(report: Report) -> Row:
    """Draw how the middle half of each segment compares with all customers."""
    rows = {(row["segment_id"], row["feature"]): row for row in report.data.rows("portraits")}
    present = {segment_id for segment_id, _ in rows}
    there = [segment for segment in report.segments if segment["segment_id"] in present]
    by_segment = {
        segment["segment_id"]: [
            {
                **rows[segment["segment_id"], feature.name],
                "label": feature.upwards,
                "column": feature.label,
            }
            for feature in words.FEATURES
            if (segment["segment_id"], feature.name) in rows
        ]
        for segment in there
    }
    return {
        "rows": by_segment,
        "pictures": {
            segment["segment_id"]: markupsafe.Markup(
                drawing.svg(
                    charts.portrait(by_segment[segment["segment_id"]], segment["color"]),
                    f"Portrait of {segment['segment_name']}: its middle half among all customers",
                )
            )
            for segment in there
        },
    }


def landscape(report: Report) -> Row:
    """Draw recency against net spend for a fixed sample."""
    colors = {segment["segment_id"]: segment["color"] for segment in report.segments}
    points = report.data.rows("sample", points=POINTS)
    for point in points:
        point["color"] = colors[point["segment_id"]]
    quartiles = report.data.rows("quartiles")
    medians = [
        {
            "segment_id": row["segment_id"],
            "recency_days": row["recency_days"][1],
            "monetary": row["monetary"][1],
            "color": colors[row["segment_id"]],
        }
        for row in quartiles
    ]
    drawn = len(points)
    return {
        "picture": both_widths(
            lambda width: charts.landscape(
                points if width == drawing.PAGE else points[:POINTS_ON_PHONES], medians, width
            ),
            "Points: days since the last purchase against net spend, one per sampled customer,"
            " with a number at the median of each segment",
        )
        if points
        else None,
        "drawn": drawn,
        "drawn_on_phones": min(drawn, POINTS_ON_PHONES),
        "quartiles": {row["segment_id"]: row for row in quartiles},
        **report.data.one("spending"),
    }


def segment_count(report: Report) -> Row:
    """Show the evidence for the number of segments of the active model."""
    rows = report.data.rows("segment_counts")
    return {
        "rows": rows,
        "chosen": next((row for row in rows if row["is_chosen"]), None),
        "picture": both_widths(
            lambda width: charts.segment_count(rows, width),
            "Four measures for each number of segments, the chosen one filled",
        )
        if len(rows) > 1
        else None,
    }


def movements(report: Report) -> Row:
    """Draw which customers moved between segments at this refresh."""
    today = report.snapshot_date
    before = report.data.one("refresh_before", today=today)["date_before"]
    if before is None:
        return {"before": None}
    moves = report.data.rows("transitions", today=today)
    stayed = report.data.rows("stayed", today=today)
    by_cause = report.data.rows("causes", today=today)
    flows = [
        {
            "from": (row["from_segment_id"], row["from_segment_name"] or "New"),
            "to": (row["to_segment_id"], row["to_segment_name"] or "Gone"),
            "customers": row["customers"],
        }
        for row in moves
    ]
    for row in stayed:
        node = (row["segment_id"], row["segment_name"])
        flows.append({"from": node, "to": node, "customers": row["customers"]})
    colors = {(row["segment_id"], row["segment_name"]): row["color"] for row in report.segments}
    gone = sorted({row["from"] for row in flows if row["from"][0] is not None} - set(colors))
    order = [*colors, *gone, (None, "New"), (None, "Gone")]
    return {
        "before": before,
        "changed": sum(row["customers"] for row in by_cause),
        "by_cause": by_cause,
        "new": sum(row["customers"] for row in moves if row["from_segment_id"] is None),
        "gone": sum(row["customers"] for row in moves if row["to_segment_id"] is None),
        "lapsed": sum(
            row["customers"]
            for row in moves
            if row["to_segment_id"] == LAPSED and row["from_segment_id"] is not None
        ),
        "won_back": sum(row["customers"] for row in by_cause if row["cause"] == "won back"),
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
            "Bands: customers from their segment at the last refresh to their segment now",
        ),
    }


def drift(report: Report) -> Row:
    """Show how far customers have drifted since the model was fitted."""
    rows = report.data.rows("drift")
    for row in rows:
        row["label"] = words.DRIFT_LABELS.get(row["measure"], row["measure"])
    drawn = [
        {
            **row,
            "label": f"{row['label']}: {words.number(row['value'], 2)}"
            f" of {words.number(row['threshold'], 2)}",
        }
        for row in rows
        if row["of_threshold"] is not None
    ]
    verdict = report.data.first("drift_verdict")
    return {
        "rows": rows,
        "reason": verdict["reason"] if verdict else None,
        "picture": both_widths(
            lambda width: charts.drift(drawn, width),
            "Bars: each measure of drift against the threshold above which a refit is recommended",
        )
        if drawn
        else None,
    }


def quality(report: Report) -> Row:
    """Count the rejected lines by reason, and repeat the verdicts of the checks."""
    rejected = report.data.rows("rejected_lines")
    lines = sum(row["rejected_lines"] for row in rejected)
    arrival = checks(report, "arrival")
    fitness = checks(report, "fitness")
    found = {row["check_name"]: row for row in [*(arrival or []), *(fitness or [])]}
    share = found["rejected_share"]["value"] if "rejected_share" in found else None
    guests = found.get("guest_revenue_share")
    return {
        "rejected": rejected,
        "lines": lines,
        "arrival": arrival,
        "fitness": fitness,
        "share": share,
        "guests": guests["verdict"] if guests and guests["value"] else None,
        "read": round(lines / share) if share else None,
    }


def glossary(report: Report) -> Row:
    """Read the descriptions of the features from the comments in the file."""
    # Backticks are for the documentation.
    texts = {
        row["column_name"]: row["comment"].replace("`", "")
        for row in report.data.rows("feature_descriptions")
    }
    return {
        "features": [
            {"label": feature.label, "name": feature.name, "text": texts[feature.name]}
            for feature in words.FEATURES
            if feature.name in texts
        ]
    }


# Each with the table that it needs; an older file may lack it.
SECTIONS: dict[str, tuple[Callable[[Report], Row], str]] = {
    "headline": (headline, "segment_models"),
    "actions": (actions, "segment_profiles"),
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

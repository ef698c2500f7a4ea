"""Prepare the content of the page, section by section."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import chain

import pictures
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
POINTS = 2000
# The most customers to list: of each list of today, and of each segment.
TODAY, LISTED = 6, 100
# Say so if one customer brings this share of a segment's revenue, or a segment loses this share.
LARGE, FALL = 0.25, 0.1
# Each list of today: what it is called, what to do, and who does it.
LISTS = {
    "slipping": (
        "Slipping",
        "They spend more than half of all customers, and moved to a lower segment or are overdue.",
        "Sales or service: call the first of them this week.",
    ),
    "win back": (
        "Win back",
        "They stopped buying, and spent more before than half of all customers.",
        "Marketing: send an offer on what they bought before.",
    ),
    "rising": (
        "Rising",
        "They moved to a higher segment, bought again, or are new and spend a lot.",
        "Marketing: thank them and suggest what goes with it.",
    ),
}


@dataclass(frozen=True)
class Report:
    """The published file, and the data that more than one section needs.

    Attributes
    ----------
    data : Published
        The file.
    segments : list of dict
        segment_profiles, by falling revenue, segments that a rule assigns last. Besides its
        columns, each has a `color`, its `traits` in words, `distances`: per feature, how far its
        mean of ln(1 + x) is from that of all customers, in standard deviations; and `past`, its
        rows of the history.
    history : list of dict
        segment_history_summary; empty if an older file lacks it.
    snapshot_date, before : datetime.date or None
        The date of this refresh, None without customers, and of the one before, None at the first.
    currency : str or None
        The currency of all money.
    with_customers : bool
        Whether the page may name customers.
    """

    data: Published
    segments: list[Row]
    history: list[Row]
    snapshot_date: date | None
    before: date | None
    currency: str | None
    with_customers: bool

    def money(self, value: words.Number | None, digits: int | None = None) -> str:
        """Write money in the currency of the file."""
        return words.money(value, self.currency, digits)


def report_of(data: Published, with_customers: bool) -> Report:
    """Read the file."""
    today = data.one("snapshot_date")["snapshot_date"]
    history = data.rows("history", today=today) if "segment_history_summary" in data.tables else []
    earlier = {row["snapshot_date"] for row in history} - {today}
    return Report(
        data,
        segments(data, history),
        history,
        today,
        max(earlier, default=None),
        data.one("currency")["currency"] if "monthly_transaction_totals" in data.tables else None,
        with_customers,
    )


def segments(data: Published, history: list[Row]) -> list[Row]:
    """Add to each segment its colour, its past and, in words, what distinguishes it."""
    distances: dict[int, dict[str, float]] = {}
    for row in data.rows("distances"):
        distances.setdefault(row["segment_id"], {})[row["feature"]] = row["distance"] or 0.0
    found = data.rows("segments")
    dates = sorted({row["snapshot_date"] for row in history})
    lives: dict[int, tuple[int, int]] = {}
    for row in history:
        if row["segment_id"] not in RULES and row["customers"]:
            seen = dates.index(row["snapshot_date"])
            lives[row["segment_id"]] = (lives.get(row["segment_id"], (seen, 0))[0], seen)
    for segment in found:
        if segment["segment_id"] not in RULES:
            lives.setdefault(segment["segment_id"], (len(dates), len(dates)))
    colors = pictures.colors(lives, COLORS)
    for segment in found:
        segment_id = segment["segment_id"]
        segment["color"] = f"var(--s{colors.get(segment_id, 0)})"
        segment["distances"] = {
            **dict.fromkeys(words.LABELS, 0.0),
            **distances.get(segment_id, {}),
        }
        segment["traits"] = RULES.get(segment_id) or words.traits(segment["distances"])
        segment["past"] = [row for row in history if row["segment_id"] == segment_id]
    return found


def colors_of(report: Report) -> dict[int, str]:
    """Return the colour of each segment."""
    return {segment["segment_id"]: segment["color"] for segment in report.segments}


# --- the sections, in the order of the page


def headline(report: Report) -> Row:
    """Say what there is and how it changed since the last refresh."""
    facts = report.data.one("totals")
    model = report.data.first("active_model")
    months = int(model["months"]) if model and model["months"] else None
    best = report.segments[0] if report.segments else None
    now, before = ({"customers": 0, "revenue": 0, "lapsed": 0} for _ in range(2))
    for row in report.history:
        for when, totals in ((report.snapshot_date, now), (report.before, before)):
            if row["snapshot_date"] == when:
                totals["customers"] += row["customers"]
                totals["revenue"] += row["revenue"]
                totals["lapsed"] += row["customers"] if row["segment_id"] == LAPSED else 0
    clustered = [row for row in report.segments if row["segment_id"] not in RULES]
    return {
        **facts,
        "driver": driver(report, now["revenue"] - before["revenue"]) if report.before else None,
        "model": model,
        "segments": len(clustered),
        "window": words.counted(months, "month") if months else None,
        "best": best if best and best["customers"] and facts["revenue"] > 0 else None,
        "lapsed": now["lapsed"],
        "more": {
            name: now[name] - before[name] if report.before else None
            for name in ("customers", "lapsed")
        },
        "change": words.change(now["revenue"], before["revenue"] if report.before else None),
    }


def driver(report: Report, change: float) -> Row | None:
    """Return the segment that did most of a change of the revenue since the last refresh."""
    was = {
        row["segment_id"]: row["revenue"]
        for row in report.history
        if row["snapshot_date"] == report.before
    }
    rows = [
        row | {"change": row["revenue"] - was.get(row["segment_id"], 0)}
        for row in report.history
        if row["snapshot_date"] == report.snapshot_date and row["segment_id"] not in RULES
    ]
    same_way = [row for row in rows if row["change"] * change > 0]
    return max(same_way, key=lambda row: abs(row["change"]), default=None)


def notices(report: Report) -> list[Row]:
    """List what needs attention, each with what to do and who does it."""
    found = []
    for segment in report.segments:
        share = segment["largest_share"] or 0
        if segment["segment_id"] not in RULES and share >= LARGE and segment["customers"] > 2:
            who = f" ({segment['largest_customer']})" if report.with_customers else ""
            found.append(
                {
                    "text": f"One customer{who} brings {words.percent(share)} of the revenue of"
                    f" {segment['segment_name']}.",
                    "todo": "Sales: make sure that someone looks after this customer.",
                    "anchor": f"list{segment['segment_id']}",
                }
            )
        past = segment["past"]
        if len(past) < 2 or past[-1]["snapshot_date"] != report.snapshot_date:
            continue
        was, now = past[-2]["revenue"], past[-1]["revenue"]
        if segment["segment_id"] not in RULES and was > 0 and 1 - now / was >= FALL:
            found.append(
                {
                    "text": f"The revenue of {segment['segment_name']} is"
                    f" {words.change(now, was)} since {words.long_date(report.before)}, to"
                    f" {report.money(now)}: {words.counted(past[-1]['customers_out'], 'customer')}"
                    f" left, {words.number(past[-1]['customers_in'])} came.",
                    "todo": "Marketing: see where they went.",
                    "anchor": "movements",
                }
            )
    for about in ("arrival", "fitness"):
        for check in checks(report, about) or []:
            if check["status"] != "ok":
                found.append(
                    {
                        "text": check["verdict"],
                        "todo": "Data team: see all checks.",
                        "anchor": "quality",
                    }
                )
    drifted = report.data.first("drift_verdict") if "feature_drift" in report.data.tables else None
    if drifted and drifted["refit_recommended"]:
        found.append(
            {
                "text": "Customers buy differently from when the segments were made, so that the"
                " segments fit them less well.",
                "todo": "Analyst: decide whether to make them again.",
                "anchor": "drift",
            }
        )
    declined = report.data.first("declined_model")
    if declined:
        found.append(
            {
                "text": "New segments were made and not used, because they did not pass every"
                " test. The segments before them stay.",
                "todo": "Analyst: see why, and decide.",
                "anchor": "count",
            }
        )
    return found


def checks(report: Report, about: str) -> list[Row] | None:
    """Return the checks of one kind; None if an older file lacks the table."""
    if "segment_data_checks" not in report.data.tables:
        return None
    rows = report.data.rows("data_checks", about=about)
    for row in rows:
        # Its sentence, and what it is about, may name a customer.
        if not report.with_customers and "customer" in row["check_name"]:
            row |= {
                "verdict": "See segment_data_checks: this sentence names a customer.",
                "subject": None,
            }
    return rows


def today(report: Report) -> Row:
    """List the customers to act on now."""
    rows = report.data.rows("lists", date_before=report.before, rows=TODAY)
    colors = colors_of(report)
    lists = []
    for name, (title, who, todo) in LISTS.items():
        there = [row for row in rows if row["list_name"] == name]
        for row in there:
            row |= {"reason": words.reason(row), "color": colors[row["segment_id"]]}
        lists.append({"title": title, "who": who, "todo": todo, "rows": there})
    return {"lists": lists}


def changes(report: Report) -> Row:
    """Show the size and the revenue of each segment over all refreshes."""
    dates = sorted({row["snapshot_date"] for row in report.history})
    first = dates[0] if dates else None
    rows = []
    for segment in report.segments:
        past = [row for row in segment["past"] if row["customers"]]
        if not past or past[-1]["snapshot_date"] != report.snapshot_date:
            continue
        days = [(row["snapshot_date"] - first).days for row in past]
        before = past[-2] if len(past) > 1 and past[-2]["snapshot_date"] == report.before else None
        cells = []
        for measure in ("customers", "revenue", "each"):
            values = [
                float(row["revenue"] / row["customers"] if measure == "each" else row[measure])
                for row in past
            ]
            if measure != "customers" and segment["segment_id"] == LAPSED:
                cells.append({"now": words.number(None), "change": "", "line": None, "words": ""})
                continue
            write = words.number if measure == "customers" else report.money
            now = values[-1]
            cells.append(
                {
                    "now": write(now),
                    "change": words.change(now, values[-2]) if before else "",
                    "line": pictures.sparkline(values, days) if len(past) > 1 else None,
                    "words": "; ".join(
                        f"{words.short_date(row['snapshot_date'])}: {write(value)}"
                        for row, value in zip(past, values, strict=True)
                    ),
                }
            )
        rows.append({"segment": segment, "cells": cells, "now": past[-1]})
    by_segment = {row["segment"]["segment_id"]: row for row in rows}
    return {"rows": rows, "dates": dates, "by_segment": by_segment}


def money(report: Report) -> Row:
    """Compare the shares of customers and revenue, and when the customers first bought."""
    cohorts: dict[str, dict[int, int]] = {}
    for row in report.data.rows("cohorts"):
        cohorts.setdefault(row["cohort"], {})[row["segment_id"]] = row["customers"]
    largest = max(
        max(segment["customer_share"], segment["revenue_share"]) for segment in report.segments
    )
    return {"cohorts": cohorts, "largest": largest or 1}


def movements(report: Report) -> Row:
    """Draw which customers moved between segments at this refresh."""
    if report.before is None:
        return {"before": None}
    moves = report.data.rows("transitions", today=report.snapshot_date)
    by_cause = report.data.rows("causes", today=report.snapshot_date)
    flows = [
        {
            "from": (row["from_segment_id"], row["from_segment_name"] or "New"),
            "to": (row["to_segment_id"], row["to_segment_name"] or "Gone"),
            "customers": row["customers"],
        }
        for row in moves
    ]
    stayed = 0
    for segment in report.segments:
        now = segment["past"][-1] if segment["past"] else None
        if now and now["customers"] > now["customers_in"]:
            node = (segment["segment_id"], segment["segment_name"])
            there = now["customers"] - now["customers_in"]
            stayed += there
            flows.append({"from": node, "to": node, "customers": there})
    colors = {(row["segment_id"], row["segment_name"]): row["color"] for row in report.segments}
    gone = sorted({row["from"] for row in flows if row["from"][0] is not None} - set(colors))
    order: list[pictures.Node] = [*colors, *gone, (None, "New"), (None, "Gone")]
    between = [row for row in moves if None not in (row["from_segment_id"], row["to_segment_id"])]
    return {
        "before": report.before,
        "changed": sum(row["customers"] for row in by_cause),
        "by_cause": by_cause,
        "new": sum(row["customers"] for row in moves if row["from_segment_id"] is None),
        "gone": sum(row["customers"] for row in moves if row["to_segment_id"] is None),
        "lapsed": sum(row["customers"] for row in between if row["to_segment_id"] == LAPSED),
        "won_back": sum(row["customers"] for row in by_cause if row["cause"] == "won back"),
        "stayed": stayed,
        "moves": moves,
        "largest": between[0] if between else None,
        "picture": pictures.flow(flows, order) if flows else None,
        "colors": dict.fromkeys(order, "var(--s0)") | colors,
    }


def outlook(report: Report) -> Row:
    """Show what each segment is expected to spend, and how good the last outlook was."""
    tables = report.data.tables
    expected = [row for row in report.segments if row["expected_spend"] is not None]
    return {
        "rows": sorted(expected, key=lambda row: -row["expected_spend"]),
        "total": sum(row["expected_spend"] for row in expected),
        "model": report.data.first("active_model"),
        "outcome": report.data.first("outcome") if "outlook_evaluations" in tables else None,
    }


def customers(report: Report) -> Row:
    """List the customers of each segment who matter most."""
    if not report.with_customers:
        return {"lists": {}}
    lists: dict[int, list[Row]] = {}
    for row in report.data.rows("customers", rows=LISTED):
        row |= {"why": words.why_here(row), "move": words.last_move(row)}
        lists.setdefault(row["segment_id"], []).append(row)
    return {"lists": lists}


def grid(report: Report) -> Row:
    """Count the customers and the revenue by recency and frequency score."""
    rows = report.data.rows("rfm_grid")
    colors = colors_of(report)
    names = {segment["segment_id"]: segment["segment_name"] for segment in report.segments}
    for row in rows:
        row |= {"color": colors[row["segment_id"]], "name": names[row["segment_id"]]}
    return {
        "cells": {(row["recency_score"], row["frequency_score"]): row for row in rows},
        "frequencies": sorted({row["frequency_score"] for row in rows}, reverse=True),
        "recencies": sorted({row["recency_score"] for row in rows}),
        "most": max((row["customers"] for row in rows), default=1),
    }


def attributes(report: Report) -> Row:
    """Compare what else is known of the customers of each segment, and of what they buy."""
    kinds: dict[str, dict[str, Row]] = {}
    for row in report.data.rows("attributes"):
        attribute = kinds.setdefault(row["attribute_of"], {}).setdefault(
            row["attribute"],
            {"known": row["known_values"], "values": {}, "most": None, "is_even": True},
        )
        value = attribute["values"].setdefault(
            row["value"], {"share": row["share_of_all"], "cells": {}}
        )
        row["step"] = words.step(row["counted"], row["ratio"])
        value["cells"][row["segment_id"]] = row
        attribute["is_even"] &= row["step"] == 0
        if row["step"] > 0 and row["value"] not in ("not known", "other"):
            most = attribute["most"] or row
            attribute["most"] = max(most, row, key=lambda row: row["ratio"])
    return {"kinds": kinds}


def profile(report: Report) -> Row:
    """Compare the medians of the segments with those of all customers."""
    return {"all": report.data.one("medians")}


def distributions(report: Report) -> Row:
    """Place the deciles and quartiles of each feature and segment on an axis."""
    rows = report.data.rows("distributions")
    found = {(row["segment_id"], row["feature"]): row["quantiles"] for row in rows}
    features = []
    for feature in words.FEATURES:
        own = [row["quantiles"] for row in rows if row["feature"] == feature.name]
        if not own:
            continue
        axis, ticks = pictures.axis_of(feature.name, chain.from_iterable(own))
        lines = []
        for segment in report.segments:
            quantiles = found.get((segment["segment_id"], feature.name))
            if quantiles:
                low, left, middle, right, high = (axis.at(value) for value in quantiles)
                lines.append(
                    {
                        "segment": segment,
                        "range": (min(low, high), round(abs(high - low), 1)),
                        "half": (min(left, right), round(abs(right - left), 1)),
                        "median": middle,
                        "values": [
                            words.feature_value(feature.name, value, report.currency)
                            for value in quantiles
                        ],
                    }
                )
        features.append({"feature": feature, "ticks": ticks, "lines": lines})
    return {"features": features}


def landscape(report: Report) -> Row:
    """Draw recency against net spend for a fixed sample."""
    points = report.data.rows("sample", points=POINTS)
    if not points:
        return {"drawn": 0}
    x, days = pictures.axis_of("recency_days", [row["recency_days"] for row in points])
    y, amounts = pictures.axis_of("monetary", [row["monetary"] for row in points])
    clouds = []
    for segment in report.segments:
        own = [row for row in points if row["segment_id"] == segment["segment_id"]]
        if own:
            at = ((x.at(row["recency_days"]), 100 - y.at(row["monetary"])) for row in own)
            dots = (f"M{left},{top:.1f}h0" for left, top in at)
            middle = segment["median_recency_days"], float(segment["median_monetary"])
            clouds.append(
                {
                    "segment": segment,
                    "path": "".join(dots),
                    "left": x.at(middle[0]),
                    "bottom": y.at(middle[1]),
                }
            )
    return {
        "clouds": clouds,
        "x": days,
        "y": amounts,
        "drawn": len(points),
        "customers": points[0]["customers"],
    }


def segment_count(report: Report) -> Row:
    """Show the evidence for the number of segments of the active model."""
    rows = report.data.rows("segment_counts")
    return {
        "rows": rows,
        "chosen": next((row for row in rows if row["is_chosen"]), None),
        "declined": report.data.first("declined_model"),
    }


def drift(report: Report) -> Row:
    """Show how far customers have drifted since the model was fitted."""
    rows = report.data.rows("drift")
    for row in rows:
        row["label"] = words.DRIFT_LABELS.get(row["measure"], row["measure"])
    verdict = report.data.first("drift_verdict")
    longest = max([row["of_threshold"] or 0 for row in rows] + [1])
    return {
        "rows": rows,
        "reason": verdict["reason"] if verdict else None,
        "fits": not verdict["refit_recommended"] if verdict else None,
        "longest": longest,
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
    "today": (today, "segment_history"),
    "changes": (changes, "segment_history_summary"),
    "money": (money, "customer_segments"),
    "movements": (movements, "segment_transitions"),
    "outlook": (outlook, "segment_profiles"),
    "customers": (customers, "segment_history"),
    "grid": (grid, "customer_segments"),
    "attributes": (attributes, "segment_attributes"),
    "profile": (profile, "customer_segments"),
    "distributions": (distributions, "customer_segments"),
    "landscape": (landscape, "customer_segments"),
    "count": (segment_count, "segment_count_evaluations"),
    "drift": (drift, "feature_drift"),
    "quality": (quality, "rejected_transactions"),
    "glossary": (glossary, "customer_segments"),
}
WITHOUT_CUSTOMERS = ("headline", "count", "drift", "quality", "glossary")

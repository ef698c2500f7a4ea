"""The charts of the report, made with Altair."""

from typing import Any

import altair as alt
import pandas as pd
from data import Row
from drawing import COLOR, INK, LINE, MUTED, PAGE, PAPER, PHONE, SMALL, short

# How each number of segments is marked, by its outcome.
OUTCOMES: dict[str, dict[str, Any]] = {
    "failed": {"shape": "M-1,-1L1,1M-1,1L1,-1", "size": 40, "stroke": MUTED},
    "passed": {"shape": "circle", "size": 50, "color": INK, "fill": PAPER},
    "chosen": {"shape": "circle", "size": 110, "color": INK, "fill": INK},
}
# How both ends of a flow are labelled: a name above a count.
SIDES: dict[str, dict[str, Any]] = {
    "from": {"align": "right", "dx": -10},
    "to": {"align": "left", "dx": 10},
}
LABELS: dict[str, dict[str, Any]] = {
    "name": {"dy": -7, "fontWeight": 600},
    "count": {"dy": 9, "color": MUTED, "fontSize": SMALL},
}

# A segment in a flow: its id, or None for new customers and those who are gone, and its name.
Node = tuple[int | None, str]


def shares(rows: list[Row], width: int) -> alt.TopLevelMixin:
    """Draw two bars for each segment: its share of customers and of revenue.

    Parameters
    ----------
    rows : list of dict
        Per segment, in order: segment, color, customer_share, revenue_share (0 to 1),
        customer_text, revenue_text.
    """
    frame = pd.DataFrame(rows)
    frame["segment"] = [short(name, width) for name in frame["segment"]]
    frame["row"] = range(len(frame))
    frame["customer_end"] = frame["customer_share"].clip(lower=0)
    frame["revenue_end"] = frame["revenue_share"].clip(lower=0)
    frame["zero"] = 0
    largest = max(frame["customer_end"].max(), frame["revenue_end"].max(), 0.01)
    lowest = min(frame["revenue_share"].min(), 0)
    # Leave room for the text at the end of the longest bar.
    domain = [lowest, lowest + (largest - lowest) * width / (width - 150)]
    base = alt.Chart(frame).encode(y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0)))

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", axis=None, scale=alt.Scale(domain=domain, nice=False))

    def bar(share: str, offset: int, fill: object) -> alt.Chart:
        look = base.mark_bar(size=12, yOffset=offset, cornerRadiusEnd=2)
        return look.encode(x=x(share), x2=alt.X2(datum=0), color=fill)

    def text(end: str, words: str, offset: int) -> alt.Chart:
        look = base.mark_text(align="left", dx=7, dy=offset + 1, fontSize=SMALL)
        return look.encode(x=x(end), text=f"{words}:N")

    names = base.mark_text(align="left", dy=-22, fontWeight=600)
    names = names.encode(x=x("zero"), text="segment:N")
    return alt.layer(
        names,
        bar("customer_share", -3, alt.value("var(--neutral)")),
        bar("revenue_share", 13, COLOR),
        text("customer_end", "customer_text", -3),
        text("revenue_end", "revenue_text", 13),
    ).properties(width=width, height=64 * len(frame))


def portrait(rows: list[Row], color: str) -> alt.TopLevelMixin:
    """Draw how a segment compares with all customers: parallel coordinates, turned sideways.

    Parameters
    ----------
    rows : list of dict
        Per feature, in order: label, and the ranks of its quartiles, 0 to 1: low_rank, median_rank
        and high_rank.
    color : str
        The segment's colour.
    """
    frame = pd.DataFrame(rows)
    axis = alt.Axis(
        values=[0, 0.5, 1],
        labelExpr="datum.value == 0 ? 'lowest' : datum.value == 1 ? 'highest' : 'median'",
        labelFlush=True,
        title=None,
        domain=False,
        ticks=False,
    )
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "label:N",
            sort=None,
            title=None,
            axis=alt.Axis(domain=False, ticks=False, labelColor=INK, labelLimit=0),
        )
    )
    x = alt.X("median_rank:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    return alt.layer(
        base.mark_bar(size=14, opacity=0.3, cornerRadius=3).encode(
            x=alt.X("low_rank:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis),
            x2="high_rank:Q",
            color=alt.value(color),
        ),
        base.mark_line(strokeWidth=1.5).encode(
            x=x, order=alt.Order("index:Q"), color=alt.value(color)
        ),
        base.mark_point(size=60, filled=True, opacity=1, stroke=PAPER, strokeWidth=1.5).encode(
            x=x, color=alt.value(color)
        ),
        data=frame.reset_index(),
    ).properties(width=PHONE, height=210)


def landscape(points: list[Row], medians: list[Row], width: int) -> alt.TopLevelMixin:
    """Draw recency against net spend, both on logarithmic axes.

    Parameters
    ----------
    points : list of dict
        Per customer: recency_days (at least 1), monetary (above 0), color.
    medians : list of dict
        The same per segment, with segment_id: its medians.
    """
    frame, marks = pd.DataFrame(points), pd.DataFrame(medians)

    def axis(name: str, title: str, **how: Any) -> dict[str, Any]:
        values = [10.0**power for power in range(-4, 16)]
        low, high = frame[name].min(), frame[name].max()
        scale = alt.Scale(type="log", domain=[low / 1.15, high * 1.15], nice=False)
        inside = [value for value in values if low / 1.15 <= value <= high * 1.15]
        ticks = inside if len(inside) > 1 else [low, high]
        # If the axis shows fewer than two powers of ten, label its ends.
        return {
            "shorthand": f"{name}:Q",
            "scale": scale,
            "axis": alt.Axis(
                values=ticks, title=title, format=",~r" if inside else ",.4~r", domain=False, **how
            ),
        }

    x = axis("recency_days", "days since the last purchase")
    y = axis("monetary", "net spend", titleAngle=0, titleAlign="left", titleY=-10, titleX=0)
    dots = (
        alt.Chart(frame)
        .mark_circle(size=16 if width == PAGE else 12, opacity=0.45)
        .encode(x=alt.X(**x), y=alt.Y(**y), color=COLOR)
    )
    discs = (
        alt.Chart(marks)
        .mark_point(size=420, filled=False, strokeWidth=3, fill=PAPER, opacity=1)
        .encode(x="recency_days:Q", y="monetary:Q", color=COLOR)
    )
    numbers = (
        alt.Chart(marks)
        .mark_text(fontWeight=600)
        .encode(x="recency_days:Q", y="monetary:Q", text="segment_id:N")
    )
    return alt.layer(dots, discs, numbers).properties(width=width, height=min(width, 460))


def segment_count(rows: list[Row], width: int) -> alt.TopLevelMixin:
    """Draw four measures against the number of segments.

    Parameters
    ----------
    rows : list of dict
        Per number of segments: the columns of segment_count_evaluations, and outcome, which is
        chosen, passed or failed.
    """
    measures = {
        "macro_silhouette": "Separation",
        "bootstrap_ari": "Stability",
        "smallest_share": "Smallest segment",
        "feature_balance": "Least explained feature",
    }
    frame = pd.DataFrame(rows)[["segment_count", "outcome", *measures]]
    columns = 4 if width == PAGE else 2
    apart = 56
    each = (width - apart * columns) // columns
    charts = []
    for name, title in measures.items():
        base = alt.Chart(frame).encode(
            x=alt.X(
                "segment_count:O",
                title=None,
                axis=alt.Axis(labelAngle=0, domain=False, ticks=False),
            ),
            y=alt.Y(
                f"{name}:Q",
                title=None,
                axis=alt.Axis(tickCount=3, format=".0%" if name == "smallest_share" else ".2~f"),
            ),
        )
        marks = [base.mark_line(color=LINE, strokeWidth=1.5)]
        for outcome, look in OUTCOMES.items():
            points = base.mark_point(opacity=1, strokeWidth=1.5, **look)
            marks.append(points.transform_filter(alt.datum.outcome == outcome))
        named = alt.Title(title, fontSize=SMALL, offset=8)
        charts.append(alt.layer(*marks).properties(width=each, height=120, title=named))
    lines = [charts[at : at + columns] for at in range(0, len(charts), columns)]
    drawn = (alt.hconcat(*line, spacing=apart, bounds="flush") for line in lines)
    return alt.vconcat(*drawn, spacing=20)


def flow(
    flows: list[Row], colors: dict[Node, str], order: list[Node], width: int
) -> alt.TopLevelMixin:
    """Draw customers as bands from their previous to their current segment.

    Parameters
    ----------
    flows : list of dict
        from, to (nodes) and customers, at least 1.
    colors : dict
        Node to its colour.
    order : list of tuple
        The nodes from top to bottom.
    """
    total = sum(row["customers"] for row in flows)
    nodes = {side: [node for node in order if _sum(flows, side, node)] for side in ("from", "to")}
    most = max(len(side) for side in nodes.values())
    band, gap = 260, 36
    margin = 220 if width == PAGE else 96
    start, ends = {}, []
    for side, there in nodes.items():
        top = (most - len(there)) * gap / 2
        for node in there:
            start[side, node] = top
            size = _sum(flows, side, node) / total * band
            ends.append(
                {
                    "side": side,
                    "name": short(node[1] if node[0] is None else f"{node[0]} {node[1]}", margin),
                    "count": f"{_sum(flows, side, node):,}",
                    "color": colors[node],
                    "top": top,
                    "bottom": top + max(size, 1),
                    "middle": top + size / 2,
                }
            )
            top += size + gap
    place = dict(start)
    drawn = []
    for row in sorted(flows, key=lambda row: (order.index(row["from"]), order.index(row["to"]))):
        left, right = place["from", row["from"]], place["to", row["to"]]
        size = row["customers"] / total * band
        place["from", row["from"]] += size
        place["to", row["to"]] += size
        for step in range(25):
            at = step / 24
            top = left + (right - left) * at * at * (3 - 2 * at)
            drawn.append(
                {
                    "flow": str((row["from"], row["to"])),
                    "stays": row["from"] == row["to"],
                    "color": colors[row["from"]],
                    "at": at,
                    "top": top,
                    "bottom": top + size,
                }
            )
    bands, marks = pd.DataFrame(drawn), pd.DataFrame(ends)
    height = band + gap * most
    x = alt.X(
        "at:Q",
        axis=None,
        scale=alt.Scale(domain=[0, 1], range=[margin, width - margin], nice=False),
    )
    y = alt.Y("top:Q", axis=None, scale=alt.Scale(domain=[0, height], range=[0, height]))
    marks["at"] = (marks["side"] == "to").astype(float)
    ribbons = [
        alt.Chart(bands[bands["stays"] == stays])
        .mark_area(opacity=opacity, strokeWidth=0)
        .encode(x=x, y=y, y2="bottom:Q", detail="flow:N", color=COLOR)
        for stays, opacity in ((True, 0.22), (False, 0.75))
        if (bands["stays"] == stays).any()
    ]
    base = alt.Chart(marks).encode(x=x)
    posts = base.mark_rule(strokeWidth=5).encode(y=y, y2="bottom:Q", color=COLOR)
    labels = []
    for side, aligned in SIDES.items():
        ends_there = base.transform_filter(alt.datum.side == side)
        for column, look in LABELS.items():
            text = ends_there.mark_text(**aligned, **look)
            labels.append(text.encode(y=alt.Y("middle:Q"), text=f"{column}:N"))
    # The scale includes the margins already, so labels must not move the chart.
    return alt.layer(*ribbons, posts, *labels).properties(
        width=width, height=height, autosize=alt.AutoSizeParams(type="none")
    )


def drift(rows: list[Row], width: int) -> alt.TopLevelMixin:
    """Draw each measure of drift as a share of its threshold.

    Parameters
    ----------
    rows : list of dict
        label, of_threshold (1 at the threshold), exceeded.
    """
    frame = pd.DataFrame(rows)
    frame["color"] = [
        "var(--alarm)" if exceeded else "var(--neutral)" for exceeded in frame["exceeded"]
    ]
    longest = max(frame["of_threshold"].max(), 1)
    frame["zero"] = 0
    scale = alt.Scale(domain=[0, longest * width / (width - 60)], nice=False)
    x, zero = (alt.X(f"{name}:Q", scale=scale, axis=None) for name in ("of_threshold", "zero"))
    base = alt.Chart(frame).encode(y=alt.Y("label:N", sort=None, axis=None))
    threshold = alt.Chart(pd.DataFrame({"of_threshold": [1]})).encode(x=x)
    return alt.layer(
        base.mark_text(align="left", dy=-11, fontSize=SMALL).encode(x=zero, text="label:N"),
        base.mark_bar(size=8, yOffset=5, cornerRadiusEnd=2).encode(x=x, color=COLOR),
        threshold.mark_rule(color=INK, strokeDash=[3, 3]),
        threshold.mark_text(dy=-10, align="right", fontSize=SMALL, text="refit").encode(
            y=alt.value(0)
        ),
    ).properties(width=width, height=38 * len(frame))


def _sum(flows: list[Row], side: str, node: Node) -> int:
    """Count the customers of a node."""
    return sum(row["customers"] for row in flows if row[side] == node)

"""The geometry of the pictures, in percent of their width and height.

The page stretches a picture to its place, on a phone as on paper; texts are HTML beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from data import Row

DAYS = (1, 7, 30, 90, 180, 365, 730, 1825, 3650)
TENS = tuple(10.0**power for power in range(16))
# Labels that are nearer, in percent, would overlap on a phone.
APART = 13

# A segment in a flow: its id, or None for new customers and those who are gone, and its name.
Node = tuple[int | None, str]


@dataclass(frozen=True)
class Axis:
    """An axis of ln(1 + x).

    Attributes
    ----------
    low, high : float
        The values at its ends, at least 0.
    is_reversed : bool
        Whether the high end comes first: few days since a purchase are good, and good is right.
    """

    low: float
    high: float
    is_reversed: bool = False

    def at(self, value: float) -> float:
        """Return the place of a value, 0 to 100."""
        low, high, here = (log(1 + max(each, 0)) for each in (self.low, self.high, value))
        share = min(max((here - low) / (high - low or 1), 0), 1)
        return round(100 * (1 - share if self.is_reversed else share), 1)

    def ticks(self, values: Sequence[float]) -> list[Row]:
        """Return the values to label, with their places; the ends if there is no other."""
        inside = [value for value in values if self.low <= value <= self.high]
        found: list[Row] = []
        for value in inside if len(inside) > 1 else [self.low, self.high]:
            if not found or abs(self.at(value) - found[-1]["at"]) >= APART:
                found.append({"value": value, "at": self.at(value)})
        return found


def axis_of(feature: str, values: Iterable[float]) -> tuple[Axis, list[Row]]:
    """Return the axis of a feature that holds these values, and its ticks."""
    shown = [max(value, 0.0) for value in values]
    in_days = feature.endswith("_days")
    axis = Axis(min(shown), max(shown), feature == "recency_days")
    return axis, axis.ticks(DAYS if in_days else TENS)


def sparkline(values: Sequence[float], days: Sequence[int]) -> str:
    """Return the points of a line over the refreshes, from 0 at the bottom, for 100 x 24."""
    top, last = max([*values, 0]) or 1, days[-1] - days[0] or 1
    return " ".join(
        f"{100 * (day - days[0]) / last:.1f},{22 - 20 * max(value, 0) / top:.1f}"
        for value, day in zip(values, days, strict=True)
    )


def flow(flows: list[Row], order: list[Node]) -> Row:
    """Return the bands from each segment at the last refresh to each segment now.

    Parameters
    ----------
    flows : list of dict
        from, to (nodes) and customers, at least 1.
    order : list of tuple
        The nodes from top to bottom.

    Returns
    -------
    dict
        `sides`: per side the nodes with their customers, top and size; `bands`: path, from, to,
        customers. The height is 100.
    """
    total = sum(row["customers"] for row in flows)
    counts = {
        side: {node: sum(row["customers"] for row in flows if row[side] == node) for node in order}
        for side in ("from", "to")
    }
    most = max(sum(count > 0 for count in side.values()) for side in counts.values())
    # Room for two lines of text at each node, whatever its size.
    least = min(5.5, 60 / most)
    share = 100 - least * most
    sides: Row = {}
    place: dict[tuple[str, Node], float] = {}
    for side, by_node in counts.items():
        top = 0.0
        sides[side] = []
        for node, count in by_node.items():
            if count:
                size = share * count / total
                sides[side].append({"node": node, "customers": count, "top": top, "size": size})
                place[side, node] = top
                top += size + least
    bands = []
    for row in sorted(flows, key=lambda row: (order.index(row["from"]), order.index(row["to"]))):
        left, right = place["from", row["from"]], place["to", row["to"]]
        size = share * row["customers"] / total
        place["from", row["from"]] += size
        place["to", row["to"]] += size
        path = (
            f"M0,{left:.2f}C50,{left:.2f} 50,{right:.2f} 100,{right:.2f}"
            f"V{right + size:.2f}C50,{right + size:.2f} 50,{left + size:.2f} 0,{left + size:.2f}Z"
        )
        bands.append({**row, "path": path})
    return {"sides": sides, "bands": bands}


def colors(lives: dict[int, tuple[int, int]], available: int) -> dict[int, int]:
    """Give each segment one of the colours 1 to `available`, for as long as it lives.

    A new segment gets its own number's colour, unless a segment has it that lives when it is
    born: then the first that is free. Later refreshes change nothing of that.

    Parameters
    ----------
    lives : dict
        Segment -> the first and last refresh that saw customers in it.
    """
    given: dict[int, int] = {}
    for segment, (birth, _) in sorted(lives.items()):
        taken = {given[other] for other in given if lives[other][0] <= birth <= lives[other][1]}
        own = (segment - 1) % available + 1
        free = [color for color in [own, *range(1, available + 1)] if color not in taken]
        given[segment] = (free or [own])[0]
    return given

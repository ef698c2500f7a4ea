"""How numbers, dates, features and segments are written on the page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from data import Row


@dataclass(frozen=True)
class Feature:
    """The words for a feature.

    Attributes
    ----------
    name : str
        Name of the column.
    label : str
        Heading of its column in the profile table.
    upwards : str
        Name of its axis in a portrait, where more is further right; recency is reversed.
    more, less : str
        Phrases for customers above and below the average; ``{}`` becomes "much " or nothing.
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
    Feature("monetary", "Net spend", "Spend a lot", "spend {}more", "spend {}less"),
    Feature(
        "length_days",
        "Days from first to last purchase",
        "Stay long",
        "buy over a {}longer period",
        "buy over a {}shorter period",
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
        "buy a {}wider range of products",
        "buy a {}narrower range of products",
    ),
)

# Mention a feature from half a standard deviation, and say "much" from a whole one.
NOTABLE, MUCH = 0.5, 1.0
SHADES = (0.25, 0.75, 1.25)

DRIFT_LABELS = {
    **{feature.name: feature.label for feature in FEATURES},
    "mean_distance_ratio": "Distance to own segment",
    "low_margin_share": "Customers between two segments",
}


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """Write a number with thousands separators and a true minus sign; an en dash for null."""
    if value is None:
        return "\N{EN DASH}"
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def amount(value: float | Decimal | None) -> str:
    """Write money, without cents from 100 up."""
    return number(value, 2 if value is not None and -100 < value < 100 else 0)


def percent(value: float | None, digits: int = 0) -> str:
    """Write a share of 0 to 1 as a percentage, with more digits if it is small."""
    if value is None:
        return number(None)
    if 0 < abs(value) < 0.01:
        digits = 2 if abs(value) < 0.001 else 1
    return number(value * 100, digits) + "%"


def long_date(value: date | None) -> str:
    """Write a date so that day and month cannot be confused."""
    return number(None) if value is None else f"{value.day}\N{NO-BREAK SPACE}{value:%B %Y}"


def feature_value(name: str, value: float | Decimal | None) -> str:
    """Write the value of a feature: money as money, counts with a decimal only for halves."""
    if name in ("monetary", "average_spend"):
        return amount(value)
    return number(value, 0 if value is None or value == int(value) else 1)


def joined(parts: list[str]) -> str:
    """Join words for a sentence: a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: 1 customer, 2 customers."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def traits(distances: dict[str, float]) -> str:
    """Say in a sentence what distinguishes a segment, from its three largest distances."""
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
    """Convert a distance from the average to one of seven shades, -3 to 3."""
    steps = sum(abs(distance) >= limit for limit in SHADES)
    return steps if distance > 0 else -steps


def segment_label(segment: Row) -> str:
    """Write a segment with its number, as in the charts."""
    return f"{segment['segment_id']} {segment['segment_name']}"


def moves(move: Row) -> str:
    """Say how many customers of a segment would move up, and by which single change."""
    changes = []
    if move["more_orders"] is not None:
        how = f"with about {counted(move['more_orders'], 'more order')}"
        changes.append((number(move["more_orders_customers"]), how))
    if move["more_money"] is not None:
        how = f"by spending about {amount(move['more_money'])} more"
        changes.append((number(move["more_money_customers"]), how))
    if move["fewer_days"] is not None:
        how = f"if their last purchase had been about {counted(move['fewer_days'], 'day')} later"
        changes.append((number(move["fewer_days_customers"]), how))
    if not changes:
        return "No single change would move any of them up."
    (first, how), *others = changes
    sentences = [f"{first} of them would move up {how}", *(" ".join(other) for other in others)]
    return "; ".join(sentences) + "."

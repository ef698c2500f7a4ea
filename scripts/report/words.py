"""How numbers, dates, features and segments are written on the page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from data import Row

Number = float | Decimal


@dataclass(frozen=True)
class Feature:
    """The words for a feature.

    Attributes
    ----------
    name : str
        Name of the column.
    label : str
        Heading of its column in tables.
    aspect : str
        What it says of a customer, in a sentence.
    more, less : str
        Phrases for customers above and below the average; ``{}`` becomes "much " or nothing.
    """

    name: str
    label: str
    aspect: str
    more: str
    less: str


FEATURES = (
    Feature(
        "recency_days",
        "Days since last purchase",
        "how recently they bought",
        "last bought {}longer ago",
        "bought {}more recently",
    ),
    Feature(
        "frequency",
        "Purchases",
        "their number of purchases",
        "buy {}more often",
        "buy {}less often",
    ),
    Feature(
        "monetary",
        "Net spend",
        "what they spent",
        "spend {}more",
        "spend {}less",
    ),
    Feature(
        "length_days",
        "Days from first to last purchase",
        "how long they have bought",
        "buy over a {}longer period",
        "buy over a {}shorter period",
    ),
    Feature(
        "average_spend",
        "Net spend per purchase",
        "the size of their purchases",
        "make {}larger purchases",
        "make {}smaller purchases",
    ),
    Feature(
        "unique_products",
        "Different products",
        "their range of products",
        "buy a {}wider range of products",
        "buy a {}narrower range of products",
    ),
)
LABELS = {feature.name: feature.label for feature in FEATURES}
ASPECTS = {feature.name: feature.aspect for feature in FEATURES}

# Mention a feature from half a standard deviation, and say "much" from a whole one.
NOTABLE, MUCH = 0.5, 1.0
SHADES = (0.25, 0.75, 1.25)
# Mark a value that is more, or less, common than among all customers by these factors.
RATIOS = (1.25, 2.0)
FEW = 5

DRIFT_LABELS = {
    **LABELS,
    "mean_distance_ratio": "Distance to own segment",
    "low_margin_share": "Customers between two segments",
}

# Other currencies are written with their code.
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "PLN": "zł"}


def number(value: Number | None, digits: int = 0) -> str:
    """Write a number with thousands separators and a true minus sign; an en dash for null."""
    if value is None:
        return "\N{EN DASH}"
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def money(value: Number | None, currency: str | None, digits: int | None = None) -> str:
    """Write money with its currency, without cents from 100 up."""
    if value is None:
        return number(None)
    if digits is None:
        digits = 2 if -100 < value < 100 and value != int(value) else 0
    text = number(value if value >= 0 else -value, digits)
    if currency:
        sign = SIGNS.get(currency)
        text = f"{sign}{text}" if sign else f"{currency}\N{NO-BREAK SPACE}{text}"
    return text if number(value, digits)[0] != "\N{MINUS SIGN}" else f"\N{MINUS SIGN}{text}"


def percent(value: float | None, digits: int = 0) -> str:
    """Write a share of 0 to 1 as a percentage, with more digits if it is small."""
    if value is None:
        return number(None)
    if 0 < abs(value) < 0.01:
        digits = 2 if abs(value) < 0.001 else 1
    return number(value * 100, digits) + "%"


def change(now: Number, before: Number | None) -> str:
    """Write by how much a number rose or fell; nothing where there is none to compare with."""
    if before is None or before <= 0:
        return ""
    share = float(now) / float(before) - 1
    if abs(share) < 0.005:
        return "no change" if now == before else "about the same"
    return f"{'up' if share > 0 else 'down'} {percent(round(abs(share), 2))}"


def long_date(value: date | None) -> str:
    """Write a date so that day and month cannot be confused."""
    return number(None) if value is None else f"{value.day}\N{NO-BREAK SPACE}{value:%B %Y}"


def short_date(value: date) -> str:
    """Write a date for a table: 1 Jul 2025."""
    return f"{value.day}\N{NO-BREAK SPACE}{value:%b}\N{NO-BREAK SPACE}{value:%Y}"


def feature_value(name: str, value: Number | None, currency: str | None = None) -> str:
    """Write the value of a feature: money as money, days whole, other counts with their half."""
    if name in ("monetary", "average_spend"):
        return money(value, currency)
    whole = value is None or value == int(value) or name.endswith("_days")
    return number(value, 0 if whole else 1)


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


def step(counted: int, ratio: float) -> int:
    """Convert how common a value is in a segment to one of five steps, -2 to 2.

    Parameters
    ----------
    counted : int
        Customers or purchase lines of the segment with the value.
    ratio : float
        Their share of the segment by the share of all with the value.
    """
    expected = counted / ratio
    # A smaller difference may be chance.
    if abs(counted - expected) < max(3 * expected**0.5, FEW):
        return 0
    steps = sum(max(ratio, 1 / ratio) >= limit for limit in RATIOS)
    return steps if ratio > 1 else -steps


def why_here(customer: Row) -> str:
    """Say why a customer is in the segment and not in the next one."""
    if customer["assigned_by"] == "override":
        return "put here by hand"
    features = [
        ASPECTS[part.removesuffix(" (+)")]
        for part in (customer["decided_by"] or "").split(", ")
        if part.endswith(" (+)")
    ]
    if not features or not customer["second_segment_name"]:
        return ""
    return f"{joined(features)}; otherwise {customer['second_segment_name']}"


def last_move(customer: Row) -> str:
    """Say where a customer was before, and until when."""
    when = short_date(customer["segment_since"])
    if customer["left_segment_name"]:
        return f"from {customer['left_segment_name']}, {when}"
    return f"here since {when}"


def reason(customer: Row) -> str:
    """Say why a customer is on a list of today."""
    left = customer["left_segment_name"]
    ago = f"last bought {counted(customer['days_since_last_purchase'], 'day')} ago"
    if customer["list_name"] == "win back":
        return f"{ago}, lapsed from {left}" if left else ago
    if customer["overdue_after"]:
        overdue = f"overdue since {short_date(customer['overdue_after'])}, {ago}"
        return f"{left} → {customer['segment_name']}, {overdue}" if left else overdue
    if left == "Lapsed":
        return f"bought again, now {customer['segment_name']}"
    if left:
        return f"{left} → {customer['segment_name']}, {ago}"
    return f"new, in {customer['segment_name']}"

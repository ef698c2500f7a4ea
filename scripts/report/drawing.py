"""The style of the charts, and their conversion to SVG without a browser or a network.

Colours are the page's CSS variables, so one chart works in both themes and in print. Sizes are
in pixels of the chart. Nothing is clipped, because Vega numbers its clip paths consecutively, and
the same chart would differ from run to run.
"""

import re
from xml.etree import ElementTree

import altair as alt
import vl_convert

PAGE, PHONE = 760, 330
INK, MUTED, LINE, PAPER = "var(--ink)", "var(--muted)", "var(--line)", "var(--paper)"
SMALL, TEXT = 12, 13
# Bundled with vl-convert, so text has the same width on every machine. The page uses its own font.
MEASURED_FONT = "Roboto"
# The column `color` holds the CSS colour itself.
COLOR = alt.Color("color:N", scale=None)


def svg(chart: alt.TopLevelMixin, label: str, only: str = "") -> str:
    """Draw a chart as an SVG element for an HTML page.

    Parameters
    ----------
    chart : altair.TopLevelMixin
    label : str
        The text that a screen reader reads instead.
    only : str
        "wide" or "narrow" if a different chart is shown on the other screens.

    Returns
    -------
    str
        Markup; every text in it is escaped.
    """
    configured = (
        chart.configure(
            aria=False,
            autosize=alt.AutoSizeParams(type="fit", contains="padding"),
            background="transparent",
            font=MEASURED_FONT,
            padding=4,
        )
        .configure_view(stroke=None)
        .configure_text(color=INK, fontSize=TEXT)
        .configure_title(color=INK, fontSize=TEXT, fontWeight=600, anchor="start")
        .configure_axis(
            domainColor=LINE,
            gridColor=LINE,
            tickColor=LINE,
            labelColor=MUTED,
            titleColor=MUTED,
            labelFontSize=SMALL,
            titleFontSize=SMALL,
            titleFontWeight="normal",
            labelPadding=6,
            titlePadding=8,
        )
    )
    drawn = vl_convert.vegalite_to_svg(configured.to_dict(), allowed_base_urls=[])
    # Inside HTML the namespaces are implied; without them the page contains no URL at all.
    root = ElementTree.fromstring(re.sub(r' xmlns(:\w+)?="[^"]*"', "", drawn, count=2))
    for definitions in root.findall("defs"):
        root.remove(definitions)
    for element in root.iter():
        for name in ("role", "aria-roledescription", "aria-hidden", "clip-path", "pointer-events"):
            element.attrib.pop(name, None)
        element.attrib.pop("font-family", None)
        for name in ("transform", "d"):
            if name in element.attrib:
                element.set(name, re.sub(r"(\.\d)\d+", r"\1", element.attrib[name]))
    root.attrib = {
        "class": f"chart {only}".strip(),
        "role": "img",
        "aria-label": label,
        "viewBox": root.attrib["viewBox"],
        "style": f"max-width: {root.attrib['width']}px",
    }
    return ElementTree.tostring(root, encoding="unicode")


def short(text: str, width: int) -> str:
    """Cut a text to a width in pixels; the table has the full text."""
    fitting = width // 8
    cut = text[: fitting - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return text if len(text) <= fitting else cut

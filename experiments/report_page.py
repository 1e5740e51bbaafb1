"""The report as HTML text. Every word that comes from a file is escaped here."""

import json
import re
from collections.abc import Sequence
from html import escape

from plotly.offline import get_plotlyjs

from experiments.panel import Line, Panel, Plot
from experiments.report_assets import SCRIPT, STYLE
from experiments.summary import Axis

MARKER = "<!-- analogdecor report -->"

# nothing may be loaded: plotly.js is inside, its pictures are data and blob addresses
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"

_MARKS = {
    "circle": '<circle cx="18" cy="7" r="4.5"/>',
    "square": '<rect x="13.5" y="2.5" width="9" height="9"/>',
    "diamond": '<path d="M18 1.5 23.5 7 18 12.5 12.5 7z"/>',
    "triangle-up": '<path d="M18 1.5 23.5 11 12.5 11z"/>',
    "cross": '<path d="M16.3 2h3.4v3.3H23v3.4h-3.3V12h-3.4V8.7H13V5.3h3.3z"/>',
    "x": '<path d="m14 4.5 1.6-1.6L18 5.3l2.4-2.4L22 4.5 19.6 7 22 9.500 20.4 11.100 18 8.700 15.600 11.100 14 9.500 16.400 7z"/>',
    "star": '<path d="m18 1.500 1.500 3.800 4.100.2-3.200 2.600 1.100 4-3.500-2.200-3.500 2.200 1.100-4-3.200-2.600 4.100-.2z"/>',
}
_STROKES = {"solid": "", "dash": "8 4", "dot": "2 4", "dashdot": "8 4 2 4", "longdash": "13 5", "longdashdot": "13 4 2 4"}

Cells = Sequence[str]
"""Text of one table row, not yet escaped."""


def page(*, title: str, lede: str, when: str, sections: Sequence[tuple[str, str]], panels: Sequence[Panel]) -> str:
    """One self-contained HTML page.

    Args:
        title: plain text.
        lede: one sentence or two in plain text.
        when: what stands above the title, in plain text.
        sections: heading in plain text and body in HTML, in order; a body may be that of a panel.
        panels: whose figures the page draws; panel n has its body in the section with the identifier ``panel-n``.
    """
    ids = {panel.title: f"panel-{n}" for n, panel in enumerate(panels)}
    anchors = [ids.get(heading, f"section-{n}") for n, (heading, _) in enumerate(sections)]
    links = "".join(f'<a href="#{anchor}">{escape(heading)}</a>' for anchor, (heading, _) in zip(anchors, sections, strict=True))
    bodies = (
        f'<section id="{anchor}"><h2>{escape(heading)}</h2>{body}</section>'
        for anchor, (heading, body) in zip(anchors, sections, strict=True)
    )
    return f"""<!DOCTYPE html>
{MARKER}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<header><p class="kicker">{escape(when)}</p><h1>{escape(title)}</h1><p class="lede">{escape(lede)}</p><nav>{links}</nav></header>
<noscript><p class="caption">The plots on this page are drawn by a script; the tables can be read without.</p></noscript>
{"".join(bodies)}
</main>
<script type="application/json" id="figures">{_figures(panels)}</script>
<script>{get_plotlyjs()}</script>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _figures(panels: Sequence[Panel]) -> str:
    drawn = [{"id": f"panel-{n}", "plots": [plot.views for plot in panel.plots]} for n, panel in enumerate(panels)]
    # a "<" inside JSON text could end the script element
    return json.dumps(drawn, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def panel_body(panel: Panel) -> str:
    """Caption, choices, legend and the places of the plots."""
    choices = "".join(
        f"<label>{escape(axis.label)}<select>{_options(axis, first)}</select></label>"
        for axis, first in zip(panel.choices, panel.chosen, strict=True)
        if axis.varies
    )
    keys = "".join(_key(n, line) for n, line in enumerate(panel.lines))
    plots = "".join(_place(plot, panel.title) for plot in panel.plots)
    return (
        f'<p class="caption">{escape(panel.caption)}</p>'
        + (f'<div class="controls">{choices}</div>' if choices else "")
        + (f'<div class="keys">{keys}</div>' if keys else "")
        + (f'<div class="plots">{plots}</div>' if plots else "")
    )


def _options(axis: Axis, first: int) -> str:
    texts = [axis.text(n) for n in range(len(axis.values))]
    return "".join(f"<option{' selected' if n == first else ''}>{escape(text)}</option>" for n, text in enumerate(texts))


def _key(number: int, line: Line) -> str:
    colour, dashes = line.pen.colour, _STROKES[line.pen.dash]
    stroke = f'<path d="M0 7h36" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
    drawing = f'<svg width="36" height="14" fill="{colour}" aria-hidden="true">{stroke}{_MARKS[line.pen.symbol]}</svg>'
    return f'<button type="button" class="key" data-line="{number}" aria-pressed="true">{drawing}{escape(line.label)}</button>'


def _place(plot: Plot, panel: str) -> str:
    heading, name = (f"<h3>{escape(plot.heading)}</h3>", plot.heading) if plot.heading else ("", panel)
    height = plot.views[0]["layout"]["height"]
    return f'<div>{heading}<div class="plot" role="img" aria-label="{escape(name)}" style="height:{height}px"></div></div>'


def table(headings: Cells, rows: Sequence[Cells], *, numeric: Sequence[bool], best: int | None = None) -> str:
    """A table with one line of headings.

    Args:
        headings: plain text.
        rows: plain text.
        numeric: which columns are aligned to the right.
        best: index of the row that stands out.
    """
    sides = [' class="number"' if right else "" for right in numeric]
    head = "".join(f"<th{side}>{escape(text)}</th>" for side, text in zip(sides, headings, strict=True))
    body = "".join(
        ('<tr class="best">' if n == best else "<tr>")
        + "".join(f"<td{side}>{escape(text)}</td>" for side, text in zip(sides, row, strict=True))
        + "</tr>"
        for n, row in enumerate(rows)
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """A table of names and values; a DOI becomes a link."""
    body = "".join(f"<tr><th>{escape(name)}</th><td>{_linked(value)}</td></tr>" for name, value in rows)
    return f'<table class="facts"><tbody>{body}</tbody></table>'


def _linked(value: str) -> str:
    if not re.fullmatch(r"10\.\d{4,9}/[^\s|]+", value):
        return escape(value)
    return f'<a href="https://doi.org/{escape(value)}" rel="noreferrer">{escape(value)}</a>'


def folded(summary: str, text: str) -> str:
    """Long text behind a line that opens it."""
    return f"<details><summary>{escape(summary)}</summary><pre>{escape(text)}</pre></details>"


def paragraph(text: str) -> str:
    """One paragraph in the tone of a caption."""
    return f'<p class="caption">{escape(text)}</p>'

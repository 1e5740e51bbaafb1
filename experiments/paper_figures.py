"""The figures of a report as a paper needs them: vector pages or pictures, drawn from the same panels as the page."""

import io
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from experiments.device_figure import device_panel
from experiments.figures import panels
from experiments.outputs import check_folder
from experiments.panel import Panel
from experiments.paper_axes import draw, key
from experiments.summary import Results, read_results
from experiments.whole import write_bytes

CREATOR = "analogdecor report"
"""Stands in the files: what has it may be replaced."""

WIDTH = 7.0
"""Inches: two columns of a journal's page."""

_STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "pdf.fonttype": 42,  # text stays text, as publishers ask
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
}


def write_pages(results: Path, out: Path) -> list[Path]:
    """Write every figure that a results file has numbers for into one PDF, a page each.

    Axes that a figure does not show are held at the values that the page shows first.

    Args:
        results: results file of a sweep or of one run.
        out: the file; replaced if it is an earlier one.

    Returns:
        The file.

    Raises:
        ValueError: ``results`` is no results file, or ``out`` is a file that is no earlier figure of a report.
    """
    _check(out)
    data = io.BytesIO()
    with rc_context(_STYLE), PdfPages(data, metadata={"Creator": CREATOR}) as pdf:
        for figure in _figures(read_results(results)):
            pdf.savefig(figure)
    write_bytes(out, data.getvalue())
    return [out]


def write_pictures(results: Path, out: Path) -> list[Path]:
    """As ``write_pages``, a PNG picture each: NAME.png becomes NAME-1.png, NAME-2.png, ..."""
    with rc_context(_STYLE):
        pictures = [_picture(figure) for figure in _figures(read_results(results))]
    paths = [out.with_name(f"{out.stem}-{number}.png") for number in range(1, len(pictures) + 1)]
    for path in paths:
        _check(path)
    for path, picture in zip(paths, pictures, strict=True):
        write_bytes(path, picture)
    return paths


def _picture(figure: Figure) -> bytes:
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=300, metadata={"Software": CREATOR})
    return data.getvalue()


def _figures(results: Results) -> list[Figure]:
    return [_figure(panel) for panel in (*panels(results), device_panel(results)) if panel.plots]


def _figure(panel: Panel) -> Figure:
    view = 0
    for axis, index in zip(panel.choices, panel.chosen, strict=True):
        view = view * len(axis.values) + index
    columns = 1 if len(panel.plots) == 1 else 2
    rows = -(-len(panel.plots) // columns)
    heights = max(plot.views[view]["layout"]["height"] for plot in panel.plots) / 130
    lines = -(-len(panel.lines) // 3)
    figure = Figure(figsize=(WIDTH, rows * heights + 0.2 * lines + 0.35), layout="constrained", facecolor="white")
    figure.suptitle(_title(panel), x=0.01, ha="left", fontsize=9, fontweight="bold")
    if panel.lines:
        figure.legend(
            handles=[key(line) for line in panel.lines], loc="outside lower center", ncols=min(3, len(panel.lines)), frameon=False
        )
    places = figure.subplots(rows, columns, squeeze=False).flat
    for plot, place in zip(panel.plots, places, strict=False):
        draw(place, plot.views[view])
        place.set_title(plot.heading, loc="left")
    for spare in list(places):
        spare.set_axis_off()
    return figure


def _title(panel: Panel) -> str:
    held = [f"{axis.label} {axis.text(index)}" for axis, index in zip(panel.choices, panel.chosen, strict=True) if axis.varies]
    return panel.title + (f" ({', '.join(held)})" if held else "")


def _check(path: Path) -> None:
    check_folder(path)
    if path.exists() and CREATOR.encode() not in path.read_bytes():
        raise ValueError(f"{path} exists and is no figure of an analogdecor report; it is not overwritten")

"""A panel of a report: plots that answer one question and share a legend and the choices of what is held."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from experiments.figure_style import Figure, Pen, pen
from experiments.summary import Axis, Results, Setting, settings

LINES_FIRST = ("rule_name", "decorrelation_on", "decorrelation_name")

Picture = Callable[[Setting], Figure]
"""Draws one figure for one setting of the axes that are held."""


@dataclass(frozen=True)
class Line:
    """One curve of a figure, or one colour of a scatter plot.

    Attributes:
        setting: its values on the axes that tell lines apart.
        label: these values in words.
        pen: how it is drawn.
    """

    setting: Setting
    label: str
    pen: Pen


@dataclass(frozen=True)
class Plot:
    """One plot: a heading, empty where the panel's title says it all, and one figure per setting of the choices, the last one fastest."""

    heading: str
    views: tuple[Figure, ...]


@dataclass(frozen=True)
class Panel:
    """Some plots that answer one question.

    Attributes:
        title: the question's name.
        caption: what one sees.
        plots: they share the choices and the legend.
        choices: axes held at one value, which the reader picks.
        chosen: index of the first value shown, one per choice.
        lines: the legend; empty where there is only one line.
    """

    title: str
    caption: str
    plots: tuple[Plot, ...]
    choices: tuple[Axis, ...] = ()
    chosen: tuple[int, ...] = ()
    lines: tuple[Line, ...] = ()


def line_axes(results: Results) -> tuple[Axis, ...]:
    """At most two axes of words: the first sets the colour, the second the dash. Rules come first, then decorrelation."""
    words = [axis for axis in results.factors if axis.varies and not axis.numeric]
    words.sort(key=lambda axis: LINES_FIRST.index(axis.name) if axis.name in LINES_FIRST else len(LINES_FIRST))
    return tuple(words[:2])


def lines(results: Results) -> tuple[Line, ...]:
    """All lines; one without a name where nothing tells lines apart."""
    axes = line_axes(results)
    made = []
    for number, setting in enumerate(settings(axes)):
        indices = list(setting.values()) or [0]
        # with one axis of words the dash changes together with the colour
        style = pen(number, indices[0], indices[-1])
        first, *second = [axis.text(setting[axis.name]) for axis in axes] or [""]
        made.append(Line(setting, first + "".join(f", {axes[1].label} {word}" for word in second), style))
    return tuple(made)


def legend(results: Results) -> tuple[Line, ...]:
    """All lines where there are several; a single line needs no legend."""
    every = lines(results)
    return every if len(every) > 1 else ()


def assembled(
    results: Results,
    *,
    title: str,
    caption: str,
    used: tuple[Axis, ...],
    plots: Sequence[tuple[str, Picture]],
    keyed: bool = True,
) -> Panel:
    """A panel with one view per setting of the axes that neither the plots (``used``) nor their lines show.

    Args:
        results: where the axes come from.
        title: of the panel.
        caption: what one sees.
        used: axes that the plots show themselves.
        plots: heading and picture of each.
        keyed: whether the panel needs a legend.
    """
    choices = tuple(axis for axis in results.factors if axis not in (*used, *line_axes(results)))
    held = list(settings(choices))
    return Panel(
        title=title,
        caption=caption,
        plots=tuple(Plot(heading, tuple(draw(at) for at in held)) for heading, draw in plots),
        choices=choices,
        chosen=tuple(results.base(axis) for axis in choices),
        lines=legend(results) if keyed else (),
    )

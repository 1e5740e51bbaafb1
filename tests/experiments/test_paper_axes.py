"""What matplotlib draws is what the page's figures hold."""

import matplotlib.colors
import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas

from experiments.figure_style import DASHES, SYMBOLS
from experiments.figures import panels
from experiments.paper_axes import _DASHES, _MARKERS, draw
from experiments.summary import read_results


def drawn(figure):
    axes = Canvas().subplots()
    draw(axes, figure)
    return axes


@pytest.fixture
def by_title(results_file, curves):
    axes = {"device.c2c": [0.0, 1.0, 100.0], "device.d2d": [0.0, 1.0], "rule.name": ["bp", "fa"], "train.seed": [0, 1]}
    path = results_file(axes, lambda at: curves(0.1, 0.9 - 0.001 * at["device.c2c"] - 0.1 * at["device.d2d"] - 0.01 * at["train.seed"]))
    return {panel.title: panel for panel in panels(read_results(path))}


def test_curves_and_bands(by_title):
    figure = by_title["Test accuracy against device c2c"].plots[0].views[0]
    axes = drawn(figure)
    traces = [trace for trace in figure["data"] if trace.get("fill") != "toself"]
    lines = [line for line in axes.lines if line.get_linestyle() != "None"]
    assert len(lines) == len(traces) == 2
    for line, trace in zip(lines, traces, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), trace["x"])
        np.testing.assert_array_equal(line.get_ydata(), trace["y"])
        assert line.get_color() == trace["line"]["color"]
    bands = [trace for trace in figure["data"] if trace.get("fill") == "toself"]
    for patch, band in zip(axes.patches, bands, strict=True):
        np.testing.assert_array_equal(patch.get_xy()[:-1], np.transpose([band["x"], band["y"]]))
    assert axes.get_ylim() == tuple(figure["layout"]["yaxis"]["range"])
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "1", "100"]
    assert axes.get_ylabel() == "test accuracy"


def test_heat_maps(by_title):
    trace = by_title["Test accuracy over device c2c and device d2d"].plots[0].views[0]["data"][0]
    axes = drawn(by_title["Test accuracy over device c2c and device d2d"].plots[0].views[0])
    np.testing.assert_array_equal(axes.images[0].get_array(), np.array(trace["z"], dtype=float))
    assert [text.get_text() for text in axes.texts] == [text for row in trace["text"] for text in row]
    assert [text.get_text() for text in axes.get_xticklabels()] == trace["x"]


def test_what_runs_before_and_after_is_told_apart(by_title):
    axes = drawn(by_title["Correlation before and after"].plots[0].views[0])
    faces = {matplotlib.colors.to_hex(line.get_markerfacecolor()) for line in axes.lines if line.get_marker() != "None"}
    assert "#ffffff" in faces
    assert len(faces) == 3
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first line is on top


def test_every_pen_can_be_drawn():
    assert set(_DASHES) == set(DASHES)
    assert set(_MARKERS) == set(SYMBOLS)


def test_what_is_unknown_is_an_error():
    with pytest.raises(KeyError):
        drawn({"data": [{"type": "pie", "x": []}], "layout": {"xaxis": {}, "yaxis": {}}})

"""The figures of a report: they say what the file says, and plotly accepts every one of them."""

from html import escape

import numpy as np
import plotly.graph_objects as go
import pytest

from experiments.figures import against, correlation, costs, heat_maps, panels
from experiments.panel import lines
from experiments.summary import read_results, settings

AXES = {
    "device.c2c": [0.0, 1.0, 4.0],
    "device.d2d": [0.0, 1.0],
    "rule.name": ["bp", "anp"],
    "decorrelation.on": ["none", "crossbar"],
    "train.seed": [0, 1],
}


def accuracy(at):
    value = 0.8 - 0.05 * at["device.c2c"] - 0.1 * at["device.d2d"] + 0.02 * at["train.seed"]
    return value - 0.2 * (at["rule.name"] == "anp") + 0.1 * (at["decorrelation.on"] == "crossbar")


@pytest.fixture
def results(results_file, curves):
    return read_results(results_file(AXES, lambda at: curves(0.1, 0.3, accuracy(at))))


def curves_of(figure):
    return [trace for trace in figure["data"] if trace.get("hoverinfo") != "skip"]


def test_every_view_is_a_figure_that_plotly_accepts(results):
    drawn = panels(results)
    assert len(drawn) == 2 + 1 + 3  # two axes of numbers, their pair, learning, correlation, costs
    for view in (view for panel in drawn for plot in panel.plots for view in plot.views):
        go.Figure(view)  # raises for a property that does not exist or a value that is not allowed


def test_one_view_per_setting_of_what_is_held_and_the_spec_s_own_first(results):
    panel = against(results, results.axes[0])
    assert [axis.name for axis in panel.choices] == ["device_d2d"]
    assert panel.chosen == (1,)
    assert len(panel.plots[0].views) == 2
    for panel in panels(results):
        assert {len(plot.views) for plot in panel.plots} == {len(list(settings(panel.choices)))}


def test_the_curve_against_noise_is_the_mean_over_the_seeds(results):
    for d2d, figure in zip(AXES["device.d2d"], against(results, results.axes[0]).plots[0].views, strict=True):
        for line, trace in zip(lines(results), curves_of(figure), strict=True):
            rule, on = AXES["rule.name"][line.setting["rule_name"]], AXES["decorrelation.on"][line.setting["decorrelation_on"]]
            fixed = {"device.d2d": d2d, "rule.name": rule, "decorrelation.on": on}
            expected = [np.mean([accuracy({**fixed, "device.c2c": c2c, "train.seed": s}) for s in (0, 1)]) for c2c in AXES["device.c2c"]]
            assert trace["name"] == f"{rule}, decorrelation {on}"
            assert trace["x"] == AXES["device.c2c"]
            assert trace["y"] == pytest.approx(expected, abs=1e-5)


def test_the_band_is_one_standard_deviation(results):
    area = against(results, results.axes[0]).plots[0].views[0]["data"][0]
    low, high = area["y"][-1], area["y"][0]  # there and back again
    assert high - low == pytest.approx(2 * np.std([0.0, 0.02], ddof=1), abs=2e-5)


def test_a_marker_is_open_where_runs_are_lost(results_file, curves):
    def run(at):
        return "failed: x" if at["device.c2c"] == 1.0 and at["train.seed"] == 1 else curves(0.1, 0.5)

    results = read_results(results_file({"device.c2c": [0.0, 1.0], "train.seed": [0, 1]}, run))
    (trace,) = curves_of(against(results, results.axes[0]).plots[0].views[0])
    assert trace["marker"]["symbol"] == ["circle", "circle-open"]
    assert "1 of 2 runs ok" in trace["text"][1]


def test_a_heat_map_has_the_first_axis_across_and_the_second_up(results):
    panel = heat_maps(results, results.axes[0], results.axes[1])
    (trace,) = panel.plots[0].views[0]["data"]
    fixed = {"rule.name": "bp", "decorrelation.on": "none"}
    rows = [
        [np.mean([accuracy({**fixed, "device.c2c": x, "device.d2d": y, "train.seed": s}) for s in (0, 1)]) for x in (0, 1, 4)]
        for y in (0, 1)
    ]
    assert np.array(trace["z"]) == pytest.approx(np.array(rows), abs=1e-5)
    assert (trace["x"], trace["y"]) == (["0", "1", "4"], ["0", "1"])
    assert [plot.heading for plot in panel.plots] == [line.label for line in lines(results)]


def test_correlation_goes_from_before_to_after(results):
    for trace in correlation(results).plots[0].views[0]["data"]:
        assert trace["x"] == pytest.approx([0.1, 0.1 / 3], abs=1e-5)
        assert [symbol.endswith("-open") for symbol in trace["marker"]["symbol"]] == [True, False]


def test_costs_show_every_condition_once(results):
    pulses, energy = costs(results).plots
    assert sum(len(trace["x"]) for trace in pulses.views[0]["data"]) == len(results.conditions) == 24
    assert {x for trace in energy.views[0]["data"] for x in trace["x"]} == {2e-9}


def test_costs_are_those_that_the_file_has(results_file, curves):
    further = {"latency": [0.0, 1e-3, 2e-3], "endurance_used_largest": [0.0, 2e-6, 4e-6]}
    path = results_file({"rule.name": ["bp", "fa"]}, lambda at: curves(0.1, 0.3, 0.5, **further))
    found = {plot.heading: plot.views[0]["data"] for plot in costs(read_results(path)).plots}
    assert list(found) == ["Pulses per cell", "Energy of all pulses [J]", "Time of all reads and writes [s]", "Pulses on the busiest cell"]
    assert {x for trace in found["Pulses on the busiest cell"] for x in trace["x"]} == {4e-6}


def test_a_single_run_has_learning_curves_and_nothing_to_compare(results_file, curves):
    results = read_results(results_file({}, lambda at: curves(0.1, 0.3, 0.5)))
    drawn = panels(results)
    assert [panel.title for panel in drawn] == ["Learning curves", "Correlation before and after"]
    (trace,) = curves_of(drawn[0].plots[0].views[0])
    assert (trace["x"], trace["y"]) == ([0, 1, 2], [0.1, 0.3, 0.5])
    assert drawn[0].lines == ()


def test_axes_of_words_alone_make_lines_and_no_noise_figure(results_file, curves):
    results = read_results(results_file({"rule.name": ["bp", "fa"], "write.scheme": ["direct", "accumulate"]}, lambda at: curves(0.1, 0.5)))
    assert [panel.title for panel in panels(results)] == ["Learning curves", "Correlation before and after", "Accuracy and cost"]
    assert [line.label for line in lines(results)][:2] == ["bp, write scheme direct", "bp, write scheme accumulate"]


def test_a_file_without_a_number_has_no_figures(results_file):
    assert panels(read_results(results_file({"device.c2c": [0.0, 1.0]}, lambda at: "failed: x"))) == []


def test_words_of_the_file_reach_plotly_escaped(results_file, curves):
    name = "<img src=x>"
    results = read_results(results_file({"data.root": [name, "plain"], "device.c2c": [0.0, 1.0]}, lambda at: curves(0.1, 0.5)))
    (trace, _) = curves_of(against(results, results.axes[1]).plots[0].views[0])
    assert trace["name"] == escape(name)
    assert name not in trace["text"][0]

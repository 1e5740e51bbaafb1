"""The device of a report."""

import json

import h5py
import numpy as np
import plotly.graph_objects as go
import pytest

from experiments.device_figure import DEVICES, device_panel
from experiments.summary import read_results


def widths(figure):
    """Width of the 95 % band after each potentiating pulse."""
    y = np.array(figure["data"][0]["y"], dtype=float)
    high, low = np.split(y, 2)
    return (high - low[::-1])[: len(high) // 2]


def test_one_view_per_swept_noise_and_a_band_that_grows_with_it(results_file, curves):
    axes = {"device.c2c": [0.0, 1.0, 2.0], "rule.name": ["bp", "fa"]}
    tree = {"device": {"preset": "fefet_jerry2017_mirror", "d2d": 0}}
    panel = device_panel(read_results(results_file(axes, lambda at: curves(0.1, 0.5), tree=tree)))
    assert [axis.name for axis in panel.choices] == ["device_c2c"]
    none, published, doubled = (widths(view) for view in panel.plots[0].views)
    # 5 significant digits are written, so that equal weights differ by at most 1e-5
    assert none.max() <= 1e-5
    # the spread after a few pulses doubles. A quantile's width of n devices has a relative standard error of about
    # sqrt(p (1 - p) / n) / (f(q) q) = 0.097 at p = 0.025, n = 200, two tails together 0.068; of a ratio 0.097: 5 sigmas, false alarm 6e-7
    assert doubled[4] / published[4] == pytest.approx(2, rel=5 * 0.097)
    for view in panel.plots[0].views:
        go.Figure(view)


def test_the_mean_rises_and_falls_as_published(results_file, curves):
    panel = device_panel(read_results(results_file({}, lambda at: curves(0.1, 0.5), tree={"device": {"preset": "fefet_jerry2017_mirror"}})))
    mean = panel.plots[0].views[0]["data"][-1]["y"]
    assert len(mean) == 65  # 32 levels: as many pulses up, as many down
    assert mean[0] == pytest.approx(-1, abs=1e-3)
    assert int(np.argmax(mean)) == 32
    assert str(DEVICES) in panel.caption


def test_an_ideal_device_says_so_among_others(results_file, curves):
    axes = {"device.preset": ["ideal", "fefet_jerry2017_mirror"]}
    ideal, other = device_panel(read_results(results_file(axes, lambda at: curves(0.1, 0.5)))).plots[0].views
    assert ideal["data"] == []
    assert "ideal" in ideal["layout"]["annotations"][0]["text"]
    assert other["data"]


def test_a_preset_that_this_version_does_not_have_is_said_not_hidden(results_file, curves):
    path = results_file({}, lambda at: curves(0.1, 0.5))
    with h5py.File(path, "r+") as file:
        spec = json.loads(file.attrs["spec"])
        spec["device"]["preset"] = "of_the_future"
        file.attrs["spec"] = json.dumps(spec)
    panel = device_panel(read_results(path))
    assert panel.plots == ()
    assert "of_the_future" in panel.caption


def test_what_lies_behind_the_step_is_shown(results_file, curves):
    def headings(**tree):
        panel = device_panel(read_results(results_file({}, lambda at: curves(0.1, 0.5), tree=tree)))
        for plot in panel.plots:
            go.Figure(plot.views[0])
        return [plot.heading for plot in panel.plots]

    assert headings(device={"preset": "fefet_jerry2017_mirror"}) == [""]
    assert headings(ageing={"of_cell": True}) == ["Pulse response", "Retention", "Wear"]
    assert headings(device={"switching": {"domains": 20}}) == ["Pulse response", "Switched by one pulse"]

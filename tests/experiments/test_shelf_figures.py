"""Figures of chips after training and of their bill: what the file says, and plotly accepts every one of them."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from experiments.bill import ENERGIES
from experiments.bill_figure import bill_panel
from experiments.figures import panels
from experiments.record import Variable
from experiments.results import write_results
from experiments.run import run
from experiments.shelf_figures import shelf_panels
from experiments.spec import Spec
from experiments.summary import read_results

TREE = {
    "data": {"name": "teacher", "features": 6, "classes": 3, "train_samples": 60, "test_samples": 40},
    "network": {"hidden": []},
    "decorrelation": {"on": "none"},
    "ageing": {"of_cell": True, "d2d": 0.3},
    "rule": {"name": "bp", "lr": 3.0},
    "train": {"epochs": 1},
    "shelf": {"times": [1.0, 1e4, 3e8], "cycles": [1e3, 1e7], "heal_epochs": 2},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    seeds = [0, 1]
    records = run([Spec.from_tree({**TREE, "train": {"epochs": 1, "seed": seed}}) for seed in seeds])
    path = tmp_path_factory.mktemp("shelf") / "shelf.h5"
    write_results(path, {"train.seed": seeds}, records, {"spec": records[0].spec, "sweep": '{"train.seed": [0, 1]}'})
    return read_results(path)


def curves(panel):
    return [[trace for trace in plot.views[0]["data"] if trace.get("hoverinfo") != "skip"] for plot in panel.plots]


def test_a_panel_for_time_for_learning_on_and_for_write_cycles(results):
    shelf, healing, wear = shelf_panels(results)
    shown = (["shelf_accuracy"], ["healing_accuracy", "unaged_accuracy"], ["wear_accuracy", "wear_broken"])
    for panel, variables in zip((shelf, healing, wear), shown, strict=True):
        for (curve,), variable in zip(curves(panel), variables, strict=True):
            dim = results.ds[variable].dims[-1]
            np.testing.assert_allclose(curve["x"], results.ds[dim], rtol=1e-4)
            np.testing.assert_allclose(curve["y"], results.ds[variable].mean("train_seed"), rtol=1e-4)
        for plot in panel.plots:
            go.Figure(plot.views[0])
    assert shelf.plots[0].views[0]["layout"]["xaxis"]["ticktext"] == ["1 s", "1 h", "1 d", "1 month", "1 y"]
    assert {panel.title for panel in (shelf, healing, wear)} <= {panel.title for panel in panels(results)}


def test_the_bill_adds_up_to_the_total(results):
    panel = bill_panel(results)
    energy, endurance = (plot.views[0] for plot in panel.plots)
    assert [bar["name"] for bar in energy["data"]] == ["pulses in the cells", "wires", "reads in the cells", "DAC", "ADC", "digital work"]
    assert len(energy["data"]) == len(ENERGIES)
    total = float(results.ds["energy_total"].isel(epoch=-1).mean())
    assert sum(bar["x"][0] for bar in energy["data"]) == pytest.approx(total, rel=1e-4)
    used = [trace["x"][0] for trace in endurance["data"]]
    assert used[0] == pytest.approx(float(results.ds["endurance_used_largest"].isel(epoch=-1).mean()), rel=1e-4)
    assert used[0] > used[1] > 0
    for view in (energy, endurance):
        go.Figure(view)


def test_nothing_is_drawn_that_is_not_in_the_file(results_file, curves):
    found = read_results(results_file({}, lambda at: curves(0.1, 0.5)))
    assert shelf_panels(found) == []
    assert bill_panel(read_results(results_file({}, lambda at: curves(0.1, 0.5)))) is None


def test_runs_of_different_places_do_not_go_into_one_file(tmp_path):
    (record,) = run([Spec.from_tree(TREE)])
    other = dict(record.variables)
    other["shelf_time"] = Variable(np.array([1.0, 2.0, 3.0]), "s", "time", ("shelf_time",))
    with pytest.raises(ValueError, match="runs with different shelf_time do not fit into one file"):
        write_results(tmp_path / "x.h5", {"train.seed": [0, 1]}, [record, replace(record, variables=other)], {"spec": record.spec})

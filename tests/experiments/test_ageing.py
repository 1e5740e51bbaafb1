"""[ageing] and [shelf]: what is accepted, and which laws come of it."""

import pytest
import torch

from analogdecor.linear import crossbar_layers
from crossbar.aged import Aged, aged_arrays
from crossbar.pulsed import Pulsed
from crossbar.writes.accumulate import Accumulate
from device_models import preset
from device_models.ageing import LogTime, StretchedExponential
from experiments.ageing import ageing_of
from experiments.build import build
from experiments.run import run
from experiments.spec import Spec

CELL = preset("fefet_jerry2017_mirror")


def section(**ageing):
    return Spec.from_tree({"ageing": ageing}).ageing


def test_nothing_ages_unless_asked() -> None:
    assert ageing_of(section(), CELL) is None
    layer = crossbar_layers(build([Spec.from_tree({})], 4, 3).network)["layer1"]
    assert list(aged_arrays(layer.weight)) == []


def test_laws_of_the_spec_take_the_place_of_the_cells() -> None:
    own = ageing_of(section(of_cell=True), CELL)
    assert own == CELL.ageing
    mixed = ageing_of(section(of_cell=True, retention={"law": "stretched_exponential", "tau": 1e6, "m": 0.4}, d2d=0.2), CELL)
    assert isinstance(mixed.retention, StretchedExponential)
    assert (mixed.endurance, mixed.imprint, mixed.d2d) == (CELL.ageing.endurance, CELL.ageing.imprint, 0.2)
    alone = ageing_of(section(retention={"r": 0.1, "t0": 2.0, "relaxed": -0.5}), CELL)
    assert isinstance(alone.retention, LogTime)
    assert (alone.relaxed, list(alone.laws())) == (-0.5, ["retention"])


def test_every_law_can_be_given() -> None:
    found = ageing_of(
        section(
            imprint={"k": 1e6, "sensitivity": 1e-8},
            fatigue={"loss": 0.1},
            endurance={"eta": 1e5, "stuck_at": 1.0},
            read_disturb={"n_r": 1e6, "towards": -1.0},
        ),
        CELL,
    )
    assert list(found.laws()) == ["imprint", "fatigue", "endurance", "read_disturb"]
    assert (found.imprint.k, found.sensitivity, found.fatigue.loss, found.endurance.eta, found.stuck_at) == (1e6, 1e-8, 0.1, 1e5, 1.0)


def test_aged_cells_stand_between_the_host_and_the_write_scheme() -> None:
    spec = Spec.from_tree({"network": {"hidden": [5]}, "ageing": {"retention": {"r": 0.1, "t0": 1.0}, "cycles": 100.0}})
    layer = crossbar_layers(build([spec], 4, 3).network)["layer1"]
    assert isinstance(layer.weight.inner, Accumulate)
    assert isinstance(layer.weight.inner.inner, Aged)
    assert isinstance(layer.weight.inner.inner.inner, Pulsed)
    (aged,) = aged_arrays(layer.decorrelator.array)
    assert aged.cycles().eq(100).all()


def test_cells_of_different_arrays_spread_by_themselves() -> None:
    spec = Spec.from_tree({"network": {"hidden": [4]}, "ageing": {"retention": {"r": 0.1, "t0": 1.0}, "d2d": 0.3}})
    layers = crossbar_layers(build([spec], 4, 4).network).values()
    factors = [next(aged_arrays(layer.weight)).state()["Aged.retention_factor_KOI"] for layer in layers]
    assert not torch.equal(*factors)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"ageing": {"retention": {"r": 0.1}}}, "the law log_time takes r and t0, not r"),
        ({"ageing": {"retention": {"law": "power_law", "nu": 0.1, "t0": 1.0, "m": 0.5}}}, "power_law takes nu and t0, not nu and t0 and m"),
        ({"ageing": {"retention": {"law": "linear"}}}, "log_time"),
        ({"ageing": {"endurance": {"eta": 0.0}}}, r"ageing\.endurance\.eta"),
        ({"ageing": {"fatige": {}}}, "fatige"),
        ({"shelf": {"times": [10.0, 1.0]}}, "times must rise"),
        ({"shelf": {"cycles": [10.0, 10.0]}}, "cycles must rise"),
        ({"shelf": {"heal_epochs": 2}}, "give heal_after, or times"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tree, message) -> None:
    with pytest.raises(ValueError, match=message) as error:
        Spec.from_tree(tree)
    assert "\n" not in str(error.value)


def test_cells_that_cannot_age_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the cell 'ecram' has no laws of ageing"):
        ageing_of(section(of_cell=True), preset("ecram"))
    film = {"array": {"host": "domains"}, "device": {"switching": {"domains": 20}}, "network": {"hidden": []}}
    with pytest.raises(ValueError, match="the host 'domains' does not age"):
        build([Spec.from_tree({**film, "ageing": {"retention": {"r": 0.1, "t0": 1.0}}})], 4, 3)
    noisy = Spec.from_tree({"device": {"class": "LinearStepDevice", "response": {"write_noise_std": 1.0}}, "ageing": {"fatigue": {}}})
    with pytest.raises(ValueError, match="it has write noise"):
        build([noisy], 4, 3)


@pytest.mark.parametrize("form", [{"block": 3}, {"rank": 2, "range": 1.0}], ids=["blocks", "low rank"])
def test_parts_of_a_decorrelator_age_and_wear_by_themselves(form) -> None:
    tree = {
        "data": {"name": "teacher", "features": 6, "classes": 3, "train_samples": 40, "test_samples": 20},
        "network": {"hidden": []},
        "decorrelation": {"on": "crossbar", **form},
        "ageing": {"endurance": {"eta": 1e4}, "retention": {"r": 0.1, "t0": 1.0}},
        "train": {"epochs": 1, "snapshots": "last"},
        "shelf": {"cycles": [1e9], "times": [10.0]},
    }
    (record,) = run([Spec.from_tree(tree)])
    assert record.variables["wear_broken"].values == 1.0

"""A chip's numbers are the same bits whatever the fleet: alone, among others, in another place. Whole training runs, every rule."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from analogdecor import decorrelation, rules
from experiments.build import VECTORISABLE
from experiments.record import Record
from experiments.run import run
from experiments.spec import Spec

OWN = {"learning_time", "fleet_chips", "fleet_position"}
"""What a record says of the fleet and not of the chip."""

SCHEMES = {"exact": "direct", "pulsed": "accumulate"}

CHIPS = [
    {"train.seed": 3, "device.c2c": 1.0, "device.d2d": 1.0, "rule.lr": 0.1, "decorrelation.lr": 1e-2},
    {"train.seed": 1, "device.c2c": 0.0, "device.d2d": 2.0, "rule.lr": 0.3, "decorrelation.lr": 1e-3},
    {"train.seed": 3, "device.c2c": 4.0, "device.d2d": 1.0, "rule.lr": 0.1, "decorrelation.lr": 1e-2},
    {"train.seed": 0, "device.c2c": 1.0, "device.d2d": 0.0, "rule.lr": 1.0, "decorrelation.lr": 3e-3},
    {"train.seed": 2, "device.c2c": 2.0, "device.d2d": 1.0, "rule.lr": 0.2, "decorrelation.lr": 0.0},
]


def tree(host: str, **sections: Any) -> dict[str, Any]:
    """13 lines into 17 into 3: no chip of a fleet but the first starts at a multiple of 64 bytes."""
    small = {
        "data": {"name": "teacher", "features": 13, "classes": 3, "train_samples": 40, "test_samples": 30},
        "network": {"hidden": [17]},
        "array": {"host": host},
        "write": {"scheme": SCHEMES[host]},
        "train": {"epochs": 1, "batch_size": 16},
    }
    return {name: {**small.get(name, {}), **sections.get(name, {})} for name in {*small, *sections}}


def specs(base: dict[str, Any], chips: Sequence[dict[str, Any]] = CHIPS) -> list[Spec]:
    """The base with each chip's own numbers."""
    made = []
    for chip in chips:
        own: dict[str, Any] = {section: dict(table) for section, table in base.items()}
        for key, value in chip.items():
            section, name = key.split(".")
            own.setdefault(section, {})[name] = value
        made.append(Spec.from_tree(own))
    return made


def differences(mine: Record, other: Record) -> Iterator[str]:
    """Names of what differs in any bit; nan is nan."""
    assert mine.variables.keys() == other.variables.keys()
    if (mine.spec_hash, mine.status) != (other.spec_hash, other.status):
        yield "status"
    for name in sorted(mine.variables.keys() - OWN):
        if not np.array_equal(mine.variables[name].values, other.variables[name].values, equal_nan=True):
            yield name


def check(wanted: list[Spec], orders: Sequence[Sequence[int]]) -> None:
    """Every fleet gives what the fleet of all in order gives."""
    together = run(wanted)
    for order in orders:
        for place, record in zip(order, run([wanted[place] for place in order]), strict=True):
            assert not list(differences(record, together[place])), (order, place)


ORDERS = [(4, 2, 0, 3, 1), (3,), (2,)]


@pytest.mark.parametrize("host", SCHEMES)
@pytest.mark.parametrize("decorrelation_name", ["none", *decorrelation.FOLDER.names()])
@pytest.mark.parametrize("rule", rules.FOLDER.names())
def test_fleets_change_no_bit(rule, decorrelation_name, host) -> None:
    on = "crossbar" if host == "pulsed" else "digital"
    check(specs(tree(host, rule={"name": rule}, decorrelation={"name": decorrelation_name, "on": on})), ORDERS)


NOISY = {"preset": "", "class": "LinearStepDevice", "response": {"write_noise_std": 1.0}}
DIGITS = {"features": 64, "classes": 10}
VARIANTS = {
    "every write at once": tree("pulsed", rule={"name": "bp"}, write={"scheme": "direct"}),
    "exact steps": tree("pulsed", rule={"name": "bp"}, device={"preset": "ideal"}, write={"scheme": "direct"}),
    "write noise": tree(
        "pulsed", rule={"name": "bp"}, device={"preset": "", "class": "LinearStepDevice", "response": {"write_noise_std": 1.0}}
    ),
    "resistive wires": tree("pulsed", rule={"name": "bp"}, array={"ir_drop": 1.0}),
    "many arrays": tree("pulsed", rule={"name": "bp"}, array={"max_rows": 5, "max_columns": 7}),
    "perfect reads": tree("pulsed", rule={"name": "bp"}, array={"forward": {"is_perfect": True}, "backward": {"is_perfect": True}}),
    "an array too large for the fused read": tree("pulsed", rule={"name": "bp"}, network={"hidden": [150, 120]}),
    "averaged passes": tree("exact", rule={"name": "np", "passes": 9}),
    "many layers": tree("exact", rule={"name": "anp", "passes": 2}, network={"hidden": [11, 9, 7, 11, 9, 7], "activation": "tanh"}),
    "squared error": tree("exact", rule={"name": "dfa"}, train={"loss": "squared_error"}, decorrelation={"centring": "batch"}),
    "as the digits": tree(
        "exact", rule={"name": "bp"}, network={"hidden": [64]}, data={"features": 64, "classes": 10}, train={"batch_size": 32}
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_fleets_change_no_bit_in_other_settings(name) -> None:
    check(specs(VARIANTS[name]), ORDERS)


@pytest.mark.parametrize("host", SCHEMES)
def test_a_chip_that_diverges_is_the_same_alone_and_leaves_its_neighbours_alone(host) -> None:
    chips = [*CHIPS[:2], {**CHIPS[2], "rule.lr": 1e38}, *CHIPS[3:]]
    wanted = specs(tree(host, rule={"name": "bp"}, train={"epochs": 3}, decorrelation={"on": "digital"}), chips)
    statuses = [record.status for record in run(wanted)]
    assert statuses.count("diverged") == 1, statuses
    check(wanted, ORDERS)


RESPONSES = [{"write_noise_std": noise, "w_max": reach} for noise, reach in ((0.0, 0.6), (1.0, 0.6), (0.5, 0.4), (0.0, 0.9), (0.2, 0.5))]


def test_cells_and_perturbations_of_other_numbers_share_a_fleet() -> None:
    """Some chips with write noise and some without; decorrelators with cells of their own."""
    base = tree("pulsed", device={"preset": "", "class": "LinearStepDevice"}, rule={"name": "np"})
    owns = [
        {**chip, "device.response": response, "rule.sigma": 0.01 * (1 + n), "decorrelation.device": {"c2c": n, "d2d": 0.5 * n}}
        for n, (chip, response) in enumerate(zip(CHIPS, RESPONSES, strict=True))
    ]
    check(specs(base, owns), ORDERS)


def test_every_key_that_chips_may_differ_in_is_varied_here() -> None:
    """But the read noise, in which a fleet's chips do not differ."""
    varied = {*CHIPS[0], "rule.sigma", "device.response", "decorrelation.device.c2c", "decorrelation.device.d2d"}
    unvaried = {"device.read", "decorrelation.device.read", "decorrelation.device.response"}  # the last is read as the weights' cell is
    assert varied == set(VECTORISABLE) - unvaried
    assert all(CHIPS[0][key] != CHIPS[1][key] for key in CHIPS[0])


def test_chips_of_different_numbers_differ() -> None:
    """The comparison above is not one of equal runs."""
    records = run(specs(tree("pulsed", rule={"name": "bp"})))
    losses = torch.tensor(np.array([record.variables["test_loss"].values[-1] for record in records]))
    assert len(losses.unique()) == len(CHIPS)

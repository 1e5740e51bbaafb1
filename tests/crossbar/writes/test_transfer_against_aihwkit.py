"""transfer and accumulate against aihwkit's own compounds, in distribution: two-sample tests on replicates with fresh cells each.

A replicate is a pair of arrays that has learnt from the same samples. Its statistics are sums over its cells; Welch's z compares the two
samples of replicates. 5.3 sigma has a false-alarm probability of 1.2e-7 per comparison, 3e-6 for the 24 comparisons of this file
together; aihwkit's side is not seedable, ours is fixed.
"""

import numpy as np
import pytest
import torch
from aihwkit.simulator.configs import IOParameters, UpdateParameters
from aihwkit.simulator.configs.compounds import (
    BufferedTransferCompound,
    ChoppedTransferCompound,
    DynamicTransferCompound,
    MixedPrecisionCompound,
)
from aihwkit.simulator.configs.devices import LinearStepDevice

from crossbar.hosted import Hosted
from crossbar.pulsed import Pulsed
from crossbar.seeds import derive
from crossbar.surroundings import Surroundings
from crossbar.writes.accumulate import Accumulate
from crossbar.writes.transfer import Transfer
from device_models.cell import as_cell

SHAPE = (5, 7)
REPLICATES = 150
BOUND = 5.3
PERFECT = IOParameters(is_perfect=True)
DEVICE = LinearStepDevice(
    dw_min=0.04,
    gamma_up=0.5,
    gamma_down=0.3,
    up_down=0.0,
    up_down_dtod=0.02,
    dw_min_std=0.4,
    dw_min_dtod=0.1,
    w_max_dtod=0.05,
    w_min_dtod=0.05,
)
RATE, FAST = 0.2, 0.06
ONE = UpdateParameters(desired_bl=1, update_bl_management=False, update_management=False)
THEIRS = {"transfer_every": 2.0, "units_in_mbatch": False, "transfer_forward": PERFECT, "transfer_update": ONE, "fast_lr": FAST}
OURS = {"every": 2, "columns": 1, "fast_lr": FAST, "auto_scale": False, "correct": False}
CASES = {
    "ttv2": (BufferedTransferCompound([DEVICE, DEVICE], momentum=0.1, **THEIRS), {"algorithm": "ttv2", "momentum": 0.1}),
    "ttv2, remembered": (
        BufferedTransferCompound([DEVICE, DEVICE], momentum=0.2, forget_buffer=False, thres_scale=0.5, **THEIRS),
        {"algorithm": "ttv2", "momentum": 0.2, "forget": False, "threshold": 0.5},
    ),
    "chopped at random": (
        ChoppedTransferCompound([DEVICE, DEVICE], in_chop_prob=0.3, **THEIRS),
        {"algorithm": "chopped", "chop": 0.3, "chop_random": True},
    ),
    "chopped regularly": (
        ChoppedTransferCompound([DEVICE, DEVICE], in_chop_prob=0.25, in_chop_random=False, **THEIRS),
        {"algorithm": "chopped", "chop": 0.25},
    ),
    "agad": (DynamicTransferCompound([DEVICE, DEVICE], in_chop_prob=0.25, **THEIRS), {"algorithm": "agad", "chop": 0.25}),
}


def samples(count=160):
    g = torch.Generator().manual_seed(3)
    return torch.randn(1, count, SHAPE[1], generator=g) + 0.4, torch.randn(1, count, SHAPE[0], generator=g) - 0.3


def hosted(device):
    return Hosted(SHAPE, as_cell(device), seeds=range(REPLICATES), forward_io=PERFECT, backward_io=PERFECT)


def pulsed(seed=0):
    seeds = [derive(seed, k) for k in range(REPLICATES)]
    return Pulsed(SHAPE, as_cell(DEVICE), seeds=seeds, forward_io=PERFECT, backward_io=PERFECT)


def around():
    return Surroundings(tuple(range(REPLICATES)), (as_cell(DEVICE),) * REPLICATES, lambda name, shape: pulsed(1))


def learn(array, batch, rate=RATE):
    """One batch at a time; the same samples for all replicates."""
    for x, d in zip(*(values.split(batch, 1) for values in samples()), strict=True):
        array.update(x.expand(REPLICATES, -1, -1), d.expand(REPLICATES, -1, -1), rate)
    return array.weights().double().numpy()


def statistics(w_KOI, direction_OI):
    centred = w_KOI - w_KOI.mean(0)
    return {
        "mean along": (w_KOI * direction_OI).mean((1, 2)),
        "square": (w_KOI**2).mean((1, 2)),
        "variance": (centred**2).mean((1, 2)),
        "third moment": (w_KOI**3 * direction_OI).mean((1, 2)),
    }


def agree(ours, theirs):
    direction = np.sign(theirs.mean(0))
    a, b = statistics(ours, direction), statistics(theirs, direction)
    z = {}
    for name in a:
        spread = (a[name].var(ddof=1) / len(a[name]) + b[name].var(ddof=1) / len(b[name])) ** 0.5
        z[name] = (a[name].mean() - b[name].mean()) / spread
    assert max(abs(value) for value in z.values()) < BOUND, z
    assert abs(b["mean along"].mean()) > 5 * b["mean along"].std() / len(ours) ** 0.5, "something must have been learnt"


@pytest.mark.parametrize(("compound", "options"), CASES.values(), ids=CASES)
def test_transfer_agrees_with_aihwkits_compound(compound, options):
    ours = Transfer(pulsed(), around(), **{**OURS, **options})
    agree(learn(ours, 16), learn(hosted(compound), 16))


def test_accumulate_agrees_with_mixed_precision():
    """At a rate with which no cell is due more than one pulse at once: where several are, aihwkit draws trains and ours is exact.

    aihwkit transfers at the start of the next batch, so that its last batch is still digital: it gets one more sample, of nothing.
    """
    x, d = samples()
    rate = 0.04 / float((x.abs().amax(2) * d.abs().amax(2)).max())
    theirs, ours = hosted(MixedPrecisionCompound(device=DEVICE)), Accumulate(pulsed())
    learn(theirs, 1, rate)
    theirs.update(torch.zeros(REPLICATES, 1, SHAPE[1]), torch.zeros(REPLICATES, 1, SHAPE[0]), rate)
    agree(learn(ours, 1, rate), theirs.weights().double().numpy())


def test_the_test_sees_a_wrong_algorithm():
    ours = Transfer(pulsed(), around(), **{**OURS, **CASES["agad"][1]})
    with pytest.raises(AssertionError):
        agree(learn(ours, 16), learn(hosted(CASES["ttv2"][0]), 16))

"""Trains in torch are those of the compiled array: every slot, and the numbers of slots and draws, over two pieces of a batch."""

import numpy as np
import pytest
import torch
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.gpu import trains
from crossbar.gpu.streams import Stream
from crossbar.kernels import streams
from crossbar.kernels import trains as compiled
from crossbar.kernels.packing import packed
from crossbar.kernels.streams import Purpose
from tests.crossbar.gpu.cases import KINDS, SEEDS, vectors

PARAMETERS = {
    "default": UpdateParameters(),
    "long": UpdateParameters(desired_bl=100),
    "coarse": UpdateParameters(res=0.1),
    "rounded at random": UpdateParameters(res=0.1, sto_round=True),
    "free length": UpdateParameters(update_bl_management=False, update_management=False, fixed_bl=False, desired_bl=5),
    "no length management": UpdateParameters(update_bl_management=False),
}
SAMPLES, SHAPE, GRANULARITY = 70, (2, 9), 2e-3


def compiled_pulses(x, d, lr, seed, parameters):
    """Slot number -> pulses and signs of all lines of x and d, of one chip, as the compiled array draws them."""
    first_draw = first_slot = 0
    slots = {}
    for begin in range(0, SAMPLES, 64):
        piece = [v[begin : begin + 64] for v in (x, d)]
        plan = compiled.plan(*piece, lr, GRANULARITY, parameters)
        layout = packed(plan)
        made = []
        for purpose, v, gain in zip((Purpose.X_TRAIN, Purpose.D_TRAIN), piece, (plan.x_gain_B, plan.d_gain_B), strict=True):
            out = [np.zeros((layout.words, v.shape[1]), dtype=layout.dtype) for _ in range(2)]
            numbers = (gain, plan.length_B, layout.start_B, layout.width, float(parameters.res), bool(parameters.sto_round))
            compiled.fill(streams.key(seed, purpose, 1), first_draw, v, *numbers, 0, v.shape[1], *out)
            made += out
        for b in range(len(piece[0])):
            for slot in range(layout.start_B[b], layout.start_B[b] + plan.length_B[b]):
                word, at = divmod(int(slot), layout.width)
                slots[first_slot + int(slot)] = [(words[word] >> layout.dtype(at)) & layout.dtype(1) for words in made]
        first_slot += layout.width * layout.words if plan.length_B.any() else 0
        first_draw += compiled.draws(plan)
    return slots


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PARAMETERS)
def test_pulses_are_those_of_the_compiled_array(name, kind):
    parameters = PARAMETERS[name]
    x_KBI, d_KBO, lr = vectors(kind, SHAPE, SAMPLES)
    lr_K, granularity_K = torch.tensor([lr, 0.7 * lr], dtype=torch.float64), torch.full((2,), GRANULARITY, dtype=torch.float64)
    plan = trains.plan(x_KBI, d_KBO, lr_K, granularity_K, parameters)
    lines = ((Purpose.X_TRAIN, x_KBI, plan.x_gain_KB), (Purpose.D_TRAIN, d_KBO, plan.d_gain_KB))
    words = [trains.fill(Stream(torch.tensor(SEEDS), (int(p), 1)), v, gain, plan, parameters) for p, v, gain in lines]
    first_KW = trains.first_slots(plan)
    for k, seed in enumerate(SEEDS):
        expected, seen = compiled_pulses(x_KBI[k].numpy(), d_KBO[k].numpy(), float(lr_K[k]), seed, parameters), 0
        for w in range(first_KW.shape[1]):
            left = int(plan.length_KB[k, w // plan.words]) - trains.SLOTS * (w % plan.words)
            for at in range(min(max(left, 0), trains.SLOTS)):
                ours = [part for word in words for part in ((word[k, w] >> at) & 1, (word[k, w] < 0).int())]
                for mine, theirs in zip(ours, expected[int(first_KW[k, w]) + at], strict=True):
                    np.testing.assert_array_equal(mine.numpy(), theirs.astype(np.int32))
                seen += 1
        assert seen == len(expected) > 0


def test_a_rate_of_zero_is_silent():
    x_KBI, d_KBO, _ = vectors("short", SHAPE, 3)
    plan = trains.plan(x_KBI, d_KBO, torch.tensor([0.0, 0.1]).double(), torch.full((2,), GRANULARITY).double(), UpdateParameters())
    assert plan.length_KB[0].tolist() == [0, 0, 0]
    assert bool((plan.length_KB[1] > 0).all())
    assert plan.words == 1

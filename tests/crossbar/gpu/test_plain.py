"""Pulses in plain torch against the compiled walk: the same trains, the same draws, the same weights."""

import numpy as np
import pytest
import torch
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.gpu import plain, trains
from crossbar.gpu.steps import STEPS, form_of
from crossbar.gpu.streams import Stream
from crossbar.kernels import addressed, streams
from crossbar.kernels import trains as compiled
from crossbar.kernels.fleet import gathered
from crossbar.kernels.laws import law_module
from crossbar.kernels.slots import every
from crossbar.kernels.streams import Purpose
from tests.crossbar.gpu.cases import KINDS, RESPONSES, SEEDS, SMOOTH, chips, pulsed, vectors

SHAPE, CPU = (3, 21), torch.device("cpu")


def words_of(made, x_KBI, d_KBO, lr):
    """Plan and words of x and d."""
    parameters, granularity = UpdateParameters(), law_module(made[0].law).granularity(made[0].response)
    rates, steps = torch.full((2,), lr, dtype=torch.float64), torch.full((2,), granularity, dtype=torch.float64)
    plan = trains.plan(x_KBI, d_KBO, rates, steps, parameters)
    lines = ((Purpose.X_TRAIN, x_KBI, plan.x_gain_KB), (Purpose.D_TRAIN, d_KBO, plan.d_gain_KB))
    return plan, [trains.fill(Stream(torch.tensor(SEEDS), (int(p), 1)), v, gain, plan, parameters) for p, v, gain in lines]


def agree(ours, theirs, pulses, exact):
    """Bit for bit; laws with exponentials and powers to one float32 rounding (2^-24) of numbers below 1 per pulse, with 4 to spare."""
    bound = 0.0 if exact else 4 * 2**-24 * max(int(pulses.max()), 1)
    assert np.abs(np.asarray(ours, dtype=np.float64) - theirs).max() <= bound


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RESPONSES)
def test_walking_is_the_compiled_walk(name, kind):
    x_KBI, d_KBO, lr = vectors(kind, SHAPE, 12)
    made = chips(name, SHAPE)
    cells = pulsed(made, CPU)
    plan, words = words_of(made, x_KBI, d_KBO, lr)
    plain.walk(Stream(torch.tensor(SEEDS), (int(Purpose.PULSE), 1)), *words, trains.first_slots(plan), cells)
    for k, own in enumerate(made):
        granularity = law_module(own.law).granularity(own.response)
        x, d = x_KBI[k].numpy(), d_KBO[k].numpy()
        lines = own._lines(x, d, compiled.plan(x, d, lr, granularity, UpdateParameters()), UpdateParameters(), 1, 0)
        arrays = (0, SHAPE[0], own.w, own.p_POI, own.g, own.up, own.down)
        stream, number_S = streams.key(SEEDS[k], Purpose.PULSE, 1), np.arange(8 * lines[0].itemsize * len(lines[0]), dtype=np.uint64)
        every(law_module(own.law).step)(stream, stream, *lines, number_S, *arrays)
        np.testing.assert_array_equal(cells.up_KOI[k].numpy(), own.up)
        np.testing.assert_array_equal(cells.down_KOI[k].numpy(), own.down)
        assert own.up.sum() + own.down.sum() > 0
        agree(cells.w_KOI[k].numpy(), own.w, own.up + own.down, name not in SMOOTH)


@pytest.mark.parametrize("name", RESPONSES)
def test_addressed_pulses_are_the_compiled_ones(name):
    made = chips(name, SHAPE)
    cells = pulsed(made, CPU)
    n_KOI = torch.randint(-5, 6, (2, *SHAPE), generator=torch.Generator().manual_seed(1)).float()
    plain.addressed(Stream(torch.tensor(SEEDS), (int(Purpose.ADDRESSED), 4)), n_KOI, cells)
    gathered(made).pulse(n_KOI.numpy(), addressed.asked(n_KOI.numpy())[1], 4)
    agree(cells.w_KOI.numpy(), np.stack([own.w for own in made]), np.array(5), name not in SMOOTH)
    np.testing.assert_array_equal(cells.up_KOI.numpy(), n_KOI.clamp(min=0).int().numpy())
    np.testing.assert_array_equal(cells.down_KOI.numpy(), (-n_KOI).clamp(min=0).int().numpy())


def test_every_law_has_a_step_here():
    from crossbar.kernels.laws import _FOLDER

    assert {form_of(name) for name in _FOLDER.names()} == set(STEPS)

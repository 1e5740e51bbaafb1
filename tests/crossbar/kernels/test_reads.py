"""Reads against aihwkit's compiled tile and its torch version: the same numbers without noise, the same mean and spread with it."""

import numpy as np
import pytest
import torch
from aihwkit.exceptions import ConfigError
from aihwkit.simulator.configs import SingleRPUConfig
from aihwkit.simulator.configs.devices import IdealDevice
from aihwkit.simulator.parameters.enums import AnalogMVType, BoundManagementType, NoiseManagementType, WeightNoiseType
from aihwkit.simulator.parameters.io import IOParameters
from aihwkit.simulator.tiles import AnalogTile
from aihwkit.simulator.tiles.analog_mvm import AnalogMVM

from crossbar.kernels import reads
from crossbar.kernels.streams import Purpose

SHAPE = (30, 70)
QUIET = {
    "default": {},
    "perfect": {"is_perfect": True, "out_scale": 0.5},
    "no converters": {"inp_res": -1.0, "out_res": -1.0},
    "steps by number": {"inp_res": 20.0, "out_res": 50.0},
    "small bound": {"out_bound": 0.3, "bound_management": BoundManagementType.NONE},
    "iterative": {"out_bound": 0.3},
    "iterative, limited": {"out_bound": 0.05, "max_bm_factor": 4},
    "iterative, worst case": {"out_bound": 0.3, "bound_management": BoundManagementType.ITERATIVE_WORST_CASE},
    "no noise management": {"noise_management": NoiseManagementType.NONE, "inp_bound": 0.7},
    "sum": {"noise_management": NoiseManagementType.ABS_MAX_NP_SUM},
    "max": {"noise_management": NoiseManagementType.MAX},
    "threshold": {"nm_thres": 0.5},
    "constant": {"noise_management": NoiseManagementType.CONSTANT, "nm_thres": 2.0},
    "drop": {"ir_drop": 1.0, "ir_drop_g_ratio": 300.0},
    "asymmetric": {"inp_asymmetry": 0.1, "out_asymmetry": 0.2},
    "two passes": {"mv_type": AnalogMVType.POS_NEG_SEPARATE},
    "two passes, digital sum": {"mv_type": AnalogMVType.POS_NEG_SEPARATE_DIGITAL_SUM, "ir_drop": 0.5, "ir_drop_g_ratio": 300.0},
}
NOISY = {
    "adc": {"out_noise": 0.1},
    "dac": {"out_noise": 0.0, "inp_noise": 0.05},
    "cells": {"out_noise": 0.0, "w_noise": 0.02, "w_noise_type": WeightNoiseType.ADDITIVE_CONSTANT},
    "pcm": {"out_noise": 0.01, "w_noise": 0.02, "w_noise_type": WeightNoiseType.PCM_READ},
    "stochastic rounding": {"out_noise": 0.0, "inp_sto_round": True, "out_sto_round": True, "inp_res": 0.1, "out_res": 0.02},
    "clipped": {"out_noise": 0.1, "out_bound": 0.5},
    "two passes, digital sum": {"out_noise": 0.1, "mv_type": AnalogMVType.POS_NEG_SEPARATE_DIGITAL_SUM},
}


def numbers():
    g = torch.Generator().manual_seed(5)
    return 0.1 * torch.randn(SHAPE, generator=g), torch.randn(20, SHAPE[1], generator=g), torch.randn(20, SHAPE[0], generator=g)


def tile_of(io, w):
    tile = AnalogTile(*SHAPE, SingleRPUConfig(device=IdealDevice(), forward=io, backward=io))
    tile.set_weights(w)
    return tile


def read(io, w, x, forward, step=0):
    lines = SHAPE[0] if forward else SHAPE[1]
    purpose = Purpose.FORWARD if forward else Purpose.BACKWARD
    periphery = reads.Read(io, forward, reads.adc_noise(io, lines, 3, purpose))
    return periphery(w.numpy() if forward else w.T.numpy(), x.numpy(), 3, purpose, step)


def tiles_read(tile, x, forward):
    return (tile.tile.forward(x, False, False, False, False) if forward else tile.tile.backward(x, False, False, False)).numpy()


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
@pytest.mark.parametrize("name", QUIET)
def test_without_noise_every_sample_reads_as_in_aihwkit(name, forward):
    """A sum that falls between two steps to within rounding may go either way: fewer than 1 in 100 do, by one step."""
    io = IOParameters(**{"out_noise": 0.0, **QUIET[name]})
    w, x, d = numbers()
    v = x if forward else d
    v[3] = 0.0
    ours, theirs = read(io, w, v, forward), tiles_read(tile_of(io, w), v, forward)
    assert np.ptp(theirs) > 0
    near = np.abs(ours - theirs) <= 1e-5 * np.abs(theirs).max()
    assert near.mean() > 0.99, (ours[~near], theirs[~near])
    assert not ours[3].any()


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
@pytest.mark.parametrize("name", NOISY)
def test_noise_has_aihwkits_mean_and_spread(name, forward):
    """4000 reads of one sample, mean and variance of every output: 5.5 sigma, false alarm 4e-8 each and 3e-5 for all."""
    io = IOParameters(**NOISY[name])
    w, x, d = numbers()
    v = (x if forward else d)[:1].expand(4000, -1).contiguous()
    a, b = (y.astype(np.float64) for y in (read(io, w, v, forward), tiles_read(tile_of(io, w), v, forward)))
    assert a.std(0).mean() > 0
    for power in (1, 2):
        p, q = (y if power == 1 else (y - y.mean(0)) ** 2 for y in (a, b))
        z = np.abs(p.mean(0) - q.mean(0)) / np.sqrt((p.var(0) + q.var(0)) / len(a) + 1e-20)
        assert z.max() < 5.5, (power, z.max())
    correlation = np.corrcoef(a.T)[~np.eye(a.shape[1], dtype=bool)]
    if "dac" not in name:  # input noise reaches all outputs of a read; nothing else does
        limit = 6 / np.sqrt(len(a)) if "stochastic" not in name else 1.0
        assert np.abs(correlation).max() < limit


def torchs_read(io, w, x):
    """aihwkit's torch version, sample by sample: it repeats a whole batch where one sample clips. It draws from the global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return torch.cat([AnalogMVM.matmul(w, x[b : b + 1].clone(), io) for b in range(len(x))]).numpy()


ANOTHER_LAW = ("perfect", "iterative, worst case")
"""Where aihwkit's two versions differ: torch's forgets the output scale of perfect reads, and starts a worst case like any other."""


def supported(name, changed):
    """Whether aihwkit's torch version models it as its compiled tile does."""
    if name in ANOTHER_LAW:
        return False
    try:
        AnalogMVM.check_support(IOParameters(**{"out_noise": 0.0, **changed}))
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("name", [name for name, changed in QUIET.items() if supported(name, changed)])
def test_without_noise_every_sample_reads_as_in_aihwkits_torch(name):
    io = IOParameters(**{"out_noise": 0.0, **QUIET[name]})
    w, x, _ = numbers()
    found, theirs = read(io, w, x, True), torchs_read(io, w, x)
    assert np.ptp(theirs) > 0
    near = np.abs(found - theirs) <= 1e-5 * np.abs(theirs).max()
    assert near.mean() > 0.99, (found[~near], theirs[~near])


@pytest.mark.parametrize("name", [name for name, changed in NOISY.items() if supported(name, changed)])
def test_noise_has_the_mean_and_spread_of_aihwkits_torch(name):
    """2000 reads of one sample, mean and variance of every output: 5.5 sigma, false alarm 4e-8 each and 1e-5 for all."""
    io = IOParameters(**{**NOISY[name], "bound_management": BoundManagementType.NONE})
    w, x, _ = numbers()
    v = x[:1].expand(2000, -1).contiguous()
    found, theirs = (y.astype(np.float64) for y in (read(io, w, v, True), torchs_read(io, w, v)))
    assert theirs.std(0).mean() > 0
    for power in (1, 2):
        p, q = (y if power == 1 else (y - y.mean(0)) ** 2 for y in (found, theirs))
        z = np.abs(p.mean(0) - q.mean(0)) / np.sqrt((p.var(0) + q.var(0)) / len(v) + 1e-20)
        assert z.max() < 5.5, (power, z.max())


def test_converters_have_their_number_of_steps():
    """A 7-bit DAC without noise gives 127 levels, an ADC whole steps of 2 bound / 510."""
    off = {"bound_management": BoundManagementType.NONE, "noise_management": NoiseManagementType.NONE}
    io = IOParameters(out_noise=0.0, out_res=-1.0, **off)
    levels = read(io, torch.eye(*SHAPE), torch.linspace(-1, 1, 5000)[:, None].expand(-1, SHAPE[1]).contiguous(), True)
    assert len(np.unique(levels[:, 0])) == 127
    io = IOParameters(inp_res=-1.0, bound_management=BoundManagementType.NONE)
    w, x, _ = numbers()
    scale = x.abs().amax(1, keepdim=True).numpy()
    steps = read(io, w, x, True) / scale / (24 / 510)
    assert np.abs(steps - np.rint(steps)).max() < 1e-4


def test_every_adc_has_its_own_noise_for_life():
    io = IOParameters(out_noise=0.1, out_noise_std=0.3, inp_res=-1.0, out_res=-1.0)
    noise = reads.adc_noise(io, 400, 3, Purpose.FORWARD)
    assert abs(noise.mean() - 0.1) < 5 * 0.03 / 20
    assert abs(noise.std() - 0.03) < 5 * 0.03 / np.sqrt(800)
    assert np.array_equal(noise, reads.adc_noise(io, 400, 3, Purpose.FORWARD))
    assert not np.array_equal(noise, reads.adc_noise(io, 400, 3, Purpose.BACKWARD))
    w, x, _ = numbers()
    own = reads.adc_noise(io, SHAPE[0], 3, Purpose.FORWARD)
    y = read(io, w, x[:1].expand(4000, -1).contiguous(), True) / x[:1].abs().max().numpy()
    assert np.abs(y.std(0) / own - 1).max() < 5.5 / np.sqrt(8000)


def test_a_step_gives_new_noise_and_a_value_that_is_not_a_number_stays_one():
    w, x, _ = numbers()
    io = IOParameters()
    assert not np.array_equal(read(io, w, x, True, 0), read(io, w, x, True, 1))
    assert np.array_equal(read(io, w, x, True, 1), read(io, w, x, True, 1))
    x[2, 5] = float("nan")
    assert np.isnan(read(io, w, x, True)[2]).all()


def test_what_is_not_modelled_is_refused():
    for wrong in (
        {"noise_management": NoiseManagementType.AVERAGE_ABS_MAX},
        {"bound_management": BoundManagementType.SHIFT},
        {"r_series": 0.1},
        {"inp_bound": 2.0},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            reads.check(IOParameters(**wrong))
    reads.check(IOParameters(is_perfect=True, r_series=0.1))

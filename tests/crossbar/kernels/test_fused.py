"""The read in one pass against the read in stages: the same law and draws, so the same numbers but for rounding ties."""

import numpy as np
import pytest
from aihwkit.simulator.parameters.enums import AnalogMVType, BoundManagementType, NoiseManagementType, WeightNoiseType
from aihwkit.simulator.parameters.io import IOParameters

from crossbar.kernels import fused, reads, streams, threads
from crossbar.kernels.streams import Purpose

CHIPS, SAMPLES, OUT, IN = 3, 7, 11, 13
SEEDS = (5, 2**62 + 1, 7)
SETTINGS = {
    "default": {},
    "clipped": {"out_bound": 0.2},
    "clipped once": {"out_bound": 0.2, "bound_management": BoundManagementType.NONE},
    "gives up": {"out_bound": 0.01, "max_bm_factor": 4},
    "spread of the ADC": {"out_noise_std": 0.3},
    "noisy input": {"inp_noise": 0.05},
    "noisy cells": {"w_noise": 0.02, "w_noise_type": WeightNoiseType.ADDITIVE_CONSTANT},
    "stochastic rounding": {"inp_sto_round": True, "out_sto_round": True, "inp_res": 0.1, "out_res": 0.02},
    "no converters": {"inp_res": -1.0, "out_res": -1.0},
    "asymmetric": {"inp_asymmetry": 0.1, "out_asymmetry": 0.2, "out_scale": 0.5},
    "unmanaged": {"noise_management": NoiseManagementType.NONE, "inp_bound": 0.7},
    "one sided": {"out_bound": 0.2, "bm_test_negative_bound": False},
}


def numbers():
    draw = np.random.default_rng(3)
    w_KOI = 0.3 * draw.standard_normal((CHIPS, OUT, IN), dtype=np.float32)
    x_KBI, d_KBO = (draw.standard_normal((CHIPS, SAMPLES, lines), dtype=np.float32) for lines in (IN, OUT))
    x_KBI[1, 2] = d_KBO[1, 2] = 0.0  # a sample of zeros
    return w_KOI, x_KBI, d_KBO


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("purpose", [Purpose.FORWARD, Purpose.BACKWARD], ids=lambda purpose: purpose.name.lower())
def test_equals_the_read_in_stages(name, purpose):
    io = IOParameters(**SETTINGS[name])
    assert fused.fits(io)
    w_KOI, x_KBI, d_KBO = numbers()
    forward = purpose is Purpose.FORWARD
    v_KBM = x_KBI if forward else d_KBO
    noise_KN = np.stack([reads.adc_noise(io, OUT if forward else IN, seed, purpose) for seed in SEEDS])
    found = fused.read(fused.fixed(io, forward), noise_KN, np.array(SEEDS, dtype=np.uint64), w_KOI, purpose, v_KBM, step=4)
    for chip, seed in enumerate(SEEDS):
        w_NM = w_KOI[chip] if forward else w_KOI[chip].T
        wanted = reads.Read(io, forward, noise_KN[chip])(w_NM, v_KBM[chip], seed, purpose, 4)
        # sums in another order differ by some 1e-7; where that meets a rounding edge of the ADC, by one of its steps
        same = np.isclose(found[chip], wanted, rtol=1e-4, atol=2e-6)
        assert same.mean() > 0.97
        off = np.abs(found[chip] - wanted)[~same]
        alpha = np.abs(v_KBM[chip]).max()
        assert (off <= 2.1 * alpha * io.out_scale * reads.resolution(io.out_res, io.out_bound) * 2**7).all()


@pytest.mark.parametrize("samples", [1, 7, 33, 100])
@pytest.mark.parametrize("purpose", [Purpose.FORWARD, Purpose.BACKWARD], ids=lambda purpose: purpose.name.lower())
def test_a_chip_does_not_depend_on_its_fleet_nor_on_threads(purpose, samples, limited):
    """Dense samples, one-hot ones and zeros; whole blocks of 32 and parts of them."""
    draw, io, shape = np.random.default_rng(samples), IOParameters(out_bound=2.0), (230, 190)
    lines, outputs = shape[::-1] if purpose is Purpose.FORWARD else shape
    w_KOI = 0.3 * draw.standard_normal((CHIPS, *shape), dtype=np.float32)
    v_KBM = draw.standard_normal((CHIPS, samples, lines), dtype=np.float32)
    v_KBM[1, :50, 3:] = v_KBM[1, :50, :2] = 0.0
    v_KBM[2, ::3] = 0.0
    noise_KN, seeds_K = np.full((CHIPS, outputs), io.out_noise, dtype=np.float32), np.array(SEEDS, dtype=np.uint64)

    def read(*chips):
        k = list(chips)
        return fused.read(fused.fixed(io, True), noise_KN[k], seeds_K[k], w_KOI[k], purpose, v_KBM[k], 0)

    threads.limit(3)
    fleet = read(0, 1, 2)
    np.testing.assert_array_equal(read(2, 0, 1), fleet[[2, 0, 1]])
    threads.limit(1)
    for chip in range(CHIPS):
        np.testing.assert_array_equal(read(chip)[0], fleet[chip])


@pytest.mark.parametrize(
    "changed",
    [
        {"is_perfect": True},
        {"ir_drop": 1.0},
        {"mv_type": AnalogMVType.POS_NEG_SEPARATE},
        {"w_noise": 0.1, "w_noise_type": WeightNoiseType.PCM_READ},
        {"bound_management": BoundManagementType.ITERATIVE_WORST_CASE},
    ],
    ids=str,
)
def test_leaves_what_it_does_not_model(changed):
    assert not fused.fits(IOParameters(**changed))


def test_keys_inside_kernels_are_the_keys_outside():
    for seed in SEEDS:
        key = streams.key(seed, Purpose.ADC, 9)
        with np.errstate(over="ignore"):
            found = streams.started(np.uint64(seed), np.uint64(Purpose.ADC), np.uint64(9))
        assert tuple(map(int, key)) == tuple(map(int, found))

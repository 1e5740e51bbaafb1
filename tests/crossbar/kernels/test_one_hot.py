"""One-hot samples: the same bits, sign of zero included, as among dense ones, whose whole product is summed."""

import numpy as np
import pytest
from aihwkit.simulator.parameters.enums import NoiseManagementType, WeightNoiseType
from aihwkit.simulator.parameters.io import IOParameters

from crossbar.kernels import fused, reads
from crossbar.kernels.one_hot import only
from crossbar.kernels.streams import Purpose
from tests.crossbar.kernels.test_fused import SETTINGS

CHIPS, OUT, IN = 2, 35, 70
SEEDS_K = np.array([5, 2**62 + 1], dtype=np.uint64)
MORE = {
    "quiet": {"out_noise": 0.0},
    "quiet, no converters": {"out_noise": 0.0, "inp_res": -1.0, "out_res": -1.0},
    "maximum": {"noise_management": NoiseManagementType.MAX},
    "sum": {"noise_management": NoiseManagementType.ABS_MAX_NP_SUM},
    "constant": {"noise_management": NoiseManagementType.CONSTANT, "nm_thres": 2.0},
    "noisy cells, clipped": {"w_noise": 0.02, "w_noise_type": WeightNoiseType.ADDITIVE_CONSTANT, "out_bound": 0.2},
    "noise on every line": {"inp_noise": 0.05, "inp_sto_round": True, "out_bound": 0.2},
}


def bits_of(y_KBN):
    return np.ascontiguousarray(y_KBN).view(np.int32)


@pytest.mark.parametrize("name", [*SETTINGS, *MORE])
@pytest.mark.parametrize("purpose", [Purpose.FORWARD, Purpose.BACKWARD], ids=lambda purpose: purpose.name.lower())
def test_equals_the_read_among_dense_samples(name, purpose):
    io, draw, forward = IOParameters(**{**SETTINGS, **MORE}[name]), np.random.default_rng(3), purpose is Purpose.FORWARD
    lines, outputs = (IN, OUT) if forward else (OUT, IN)
    w_KOI = 0.3 * draw.standard_normal((CHIPS, OUT, IN), dtype=np.float32)
    w_KOI[:, ::3, ::2], w_KOI[:, 1::3, ::2] = 0.0, -0.0
    v_KBM = np.zeros((CHIPS, 32, lines), np.float32)  # one block
    lit_KB = draw.permuted(np.tile(np.arange(lines), (CHIPS, 1)), axis=1)[:, :31]
    v_KBM[np.arange(CHIPS)[:, None], np.arange(31), lit_KB] = draw.choice(np.float32([1, -1, 0.37, 1e-3, -0.52]), (CHIPS, 31))
    v_KBM[:, 4:6] = 0.0
    v_KBM[:, 5, 3], v_KBM[:, 31] = np.nan, draw.standard_normal((CHIPS, lines))  # dense
    noise_KN = np.stack([reads.adc_noise(io, outputs, int(seed), purpose) for seed in SEEDS_K])
    among, alone = (
        fused.read(fused.fixed(io, forward), noise_KN, SEEDS_K, w_KOI, purpose, v, 4)[:, :31] for v in (v_KBM, v_KBM[:, :31].copy())
    )
    number = ~np.isnan(among)
    assert number[:, 6:].all()
    np.testing.assert_array_equal(number, ~np.isnan(alone))
    np.testing.assert_array_equal(bits_of(alone)[number], bits_of(among)[number])


@pytest.mark.parametrize("name", [name for name, changed in {**SETTINGS, **MORE}.items() if "inp_noise" not in changed])
def test_a_listed_line_reads_as_its_sample_does(name):
    io, draw = IOParameters(**{**SETTINGS, **MORE}[name]), np.random.default_rng(4)
    w_KOI = 0.3 * draw.standard_normal((CHIPS, OUT, IN), dtype=np.float32)
    line_KB = draw.integers(-1, IN, (CHIPS, 75))
    x_KBI = np.float32(line_KB[..., None] == np.arange(IN))
    noise_KN = np.stack([reads.adc_noise(io, OUT, int(seed), Purpose.FORWARD) for seed in SEEDS_K])
    sampled, listed = (
        fused.read(fused.fixed(io, True), noise_KN, SEEDS_K, w_KOI, Purpose.FORWARD, *given, 4, *more)
        for given, more in (([x_KBI], []), ([np.ones((1, 1, 1), np.float32)], [line_KB]))
    )
    np.testing.assert_array_equal(bits_of(listed[line_KB >= 0]), bits_of(sampled[line_KB >= 0]))


def test_only_finds_the_line_that_carries_something():
    x, at = np.zeros((3, 50), np.float32), np.full(2, -1)
    samples = np.array([0, 2])
    x[1] = 1.0  # not among the samples
    assert only(x, samples, 2, at)
    np.testing.assert_array_equal(at, [0, 0])
    x[2, 37] = -1e-30
    assert only(x, samples, 2, at)
    np.testing.assert_array_equal(at, [0, 37])
    x[2, 0] = np.nan
    assert not only(x, samples, 2, at)

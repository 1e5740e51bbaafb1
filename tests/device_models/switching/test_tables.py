"""The film's tables against an independent Monte Carlo of 2e5 domains, whose figures are given to two digits."""

import numpy as np
import pytest

from device_models.switching.activation import MV_PER_CM
from device_models.switching.expected import switched_path
from device_models.switching.nodes import piecewise_nodes
from device_models.switching.pulses import AmplitudeRamp, IdenticalPulses
from device_models.switching.tables import DENG_FEFET, MFM_DENG, MFM_LITERATURE

DOMAINS = 200_000
SIGMAS = 4.0  # two-sided false alarm 6e-5; the reference is one fixed sample


def _identical(field, width=75e-9):
    return switched_path(DENG_FEFET, IdenticalPulses(field=field * MV_PER_CM, width=width, count=32))


def _ramp(start, step):
    return switched_path(DENG_FEFET, AmplitudeRamp(start=start * MV_PER_CM, step=step * MV_PER_CM, width=75e-9, count=32))


def _label(path):
    """NeuroSim's label of a curve: 10.101525 times its largest deviation from the straight line, with the sign of the larger side."""
    deviation = path / path[-1] - np.linspace(0, 1, len(path))
    return 10.101525 * deviation[np.argmax(np.abs(deviation))]


@pytest.mark.parametrize(("field", "switched"), [(1.0, 0.08), (1.2, 0.28), (1.4, 0.61), (1.6, 0.87), (1.8, 0.97), (2.0, 1.0)])
def test_switched_after_32_identical_pulses_of_75_ns(field, switched):
    """Half a unit of the last digit and the sampling error of 2e5 domains."""
    p = _identical(field)[-1]
    assert abs(p - switched) < 0.005 + SIGMAS * np.sqrt(p * (1 - p) / DOMAINS), p


@pytest.mark.parametrize(("field", "switched"), [(1.0, 0.21), (2.0, 1.0)])
def test_switched_after_32_identical_pulses_of_1_us(field, switched):
    p = _identical(field, 1e-6)[-1]
    assert abs(p - switched) < 0.005 + SIGMAS * np.sqrt(p * (1 - p) / DOMAINS), p


@pytest.mark.parametrize(
    ("path", "label", "digit"),
    [
        (_identical(1.0), 1.9, 0.1),
        (_identical(1.2), 2.6, 0.1),
        (_identical(1.4), 3.7, 0.1),
        (_identical(1.6), 5.2, 0.1),
        (_identical(1.8), 6.7, 0.1),
        (_identical(2.0), 7.9, 0.1),
        (_identical(1.0, 1e-6), 3.8, 0.1),
        (_identical(2.0, 1e-6), 9.6, 0.1),
        (_ramp(1.1, 0.03), -0.85, 0.01),
        (_ramp(0.9, 0.03), -2.65, 0.01),
    ],
)
def test_labels_of_the_curves(path, label, digit):
    """The deviation is a share of the switched domains: sampling error at most 10.1 sqrt(1/4 / (2e5 switched fraction))."""
    assert abs(_label(path) - label) < digit / 2 + SIGMAS * 10.1 * np.sqrt(0.25 / (DOMAINS * path[-1]))


@pytest.mark.parametrize(
    ("start", "step", "nodes"),
    [
        (1.1, 0.03, [0.32, 0.83, 1.14, 1.35, 1.47, 1.50, 1.46, 1.33, 1.10, 0.77, 0.36]),
        (1.0, 0.04, [0.13, 0.93, 1.42, 1.72, 1.87, 1.90, 1.80, 1.59, 1.27, 0.80, 0.15]),
    ],
)
def test_nodes_of_the_amplitude_ramps(start, step, nodes):
    """A node is 32 times the share of the domains that switch in one pulse: sampling error 32 sqrt(node / 32 / 2e5)."""
    ours = piecewise_nodes(_ramp(start, step), 11)
    error = np.abs(ours - nodes)
    assert np.all(error < 0.005 + SIGMAS * 32 * np.sqrt(ours / 32 / DOMAINS)), error


@pytest.mark.parametrize(("start", "switched"), [(1.1, 0.96), (0.9, 0.84)])
def test_switched_by_a_ramp_of_30_kv_per_cm_steps(start, switched):
    p = _ramp(start, 0.03)[-1]
    assert abs(p - switched) < 0.005 + SIGMAS * np.sqrt(p * (1 - p) / DOMAINS), p


def test_the_parameter_sets_are_the_published_ones_in_si_units():
    units = MV_PER_CM, 1e-2
    sets = [(m.tau0, m.alpha, m.beta, round(m.remanence / units[1], 4)) for m in (DENG_FEFET, MFM_LITERATURE, MFM_DENG)]
    assert sets == [(19e-9, 3.0, 2.0, 25.0), (446.33e-9, 4.2408, 1.9134, 22.7186), (3.5725e-6, 3.2975, 2.0, 24.3608)]
    medians = [float(m.activation.quantile(np.array([0.5]))[0]) / units[0] for m in (MFM_LITERATURE, MFM_DENG)]
    density = [(6.7582, 1.6686, 2.0998, 1.3641), (6.9307, 1.6698, 0.5724, 0.7239)]
    rng = np.random.default_rng(0)
    for median, (a, b, p, q) in zip(medians, density, strict=True):
        gammas = rng.gamma(p, size=200_000), rng.gamma(q, size=200_000)
        below = np.mean(b * (gammas[0] / gammas[1]) ** (1 / a) < median)
        assert abs(below - 0.5) < SIGMAS * np.sqrt(0.25 / 200_000)

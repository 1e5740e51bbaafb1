import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from device_models.switching.activation import MV_PER_CM
from device_models.switching.drive import drive
from device_models.switching.expected import expected_pulse, expected_train, saturated, survival, switched_path
from device_models.switching.nucleation import draw_state
from device_models.switching.pulses import AmplitudeRamp, IdenticalPulses
from device_models.switching.tables import DENG_FEFET, MFM_DENG, MFM_LITERATURE

STRONG = IdenticalPulses(field=1.5 * MV_PER_CM, width=150e-9, count=6)
WEAK = AmplitudeRamp(start=1.0 * MV_PER_CM, step=0.05 * MV_PER_CM, width=100e-9, count=5)


@pytest.mark.parametrize("model", [DENG_FEFET, MFM_LITERATURE, MFM_DENG], ids=lambda m: m.name)
@pytest.mark.parametrize("train", [STRONG, WEAK])
def test_the_path_is_the_integral_over_the_activation_fields(model, train):
    """Oracle: adaptive quadrature over the quantile. The midpoint rule's error is below half the largest change from part to part, 1/Q."""

    def switched(u):
        activation = float(model.activation.quantile(np.array(u)))
        h = sum(w / model.tau0 * math.exp(-((activation / f) ** model.alpha)) for f, w in zip(train.fields(), train.widths(), strict=True))
        return -math.expm1(-(h**model.beta))

    oracle = quad(switched, 0, 1, limit=200)[0]
    assert abs(switched_path(model, train)[-1] - oracle) < 1 / 4096 / 2


def test_survival_falls_from_one():
    s_NQ = survival(DENG_FEFET, STRONG)
    assert np.all(s_NQ[0] == 1)
    assert np.all(np.diff(s_NQ, axis=0) <= 0)


@pytest.mark.parametrize("direction", [1, -1])
def test_from_saturation_the_groups_give_the_closed_form(direction):
    _, path = expected_train(DENG_FEFET, saturated(DENG_FEFET, up=direction < 0), WEAK, direction)
    closed = switched_path(DENG_FEFET, WEAK)
    assert np.allclose(path, closed if direction > 0 else 1 - closed, atol=1e-12)


def test_what_went_up_comes_back_with_its_own_activation_fields():
    """Closed form after one way up and one down: mean over the film of (1 - S_up) S_down, both from h = 0."""
    state, _ = expected_train(DENG_FEFET, saturated(DENG_FEFET), STRONG, +1)
    _, path = expected_train(DENG_FEFET, state, WEAK, -1)
    up, down = survival(DENG_FEFET, STRONG)[-1], survival(DENG_FEFET, WEAK)
    assert np.allclose(path, ((1 - up) * down).mean(axis=1), atol=1e-12)


def test_groups_hold_every_domain_once():
    state = saturated(DENG_FEFET)
    for field in (1.5, 1.5, -1.2, 1.0, -1.4, -1.4, 1.6):
        state = expected_pulse(DENG_FEFET, state, field * MV_PER_CM, 100e-9)
    assert np.allclose(state.mass_GQ.sum(axis=0), 1)
    assert state.mass_GQ.min() >= 0
    assert list(state.up_G) == [False, True, False, True, False, True]


def test_many_domains_follow_the_expectation_through_reversals():
    """Up, half way down, up again, so that old and new histories meet; 4e5 domains, 4.5 sigma (7e-6) on each of 22 points."""
    state, domains = saturated(DENG_FEFET), draw_state(DENG_FEFET, (400,), 1000, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    for train, direction in ((STRONG, 1), (WEAK, -1), (STRONG, 1), (WEAK, -1)):
        state, expected = expected_train(DENG_FEFET, state, train, direction)
        domains, fractions = drive(DENG_FEFET, domains, train, direction, generator)
        error = np.abs(fractions.double().mean(1).numpy() - expected)
        assert np.all(error <= 1e-6 + 4.5 * np.sqrt(expected * (1 - expected) / 4e5)), error


def test_a_direction_is_plus_or_minus_one():
    with pytest.raises(ValueError, match=r"\+1 or -1, not 0"):
        expected_train(DENG_FEFET, saturated(DENG_FEFET), WEAK, 0)
    with pytest.raises(ValueError, match=r"\+1 or -1, not 2"):
        drive(DENG_FEFET, draw_state(DENG_FEFET, (1,), 1, torch.Generator()), WEAK, 2, torch.Generator())

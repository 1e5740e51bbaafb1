import math
from dataclasses import replace

import pytest
import torch

from device_models.switching.activation import MV_PER_CM, SingleField
from device_models.switching.nucleation import DomainState, apply_pulse, draw_state, rest
from device_models.switching.tables import DENG_FEFET

KAI = replace(DENG_FEFET, activation=SingleField(field=2.3 * MV_PER_CM))
FIELD = 1.6 * MV_PER_CM
SIGMAS = 4.5  # two-sided false alarm 7e-6 per comparison


def _exposure(model, width, field=FIELD):
    return width / model.tau0 * math.exp(-((2.3 * MV_PER_CM / field) ** model.alpha))


def _cells(model, cells, domains, *, seed=0, up=False, dtype=torch.float64):
    return draw_state(model, (cells,), domains, torch.Generator().manual_seed(seed), up=up, dtype=dtype)


def _run(model, state, pulses, seed=1):
    generator = torch.Generator().manual_seed(seed)
    for field, width in pulses:
        state = apply_pulse(model, state, field, width, generator)
    return state


@pytest.mark.parametrize("pulses", [1, 7])
@pytest.mark.parametrize("direction", [1, -1])
def test_any_division_of_the_time_switches_as_many_as_one_pulse(pulses, direction):
    """Mean of n domains with one activation field: 1 - exp(-(t / tau)^beta), standard error sqrt(p (1 - p) / n)."""
    width, n = 200e-9, 100_000
    p = -math.expm1(-(_exposure(KAI, width) ** KAI.beta))
    after = _run(KAI, _cells(KAI, n, 1, up=direction < 0), [(direction * FIELD, width / pulses)] * pulses)
    switched = (after.up_XD == (direction > 0)).double().mean().item()
    assert abs(switched - p) < SIGMAS * math.sqrt(p * (1 - p) / n), (switched, p)


@pytest.mark.parametrize("domains", [20, 100])
def test_the_switched_fraction_is_binomial_in_mean_and_variance(domains):
    """Of 20,000 cells: the variance of the sample variance is (mu4 - var^2) / n, mu4 the binomial's fourth central moment."""
    n, width = 20_000, 75e-9
    p = -math.expm1(-(_exposure(KAI, width) ** KAI.beta))
    fraction = _run(KAI, _cells(KAI, n, domains), [(FIELD, width)]).fraction()
    variance = p * (1 - p) / domains
    fourth = variance * (1 + 3 * (domains - 2) * p * (1 - p)) / domains**2
    spread = math.sqrt((fourth - variance**2) / n)
    assert abs(fraction.mean().item() - p) < SIGMAS * math.sqrt(variance / n)
    assert abs(fraction.var().item() - variance) < SIGMAS * spread, (fraction.var().item(), variance)


def test_a_domain_that_switches_starts_again_without_history():
    after = _run(KAI, _cells(KAI, 1000, 1), [(FIELD, 300e-9)])
    gathered = torch.full_like(after.history_XD, _exposure(KAI, 300e-9))
    assert 0.2 < after.fraction().mean() < 0.8
    assert torch.allclose(after.history_XD, torch.where(after.up_XD, 0.0, gathered), rtol=1e-12)


def test_a_field_along_the_polarisation_takes_history_away_down_to_zero():
    exposure = _exposure(KAI, 75e-9)
    state = DomainState(
        torch.full((2, 1), 2.3 * MV_PER_CM), torch.tensor([[False], [True]]), torch.tensor([[1.5 * exposure], [0.5 * exposure]])
    )
    down = apply_pulse(KAI, state, torch.tensor([-FIELD, FIELD]), 75e-9, torch.Generator())
    assert torch.equal(down.up_XD, state.up_XD)
    assert down.history_XD.flatten().tolist() == pytest.approx([0.5 * exposure, 0.0], rel=1e-5)


def test_history_makes_the_second_pulse_switch_more():
    """exp(-h^beta) with beta = 2: the domains left by one pulse lose 1 - e^(-3 h^2) to the second; without history 1 - e^(-h^2)."""
    n, width = 100_000, 75e-9
    first = _run(KAI, _cells(KAI, n, 1), [(FIELD, width)])
    left = ~first.up_XD
    h2 = _exposure(KAI, width) ** 2
    for state, p in ((first, -math.expm1(-3 * h2)), (replace(first, history_XD=0 * first.history_XD), -math.expm1(-h2))):
        second = _run(KAI, state, [(FIELD, width)], seed=2)
        m, share = int(left.sum()), second.up_XD[left].double().mean().item()
        assert abs(share - p) < SIGMAS * math.sqrt(p * (1 - p) / m), (share, p)


def test_without_a_field_nothing_happens_and_a_rest_fades_history():
    state = _run(KAI, _cells(KAI, 100, 3), [(FIELD, 75e-9)])
    still = _run(KAI, state, [(0.0, 1.0)])
    assert torch.equal(still.up_XD, state.up_XD)
    assert torch.equal(still.history_XD, state.history_XD)
    assert torch.equal(rest(KAI, state, 1e6).history_XD, state.history_XD)
    faded = rest(replace(KAI, relaxation=2.0), state, 1.0)
    assert torch.allclose(faded.history_XD, state.history_XD * math.exp(-0.5))
    assert torch.equal(faded.up_XD, state.up_XD)


def test_fields_and_widths_may_differ_from_cell_to_cell():
    state = _cells(DENG_FEFET, 3, 1000)
    fields, widths = torch.tensor([0.0, 3.0, 3.0]) * MV_PER_CM, torch.tensor([1.0, 1.0, 0.0])
    assert apply_pulse(DENG_FEFET, state, fields, widths, torch.Generator()).fraction().tolist() == [0.0, 1.0, 0.0]


def test_a_pulse_changes_no_argument_and_follows_its_seed():
    state = _cells(DENG_FEFET, 10, 50, dtype=torch.float32)
    before = [t.clone() for t in (state.activation_XD, state.up_XD, state.history_XD)]
    one, two, other = (_run(DENG_FEFET, state, [(FIELD, 75e-9)] * 5, seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(before, (state.activation_XD, state.up_XD, state.history_XD), strict=True))
    assert torch.equal(one.up_XD, two.up_XD)
    assert torch.equal(one.history_XD, two.history_XD)
    assert not torch.equal(one.up_XD, other.up_XD)
    assert one.history_XD.dtype == torch.float32


def test_polarisation_runs_from_minus_one_to_one():
    assert _cells(KAI, 2, 20).polarisation().tolist() == [-1.0, -1.0]
    assert _cells(KAI, 2, 20, up=True).polarisation().tolist() == [1.0, 1.0]


def test_errors_name_the_value():
    state = _cells(KAI, 2, 20)
    with pytest.raises(ValueError, match="tau0 of the film 'deng2020_fefet' must be positive, not 0"):
        replace(KAI, tau0=0)
    with pytest.raises(ValueError, match="at least one domain, not 0"):
        _cells(KAI, 2, 0)
    with pytest.raises(ValueError, match="0 s or longer, not -1"):
        apply_pulse(KAI, state, FIELD, -1.0, torch.Generator())
    with pytest.raises(ValueError, match="0 s or longer, not nan"):
        rest(KAI, state, float("nan"))

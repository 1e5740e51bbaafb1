"""Ageing cells against the closed forms of their laws, and against the fresh cells inside of them."""

import math
from dataclasses import replace

import pytest
import torch
from aihwkit.simulator.configs.devices import LinearStepDevice

from crossbar.aged import Aged, aged_arrays
from crossbar.exact import Exact
from crossbar.hosted import Hosted
from crossbar.io import Periphery
from crossbar.pulsed import Pulsed
from crossbar.scaled import Scaled
from crossbar.seeds import generator
from crossbar.split import Split
from device_models.ageing import Ageing, Endurance, Fatigue, Imprint, LogTime, PowerLaw, ReadDisturb, StretchedExponential
from device_models.cell import Source, as_cell

SOURCE = Source(citation="a test", confidence="assumed")
SHAPE = (5, 7)
LOG = LogTime(r=0.1, t0=1.0, longest=1e9, source=SOURCE)
STRETCHED = StretchedExponential(tau=1e4, m=0.3, longest=1e9, source=SOURCE)
POWER = PowerLaw(nu=0.05, t0=1.0, longest=1e9, source=SOURCE)
IMPRINT = Imprint(k=1e7, t0=1.0, longest=1e9, source=SOURCE)
FATIGUE = Fatigue(wake_up=0.3, n_wake_up=5.0, loss=0.1, n_fatigue=20.0, most=1e9, source=SOURCE)
LIFE = Endurance(eta=1e4, k=2.0, source=SOURCE)
READS = ReadDisturb(n_r=1e3, beta=2.0, towards=-1.0, most=1e9, source=SOURCE)
SENSITIVITY = 1e-8
NOISELESS = as_cell(
    LinearStepDevice(
        dw_min=0.06,
        gamma_up=0.5,
        gamma_down=0.4,
        dw_min_std=0.0,
        **dict.fromkeys(("dw_min_dtod", "up_down_dtod", "w_max_dtod", "w_min_dtod", "gamma_up_dtod", "gamma_down_dtod"), 0.0),
        w_max=1.0,
        w_min=-1.0,
    )
)
PERIPHERY = Periphery(is_perfect=True)


def host(shape=SHAPE, chips=2, kind=Pulsed, seeds=None, **options):
    io = PERIPHERY.forward_io(), PERIPHERY.backward_io()
    return kind(shape, NOISELESS, seeds=seeds or list(range(chips)), forward_io=io[0], backward_io=io[1], **options)


def aged(inner=None, *, cycles=0.0, seeds=None, **laws):
    inner = inner or host()
    return Aged(inner, Ageing(**laws), seeds=seeds or list(range(inner.chips)), cycles=cycles)


def random_weights(chips=2, shape=SHAPE, seed=3):
    return 1.8 * torch.rand(chips, *shape, generator=generator(seed)) - 0.9


def ones(n=1.0, chips=2, shape=SHAPE):
    return torch.full((chips, *shape), n)


@pytest.mark.parametrize("law", [LOG, STRETCHED, POWER])
def test_retention_is_the_law_of_the_time_since_the_write(law):
    array, w = aged(retention=law, relaxed=0.2), random_weights()
    array.program(w)
    for step, total in ((10.0, 10.0), (990.0, 1000.0), (3e8, 300001000.0)):  # in steps of any length
        array.elapse(step)
        wanted = 0.2 + (w - 0.2) * float(law.remaining(0.0, total))
        torch.testing.assert_close(array.weights(), wanted, rtol=0, atol=2e-6)


def test_many_short_times_are_one_long_one():
    """1000 ticks that each change a weight by less than float32 can tell: without float64 nothing would be lost."""
    ticking, whole = (aged(retention=LOG) for _ in range(2))
    for array in (ticking, whole):
        array.program(ones(0.5))
        array.elapse(1e4)
    for _ in range(1000):
        ticking.elapse(0.005)
    whole.elapse(5.0)
    assert float(LOG.remaining(1e4, 1e4 + 0.005)) > 1 - 2.0**-24
    assert bool((whole.weights() < 0.5 * float(LOG.remaining(0.0, 1e4))).all())
    torch.testing.assert_close(ticking.weights(), whole.weights(), rtol=0, atol=1e-7)


def test_a_pulse_starts_the_clock_of_its_cell_again():
    array = aged(retention=LOG)
    array.program(ones(0.5))
    array.elapse(1e4)
    n_KOI = torch.zeros(2, *SHAPE)
    n_KOI[0, 1, 2] = 1
    array.pulse(n_KOI)
    before = array.weights()
    array.elapse(1e4)
    ratio = array.weights() / before
    assert float(ratio[0, 1, 2]) == pytest.approx(float(LOG.remaining(0.0, 1e4)), abs=1e-6)
    assert float(ratio[1, 1, 2]) == pytest.approx(float(LOG.remaining(1e4, 2e4)), abs=1e-6)


def test_rates_spread_from_cell_to_cell_as_a_lognormal():
    """ln of 10,000 cells' rates: mean and spread within 5 standard errors (6e-7 each)."""
    shape, d2d = (100, 100), 0.3
    array = aged(Exact(torch.ones(1, *shape)), retention=POWER, d2d=d2d)
    array.elapse(1e3)
    nu = -array.weights().log() / math.log1p(1e3)
    found, cells = (nu / 0.05).log(), 1e4
    assert abs(float(found.mean())) < 5 * d2d / cells**0.5
    assert abs(float(found.std()) - d2d) < 5 * d2d / (2 * cells) ** 0.5


def test_a_worn_cell_is_the_fresh_cell_in_a_smaller_window():
    """w = F(n) u along 60 pulses up and 60 down, from a window that wakes up and then closes."""
    array, fresh = aged(fatigue=FATIGUE), host()
    start = random_weights() / 1.3  # what the window of a new cell, 1 / 1.3, can hold
    array.program(start)
    fresh.program(1.3 * start)
    for n in range(1, 121):
        sign = 1.0 if n <= 60 else -1.0
        array.pulse(ones(sign))
        fresh.pulse(ones(sign))
        window = float(FATIGUE.window(float(n))) / 1.3
        torch.testing.assert_close(array.weights(), window * fresh.weights(), rtol=0, atol=1e-5)


def test_programming_stops_at_the_present_window():
    array = aged(fatigue=FATIGUE, cycles=1e4)
    array.program(ones(3.0))
    torch.testing.assert_close(array.weights(), ones(float(FATIGUE.window(1e4)) / 1.3))


def test_imprint_shortens_the_step_against_the_held_state_by_the_closed_form():
    """Held at u = +-0.5 for 1000 s: S = +-0.5 k log10(1001); the step against it is exp(-2 kappa |S|) of the fresh one, the other whole."""
    shift = 0.5 * 1e7 * math.log10(1001)
    for held, sign in ((0.5, 1), (0.5, -1), (-0.5, 1), (-0.5, -1)):
        array, fresh = aged(imprint=IMPRINT, sensitivity=SENSITIVITY), host()
        array.program(ones(held))
        fresh.program(ones(held))
        array.elapse(400.0)
        array.elapse(600.0)
        array.pulse(ones(sign))
        fresh.pulse(ones(sign))
        ratio = float(((array.weights() - held) / (fresh.weights() - held)).mean())
        against = (held > 0) == (sign < 0)
        assert ratio == pytest.approx(math.exp(-2 * SENSITIVITY * shift) if against else 1.0, abs=1e-5)


def test_a_state_that_changes_its_sign_starts_to_imprint_anew():
    array = aged(imprint=IMPRINT, sensitivity=SENSITIVITY)
    array.program(ones(0.5))
    array.elapse(1e3)
    array.program(ones(-0.5))
    array.elapse(1e3)
    assert float(array.state()["Aged.shift_KOI"].abs().max()) == pytest.approx(0.0, abs=1e-3)  # the second undoes the first


def test_several_pulses_at_once_are_pulses_one_by_one_to_first_order():
    """The oracle writes one at a time. What n <= 5 steps of the fresh cell change in its step is at most 5 gamma dw_min = 15 %."""
    for sign in (1.0, -1.0):
        together, single = (aged(imprint=IMPRINT, sensitivity=SENSITIVITY) for _ in range(2))
        for array in (together, single):
            array.program(ones(0.4))
            array.elapse(1e3)
        together.pulse(ones(5 * sign))
        for _ in range(5):
            single.pulse(ones(sign))
        change = (together.weights() - 0.4) / (single.weights() - 0.4)
        assert float((change - 1).abs().max()) < 0.15 / 2


def test_cells_break_with_the_weibull_probability_and_stay_where_they_were():
    """10,000 cells after 1, 2, ... x 3000 cycles: the share of broken cells within 5 standard errors (6e-7 each)."""
    shape = (100, 100)
    array = aged(host(shape, 1), endurance=LIFE)
    array.program(random_weights(1, shape))
    for cycles in (3000.0, 6000.0, 9000.0):
        before, held = array.broken(), array.weights()
        array.wear(3000.0)
        p = float(LIFE.failure(0.0, cycles))
        assert abs(float(array.broken().double().mean()) - p) < 5 * (p * (1 - p) / 1e4) ** 0.5
        assert bool((array.broken() | ~before).all())
        assert torch.equal(array.weights(), held)
    broken = array.broken()
    held = array.weights()
    array.pulse(ones(3.0, 1, shape))
    array.program(array.weights() / 2)
    array.elapse(10.0)
    array.update(torch.ones(1, 1, 100), torch.ones(1, 1, 100), 1.0)
    assert torch.equal(array.weights()[broken], held[broken])
    assert float((array.weights() == held)[~broken].double().mean()) < 0.01  # but those that broke in the meantime


def test_pulses_wear_a_cell_out():
    """A life of exactly 10 cycles: the pulse that reaches it is lost, and all after it."""
    array, fresh = aged(endurance=Endurance(eta=9.5, k=1e9, source=SOURCE)), host()
    for _ in range(15):
        array.pulse(ones())
    for _ in range(9):
        fresh.pulse(ones())
    assert torch.equal(array.weights(), fresh.weights())
    assert bool(array.broken().all())


def test_broken_cells_may_be_shorts():
    array = aged(endurance=replace(LIFE, eta=0.5, k=1e9), stuck_at=1.0)
    array.program(ones(0.3))
    array.pulse(-ones())
    assert torch.equal(array.weights(), ones(1.0))


def test_cells_may_come_worn():
    array = aged(endurance=LIFE, cycles=1e6)
    assert bool(array.broken().all())
    array.program(ones(0.5))
    assert not array.weights().any()


def test_reads_disturb_when_time_passes():
    array, w = aged(read_disturb=READS), random_weights()
    array.program(w)
    array.forward(torch.ones(2, 300, SHAPE[1]))
    array.backward(torch.ones(2, 100, SHAPE[0]))
    assert torch.equal(array.weights(), w)
    array.elapse(0.0)
    torch.testing.assert_close(array.weights(), -1 + (w + 1) * math.exp(-(0.4**2)), rtol=0, atol=1e-6)
    array.forward(torch.ones(2, 600, SHAPE[1]))
    array.elapse(0.0)
    torch.testing.assert_close(array.weights(), -1 + (w + 1) * math.exp(-1.0), rtol=0, atol=1e-6)
    array.program(w)
    array.elapse(0.0)
    assert torch.equal(array.weights(), w)


def test_a_write_of_nothing_is_no_write():
    array = aged(retention=LOG, fatigue=FATIGUE, endurance=LIFE)
    array.program(random_weights())
    array.elapse(100.0)
    state = array.state()
    array.pulse(torch.zeros(2, *SHAPE))
    array.update(torch.ones(2, 3, SHAPE[1]), torch.ones(2, 3, SHAPE[0]), 0.0)
    for name in ("w", "Aged.since_write_KOI", "Aged.broken_KOI"):
        assert torch.equal(array.state()[name], state[name]), name


ALL = {
    "retention": LOG,
    "imprint": IMPRINT,
    "sensitivity": SENSITIVITY,
    "fatigue": FATIGUE,
    "endurance": replace(LIFE, eta=20.0),
    "read_disturb": READS,
    "d2d": 0.3,
}


def lived(array, rounds=3, seed=5):
    chips, (outputs, inputs) = array.chips, array.shape
    for n in range(rounds):
        seeds = [generator(chip, "life", seed, n) for chip in range(chips)]
        x = torch.stack([torch.randn(4, inputs, generator=g) for g in seeds])
        d = torch.stack([torch.randn(4, outputs, generator=g) for g in seeds])
        array.update(x, d, 0.02)
        array.pulse(torch.stack([torch.randint(-3, 4, (outputs, inputs), generator=g) for g in seeds]))
        array.forward(x)
        array.elapse(50.0)
    return array


def test_a_chip_of_a_fleet_has_the_bits_it_has_alone():
    fleet = lived(aged(host(chips=3), **ALL))
    alone = lived(aged(host(chips=1), **ALL))
    assert 0 < float(fleet.broken().double().mean()) < 1
    for name, value in alone.state().items():
        whole = fleet.state()[name]
        assert torch.equal(whole if whole.shape == value.shape else whole[:1], value), name


def test_a_restored_array_goes_on_as_it_would_have():
    array = lived(aged(**ALL))
    other = aged(host(seeds=[8, 9]), seeds=[8, 9], **ALL)
    other.load_state(array.state())
    states = [lived(one, seed=6).state() for one in (array, host_seeded(other, array))]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def host_seeded(other, array):
    """The same streams of pulses: those belong to the host's own seeds, which are no state."""
    inner = host()
    inner.load_state(array.inner.state())
    other.inner = inner
    return other


def test_aged_cells_are_found_inside_of_everything():
    array = Scaled(Split((4, 6), (2, 3), lambda block, row, column: aged(host(block), retention=LOG)), 2.0)
    assert len(list(aged_arrays(array))) == 4
    assert list(aged_arrays(Exact(torch.zeros(1, 2, 2)))) == []


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="1 seeds do not fit 2 chips"):
        Aged(host(), Ageing(), seeds=[1])
    with pytest.raises(ValueError, match="cycles are 0 or more, not -1"):
        aged(cycles=-1.0)
    with pytest.raises(ValueError, match="cycles are 0 or more, not -1"):
        aged(fatigue=FATIGUE).wear(-1.0)
    with pytest.raises(ValueError, match="time does not run backwards"):
        aged(retention=LOG).elapse(-1.0)
    with pytest.raises(ValueError, match=r"within 0 and 1e\+09 s"):
        aged(retention=LOG).elapse(2e9)
    with pytest.raises(ValueError, match=r"not from 0\.0 to 2000000000\.0") as error:
        aged(retention=LOG).elapse(2e9)
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="need an array that counts"):
        aged(host(kind=Hosted, count=False), fatigue=FATIGUE)
    with pytest.raises(ValueError, match="sensitivity above 0"):
        Ageing(imprint=IMPRINT)
    with pytest.raises(ValueError, match="d2d of ageing"):
        Ageing(d2d=-0.1)

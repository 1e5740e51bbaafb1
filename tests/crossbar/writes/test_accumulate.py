import re

import pytest
import torch
from aihwkit.simulator.configs.devices import ConstantStepDevice, IdealDevice

from crossbar.accumulator import LowRankMemory
from crossbar.exact import Exact
from crossbar.hosted import Hosted
from crossbar.io import Periphery
from crossbar.rows import Outer
from crossbar.seeds import generator
from crossbar.writes.accumulate import Accumulate
from device_models.cell import as_cell

PERFECT = Periphery(is_perfect=True).forward_io()


def hosted(device, chips=1, shape=(3, 4)):
    return Hosted(shape, as_cell(device), seeds=range(chips), forward_io=PERFECT, backward_io=PERFECT)


def asymmetric():
    """Exact steps of 0.02 up and 0.015 down."""
    return hosted(
        ConstantStepDevice(dw_min=0.02, up_down=0.25, up_down_dtod=0, dw_min_dtod=0, dw_min_std=0, w_max_dtod=0, w_min_dtod=0), chips=2
    )


def test_nothing_that_is_wanted_is_lost():
    """After any updates: up pulses x up step - down pulses x down step + remainder = what was wanted; the remainder is below one step."""
    array = Accumulate(asymmetric())
    g = generator(0, "updates")
    wanted = torch.zeros(2, 3, 4)
    for _ in range(50):
        x, d = torch.randn(2, 5, 4, generator=g), torch.randn(2, 5, 3, generator=g)
        lr = torch.tensor([0.002, 0.004])
        array.update(x, d, lr)
        wanted -= lr[:, None, None] * d.mT @ x
    spent = array.ledger()
    up, down = array.steps()
    rest = array.state()["Accumulate.wanted_KOI"]
    assert up.tolist() == pytest.approx([0.02] * 2)
    assert down.tolist() == pytest.approx([0.015] * 2)
    total = up[:, None, None] * spent.pulses_up_KOI - down[:, None, None] * spent.pulses_down_KOI + rest
    torch.testing.assert_close(total.float(), wanted, rtol=0, atol=1e-5)
    assert bool((rest < 0.02).all())
    assert bool((rest > -0.015).all())
    assert float(spent.pulses_up_KOI.sum()) > 10
    torch.testing.assert_close(array.weights(), wanted - rest, rtol=0, atol=1e-5)


def test_opposite_changes_cancel_without_a_pulse():
    array = Accumulate(Exact(torch.zeros(1, 3, 4), step=0.1))
    x, d = torch.ones(1, 1, 4), torch.ones(1, 1, 3)
    for _ in range(20):
        array.update(x, d, 0.09)
        array.update(x, -d, 0.09)
    array.update(torch.cat([x, x], 1), torch.cat([5 * d, -5 * d], 1), 1.0)
    assert float(array.ledger().pulses_K()) == 0
    assert float(array.weights().abs().max()) == 0


def test_programming_forgets_the_remainder():
    array = Accumulate(Exact(torch.zeros(1, 3, 4), step=0.1))
    x, d = torch.ones(1, 1, 4), torch.ones(1, 1, 3)
    array.update(x, d, 0.08)
    array.program(torch.full((1, 3, 4), 0.5))
    array.update(x, d, 0.08)
    assert float(array.ledger().pulses_K()) == 0
    assert float(array.weights().sum()) == 6.0


def test_an_ideal_cell_has_no_whole_steps():
    with pytest.raises(ValueError, match="accumulate writes whole steps, and this cell has none; use the write scheme 'direct'"):
        Accumulate(hosted(IdealDevice()))


def test_no_rate_asks_for_more_pulses_than_the_window_is_wide():
    """2 / 0.02 = 100 up pulses, 2 / 0.015 = 133 down pulses, whatever is wanted; nothing stays behind that would go on pulsing for ever."""
    array = Accumulate(asymmetric())
    array.update(torch.ones(2, 1, 4), torch.ones(2, 1, 3), 1e30)
    array.update(torch.ones(2, 1, 4), -torch.ones(2, 1, 3), 1e30)
    spent = array.ledger()
    assert (spent.pulses_up_KOI >= 99).all()
    assert (spent.pulses_up_KOI <= 100).all()
    assert (spent.pulses_down_KOI >= 132).all()
    assert (spent.pulses_down_KOI <= 133).all()
    assert float(array.state()["Accumulate.wanted_KOI"].abs().max()) <= 0.02


def test_stochastic_rounding_is_right_on_average_and_keeps_nothing(exact):
    """4000 cells are each asked for 0.3 of a step: the mean within 5 sigma (6e-7), single cells 0 or 1 step."""
    inner, around = exact((40, 100))
    array = Accumulate(inner, around, rounding="stochastic")
    array.update(torch.ones(1, 1, 100), -torch.ones(1, 1, 40), 0.03)
    weights = array.weights()
    assert set(weights.unique().tolist()) == {0.0, 0.1}
    assert float(weights.mean()) == pytest.approx(0.03, abs=5 * 0.1 * (0.3 * 0.7 / 4000) ** 0.5)
    assert float(array.state()["Accumulate.wanted_KOI"].abs().max()) == 0
    other = Accumulate(*exact((40, 100)), rounding="stochastic")
    other.update(torch.ones(1, 1, 100), -torch.ones(1, 1, 40), 0.03)
    assert torch.equal(other.weights(), weights), "the draw follows the seed"
    array.program(torch.zeros(1, 40, 100))
    array.update(torch.ones(1, 1, 100), -torch.ones(1, 1, 40), 0.03)
    assert not torch.equal(array.weights(), weights), "each update has its own draw"


def test_low_rank_memory_is_the_best_approximation_of_the_sum(exact):
    """Singular values beyond the rank are what is lost, in every step: with batches whose sum has the rank nothing is."""
    inner, around = exact((6, 8), chips=2, step=1e-6)
    array = Accumulate(inner, around, rounding="stochastic", rank=2, every=3)
    g = generator(1, "low rank")
    left, right = torch.randn(2, 6, 2, generator=g), torch.randn(2, 8, 2, generator=g)
    wanted = torch.zeros(2, 6, 8)
    for _ in range(3):
        mix = torch.randn(2, 2, 5, generator=g)
        x, d = (right @ mix).mT, (left @ torch.randn(2, 2, 5, generator=g)).mT
        array.update(x, d, 0.01)
        wanted -= 0.01 * d.mT @ x
    torch.testing.assert_close(array.weights().float(), wanted, rtol=0, atol=3e-6)
    left, right = torch.randn(1, 6, 4, generator=g), torch.randn(1, 8, 4, generator=g)
    memory = LowRankMemory(Exact(torch.zeros(1, 6, 8), dtype=torch.float32), 2)
    memory.add(0.1, Outer(right.mT, left.mT))
    u, s, vh = torch.linalg.svd(-0.1 * left @ right.mT)
    torch.testing.assert_close(memory.wanted(), u[..., :2] * s[:, None, :2] @ vh[:, :2], rtol=0, atol=1e-5)
    assert float(s[0, 2]) > 0.1, "something must have been cut off"


def test_writes_every_nth_update_what_has_been_wanted_since(exact):
    array = Accumulate(exact()[0], every=3)
    x, d = torch.ones(1, 1, 4), -torch.ones(1, 1, 3)
    seen = []
    for _ in range(6):
        array.update(x, d, 0.09)
        seen.append(round(float(array.weights()[0, 0, 0]), 6))
    assert seen == [0, 0, 0.2, 0.2, 0.2, 0.5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rank": 2}, "a memory of low rank cannot keep what truncation leaves; give rounding = 'stochastic' with rank"),
        ({"rounding": "nearest"}, "rounding must be one of truncate, stochastic, not 'nearest'"),
        ({"every": 0}, "rank must be at least 0 and every at least 1, not 0 and 0"),
    ],
)
def test_options_that_do_not_fit(exact, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Accumulate(*exact(), **options)

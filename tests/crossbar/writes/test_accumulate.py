import pytest
import torch
from aihwkit.simulator.configs.devices import ConstantStepDevice, IdealDevice

from crossbar.exact import Exact
from crossbar.hosted import Hosted
from crossbar.io import Periphery
from crossbar.seeds import generator
from crossbar.writes.accumulate import Accumulate, scheme
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
        scheme(hosted(IdealDevice()))


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

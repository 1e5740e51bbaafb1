"""Whole steps taken out of a wanted change, against the formula in float64."""

import numpy as np
import pytest
import torch

from crossbar import products
from crossbar.accumulator import Taking
from crossbar.io import Periphery
from crossbar.kernels import outer, threads, whole_steps
from crossbar.pulsed import Pulsed
from crossbar.rows import Outer, Weighted
from device_models.cell import as_cell


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_takes_the_largest_whole_number_of_steps_of_the_right_sign(dtype):
    """Steps are powers of two, so that all is exact."""
    wanted = (np.random.default_rng(0).integers(-400, 401, (3, 5, 37)) / 64).astype(dtype)
    wanted[0, 0, :2] = 0.0, -0.0
    up, down = np.array([0.5, 0.25, 1.0], dtype), np.array([0.25, 0.5, 0.125], dtype)
    cut = np.clip(wanted.astype(np.float64), -2, 2)
    step = np.where(cut > 0, up[:, None, None], down[:, None, None])
    n = whole_steps.take(wanted, up, down, 2.0)
    np.testing.assert_array_equal(n, np.trunc(cut / step))
    np.testing.assert_array_equal(wanted, cut - np.trunc(cut / step) * step)
    assert (np.abs(wanted) < step).all()


def test_neither_threads_nor_the_fleet_change_a_bit():
    start = np.random.default_rng(1).standard_normal((4, 60, 300), dtype=np.float32)
    steps = np.full(4, 0.03, np.float32)
    before, found = threads.threads(), []
    for count in (1, 3):
        threads.limit(count)
        wanted = start.copy()
        found.append((whole_steps.take(wanted, steps, steps, 2.0), wanted))
    threads.limit(before)
    alone = start[2:3].copy()
    found.append((whole_steps.take(alone, steps[2:3], steps[2:3], 2.0), alone))
    for a, b, c in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a[2], c[0])


def cells(name: str, chips: int = 3, shape: tuple[int, int] = (5, 70)) -> Pulsed:
    io = Periphery()
    array = Pulsed(shape, as_cell(name), seeds=range(chips), forward_io=io.forward_io(), backward_io=io.backward_io())
    array.program(0.3 * torch.randn(chips, *shape, generator=torch.Generator().manual_seed(5)))
    return array


def wanted_of(array: Pulsed, reach: float) -> torch.Tensor:
    """Some changes of several steps, most of less than one, rows of nothing, and one at the very step."""
    g = torch.Generator().manual_seed(6)
    up_K, _ = array.steps()
    wanted = reach * float(up_K[0]) * torch.randn(array.chips, *array.shape, generator=g)
    wanted[:, 2] = 0.0
    wanted[0, 0, 3] = up_K[0]
    return wanted


NOTHING = outer.nothing(np.ones(3, np.float32))


@pytest.mark.parametrize("parts", [(True, False), (False, True), (True, True)])
def test_changing_and_writing_at_once_is_one_after_the_other(parts):
    """Bit for bit, in an array with several blocks of rows."""
    g = torch.Generator().manual_seed(0)
    alone, merged = (cells("reram_sb", shape=(70, 70)) for _ in range(2))
    taking = Taking(*alone.steps(), torch.tensor([True, False, True]))
    outer_products = Outer(torch.randn(3, 9, 70, generator=g), torch.randn(3, 9, 70, generator=g)) if parts[0] else None
    rows = Weighted(torch.randn(3, 70, 70, generator=g), torch.randn(3, 70, generator=g)) if parts[1] else None
    lr_K = torch.tensor([0.01, 0.02, 0.03])
    wanted = wanted_of(alone, 0.3)
    apart, at_once = wanted.clone(), wanted.clone()
    products.descend(apart, lr_K, outer_products, rows)
    assert (apart != wanted).all()
    alone.write_whole_steps(apart, taking, NOTHING)
    merged.write_whole_steps(at_once, taking, products.change(at_once, lr_K, outer_products, rows))
    assert torch.equal(apart, at_once)
    for part, value in alone.state().items():
        assert torch.equal(merged.state()[part], value), part


@pytest.mark.parametrize("reach", [0.3, 3.0])
@pytest.mark.parametrize("name", ["fefet_jerry2017_mirror", "reram_sb", "reram_es", "gokmen_vlasov"])
def test_writing_at_once_is_taking_and_pulsing(name, reach):
    """Bit for bit: what is left, weights, counters, the time it takes and the chip's next draws; a chip that is not chosen keeps all."""
    alone, merged = cells(name), cells(name)
    up_K, down_K = alone.steps()
    chosen_K = torch.tensor([True, False, True])
    for _ in range(2):
        wanted = wanted_of(alone, reach)
        left = wanted.clone()
        n = torch.from_numpy(whole_steps.take(left.numpy(), up_K.numpy(), down_K.numpy(), 2.0))
        alone.pulse(torch.where(chosen_K[:, None, None], n, 0.0))
        merged_left = wanted.clone()
        merged.write_whole_steps(merged_left, Taking(up_K, down_K, chosen_K), NOTHING)
        assert n[chosen_K].any()
        assert torch.equal(merged_left, torch.where(chosen_K[:, None, None], left, wanted))
    for part, value in alone.state().items():
        assert torch.equal(merged.state()[part], value), part


def test_a_step_beyond_the_window_leaves_the_window():
    array = cells("fefet_jerry2017_mirror")
    coarse_K = torch.full((3,), 5.0)
    wanted = torch.full((3, 5, 70), 7.0)
    before = array.weights()
    array.write_whole_steps(wanted, Taking(coarse_K, coarse_K, torch.ones(3, dtype=torch.bool)), NOTHING)
    assert torch.equal(wanted, torch.full_like(wanted, 2.0))
    assert torch.equal(array.weights(), before)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_a_number_is_refused(value):
    array = cells("fefet_jerry2017_mirror")
    wanted = torch.zeros(3, 5, 70)
    wanted[1, 4, 69] = value
    step_K = torch.full((3,), 1e-8 if value == np.inf else 0.1)  # an infinite change is cut to the window: too many of these steps
    with pytest.raises(ValueError, match=r"finite and less than 2\^24 steps"):
        array.write_whole_steps(wanted, Taking(step_K, step_K, torch.ones(3, dtype=torch.bool)), NOTHING)


def test_writes_do_not_depend_on_threads():
    before, found = threads.threads(), []
    for count in (1, 3):
        threads.limit(count)
        array = cells("reram_sb", shape=(60, 3000))
        wanted = wanted_of(array, 1.0)
        array.write_whole_steps(wanted, Taking(*array.steps(), torch.ones(3, dtype=torch.bool)), NOTHING)
        found.append((wanted, array.weights()))
    threads.limit(before)
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("wanted", [torch.zeros(3, 5, 71), torch.zeros(3, 5, 70).double(), torch.zeros(3, 70, 5).mT])
def test_what_cannot_be_changed_in_place_is_refused(wanted):
    array = cells("fefet_jerry2017_mirror")
    with pytest.raises(ValueError, match=r"what is wanted must be contiguous float32 of shape \(3, 5, 70\)"):
        array.write_whole_steps(wanted, Taking(*array.steps(), torch.ones(3, dtype=torch.bool)), NOTHING)

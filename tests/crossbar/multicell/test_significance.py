import pytest
import torch

from crossbar.multicell.significance import weight


def test_the_finest_step_is_that_of_the_least_significant_cell(exact):
    array = weight(*exact(step=0.1), count=3, base=2.0, every=0)
    assert float(array.steps()[0]) == pytest.approx(0.1 / 7)
    array.pulse(torch.ones(1, 3, 4))
    torch.testing.assert_close(array.weights(), torch.full((1, 3, 4), 0.1 / 7, dtype=torch.float64))


def test_a_carry_moves_weight_up_a_digit_and_changes_nothing_else(exact):
    """Exact cells: 30 pulses of 0.1 / 5 are 0.6; with carries the least significant digit stays within its range."""
    array = weight(*exact(step=0.1), count=2, base=4.0, every=1, carry=0.5)
    for _ in range(30):
        array.pulse(torch.ones(1, 3, 4))
    torch.testing.assert_close(array.weights(), torch.full((1, 3, 4), 0.6, dtype=torch.float64))
    low, high = (digit.weights().abs().max() for digit in array.arrays.values())
    assert float(low) < 0.65
    assert float(high) > 0.5


def test_more_can_be_held_than_by_the_least_significant_digit_alone(uneven, on):
    reached = []
    for every in (0, 5):
        array = weight(*on(uneven(), (8, 9)), every=every)
        for _ in range(150):
            array.pulse(torch.ones(1, 8, 9))
        reached.append(float(array.weights().mean()))
    assert reached[0] < 0.21
    assert reached[1] > 0.45, reached


def test_programming_splits_a_weight_over_the_digits(exact):
    array = weight(*exact(), count=3)
    target = torch.linspace(-0.9, 0.9, 12).reshape(1, 3, 4)
    array.program(target)
    torch.testing.assert_close(array.weights().float(), target, rtol=0, atol=1e-6)
    assert max(float(digit.weights().abs().max()) for digit in array.arrays.values()) <= 1.0


def test_options_out_of_range(exact):
    with pytest.raises(ValueError, match="count is at least 2"):
        weight(*exact(), count=1)

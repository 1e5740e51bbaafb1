"""Ranges: equal gaps, equal ratios, draws."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.spacing import is_range, spaced

ENDS = st.floats(1e-6, 1e6)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(2, 50))
def test_a_range_holds_both_ends_and_equal_gaps(start: float, stop: float, steps: int) -> None:
    values = spaced(f"{start!r}:{stop!r}:{steps}")
    assert len(values) == steps
    assert (values[0], values[-1]) == (start, stop)
    gap = (stop - start) / (steps - 1)
    rounding = 8 * (2.0**-52 * (abs(start) + abs(stop)) + 2.0**-1074)  # eight roundings, also among subnormal numbers
    assert all(abs((b - a) - gap) <= rounding for a, b in itertools.pairwise(values))


@given(ENDS, ENDS, st.integers(2, 50))
def test_a_logarithmic_range_holds_both_ends_and_equal_ratios(start: float, stop: float, steps: int) -> None:
    values = spaced(f"{start!r}:{stop!r}:{steps}:log")
    assert (values[0], values[-1]) == (start, stop)
    gap = math.log(stop / start) / (steps - 1)
    rounding = 2.0**-52 * 8 * 6 * math.log(10)  # of logarithms up to 6 in size, raised again
    assert all(abs(math.log(b / a) - gap) <= rounding for a, b in itertools.pairwise(values))


def test_whole_numbers_stay_whole() -> None:
    assert spaced("0:9:10") == list(range(10))
    assert {type(value) for value in spaced("0:9:10")} == {int}
    assert {type(value) for value in spaced("0:9:4")} == {int}
    assert {type(value) for value in spaced("0:1:3")} == {float}
    assert {type(value) for value in spaced("0.0:9:10")} == {float}
    assert {type(value) for value in spaced("1:100:3:log")} == {float}


def test_decades_are_decades() -> None:
    assert spaced("0.001:10:5:log") == [0.001, 0.01, 0.1, 1.0, 10.0]


@pytest.mark.parametrize(("kind", "middle"), [("random", lambda value: value), ("lograndom", math.log10)])
def test_draws_are_uniform_in_mean_and_spread(kind: str, middle) -> None:
    """Of 4000 draws the mean of u is 1/2 with a standard error of 1/sqrt(12 n), the mean of (u - 1/2)^2 is 1/12 with one of
    sqrt((1/80 - 1/144) / n); five sigmas each: a false alarm in 4e5 seeds, and the seed is fixed."""
    n = 4000
    low, high = middle(1.0), middle(10.0)
    shares = [(middle(value) - low) / (high - low) for value in spaced(f"1:10:{n}:{kind}:3", "rule.lr")]
    assert all(0 <= share < 1 for share in shares)
    mean = (sum(shares) / n - 1 / 2) * math.sqrt(12 * n)
    spread = (sum((share - 1 / 2) ** 2 for share in shares) / n - 1 / 12) / math.sqrt((1 / 80 - 1 / 144) / n)
    assert abs(mean) < 5, mean
    assert abs(spread) < 5, spread


def test_draws_follow_seed_and_key() -> None:
    assert spaced("0:1:5:random", "rule.lr") == spaced("0:1:5:random:0", "rule.lr")
    assert spaced("0:1:5:random", "rule.lr") != spaced("0:1:5:random:1", "rule.lr")
    assert spaced("0:1:5:random", "rule.lr") != spaced("0:1:5:random", "device.c2c")
    assert len(spaced("0:1:1:random")) == 1


@pytest.mark.parametrize("text", ["0:1:3", "1e-3:1:3:log", "0:1:3:strange", " 0 : 1 : 3 "])
def test_what_is_a_range(text: str) -> None:
    assert is_range(text)


@pytest.mark.parametrize("value", ["a:b:c", "0:1", "tcp://1:2", 3, [0, 1, 2], "08:00"])
def test_what_is_none(value: object) -> None:
    assert not is_range(value)


@pytest.mark.parametrize("wrong", ["0:1:1", "0:1:1.5", "0:inf:3", "0:1:nan", "0:1:0:random", "0:1:-3", "0:1:1:log", "0:1:1000000"])
def test_a_range_needs_ends_and_steps(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"start:stop:steps with [12] to 100000 steps"):
        spaced(wrong)


@pytest.mark.parametrize("wrong", ["0:1:3:strange", "1:2:3:log:4", "0:1:3:random:x", "0:1:3:random:1:2", "0:1:3:"])
def test_a_kind_has_its_words(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"start:stop:steps, then :log"):
        spaced(wrong)


@pytest.mark.parametrize("wrong", ["0:1:3:log", "-1:1:3:lograndom", "1:0:3:log"])
def test_logarithms_need_numbers_above_nothing(wrong: str) -> None:
    with pytest.raises(ValueError, match="logarithms need ends above 0"):
        spaced(wrong)

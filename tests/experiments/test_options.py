"""Options are read off signatures."""

import pytest

from analogdecor.rules.anp import RULE
from crossbar.array import Array
from experiments.options import Rate, given, options_of
from experiments.sections import Section


def load(*, size: int, name: str = "x") -> None:
    """Has one option that must be given."""


def scheme(array: Array, threshold: float = 0.5) -> Array:
    """Wraps an array."""
    return array


def test_of_a_function() -> None:
    assert options_of(load) == {"size": (int, ...), "name": (str, "x")}


def test_the_wrapped_array_is_no_option() -> None:
    assert options_of(scheme, skip=1) == {"threshold": (float, 0.5)}


def test_of_a_rule_a_rate_is_a_number_that_is_not_negative() -> None:
    options = options_of(RULE)
    assert options["lr"] == (Rate, RULE().lr)
    assert options["sigma"] == (Rate, RULE().sigma)  # one number per chip in a fleet, judged by the rule itself
    assert set(options) == {"lr", "sigma", "passes", "noise", "antithetic", "sigma_in"}


def test_what_is_given_beyond_the_base() -> None:
    class Base(Section):
        name: str = "a"

    class More(Base):
        beta: float = 0.5

    assert given(More(beta=2.0), Base) == {"beta": 2.0}
    with pytest.raises(ValueError):
        More(gamma=1.0)

"""What a rule's hyper-parameters may be, written once: a word means the same, and has the same range, in every rule."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import torch


def check(rule: Any) -> None:
    """Check a rule's hyper-parameters; every rule calls it when it is made.

    A hyper-parameter that only one rule has is checked by that rule.

    Args:
        rule: a dataclass instance; its fields whose names are known here are checked.

    Raises:
        ValueError: a value is outside its range; the message names the value and what is accepted.
    """
    for name in (field.name for field in fields(rule)):
        if name in _RANGES:
            fits, accepted = _RANGES[name]
            if not fits(getattr(rule, name)):
                raise ValueError(f"{name} of {type(rule).__name__} must be {accepted}, not {getattr(rule, name)!r}")


def _rate(value: Any) -> bool:
    rate = torch.as_tensor(value, dtype=torch.float64)
    return rate.ndim <= 1 and bool((torch.isfinite(rate) & (rate >= 0)).all())


def _positive(value: Any) -> bool:
    number = torch.as_tensor(value, dtype=torch.float64)
    return number.ndim <= 1 and bool((torch.isfinite(number) & (number > 0)).all())


def _count(value: Any) -> bool:
    return isinstance(value, int) and value >= 1


def _share(value: Any) -> bool:
    return 0.0 < value <= 1.0


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


def _balance(value: Any) -> bool:
    return 0.0 <= value <= 1.0


_RANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (_rate, "0 or a positive number, or one such number per chip"),
    "sigma": (_positive, "a positive number, or one such number per chip"),
    "passes": (_count, "a whole number of at least 1"),
    "antithetic": (_switch, "true or false"),
    "noise": (lambda value: value in ("injected", "read"), "one of injected, read"),
    "sigma_in": (lambda value: value in ("absolute", "read_noise"), "one of absolute, read_noise"),
    "every": (_count, "a whole number of at least 1"),
    "share": (_share, "in (0, 1]"),
    "kappa": (_balance, "in [0, 1]"),
}

"""Values of an axis in one word: ``start:stop:steps``, equally spaced; with ``:log``, ``:random`` or ``:lograndom``, otherwise."""

import math
from collections.abc import Callable

import torch

from crossbar.seeds import generator

Numbers = list[int] | list[float]

ACCEPTED = "start:stop:steps, then :log, :random[:SEED] or :lograndom[:SEED]"

MOST = 100_000
"""Steps."""


def is_range(value: object) -> bool:
    """Whether it is written as a range: three numbers with colons, and perhaps more."""
    parts = value.split(":") if isinstance(value, str) else []
    return len(parts) >= 3 and all(_is_number(part) for part in parts[:3])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def spaced(text: str, key: str = "") -> Numbers:
    """``0:4:5`` -> [0, 1, 2, 3, 4]; ``0.01:1:3:log`` -> [0.01, 0.1, 1]; ``0:1:9:random:7`` -> nine draws from [0, 1).

    Both ends are included where nothing is drawn. Equal gaps between whole numbers give whole numbers, so that ``0:9:10`` makes seeds.
    ``lograndom`` draws uniformly in the logarithm. Draws follow SEED (0 where there is none) and the key, on every machine alike, and are
    not sorted, so that several keys can be zipped to a random search.

    Args:
        text: the range.
        key: of the axis.

    Raises:
        ValueError: the kind is none of these, ends or steps are not accepted for it.
    """
    start, stop, steps, *how = text.split(":")
    kind, seed = _kind(text, how)
    ends = float(start), float(stop)
    least = 1 if kind.endswith("random") else 2
    if not all(map(math.isfinite, ends)) or not steps.strip().isdecimal() or not least <= int(steps) <= MOST:
        raise ValueError(f"{text!r} is not accepted: start:stop:steps with {least} to {MOST} steps is, for example 0:4:5")
    if kind.startswith("log") and min(ends) <= 0:
        raise ValueError(f"{text!r} is not accepted: logarithms need ends above 0")
    values = _KINDS[kind](*ends, _shares(kind, int(steps), seed, key))
    return _whole(values, start, stop) if kind == "" else values


def _kind(text: str, how: list[str]) -> tuple[str, int]:
    kind, seed = (*how, "", "")[:2]
    with_seed = kind.endswith("random")
    if kind not in _KINDS or how[:1] == [""] or len(how) > 1 + with_seed or (seed and not seed.isdecimal()):
        raise ValueError(f"{text!r} is not accepted: {ACCEPTED} is")
    return kind, int(seed or 0)


def _shares(kind: str, steps: int, seed: int, key: str) -> list[float]:
    """Where between the ends: from 0 to 1."""
    if kind.endswith("random"):
        return torch.rand(steps, generator=generator(seed, "axis", key), dtype=torch.float64).tolist()
    return [step / (steps - 1) for step in range(steps)]


def _linear(start: float, stop: float, shares: list[float]) -> list[float]:
    return [stop if share == 1 else start + (stop - start) * share for share in shares]


def _log(start: float, stop: float, shares: list[float]) -> list[float]:
    """(log10 stop - log10 start) keeps decades exact where they can be."""
    low, high = math.log10(start), math.log10(stop)
    between = [10.0 ** (low + (high - low) * share) for share in shares]
    return [{0.0: start, 1.0: stop}.get(share, value) for share, value in zip(shares, between, strict=True)]


_KINDS: dict[str, Callable[[float, float, list[float]], list[float]]] = {"": _linear, "log": _log, "random": _linear, "lograndom": _log}


def _whole(values: list[float], *ends: str) -> Numbers:
    """Whole numbers where the ends are written as such and every value is one."""
    written = all(end.strip().lstrip("+-").isdecimal() for end in ends)
    return [int(value) for value in values] if written and all(value.is_integer() for value in values) else values

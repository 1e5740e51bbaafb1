"""Where a law holds: every parameter and every clock or counter is checked against a stated range, and outside it is an error."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Quantity = float | Tensor
"""One number for all cells, or one per cell; tensors broadcast against each other."""


def within(name: str, value: Quantity, low: float, high: float, unit: str) -> None:
    """Raise a ValueError unless low < value <= high everywhere; an infinite ``high`` admits every finite value and infinity."""
    values = torch.as_tensor(value, dtype=torch.float64)
    if not bool(((values > low) & (values <= high)).all()):
        upper = f" and at most {high:g}" if math.isfinite(high) else ""
        wrong = values[~((values > low) & (values <= high))].reshape(-1)[0]
        raise ValueError(f"{name} must be above {low:g}{upper} {unit}, not {float(wrong)}")


def interval(start: Quantity, stop: Quantity, longest: float, unit: str) -> tuple[Tensor, Tensor]:
    """The two ends as float64 tensors.

    Raises:
        ValueError: not 0 <= start <= stop <= longest.
    """
    first, last = torch.as_tensor(start, dtype=torch.float64), torch.as_tensor(stop, dtype=torch.float64)
    if not bool(((first >= 0) & (first <= last) & (last <= longest)).all()):
        found = f"from {_extreme(first, min)} to {_extreme(last, max)}"
        raise ValueError(f"an interval lies in order within 0 and {longest:g} {unit}, where the law holds, not {found}")
    return first, last


def _extreme(values: Tensor, of: Callable[[list[float]], float]) -> str:
    return str(of(values.reshape(-1).tolist()))

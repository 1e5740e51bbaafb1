"""The weight after one pulse, before the bounds, for each law of ``crossbar.kernels.laws``, in torch.

``step(w, is_down, xi, p, g)``: w, is_down and xi are [K, O, I]; p holds the parameters per cell, each [K, O, I], and g the constants
per chip, each [K, 1, 1]. The equations are in the laws' own files.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from crossbar.kernels import affine
from crossbar.kernels.laws import law_module

Step = Callable[[Tensor, Tensor, Tensor, Sequence[Tensor], Sequence[Tensor]], Tensor]


def _affine(w: Tensor, is_down: Tensor, xi: Tensor, p: Sequence[Tensor], g: Sequence[Tensor]) -> Tensor:
    noise = 6 if len(p) == 8 else 2  # the rows of c
    a, b, c = (torch.where(is_down, p[row + 1], p[row]) for row in (2, 4, noise))
    change = (a + b * w) * (1.0 + g[0] * xi) + c * (g[1] * xi)
    return torch.where(is_down, w - change, w + change)


def _exponential(w: Tensor, is_down: Tensor, xi: Tensor, p: Sequence[Tensor], g: Sequence[Tensor]) -> Tensor:
    z = w * p[4] + g[7]
    down = -p[3] * (1.0 - g[5] * torch.exp(-g[6] * z)).clamp(min=0.0)
    up = p[2] * (1.0 - g[3] * torch.exp(g[4] * z)).clamp(min=0.0)
    change = torch.where(is_down, down, up)
    moved = w + change + g[0] * (change.abs() + g[1] + g[2] * w.abs()) * xi
    return torch.where(p[4] == 0, w, moved)


def _power(w: Tensor, is_down: Tensor, xi: Tensor, p: Sequence[Tensor], g: Sequence[Tensor]) -> Tensor:
    noise = 1.0 + g[0] * xi
    down = w - p[3] * ((w - p[0]) * p[4]) ** p[6] * noise
    up = w + p[2] * ((p[1] - w) * p[4]) ** p[5] * noise
    return torch.where(p[4] == 0, w, torch.where(is_down, down, up))


def _piecewise(w: Tensor, is_down: Tensor, xi: Tensor, p: Sequence[Tensor], g: Sequence[Tensor]) -> Tensor:
    sections = (len(g) - 2) // 2 - 1
    up, down = (torch.stack(list(g[first : first + sections + 1]), -1).expand(*w.shape, -1) for first in (2, 3 + sections))
    nodes = torch.where(is_down[..., None], down, up)
    node = nodes[..., 0]
    if sections > 0:
        place = ((w - p[0]) * p[4]).clamp(min=0.0)
        left = place.long().clamp(max=sections - 1)
        part = (place - left.to(torch.float32)).clamp(max=1.0)
        before, after = (nodes.gather(-1, (left + one)[..., None])[..., 0] for one in (0, 1))
        node = torch.where(p[1] > p[0], (1.0 - part) * before + part * after, node)
    noise = 1.0 + g[0] * xi
    return torch.where(is_down, w - p[3] * node * noise, w + p[2] * node * noise)


STEPS: dict[str, Step] = {"affine": _affine, "exponential": _exponential, "power": _power, "piecewise": _piecewise}


def form_of(law: str) -> str:
    """Which of ``STEPS`` a law of ``crossbar.kernels.laws`` takes.

    Raises:
        ValueError: it has none.
    """
    form = "affine" if law_module(law).step is affine.step else law
    if form not in STEPS:
        raise ValueError(f"the device law {law!r} has no step in torch; accepted on a GPU: {', '.join(sorted(STEPS))}; use device = 'cpu'")
    return form

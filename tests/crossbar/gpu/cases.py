"""Cells, vectors and trains for the tests of pulses."""

from collections.abc import Sequence

import numpy as np
import torch
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    SoftBoundsDevice,
    SoftBoundsReferenceDevice,
)
from torch import Tensor

from crossbar.gpu.plain import Pulsed
from crossbar.gpu.steps import form_of
from crossbar.kernels.cells import Cells

SEEDS = (3, 2**62 + 5)
SPREAD = {"dw_min": 2e-3, "up_down": 0.1, "w_max_dtod": 0.1, "w_min_dtod": 0.1}
RESPONSES = {
    "constant": ConstantStepDevice(**SPREAD),
    "linear-additive": LinearStepDevice(gamma_up=0.4, gamma_down=0.6, mult_noise=False, dw_min_std=1.0, **SPREAD),
    "soft": SoftBoundsDevice(**SPREAD),
    "reference": SoftBoundsReferenceDevice(reference_std=0.1, dw_min_std=2.0, **SPREAD),
    "exponential": ExpStepDevice(dw_min_std_add=0.1, dw_min_std_slope=0.1, **SPREAD),
    "power": PowStepDevice(pow_gamma=1.5, **SPREAD),
    "piecewise": PiecewiseStepDevice(piecewise_up=[1.5, 1.0, 0.2], piecewise_down=[0.3, 1.0, 1.4], **SPREAD),
}
SMOOTH = ("exponential", "power")
"""Laws with exponentials and powers, which compilers round otherwise."""

KINDS = {"short": (1.0, 2e-3), "sparse": (0.2, 0.02), "dense": (1.0, 1.0)}  # share of nonzero x, rate


def vectors(kind: str, shape: tuple[int, int], samples: int) -> tuple[Tensor, Tensor, float]:
    """x, d and rate of two chips."""
    rng = np.random.default_rng(0)
    share, lr = KINDS[kind]
    x = rng.normal(size=(2, samples, shape[1])) * (rng.random((2, samples, shape[1])) < share)
    d = rng.normal(size=(2, samples, shape[0]))
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(d.astype(np.float32)), lr


def chips(name: str, shape: tuple[int, int]) -> list[Cells]:
    """Two chips away from their bounds."""
    made = [Cells.made(RESPONSES[name], shape, seed) for seed in SEEDS]
    for cells in made:
        cells.program(np.random.default_rng(1).uniform(-0.2, 0.2, shape).astype(np.float32), 0)
    return made


def pulsed(made: Sequence[Cells], device: torch.device) -> Pulsed:
    """The same chips in torch."""
    p, g, w = (torch.from_numpy(np.stack([getattr(cells, name) for cells in made])).to(device) for name in ("p_POI", "g", "w"))
    up, down = (torch.zeros(w.shape, dtype=torch.int32, device=device) for _ in range(2))
    return Pulsed(form_of(made[0].law), p, g, bool((g != 0).any()), w, up, down)

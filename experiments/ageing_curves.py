"""The curves of a cell's ageing: weights against time, window and survivors against write cycles.

Shapes: T times, N numbers of cycles, D devices, L levels.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from device_models.ageing import Ageing, retain
from device_models.ageing.ageing import draw_factors

Floats = NDArray[np.float64]

TEN_YEARS = 10 * 365.25 * 86400
TIMES = {1.0: "1 s", 3600.0: "1 h", 86400.0: "1 d", 2.6298e6: "1 month", 3.15576e7: "1 y", TEN_YEARS: "10 y"}
"""Times that people know, as ticks of an axis [s]."""

LEVELS = (-1.0, -0.5, 0.0, 0.5, 1.0)
DEVICES = 400


@dataclass(frozen=True)
class Fan:
    """Weights of devices that were all written to the same levels.

    Attributes:
        seconds_T: times since the write [s].
        w_LTD: weights.
    """

    seconds_T: Floats
    w_LTD: Floats


def retention_fan(ageing: Ageing, *, devices: int = DEVICES, seed: int = 0) -> Fan | None:
    """Weights from 1 s to 10 years, or to the longest time of the law; None where the cell has no law of retention.

    The spread is that of ``ageing.d2d``; without one all devices are alike.
    """
    law = ageing.retention
    if law is None:
        return None
    seconds_T = np.geomspace(1.0, min(TEN_YEARS, law.longest), 73)
    generators = {name: torch.Generator().manual_seed(seed) for name in ageing.laws()}
    spread = ageing.spread(draw_factors(ageing, (devices,), generators)).retention
    assert spread is not None
    w_LTD = [
        [retain(spread, torch.full((devices,), level, dtype=torch.float64), 0.0, float(t), ageing.relaxed).numpy() for t in seconds_T]
        for level in LEVELS
    ]
    return Fan(seconds_T, np.array(w_LTD))


@dataclass(frozen=True)
class Wear:
    """What write cycles leave.

    Attributes:
        cycles_N: write cycles.
        window_N: width of the window over that of the woken cell; None without a law of fatigue.
        alive_N: share of cells that have not broken; None without a law of endurance.
    """

    cycles_N: Floats
    window_N: Floats | None
    alive_N: Floats | None


def wear(ageing: Ageing) -> Wear | None:
    """Window and survivors from 1 cycle to ten times the characteristic life; None where the cell has neither law."""
    life, fatigue = ageing.endurance, ageing.fatigue
    if life is None and fatigue is None:
        return None
    most = 10 * float(life.eta) if life is not None else 1e10
    cycles_N = np.geomspace(1.0, min(most, fatigue.most) if fatigue is not None else most, 121)
    window = None if fatigue is None else (fatigue.window(torch.from_numpy(cycles_N)) / (1 + fatigue.wake_up)).numpy()
    alive = None if life is None else 1 - life.failure(0.0, torch.from_numpy(cycles_N)).numpy()
    return Wear(cycles_N, window, alive)

"""From polarisation to conductance: what the read sees of the domains.

Polarisation p is relative to the remanence, -1 ... +1, any shape; conductance in S. All three rise with p.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


def _range(g_min: float, g_max: float) -> None:
    if not 0 < g_min < g_max:
        raise ValueError(f"conductances must satisfy 0 < g_min < g_max, not {g_min} S and {g_max} S")


@dataclass(frozen=True, kw_only=True)
class LinearReadout:
    """G = g_min + (g_max - g_min) (1 + p) / 2: domains conduct in parallel, as in a capacitive or a short-channel read.

    Attributes:
        g_min: all domains down [S].
        g_max: all domains up [S].
    """

    g_min: float
    g_max: float

    def __post_init__(self) -> None:
        _range(self.g_min, self.g_max)

    def conductance(self, p: Tensor) -> Tensor:
        """Conductance [S] at relative polarisation p."""
        return self.g_min + (self.g_max - self.g_min) * (1 + p) / 2


@dataclass(frozen=True, kw_only=True)
class ExponentialReadout:
    """G = g_min (g_max / g_min)^((1 + p) / 2): a tunnel junction, whose barrier is moved in proportion to the mean polarisation.

    Attributes:
        g_min: all domains down [S].
        g_max: all domains up [S].
    """

    g_min: float
    g_max: float

    def __post_init__(self) -> None:
        _range(self.g_min, self.g_max)

    def conductance(self, p: Tensor) -> Tensor:
        """Conductance [S] at relative polarisation p."""
        return self.g_min * (self.g_max / self.g_min) ** ((1 + p) / 2)


@dataclass(frozen=True, kw_only=True)
class ThresholdReadout:
    """A ferroelectric transistor: polarisation shifts the threshold, and the channel answers through its sub-threshold slope.

        V_th = threshold - window p / 2,   G = slope ln(1 + exp((V_read - V_th) / v)),   v = swing / ln 10

    Far below threshold G falls by ten for every swing; far above it G = (slope / v) (V_read - V_th). The form is the charge of the
    EKV model (C. C. Enz, F. Krummenacher, E. A. Vittoz, Analog Integr. Circuits Signal Process. 8, 83 (1995), doi 10.1007/BF01239381).

    Attributes:
        threshold: threshold voltage at zero polarisation [V].
        window: memory window, threshold all down minus threshold all up [V].
        swing: sub-threshold swing per decade [V]; at room temperature 60 mV or more.
        read_voltage: gate voltage of the read [V].
        slope: conductance scale [S].
    """

    threshold: float
    window: float
    swing: float
    read_voltage: float
    slope: float

    def __post_init__(self) -> None:
        for name in ("window", "swing", "slope"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} of a ThresholdReadout must be positive, not {getattr(self, name)}")

    def conductance(self, p: Tensor) -> Tensor:
        """Conductance [S] at relative polarisation p."""
        overdrive = self.read_voltage - self.threshold + self.window / 2 * p
        x = overdrive / (self.swing / math.log(10))
        return self.slope * torch.logaddexp(x, torch.zeros_like(x))

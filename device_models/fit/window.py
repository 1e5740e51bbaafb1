"""The conductance window, and the baseline's drift taken out of it.

The ends of a train are the extremes of its running median of five reads, which two wrong ones in a row do not move; of three reads in a
short train, whose steps are large. A device's window holds
all its cycles, the cell's ends are the means over its devices; the weight of a conductance G is w = 2 (G - low) / (high - low) - 1.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.stats import t as student
from scipy.stats import theilslopes

from device_models.fit.checks import devices
from device_models.fit.estimate import Estimate, Floats
from device_models.fit.reading import Train

_READS_FOR_FIVE, _READS_FOR_THREE = 40, 5
_CYCLES_FOR_DRIFT = 5  # fewer slopes have no 95 % interval


@dataclass(frozen=True, kw_only=True)
class Window:
    """The window of a cell.

    Attributes:
        low: lowest conductance [S or 1].
        high: highest conductance [S or 1].
        ends_D2: ends of each device, in weights [D, 2].
        errors_D2: their standard errors, from the spread over cycles; NaN for a device with one cycle.
        hard_2: whether the reads show a hard bound, or a saturation, at the low and at the high end.
        drift: change of the baseline per cycle, as a fraction of the range, or None where there are too few cycles. It is removed.
    """

    low: float
    high: float
    ends_D2: Floats
    errors_D2: Floats
    hard_2: NDArray[np.bool_]
    drift: Estimate | None

    def weight(self, g: Floats) -> Floats:
        """The weight of a conductance."""
        return 2 * (g - self.low) / (self.high - self.low) - 1

    def conductance(self, w: Floats) -> Floats:
        """The conductance of a weight."""
        return self.low + (w + 1) / 2 * (self.high - self.low)


def levelled(trains: tuple[Train, ...]) -> tuple[tuple[Train, ...], Window]:
    """The trains without drift of the baseline, and their window.

    The drift is each device's Theil-Sen slope of the middle between a cycle's ends over the number of the cycle; it is subtracted
    where its 95 % interval excludes 0.
    """
    slopes = {device: _slope([t for t in trains if t.device == device]) for device in devices(trains)}
    level = tuple(part for device, slope in slopes.items() for part in _without(slope, [t for t in trains if t.device == device]))
    ends = [np.array([_ends(t) for t in level if t.device == device]) for device in slopes]
    low, high = (float(np.mean([_outer(e)[side] for e in ends])) for side in (0, 1))
    unit = Window(low=low, high=high, ends_D2=np.empty(0), errors_D2=np.empty(0), hard_2=np.array([True, True]), drift=None)
    weights = [unit.weight(e) for e in ends]
    window = replace(
        unit,
        ends_D2=np.array([_outer(w) for w in weights]),
        errors_D2=np.array([_error(w) for w in weights]),
        drift=_mean_drift(list(slopes.values()), high - low),
    )
    return level, window


def moved(window: Window, edge_2: Floats, hard_2: NDArray[np.bool_]) -> Window:
    """The window with its ends moved by ``edge_2``, in weights, where they are hard: w = -1 and 1 are then the bounds themselves."""
    low, high = np.array([-1.0, 1.0]) + np.where(hard_2, edge_2, 0.0)
    scale = float(2 / (high - low))
    return replace(
        window,
        low=float(window.conductance(low)),
        high=float(window.conductance(high)),
        ends_D2=(window.ends_D2 - [-1, 1]) * scale + [-1, 1],
        errors_D2=window.errors_D2 * scale,
        hard_2=hard_2,
        drift=window.drift.times(scale) if window.drift else None,
    )


def _ends(train: Train) -> tuple[float, float]:
    g = train.conductance_T[~np.isnan(train.conductance_T)]
    width = 5 if g.size >= _READS_FOR_FIVE else 3 if g.size >= _READS_FOR_THREE else 1
    smooth = np.median(sliding_window_view(g, width), axis=1)
    return float(smooth.min()), float(smooth.max())


def _outer(ends_C2: Floats) -> Floats:
    return np.array([ends_C2[:, 0].min(), ends_C2[:, 1].max()])


def _error(ends_C2: Floats) -> Floats:
    """Standard error of the outermost of C ends: 0.83 to 0.59 of their spread for 2 to 10 normal values."""
    return 0.7 * ends_C2.std(axis=0, ddof=1) if len(ends_C2) > 1 else np.full(2, np.nan)


def _slope(trains: list[Train]) -> tuple[float, float, float] | None:
    """(slope, low, high) of the baseline per cycle, in conductance."""
    if len(trains) < _CYCLES_FOR_DRIFT:
        return None
    found = theilslopes([sum(_ends(t)) / 2 for t in trains], np.arange(len(trains)), alpha=0.95)
    return float(found.slope), float(found.low_slope), float(found.high_slope)


def _without(slope: tuple[float, float, float] | None, trains: list[Train]) -> list[Train]:
    if slope is None or slope[1] <= 0 <= slope[2]:
        return trains
    middle = len(trains) / 2
    time = [cycle + np.arange(t.conductance_T.size) / t.conductance_T.size - middle for cycle, t in enumerate(trains)]
    return [replace(t, conductance_T=t.conductance_T - slope[0] * when) for t, when in zip(trains, time, strict=True)]


def _mean_drift(slopes: list[tuple[float, float, float] | None], span: float) -> Estimate | None:
    known = np.array([s for s in slopes if s is not None]) / span
    if len(known) < 2:
        return Estimate(*known[0].tolist()) if len(known) else None
    half = student.ppf(0.975, len(known) - 1) * known[:, 0].std(ddof=1) / np.sqrt(len(known))
    mean = float(known[:, 0].mean())
    return Estimate(mean, float(mean - half), float(mean + half))

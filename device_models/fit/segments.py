"""Trains cut into equal lengths, so that one loop over time follows all of them.

Shapes: N segments, L pulses. A segment starts with a read that is there, and that read's state is not known from before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device_models.fit.checks import devices
from device_models.fit.estimate import Floats
from device_models.fit.reading import Train
from device_models.fit.window import Window

LONGEST = 32
"""Pulses in one segment. Each segment spends one read on its start, so that cutting costs at most 1/32 of the information."""

FOLDS = 5
"""Parts of the pulses for cross-validation; two successive pulses stay together, since one read is part of both steps."""


@dataclass(frozen=True, kw_only=True)
class Segments:
    """Reads as weights, aligned.

    Attributes:
        start_N: first read of each segment [1].
        w_NL: read after each pulse; NaN where it is missing and behind the end of a shorter segment.
        polarity_NL: direction of each pulse, +1, -1 or 0.
        bounds_N2: the ends of the device's window, where hard bounds are believed to be; infinite where it never saturates.
        factor_N2: how much larger the device's up and down steps are than the mean device's; 1 until ``matched``.
        device_N: index of the device.
        fold_NL: part for cross-validation, 0 to FOLDS - 1.
        train_N: index of the train.
        offset_N: index of the first read within its train.
    """

    start_N: Floats
    w_NL: Floats
    polarity_NL: NDArray[np.int8]
    bounds_N2: Floats
    factor_N2: Floats
    device_N: NDArray[np.int64]
    fold_NL: NDArray[np.int64]
    train_N: NDArray[np.int64]
    offset_N: NDArray[np.int64]

    def only(self, chosen_N: NDArray[np.bool_]) -> "Segments":
        """Some of the segments."""
        return Segments(**{name: value[chosen_N] for name, value in vars(self).items()})


def segments(trains: tuple[Train, ...], window: Window) -> Segments:
    """Cut the trains, and read their conductances as weights."""
    labels = devices(trains)
    cuts = [(i, at) for i, train in enumerate(trains) for at in _starts(train)]
    length = max(min(trains[i].conductance_T.size - at - 1, LONGEST) for i, at in cuts)
    device_N = np.array([labels.index(trains[i].device) for i, _ in cuts])
    position_NL = np.array([at for _, at in cuts])[:, None] + np.arange(length)
    train_N = np.array([i for i, _ in cuts])
    return Segments(
        start_N=np.array([window.weight(trains[i].conductance_T[at]) for i, at in cuts]),
        w_NL=np.array([_padded(window.weight(trains[i].conductance_T[at + 1 : at + 1 + LONGEST]), length, np.nan) for i, at in cuts]),
        polarity_NL=np.array([_padded(trains[i].polarity_T[at + 1 : at + 1 + LONGEST], length, 0) for i, at in cuts], dtype=np.int8),
        bounds_N2=np.where(window.hard_2, window.ends_D2[device_N], [-np.inf, np.inf]),
        factor_N2=np.ones((len(cuts), 2)),
        device_N=device_N,
        fold_NL=(position_NL // 2 + train_N[:, None]) % FOLDS,
        train_N=train_N,
        offset_N=np.array([at for _, at in cuts]),
    )


def _starts(train: Train) -> list[int]:
    """Reads that start a segment: the first that is there, and then the first that is there in each LONGEST; all but the last read."""
    seen = np.flatnonzero(~np.isnan(train.conductance_T))
    starts: list[int] = []
    while seen.size > 1:
        starts.append(int(seen[0]))
        seen = seen[seen >= seen[0] + LONGEST]
    return starts


def _padded(values: NDArray, length: int, blank: float) -> Floats:
    return np.concatenate([values, np.full(length - values.size, blank)])

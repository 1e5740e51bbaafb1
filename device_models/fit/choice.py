"""Choosing a step law by cross-validation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device_models.fit.estimate import Floats
from device_models.fit.law import Law
from device_models.fit.laws import Exponential, Linear, Power, SoftBounds
from device_models.fit.piecewise import Piecewise
from device_models.fit.regression import Regression, regress
from device_models.fit.segments import Segments
from device_models.fit.tracking import Noise

_NODES = (6, 16)
_PULSES_PER_NODE = 2


@dataclass(frozen=True, eq=False)
class Candidate:
    """A law, fitted.

    Attributes:
        law: the law.
        regression: its fit.
        loss_M: cross-validation loss of the reads that stay clear of hard bounds, the same reads for every law: at a bound the noise
            is cut off on one side, and a law could gain by its shape there.
    """

    law: Law
    regression: Regression
    loss_M: Floats

    @property
    def score(self) -> float:
        """Mean loss of the held-out reads; differences count, twice the log of the ratio of likelihoods per read."""
        return float(self.loss_M.mean())


def candidates(segments: Segments, noise: Noise, clear_NL: NDArray[np.bool_]) -> list[Candidate]:
    """Every law, fitted under the same noise, so that only their mean responses compete, on the reads in ``clear_NL``."""
    step_up, step_down = typical_steps(segments)
    least = min(int((segments.polarity_NL == sign).sum()) for sign in (1, -1))
    nodes = [n for n in _NODES if n * _PULSES_PER_NODE <= least] or [_NODES[0]]
    laws: list[Law] = [SoftBounds(), Linear(), Power(), Exponential(), *(Piecewise(n) for n in nodes)]
    fits = [regress(law, segments, noise, law.starts(step_up, step_down)) for law in laws]
    clear_M = clear_NL[~np.isnan(segments.w_NL)]
    return [Candidate(law, fitted, fitted.loss_M[clear_M]) for law, fitted in zip(laws, fits, strict=True)]


def choose(found: list[Candidate]) -> tuple[Candidate, list[Candidate]]:
    """(the choice, all that fit as well).

    A law fits as well as the best if its loss exceeds the best one's by no more than one standard error of the difference, read by
    read. Of these the one with the fewest parameters is chosen, and of equally many the first in the list of ``candidates``: SoftBounds
    is the Linear whose steps vanish at its bounds, and says more.
    """
    best = min(found, key=lambda c: c.score)
    equal = [c for c in found if _excess(c.loss_M, best.loss_M) <= 1]
    fewest = min(len(c.law.parameters) for c in equal)
    return next(c for c in equal if len(c.law.parameters) == fewest), equal


def _excess(loss_M: Floats, best_M: Floats) -> float:
    """Mean difference in standard errors."""
    difference = loss_M - best_M
    error = difference.std(ddof=1) / np.sqrt(difference.size)
    return float(difference.mean() / error) if error > 0 else 0.0


def typical_steps(segments: Segments) -> tuple[float, float]:
    """Mean change by an up and by a down pulse, in weights, both at least 1e-4: where the search starts."""
    change_NL = np.diff(np.concatenate([segments.start_N[:, None], segments.w_NL], axis=1))
    up, down = (float(np.nanmean(sign * change_NL[segments.polarity_NL == sign])) for sign in (1, -1))
    return max(up, 1e-4), max(down, 1e-4)

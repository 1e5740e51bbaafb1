"""What the fitted cell does over a whole train when it is told only the start."""

import numpy as np

from device_models.fit.estimate import Floats
from device_models.fit.reading import Train
from device_models.fit.result import Evidence
from device_models.fit.segments import Segments
from device_models.fit.tracking import track


def open_loop(evidence: Evidence, train: Train) -> tuple[Floats, Floats, Floats]:
    """(mean, spread of the state, spread of the reads) along a train [T], conductances in the file's unit of the evidence.

    The filter without any read: write noise gathers along the way, as far as the step law does not pull it back.
    """
    first = int(np.flatnonzero(~np.isnan(train.conductance_T))[0])
    window, length = evidence.window, train.conductance_T.size - first - 1
    start = window.weight(train.conductance_T[first : first + 1])
    alone = Segments(
        start_N=start,
        w_NL=np.full((1, length), np.nan),
        polarity_NL=train.polarity_T[None, first + 1 :],
        bounds_N2=np.where(window.hard_2, [-1.0, 1.0], [-np.inf, np.inf])[None],
        factor_N2=np.ones((1, 2)),
        device_N=np.zeros(1, dtype=np.int64),
        fold_NL=np.zeros((1, length), dtype=np.int64),
        train_N=np.zeros(1, dtype=np.int64),
        offset_N=np.array([first]),
    )
    found = track(evidence.law, evidence.theta_P[None], evidence.noise, alone)
    read = float(np.square(evidence.noise.read))
    variance = np.append(read, found.variance_JNL[0, 0])
    half = (window.high - window.low) / 2
    blank = np.full(first, np.nan)
    mean = window.conductance(np.append(start, found.prediction_JNL[0, 0]))
    state = half * np.sqrt(np.maximum(variance - read, 0))
    return np.append(blank, mean), np.append(blank, state), np.append(blank, half * np.sqrt(variance))


def residuals(evidence: Evidence) -> tuple[Floats, Floats]:
    """(conductance that was expected, read minus it in standard deviations) of every read after a segment's first [M]."""
    found = track(evidence.law, evidence.theta_P[None], evidence.noise, evidence.segments)
    seen = ~np.isnan(evidence.segments.w_NL)
    expected = evidence.window.conductance(found.prediction_JNL[0][seen])
    return expected, (found.innovation_JNL[0] / np.sqrt(found.variance_JNL[0]))[seen]

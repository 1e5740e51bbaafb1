"""Whole steps out of a wanted change: what can be written by pulses, and what is left.

Shapes: K chips, O output lines, I input lines.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import compiled
from crossbar.kernels.threads import blocks, threads, together


def take(wanted_KOI: NDArray[Any], up_K: NDArray[Any], down_K: NDArray[Any], window: float) -> NDArray[Any]:
    """n = trunc(H / step) with H cut to +-window and the step of its sign; H <- H - n step, in place. n [K, O, I]."""
    n_KOI = np.empty_like(wanted_KOI)
    rows = wanted_KOI.shape[0] * wanted_KOI.shape[1]
    kernel = partial(_take, wanted_KOI, up_K, down_K, wanted_KOI.dtype.type(window), n_KOI)
    together([partial(kernel, begin, end) for begin, end in blocks(rows, threads())], 0.3 * wanted_KOI.size)
    return n_KOI


@compiled
def _take(wanted_KOI: Any, up_K: Any, down_K: Any, window: Any, n_KOI: Any, begin: int, end: int) -> None:
    outputs = wanted_KOI.shape[1]
    for row in range(begin, end):
        k, o = row // outputs, row % outputs
        up, down, wanted_I, n_I = up_K[k], down_K[k], wanted_KOI[k, o], n_KOI[k, o]
        for i in range(wanted_I.size):
            wanted = min(max(wanted_I[i], -window), window)
            step = up if wanted > 0 else down
            n = np.trunc(wanted / step)
            n_I[i] = n
            wanted_I[i] = wanted - n * step

"""Mean values over the samples of each chip, line by line, in one order of summation.

Shapes: K chips, B samples, I lines.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import apart
from crossbar.kernels.threads import shared

_SAMPLES = 64  # that are summed before they go into the sum of all: what rounding does grows with the root of this and of their number


def moment(x_KBI: NDArray[Any], squared: bool) -> NDArray[Any]:
    """The mean of x or of its square [K, I]; x is contiguous."""
    out_KI = np.zeros((x_KBI.shape[0], x_KBI.shape[2]), x_KBI.dtype)
    shared(partial(_moment, x_KBI, squared, np.empty_like(out_KI), out_KI), len(x_KBI), 0.1 * x_KBI.size)
    return out_KI


@apart
def _moment(x_KBI: Any, squared: bool, some_KI: Any, out_KI: Any, begin: int, end: int) -> None:
    samples = x_KBI.shape[1]
    for k in range(begin, end):
        some_I, out_I = some_KI[k], out_KI[k]
        for first in range(0, samples, _SAMPLES):
            some_I[:] = 0
            for b in range(first, min(first + _SAMPLES, samples)):
                x_I = x_KBI[k, b]
                if squared:
                    for i in range(out_I.size):
                        some_I[i] += x_I[i] * x_I[i]
                else:
                    for i in range(out_I.size):
                        some_I[i] += x_I[i]
            for i in range(out_I.size):
                out_I[i] += some_I[i]
        for i in range(out_I.size):
            out_I[i] /= out_I.dtype.type(samples)

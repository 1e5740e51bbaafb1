"""Whether numbers are numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import compiled, reordered


def finite(v: NDArray[Any], chips: int) -> NDArray[np.bool_]:
    """Chips all of whose numbers are finite [K]; v is contiguous, a chip's numbers beside each other."""
    found_K = np.empty(chips, np.bool_)
    _finite(v.reshape(-1), found_K)
    return found_K


@compiled
def _finite(v_N: Any, found_K: Any) -> None:
    each = v_N.size // found_K.size
    for k in range(found_K.size):
        found_K[k] = _vanishing(v_N[k * each : (k + 1) * each]) == 0


@reordered
def _vanishing(v_N: Any) -> Any:
    """The sum of 0 v in lanes: 0, and not a number where one of v is not finite."""
    total = v_N.dtype.type(0)
    for n in range(v_N.size):
        total += v_N[n] * v_N.dtype.type(0)
    return total

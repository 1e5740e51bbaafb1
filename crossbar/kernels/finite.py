"""Whether numbers are numbers."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import compiled

_FLAGS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy", "forceinline": True}


def look(v: NDArray[Any], found_K: NDArray[np.bool_]) -> None:
    """Leave only those chips [K] marked all of whose numbers are finite; v is contiguous, a chip's numbers beside each other."""
    _look(v.reshape(-1), found_K)


@compiled
def _look(v_N: Any, found_K: Any) -> None:
    each = v_N.size // found_K.size
    for k in range(found_K.size):
        found_K[k] &= _vanishing(v_N[k * each : (k + 1) * each]) == 0


@numba.njit(fastmath={"reassoc", "nsz"}, **_FLAGS)
def _vanishing(v_N: Any) -> Any:
    """The sum of 0 v in lanes: 0, and not a number where one of v is not finite."""
    total = v_N.dtype.type(0)
    for n in range(v_N.size):
        total += v_N[n] * v_N.dtype.type(0)
    return total

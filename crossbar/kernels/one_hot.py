"""Products with samples of which at most one line carries something: one weight per output, and the bits of a sum over all lines.

A sum of zeros and one product is that product; as it starts at +0, none is -0 here either. A weight that is not a number reaches only the
samples that read it.

Shapes: S samples of a block, M lines in, N lines out, O x I weights.
"""

from typing import Any

import numpy as np

from crossbar.kernels.compiling import inlined

_ZERO = np.float32(0.0)


@inlined
def only(x_M: Any) -> int:
    """The line that carries something; 0 where none does, -1 where several do. Not a number is something."""
    count, at = np.int32(0), np.int32(0)
    for i in range(x_M.size):
        carries = x_M[i] != 0
        count += np.int32(carries)
        at |= np.int32(i) if carries else np.int32(0)
    return int(at) if count <= 1 else -1


@inlined
def picked(x_SM: Any, at_S: Any, w_OI: Any, transposed: bool, rows: int, y_SN: Any) -> None:
    """y = x_at w_at for the first rows of x: columns of w, or its rows where transposed."""
    if transposed:
        for s in range(rows):
            x, w_N, y_N = x_SM[s, at_S[s]], w_OI[at_S[s]], y_SN[s]
            for n in range(w_N.size):
                y_N[n] = x * w_N[n] + _ZERO
    else:
        x_S = np.empty(rows, x_SM.dtype)
        for s in range(rows):
            x_S[s] = x_SM[s, at_S[s]]
        for n in range(w_OI.shape[0]):
            w_M = w_OI[n]
            for s in range(rows):  # neighbouring columns share what the cache brings
                y_SN[s, n] = x_S[s] * w_M[at_S[s]] + _ZERO

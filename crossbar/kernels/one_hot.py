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
def only(x_BM: Any, at_S: Any, samples: int, only_S: Any) -> bool:
    """Whether at most one line of each of the samples ``at`` carries something, and which: 0 where none does. Not a number is something."""
    for s in range(samples):
        b, count, at = at_S[s], np.int32(0), np.int32(0)
        for i in range(x_BM.shape[1]):
            carries = x_BM[b, i] != 0
            count += np.int32(carries)
            at |= np.int32(i) if carries else np.int32(0)
        if count > 1:
            return False
        only_S[s] = at
    return True


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

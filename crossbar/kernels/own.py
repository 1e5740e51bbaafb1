"""What the pulsed cells of a fleet are, as the kernels that write them take it.

Shapes: K chips, P parameters per cell, G constants of a chip, O x I cells.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Own(NamedTuple):
    """Seeds, weights, the law's parameters and constants, counters."""

    seeds_K: NDArray[np.uint64]
    w_KOI: NDArray[np.float32]
    p_KPOI: NDArray[np.float32]
    g_KG: NDArray[np.float32]
    up_KOI: NDArray[np.uint32]
    down_KOI: NDArray[np.uint32]

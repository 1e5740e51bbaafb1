"""Write noise: what is read of a cell differs from what is held, anew after every write that touched it."""

from typing import Any

import numpy as np

from crossbar.kernels.compiling import compiled
from crossbar.kernels.streams import bits, normal


@compiled
def write_noise(stream: Any, touched_OI: Any, begin: int, end: int, std: Any, w_OI: Any, apparent_OI: Any) -> None:
    """The apparent weight of every touched cell is its persistent weight and new noise."""
    inputs = w_OI.shape[1]
    for o in range(begin, end):
        for i in range(inputs):
            if touched_OI[o, i]:
                xi = normal(bits(stream[0], stream[1], np.uint64(o * inputs + i)))
                apparent_OI[o, i] = w_OI[o, i] + np.float32(std) * xi

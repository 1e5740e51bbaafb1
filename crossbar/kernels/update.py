"""Apply coincidences to cells, pulse by pulse and in the order in which hardware applies them.

One kernel per device law: the law's compiled ``step`` is a free variable of the kernel, so that numba inlines it. Shapes: O output lines,
I input lines, W words of 64 slots, P parameters per cell (0 and 1 are the bounds).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from crossbar.kernels.compiling import compiled
from crossbar.kernels.streams import bits, normal
from crossbar.kernels.words import lowest


@dataclass(frozen=True)
class Kernels:
    """The compiled kernels of one device law."""

    walk: Callable[..., None]


@cache
def kernels(step: Any) -> Kernels:
    """The kernels of one law's ``step``; compiled at their first call."""
    return Kernels(walk=_walk(step))


def _walk(step: Any) -> Callable[..., None]:
    def walk(
        stream: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, first_slot: int, width: int, begin: int, end: int,
        w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
    ) -> None:  # fmt: skip
        """Rows ``begin`` to ``end``: every coincidence is one pulse of sign -sign(x) sign(d), in the order of its slot.

        The noise of a pulse is draw ``slot * O * I + cell``, so that it depends on neither threads nor chunks.
        """
        outputs, inputs = w_OI.shape
        noisy = False
        for value in g:
            noisy |= value != 0
        for o in range(begin, end):
            for word in range(x_WI.shape[0]):
                d = d_WO[word, o]
                if d == 0:
                    continue
                d_negative = d_negative_WO[word, o]
                for i in range(inputs):
                    together = np.uint64(x_WI[word, i] & d)
                    if together == 0:
                        continue
                    opposite = np.uint64(x_negative_WI[word, i] ^ d_negative)
                    w, low, high = w_OI[o, i], p_POI[0, o, i], p_POI[1, o, i]
                    while together != 0:
                        at = lowest(together)
                        together &= together - np.uint64(1)
                        is_down = ((opposite >> at) & np.uint64(1)) == 0
                        xi = np.float32(0.0)
                        if noisy:
                            slot = np.uint64(first_slot + word * width) + at
                            xi = normal(bits(stream[0], stream[1], slot * np.uint64(outputs * inputs) + np.uint64(o * inputs + i)))
                        w = min(max(np.float32(step(w, is_down, xi, p_POI, o, i, g)), low), high)
                        if is_down:
                            down_OI[o, i] += np.uint32(1)
                        else:
                            up_OI[o, i] += np.uint32(1)
                    w_OI[o, i] = w

    return compiled(walk)


@compiled
def write_noise(stream: Any, touched_OI: Any, begin: int, end: int, std: Any, w_OI: Any, apparent_OI: Any) -> None:
    """The apparent weight of every touched cell is its persistent weight and new noise."""
    inputs = w_OI.shape[1]
    for o in range(begin, end):
        for i in range(inputs):
            if touched_OI[o, i]:
                xi = normal(bits(stream[0], stream[1], np.uint64(o * inputs + i)))
                apparent_OI[o, i] = w_OI[o, i] + np.float32(std) * xi

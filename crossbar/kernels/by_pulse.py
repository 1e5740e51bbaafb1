"""Affine cells, short trains: thirty-two cells of a row advance together, each to its own next pulse."""

from typing import Any

import numpy as np

from crossbar.kernels.affine import draw, load, store
from crossbar.kernels.compiling import compiled
from crossbar.kernels.words import popcount

_BLOCK = 32
_ONE = np.uint64(1)


@compiled
def by_pulse(
    stream: Any, sums: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, first_slot: int, begin: int, end: int,
    w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end`` of words of 64 slots; m and v of ``crossbar.kernels.affine``, pulse after pulse."""
    inputs = w_OI.shape[1]
    key_0, key_1 = sums
    relative, absolute = g[0] * g[0], g[1] * g[1]
    s = np.empty(12 * _BLOCK, np.float32)
    u = np.empty(4 * _BLOCK, np.uint64)  # coincidences left, signs, up pulses, all pulses
    for o in range(begin, end):
        for first in range(0, inputs, _BLOCK):
            cells = min(_BLOCK, inputs - first)
            load(p_POI, w_OI, o, first, cells, _BLOCK, s)
            u[2 * _BLOCK :] = np.uint64(0)
            for word in range(x_WI.shape[0]):
                d, d_negative = d_WO[word, o], d_negative_WO[word, o]
                if d == 0:
                    continue
                x, x_negative = x_WI[word, first : first + cells], x_negative_WI[word, first : first + cells]
                some = np.uint64(0)
                for j in range(cells):
                    together = x[j] & d
                    opposite = x_negative[j] ^ d_negative
                    u[j] = together
                    u[_BLOCK + j] = opposite
                    u[2 * _BLOCK + j] += popcount(together & opposite)
                    u[3 * _BLOCK + j] += popcount(together)
                    some |= together
                while some != 0:
                    some = np.uint64(0)
                    for j in range(cells):
                        left = u[j]
                        low = left & (~left + _ONE)
                        is_up = (u[_BLOCK + j] & low) != 0
                        a_up, a_down = s[4 * _BLOCK + j], s[5 * _BLOCK + j]  # both are read, so that no pointer depends on the data
                        b_up, b_down = s[6 * _BLOCK + j], s[7 * _BLOCK + j]
                        c_up, c_down = s[8 * _BLOCK + j], s[9 * _BLOCK + j]
                        a = a_up if is_up else a_down
                        b = b_up if is_up else b_down
                        c = c_up if is_up else c_down
                        m, v = s[j], s[_BLOCK + j]
                        change = a + b * m
                        slope = np.float32(1.0) + b
                        v_next = v * (slope * slope + relative * (b * b)) + relative * (change * change) + absolute * (c * c)
                        m_next = m + change
                        m = m_next if low != 0 else m
                        s[j] = m
                        s[_BLOCK + j] = v_next if low != 0 else v
                        s[2 * _BLOCK + j] = min(s[2 * _BLOCK + j], m)
                        s[3 * _BLOCK + j] = max(s[3 * _BLOCK + j], m)
                        u[j] = left ^ low
                        some |= left ^ low
            for j in range(cells):
                s[10 * _BLOCK + j] = np.float32(u[2 * _BLOCK + j])
                s[11 * _BLOCK + j] = np.float32(u[3 * _BLOCK + j])
            draw(key_0, key_1, p_POI, g[0], o, inputs, first, cells, _BLOCK, s)
            store(
                stream, x_WI, x_negative_WI, d_WO, d_negative_WO, first_slot, 64, o, first, cells, _BLOCK, s, w_OI, p_POI, g, up_OI, down_OI
            )  # fmt: skip

"""Apply coincidences to cells, pulse by pulse and in the order in which hardware applies them.

One kernel per device law: the law's compiled ``step`` is a free variable of the kernel, so that numba inlines it. Shapes: O output lines,
I input lines, W words of 64 slots, P parameters per cell (0 and 1 are the bounds).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from crossbar.kernels.compiling import apart, compiled, inlined
from crossbar.kernels.streams import bits, normal
from crossbar.kernels.words import lowest

_ONE = np.uint64(1)
_PULSES = 1024  # listed at most before they are applied


@dataclass(frozen=True)
class Kernels:
    """The compiled kernels of one device law."""

    walk: Callable[..., None]


@cache
def kernels(step: Any) -> Kernels:
    """The kernels of one law's ``step``; compiled at their first call."""
    return Kernels(walk=_walk(step))


def _walk(step: Any) -> Callable[..., None]:
    @inlined
    def apply(
        stream: Any, held: int, row_N: Any, column_N: Any, slot_N: Any, xi_N: Any, noisy: Any, w_OI: Any, p_POI: Any, g: Any,
        up_OI: Any, down_OI: Any,
    ) -> None:  # fmt: skip
        """Listed pulses in their order; twice the slot, plus one for a pulse down. Their noise is drawn at once, which is vector code."""
        inputs, cells = np.uint64(w_OI.shape[1]), np.uint64(w_OI.size)
        key_0, key_1 = stream
        if noisy:
            for n in range(held):
                cell = np.uint64(row_N[n]) * inputs + np.uint64(column_N[n])
                xi_N[n] = normal(bits(key_0, key_1, (slot_N[n] >> _ONE) * cells + cell))
        for n in range(held):
            o, i, is_down = row_N[n], column_N[n], (slot_N[n] & _ONE) != 0
            w = np.float32(step(w_OI[o, i], is_down, xi_N[n], p_POI, o, i, g))
            w_OI[o, i] = min(max(w, p_POI[0, o, i]), p_POI[1, o, i])
            if is_down:
                down_OI[o, i] += np.uint32(1)
            else:
                up_OI[o, i] += np.uint32(1)

    def walk(
        stream: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, first_slot: int, width: int, begin: int, end: int,
        w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
    ) -> None:  # fmt: skip
        """Rows ``begin`` to ``end``: every coincidence is one pulse of sign -sign(x) sign(d), in the order of its slot.

        The noise of a pulse is draw ``slot * O * I + cell``, so that it depends on neither threads nor chunks. Of each word only the
        columns that pulse in it are looked at.
        """
        words, inputs = x_WI.shape
        noisy = False
        for value in g:
            noisy |= value != 0
        columns_WI, count_W = np.empty((words, inputs + 1), np.uint32), np.zeros(words, np.int64)
        for word in range(words):
            x_I, columns_I, count = x_WI[word], columns_WI[word], 0
            for i in range(inputs):
                columns_I[count] = i
                count += 1 if x_I[i] != 0 else 0
            count_W[word] = count
        row_N, column_N = np.empty(_PULSES + width, np.uint32), np.empty(_PULSES + width, np.uint32)
        slot_N, xi_N = np.empty(_PULSES + width, np.uint64), np.zeros(_PULSES + width, np.float32)
        held = 0
        for o in range(begin, end):
            for word in range(words):
                d = d_WO[word, o]
                if d == 0:
                    continue
                d_negative = d_negative_WO[word, o]
                x_I, x_negative_I, columns_I = x_WI[word], x_negative_WI[word], columns_WI[word]
                first = np.uint64(first_slot + word * width)
                for n in range(count_W[word]):
                    i = columns_I[n]
                    together = np.uint64(x_I[i] & d)
                    same = ~np.uint64(x_negative_I[i] ^ d_negative)
                    while together != 0:
                        at = lowest(together)
                        together &= together - _ONE
                        row_N[held], column_N[held] = o, i
                        slot_N[held] = ((first + at) << _ONE) | ((same >> at) & _ONE)
                        held += 1
                    if held >= _PULSES:
                        apply(stream, held, row_N, column_N, slot_N, xi_N, noisy, w_OI, p_POI, g, up_OI, down_OI)
                        held = 0
        apply(stream, held, row_N, column_N, slot_N, xi_N, noisy, w_OI, p_POI, g, up_OI, down_OI)

    return apart(walk)


@compiled
def write_noise(stream: Any, touched_OI: Any, begin: int, end: int, std: Any, w_OI: Any, apparent_OI: Any) -> None:
    """The apparent weight of every touched cell is its persistent weight and new noise."""
    inputs = w_OI.shape[1]
    for o in range(begin, end):
        for i in range(inputs):
            if touched_OI[o, i]:
                xi = normal(bits(stream[0], stream[1], np.uint64(o * inputs + i)))
                apparent_OI[o, i] = w_OI[o, i] + np.float32(std) * xi

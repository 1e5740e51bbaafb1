"""Walk cells pulse by pulse, in the order in which hardware applies them, sixteen cells at a time, which is vector code.

For the few cells of a chip that a closed form cannot stand for; ``crossbar.kernels.slots`` walks all of them. The noise of a pulse is draw
``number O I + cell``, whatever the list; number is its slot's. Shapes: O output lines, I input lines, W words, S slots, P parameters per
cell (0 and 1 are the bounds), L lanes, N pulses of a lane.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from crossbar.kernels.affine import joined
from crossbar.kernels.compiling import apart, bound, file_of, inlined
from crossbar.kernels.streams import bits, normal
from crossbar.kernels.words import lowest, popcount

_ONE, _HALF, _LOW = np.uint64(1), np.uint64(32), np.uint64(0xFFFFFFFF)
LANES = 16
WAITING = 1024
"""Cells that a list has room for."""
_SLOTS = 256  # are looked at before their pulses are applied: at most so many pulses per cell


@inlined
def place(o: int, i: int) -> Any:
    """A cell as lists hold it."""
    return (np.uint64(o) << _HALF) | np.uint64(i)


@inlined
def _pulses(
    x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, number_S: Any, begin: int, end: int, o: Any, i: Any, lane: int,
    left_E: Any, same_E: Any, first_E: Any, number_NL: Any, down_NL: Any,
) -> Any:  # fmt: skip
    """The slots' numbers and directions of one cell's coincidences in words ``begin`` to ``end``, in order; how many they are.

    64 slots with a coincidence at least go on a list first, so that processors can foresee all branches but the end.
    """
    width, listed, pulses = 8 * x_WI.itemsize, 0, np.int64(0)
    step = 64 // width
    for first in range(begin, end, step):
        left, same = np.uint64(0), np.uint64(0)
        for part in range(min(step, end - first)):
            shift = np.uint64(part * width)
            left |= np.uint64(x_WI[first + part, i] & d_WO[first + part, o]) << shift
            same |= np.uint64(x_negative_WI[first + part, i] ^ d_negative_WO[first + part, o]) << shift
        left_E[listed], same_E[listed], first_E[listed] = left, same, first * width
        pulses += np.int64(popcount(left))
        listed += 1 if left != 0 else 0
    e, left = 0, left_E[0]
    for n in range(pulses):
        at = lowest(left)
        number_NL[LANES * n + lane] = number_S[first_E[e] + np.int64(at)]
        down_NL[LANES * n + lane] = np.int32(((same_E[e] >> at) & _ONE) ^ _ONE)
        left &= left - _ONE
        e += 1 if left == 0 else 0
        left = left if left != 0 else left_E[e]
    return pulses


step: Any = None  # open: a law's
sixteen: Any = None  # open: ``_sixteen`` with that step


def _sixteen(
    stream: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, number_S: Any, cells: Any, w_OI: Any, p_POI: Any, g: Any,
    p_P1L: Any, w_L: Any, cell_L: Any, pulses_L: Any, left_E: Any, same_E: Any, first_E: Any, number_NL: Any, down_NL: Any, high_NL: Any,
    low_NL: Any,
) -> None:  # fmt: skip
    (words, inputs), lanes = x_WI.shape, len(cells)
    size = np.uint64(w_OI.size)
    key_0, key_1 = stream
    for lane in range(LANES):  # lanes without a cell of their own have no pulses
        cell = cells[lane if lane < lanes else 0]
        o, i = cell >> _HALF, cell & _LOW
        for parameter in range(p_POI.shape[0]):
            p_P1L[parameter, 0, lane] = p_POI[parameter, o, i]
        w_L[lane] = w_OI[o, i]
        cell_L[lane] = o * np.uint64(inputs) + i
        pulses_L[lane] = 0
    several = _SLOTS // (8 * x_WI.itemsize)
    for begin in range(0, words, several):
        most = 0
        for lane in range(lanes):
            o, i = cells[lane] >> _HALF, cells[lane] & _LOW
            end = min(begin + several, words)
            pulses = _pulses(
                x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, begin, end, o, i, lane, left_E, same_E, first_E, number_NL, down_NL,
            )  # fmt: skip
            pulses_L[lane] = pulses
            most = max(most, pulses)
        for n in range(most):
            for lane in range(LANES):
                h = bits(key_0, key_1, number_NL[LANES * n + lane] * size + cell_L[lane])
                high_NL[LANES * n + lane] = np.uint32(h >> _HALF)
                low_NL[LANES * n + lane] = np.uint32(h)
        for n in range(most):  # the next pulse of each of the cells
            for lane in range(LANES):
                xi = normal(joined(high_NL[LANES * n + lane], low_NL[LANES * n + lane]))
                w = w_L[lane]
                moved = np.float32(step(w, down_NL[LANES * n + lane] != 0, xi, p_P1L, 0, lane, g))
                moved = min(max(moved, p_P1L[0, 0, lane]), p_P1L[1, 0, lane])
                w_L[lane] = moved if np.int32(n) < pulses_L[lane] else w
    for lane in range(lanes):
        w_OI[cells[lane] >> _HALF, cells[lane] & _LOW] = w_L[lane]


def _walk(
    stream: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, number_S: Any, waiting: Any, held: int,
    w_OI: Any, p_POI: Any, g: Any,
) -> None:  # fmt: skip
    p_P1L = np.empty((p_POI.shape[0], 1, LANES), np.float32)
    w_L, cell_L, pulses_L = np.empty(LANES, np.float32), np.empty(LANES, np.uint64), np.empty(LANES, np.int32)
    listed = _SLOTS // 64 + 1
    left_E, same_E, first_E = np.empty(listed, np.uint64), np.empty(listed, np.uint64), np.empty(listed, np.int64)
    number_NL, down_NL = np.empty(LANES * _SLOTS, np.uint64), np.empty(LANES * _SLOTS, np.int32)
    high_NL, low_NL = np.empty(LANES * _SLOTS, np.uint32), np.empty(LANES * _SLOTS, np.uint32)
    for begin in range(0, held, LANES):
        sixteen(
            stream, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, waiting[begin : min(begin + LANES, held)], w_OI, p_POI, g,
            p_P1L, w_L, cell_L, pulses_L, left_E, same_E, first_E, number_NL, down_NL, high_NL, low_NL,
        )  # fmt: skip


@cache
def listed(step: Any) -> Callable[..., None]:
    """The walk of listed cells for one law's ``step``; lists may be short."""
    law = file_of(step)
    return apart(bound(_walk, law, sixteen=apart(bound(_sixteen, law, step=step))))

"""Walk all cells pulse by pulse, in the order in which hardware applies them: slot by slot, all columns that pulse in it at once.

The pulses of one slot and row go to different cells, so that they are vector code however rare they are. The noise of a pulse is draw
``number O I + cell``; number is its slot's. Shapes: O output lines, I input lines, W words, S slots, N columns that pulse in a slot.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from crossbar.kernels.affine import joined
from crossbar.kernels.compiling import apart, bound, file_of, inlined
from crossbar.kernels.counting import SIZE, active, block, total
from crossbar.kernels.streams import bits, normal
from crossbar.kernels.words import lowest

_ONE, _HALF = np.uint64(1), np.uint64(32)
_LANES = 16
_SLOTS = 2048  # of a piece: a list of columns takes 16 times the memory of the trains that it is made of


@inlined
def _columns(x_WI: Any, begin: int, end: int, width: int, column_SN: Any, count_S: Any) -> None:
    """The columns that pulse in each slot of words ``begin`` to ``end``, and how many they are.

    The last is repeated up to a multiple of the lanes of a vector.
    """
    for s in range((end - begin) * width):
        word, at, count = begin + s // width, np.uint64(s % width), np.int64(0)
        column_N = column_SN[s]
        for i in range(x_WI.shape[1]):
            column_N[count] = np.int32(i)
            count += np.int64((np.uint64(x_WI[word, i]) >> at) & _ONE)
        whole = _LANES * (-(-count // _LANES))
        column_N[count:whole] = column_N[max(count - 1, 0)]
        count_S[s] = whole


step: Any = None  # open: a law's
pulse: Any = None  # open: ``_pulse`` with that step


def _pulse(
    key_0: Any, key_1: Any, first: Any, word: int, at: Any, column_N: Any, columns: int, x_negative_WI: Any, d_negative: Any, o: int,
    w_OI: Any, p_POI: Any, g: Any, high_N: Any, low_N: Any, w_N: Any,
) -> None:  # fmt: skip
    """One slot of row o; repeated columns give the same weight once more."""
    for n in range(columns):
        h = bits(key_0, key_1, first + np.uint64(np.uint32(column_N[n])))
        high_N[n], low_N[n] = np.uint32(h >> _HALF), np.uint32(h)
    for n in range(columns):
        i = column_N[n]
        opposite = x_negative_WI[word, i] ^ d_negative
        is_down = ((opposite >> at) & type(d_negative)(1)) == 0
        w = np.float32(step(w_OI[o, i], is_down, normal(joined(high_N[n], low_N[n])), p_POI, o, i, g))
        w_N[n] = min(max(w, p_POI[0, o, i]), p_POI[1, o, i])
    for n in range(columns):
        w_OI[o, column_N[n]] = w_N[n]


@inlined
def _count(
    x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, o: int, at_W: Any, words: int, u: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Count the pulses of row o in the words ``at_W[:words]``."""
    inputs = x_WI.shape[1]
    length = block(inputs)
    for first in range(0, inputs, length):
        cells = min(length, inputs - first)
        total(x_WI, x_negative_WI, d_WO, d_negative_WO, o, first, cells, at_W, words, u)
        up_C, down_C = up_OI[o, first : first + cells], down_OI[o, first : first + cells]
        for j in range(cells):
            up_C[j] += np.uint32(u[j])
            down_C[j] += np.uint32(u[SIZE + j] - u[j])


def _walk(
    stream: Any, sums: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, number_S: Any, begin: int, end: int,
    w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end``, with words of any width, piece by piece: a row's pulses come in the order of their slots all the same."""
    words, inputs = x_WI.shape
    width = 8 * x_WI.itemsize
    several = min(words, _SLOTS // width)
    column_SN, count_S = np.empty((several * width, inputs + _LANES), np.int32), np.empty(several * width, np.int64)
    high_N, low_N = np.empty(inputs + _LANES, np.uint32), np.empty(inputs + _LANES, np.uint32)
    w_N = np.empty(inputs + _LANES, np.float32)
    u = np.empty(2 * SIZE, x_WI.dtype)  # up pulses, all pulses
    at_W = np.empty(several + 1, np.int64)
    key_0, key_1 = stream
    for first_word in range(0, words, several):
        last_word = min(first_word + several, words)
        _columns(x_WI, first_word, last_word, width, column_SN, count_S)
        for o in range(begin, end):
            some = active(d_WO, first_word, last_word, o, at_W)
            if some > 0:
                _count(x_WI, x_negative_WI, d_WO, d_negative_WO, o, at_W, some, u, up_OI, down_OI)
            for n in range(some):
                word = at_W[n]
                left = np.uint64(d_WO[word, o])
                while left != 0:
                    at = lowest(left)
                    left &= left - _ONE
                    s = np.int64((word - first_word) * width) + np.int64(at)
                    number = number_S[np.int64(word * width) + np.int64(at)]
                    first_draw = number * np.uint64(w_OI.size) + np.uint64(o * inputs)
                    if count_S[s] > 0:
                        pulse(
                            key_0, key_1, first_draw, word, type(d_WO[word, o])(at), column_SN[s], count_S[s], x_negative_WI,
                            d_negative_WO[word, o], o, w_OI, p_POI, g, high_N, low_N, w_N,
                        )  # fmt: skip


@cache
def every(step: Any) -> Callable[..., None]:
    """The walk of all cells of rows for one law's ``step``; every coincidence is one pulse of sign -sign(x) sign(d)."""
    law = file_of(step)
    return apart(bound(_walk, law, pulse=apart(bound(_pulse, law, step=step))))

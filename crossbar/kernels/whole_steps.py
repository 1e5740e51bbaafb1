"""Whole steps out of a wanted change: what can be written by pulses, and what is left.

n = trunc(H / step) with H cut to +-window and the step of its sign; H <- H - n step.

Shapes: K chips, O output lines, I input lines.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels import addressed
from crossbar.kernels.compiling import bound, compiled, file_of, inlined
from crossbar.kernels.largest import largest
from crossbar.kernels.outer import Change, blocks_of_rows, changed, work
from crossbar.kernels.own import Own
from crossbar.kernels.streams import started
from crossbar.kernels.threads import shared

_PIECE = 32  # of a row's cells, that are looked at together


def take(wanted_KOI: NDArray[Any], up_K: NDArray[Any], down_K: NDArray[Any], window: float) -> NDArray[Any]:
    """n [K, O, I], taken out of H in place."""
    n_KOI = np.empty_like(wanted_KOI)
    rows = wanted_KOI.shape[0] * wanted_KOI.shape[1]
    kernel = partial(_take, wanted_KOI, up_K, down_K, wanted_KOI.dtype.type(window), n_KOI)
    shared(kernel, rows, 0.3 * wanted_KOI.size)
    return n_KOI


@compiled
def _take(wanted_KOI: Any, up_K: Any, down_K: Any, window: Any, n_KOI: Any, begin: int, end: int) -> None:
    outputs = wanted_KOI.shape[1]
    for row in range(begin, end):
        k, o = row // outputs, row % outputs
        wanted_I, n_I = wanted_KOI[k, o], n_KOI[k, o]
        for i in range(wanted_I.size):
            n_I[i], wanted_I[i] = _taken(wanted_I[i], up_K[k], down_K[k], window)


@inlined
def _taken(wanted: Any, up: Any, down: Any, window: Any) -> Any:
    """n and what is left."""
    cut = min(max(wanted, -window), window)
    step = up if cut > 0 else down
    n = np.trunc(cut / step)
    return n, cut - n * step


class Wanted(NamedTuple):
    """A wanted change H, the sizes of steps [K], which chips are written [K], and how far H may reach."""

    wanted_KOI: NDArray[np.float32]
    up_K: NDArray[np.float32]
    down_K: NDArray[np.float32]
    chosen_K: NDArray[np.bool_]
    window: np.float32


def write(step: Any, wanted: Wanted, change: Change, own: Own, count: int, slots_K: NDArray[np.float64]) -> None:
    """H <- H + change; ``take`` and ``addressed.write`` of what was taken, on the chosen chips; ``count`` numbers the write.

    A piece of a row in which no change has reached a step is only looked at, while it is in the cache. The time that the rows take, as
    ``addressed.asked``, is added to ``slots_K``.

    Raises:
        ValueError: a change is not a number or too many steps; what the others want has been written.
    """
    wanted_KOI = wanted.wanted_KOI
    span_KO = np.zeros(wanted_KOI.shape[:2], dtype=np.int64)
    kernel = partial(_kernel(step), *wanted, *change, np.uint64(count), *own, span_KO)
    shared(kernel, blocks_of_rows(wanted_KOI), work(wanted_KOI, change) + 0.1 * wanted_KOI.size)
    if not _added(span_KO, slots_K):
        raise ValueError("what is wanted must be finite and less than 2^24 steps to become pulses")


@compiled
def _added(span_KO: Any, slots_K: Any) -> bool:
    """Whether all rows could be written; then their time is counted."""
    for k in range(span_KO.shape[0]):
        for o in range(span_KO.shape[1]):
            if span_KO[k, o] < 0:
                return False
    for k in range(span_KO.shape[0]):
        for o in range(span_KO.shape[1]):
            slots_K[k] += span_KO[k, o]
    return True


several: Any = None  # open: pulses by a law, ``addressed.several_of``


def _written(
    wanted_KOI: Any, up_K: Any, down_K: Any, chosen_K: Any, window: Any, lr_K: Any, x_KBI: Any, d_KBO: Any, rows_KOI: Any, factor_KO: Any,
    count: Any, seeds_K: Any, w_KOI: Any, p_KPOI: Any, g_KG: Any, up_KOI: Any, down_KOI: Any, span_KO: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """Blocks of rows ``begin`` to ``end`` of a fleet."""
    inputs = wanted_KOI.shape[2]
    for block in range(begin, end):
        k, top, bottom = changed(wanted_KOI, lr_K, x_KBI, d_KBO, rows_KOI, factor_KO, block)
        if not chosen_K[k]:
            continue
        up, down = up_K[k], down_K[k]
        reached = min(up, down, window)
        key_0, key_1 = started(seeds_K[k], addressed.ADDRESSED, count)
        for o in range(top, bottom):
            most, fewest, broken = np.float32(0.0), np.float32(0.0), False
            for first in range(0, inputs, _PIECE):
                last = min(first + _PIECE, inputs)
                if largest(wanted_KOI[k, o, first:last]) < reached:
                    continue  # not so where one is not a number
                for i in range(first, last):
                    if abs(wanted_KOI[k, o, i]) < reached:
                        continue
                    n, wanted_KOI[k, o, i] = _taken(wanted_KOI[k, o, i], up, down, window)
                    broken |= not abs(n) < addressed.MOST
                    if n != 0 and not broken:
                        most, fewest = max(most, n), min(fewest, n)
                        several(n, key_0, key_1, o, i, w_KOI[k], p_KPOI[k], g_KG[k], up_KOI[k], down_KOI[k])
            span_KO[k, o] = -1 if broken else np.int64(most) - np.int64(fewest)


@cache
def _kernel(step: Any) -> Callable[..., None]:
    """The kernel of one law's ``step``; compiled at its first call."""
    return compiled(bound(_written, file_of(step), several=addressed.several_of(step)))

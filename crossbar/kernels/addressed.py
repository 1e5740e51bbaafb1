"""Addressed pulses for all chips of a fleet in one call: exactly n pulses on every cell.

Pulse m of a cell takes draw ``m O I + cell`` of its chip's stream for this write. Shapes: K chips, P parameters per cell, O x I cells.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import bound, compiled, file_of, inlined
from crossbar.kernels.ideal import STEP
from crossbar.kernels.own import Own
from crossbar.kernels.streams import Purpose, bits, normal, started
from crossbar.kernels.threads import shared

ADDRESSED = np.uint64(Purpose.ADDRESSED)
"""What addressed pulses draw from."""
MOST = np.float32(2**24)
"""Beyond, a number in float32 is not sure to be the one that was meant."""


def asked(n_KOI: NDArray[np.float32]) -> tuple[bool, NDArray[np.int64]]:
    """Whether all n are whole numbers; and the time that each row takes [K, O]: its most pulses up, then its most down."""
    span_KO = np.zeros(n_KOI.shape[:2], dtype=np.int64)
    return bool(_asked(n_KOI, span_KO)), span_KO


@compiled
def _asked(n_KOI: Any, span_KO: Any) -> Any:
    broken = False
    for k in range(n_KOI.shape[0]):
        for o in range(n_KOI.shape[1]):
            n_I, most, least = n_KOI[k, o], np.int32(0), np.int32(0)
            for i in range(n_I.size):
                n = np.int32(n_I[i])
                broken |= (np.rint(n_I[i]) != n_I[i]) | (not abs(n_I[i]) < MOST)
                most, least = max(most, n), min(least, n)
            span_KO[k, o] = np.int64(most) - np.int64(least)
    return not broken


def write(step: Any, n_KOI: NDArray[np.float32], span_KO: NDArray[np.int64], own: Own, count: int) -> None:
    """|n| pulses of the sign of n on every cell of every chip, in rows of positive span; ``count`` numbers the write."""
    rows_R = np.flatnonzero(span_KO)
    kernel = partial(_kernel(step), rows_R, np.uint64(count), n_KOI, *own)
    shared(kernel, rows_R.size, 2.0 * rows_R.size * n_KOI.shape[2])


def write_ideal(n_KOI: NDArray[np.float32], w_KOI: NDArray[np.float32], up_KOI: NDArray[np.uint32], down_KOI: NDArray[np.uint32]) -> None:
    """n pulses of ``ideal.STEP`` on every ideal cell."""
    w_KOI += np.float32(STEP) * n_KOI
    up_KOI += np.maximum(n_KOI, 0).astype(np.uint32)
    down_KOI += np.maximum(-n_KOI, 0).astype(np.uint32)


step: Any = None  # open: a law's
several: Any = None  # open: ``_several`` with that step


def _several(
    n: Any, key_0: Any, key_1: Any, o: Any, i: Any, w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """n pulses on one cell."""
    outputs, inputs = w_OI.shape
    w, low, high = w_OI[o, i], p_POI[0, o, i], p_POI[1, o, i]
    is_down = n < 0
    pulses = int(abs(n))
    for m in range(pulses):
        xi = normal(bits(key_0, key_1, np.uint64(m * outputs * inputs + o * inputs + i)))
        w = min(max(np.float32(step(w, is_down, xi, p_POI, o, i, g)), low), high)
    w_OI[o, i] = w
    if is_down:
        down_OI[o, i] += np.uint32(pulses)
    else:
        up_OI[o, i] += np.uint32(pulses)


def _addressed(
    rows_R: Any, count: Any, n_KOI: Any, seeds_K: Any, w_KOI: Any, p_KPOI: Any, g_KG: Any, up_KOI: Any, down_KOI: Any,
    begin: int, end: int,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end`` of those that are written; the rows of a fleet are numbered chip by chip."""
    outputs, inputs = w_KOI.shape[1:]
    for r in range(begin, end):
        k, o = rows_R[r] // outputs, rows_R[r] % outputs
        key_0, key_1 = started(seeds_K[k], ADDRESSED, count)
        for i in range(inputs):
            n = n_KOI[k, o, i]
            if n != 0:
                several(n, key_0, key_1, o, i, w_KOI[k], p_KPOI[k], g_KG[k], up_KOI[k], down_KOI[k])


@cache
def several_of(step: Any) -> Callable[..., None]:
    """n pulses on one cell by one law's ``step``; compiled into what calls it."""
    return inlined(bound(_several, file_of(step), step=step))


@cache
def _kernel(step: Any) -> Callable[..., None]:
    """The kernel of one law's ``step``; compiled at its first call."""
    return compiled(bound(_addressed, file_of(step), several=several_of(step)))

"""Count the coincidences of a block of cells: those up, all, and the pairs of an up pulse in one word and a down pulse in a later one."""

from typing import Any

import numpy as np

from crossbar.kernels.compiling import inlined
from crossbar.kernels.words import popcount

_BLOCK = 512
SIZE = _BLOCK + 16  # from one number of a block's cells to the next; constant, so that compilers see that they do not overlap


@inlined
def block(inputs: int) -> int:
    """Cells of a row that are worked on at once: at most 512, so that they stay in the first cache, in equal parts for whole vectors."""
    parts = -(-inputs // _BLOCK)
    return 32 * (-(-inputs // (32 * parts)))


@inlined
def _more(x: Any, x_negative: Any, d: Any, d_negative: Any, up: Any, every: Any) -> Any:
    """The numbers of up pulses and of all pulses after one more word."""
    together = type(d)(x & d)
    return type(d)(up + popcount(type(d)(together & (x_negative ^ d_negative)))), type(d)(every + popcount(together))


@inlined
def active(d_WO: Any, begin: int, end: int, o: int, at_W: Any) -> int:
    """The words of ``begin`` to ``end`` in which row o pulses, and how many they are."""
    words = 0
    for word in range(begin, end):
        at_W[words] = word
        words += 1 if d_WO[word, o] != 0 else 0
    return words


@inlined
def total(
    x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, o: int, first: int, cells: int, at_W: Any, words: int, u: Any,
) -> None:  # fmt: skip
    """The words ``at_W[:words]`` of row o, eight at a time: u becomes 0 up pulses, 1 all pulses."""
    after = first + cells
    up_C, every_C = u[:cells], u[SIZE : SIZE + cells]
    for j in range(cells):
        up_C[j] = 0
        every_C[j] = 0
    whole = words - words % 8
    for k in range(0, whole, 8):
        w_p, w_q = at_W[k + 0], at_W[k + 1]
        x_p, y_p, d_p, e_p = x_WI[w_p, first:after], x_negative_WI[w_p, first:after], d_WO[w_p, o], d_negative_WO[w_p, o]
        x_q, y_q, d_q, e_q = x_WI[w_q, first:after], x_negative_WI[w_q, first:after], d_WO[w_q, o], d_negative_WO[w_q, o]
        w_r, w_t = at_W[k + 2], at_W[k + 3]
        x_r, y_r, d_r, e_r = x_WI[w_r, first:after], x_negative_WI[w_r, first:after], d_WO[w_r, o], d_negative_WO[w_r, o]
        x_t, y_t, d_t, e_t = x_WI[w_t, first:after], x_negative_WI[w_t, first:after], d_WO[w_t, o], d_negative_WO[w_t, o]
        w_l, w_m = at_W[k + 4], at_W[k + 5]
        x_l, y_l, d_l, e_l = x_WI[w_l, first:after], x_negative_WI[w_l, first:after], d_WO[w_l, o], d_negative_WO[w_l, o]
        x_m, y_m, d_m, e_m = x_WI[w_m, first:after], x_negative_WI[w_m, first:after], d_WO[w_m, o], d_negative_WO[w_m, o]
        w_n, w_v = at_W[k + 6], at_W[k + 7]
        x_n, y_n, d_n, e_n = x_WI[w_n, first:after], x_negative_WI[w_n, first:after], d_WO[w_n, o], d_negative_WO[w_n, o]
        x_v, y_v, d_v, e_v = x_WI[w_v, first:after], x_negative_WI[w_v, first:after], d_WO[w_v, o], d_negative_WO[w_v, o]
        for j in range(cells):
            up, every = _more(x_p[j], y_p[j], d_p, e_p, up_C[j], every_C[j])
            up, every = _more(x_q[j], y_q[j], d_q, e_q, up, every)
            up, every = _more(x_r[j], y_r[j], d_r, e_r, up, every)
            up, every = _more(x_t[j], y_t[j], d_t, e_t, up, every)
            up, every = _more(x_l[j], y_l[j], d_l, e_l, up, every)
            up, every = _more(x_m[j], y_m[j], d_m, e_m, up, every)
            up, every = _more(x_n[j], y_n[j], d_n, e_n, up, every)
            up_C[j], every_C[j] = _more(x_v[j], y_v[j], d_v, e_v, up, every)
    for k in range(whole, words):
        w_p = at_W[k]
        x_p, y_p, d_p, e_p = x_WI[w_p, first:after], x_negative_WI[w_p, first:after], d_WO[w_p, o], d_negative_WO[w_p, o]
        for j in range(cells):
            up_C[j], every_C[j] = _more(x_p[j], y_p[j], d_p, e_p, up_C[j], every_C[j])


@inlined
def shares(x_WI: Any, first: int, cells: int, some_W: Any, share_W: Any) -> None:
    """Slots in which any line of a block pulses, and the share of its lines that pulse in them."""
    for word in range(x_WI.shape[0]):
        x = x_WI[word, first : first + cells]
        some, pulses = x[0], np.uint64(0)
        for j in range(cells):
            some |= x[j]
            pulses += popcount(x[j])
        some_W[word] = some
        share_W[word] = np.float32(pulses) / (np.float32(max(cells, 1)) * np.float32(popcount(some) + np.uint64(1 if pulses == 0 else 0)))


@inlined
def _counted(x: Any, x_negative: Any, d: Any, d_negative: Any, up: Any, every: Any, pairs: Any) -> Any:
    """The counts after one more word, in integers as wide as the word."""
    together = type(d)(x & d)
    new, new_up = popcount(together), popcount(type(d)(together & (x_negative ^ d_negative)))
    pairs = type(d)(pairs + type(d)(up * type(d)(new - new_up)))
    return type(d)(up + new_up), type(d)(every + new), pairs


@inlined
def count(
    x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, begin: int, end: int, o: int, first: int, cells: int, size: int,
    at_W: Any, u: Any,
) -> None:  # fmt: skip
    """Words ``begin`` to ``end`` of row o: u becomes 0 up pulses, 1 all pulses, 2 pairs.

    The pulses of one word and cell must have one sign, else the pairs inside of a word are missing. Words in which the row is silent are
    left out, four others share one passage over the counts: those are more bytes than the words.
    """
    u[:] = 0
    words = 0
    for word in range(begin, end):
        if d_WO[word, o] != 0:
            at_W[words] = word
            words += 1
    after = first + cells
    whole = words - words % 4
    for k in range(0, whole, 4):
        p, q, r, t = at_W[k], at_W[k + 1], at_W[k + 2], at_W[k + 3]
        x_p, x_q, x_r, x_t = x_WI[p, first:after], x_WI[q, first:after], x_WI[r, first:after], x_WI[t, first:after]
        y_p, y_q = x_negative_WI[p, first:after], x_negative_WI[q, first:after]
        y_r, y_t = x_negative_WI[r, first:after], x_negative_WI[t, first:after]
        d_p, d_q, d_r, d_t = d_WO[p, o], d_WO[q, o], d_WO[r, o], d_WO[t, o]
        e_p, e_q, e_r, e_t = d_negative_WO[p, o], d_negative_WO[q, o], d_negative_WO[r, o], d_negative_WO[t, o]
        for j in range(cells):
            up, every, pairs = _counted(x_p[j], y_p[j], d_p, e_p, u[j], u[size + j], u[2 * size + j])
            up, every, pairs = _counted(x_q[j], y_q[j], d_q, e_q, up, every, pairs)
            up, every, pairs = _counted(x_r[j], y_r[j], d_r, e_r, up, every, pairs)
            u[j], u[size + j], u[2 * size + j] = _counted(x_t[j], y_t[j], d_t, e_t, up, every, pairs)
    for k in range(whole, words):
        p = at_W[k]
        x_p, y_p, d_p, e_p = x_WI[p, first:after], x_negative_WI[p, first:after], d_WO[p, o], d_negative_WO[p, o]
        for j in range(cells):
            u[j], u[size + j], u[2 * size + j] = _counted(x_p[j], y_p[j], d_p, e_p, u[j], u[size + j], u[2 * size + j])

"""Products of a whole fleet on the CPU: a b, and W - sum of outer products, on all threads and with each element summed in one order.

Shapes: K chips, B samples, O output lines, I input lines; M, N, P the sizes of a product.
"""

from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import apart, compiled
from crossbar.kernels.matrices import add_combined, add_outer, dots
from crossbar.kernels.threads import shared

Numbers = NDArray[Any]
ROWS = 32
"""Rows of the result that are computed together."""


def multiply(a_KMN: Numbers, b_KNP: Numbers) -> Numbers:
    """a b of every chip [K, M, P]; the second factor is contiguous, or its transpose is."""
    chips, rows, terms = a_KMN.shape
    out_KMP = np.zeros((chips, rows, b_KNP.shape[2]), dtype=a_KMN.dtype)
    transposed = not b_KNP.flags.c_contiguous
    kernel = partial(_multiply_dots, a_KMN, b_KNP.transpose(0, 2, 1)) if transposed else partial(_multiply_combined, a_KMN, b_KNP)
    _share(partial(kernel, out_KMP), chips, rows, out_KMP.size * terms)
    return out_KMP


class Change(NamedTuple):
    """-lr (sum_b d_b x_b^T + diag(factor) rows); without samples, or without rows, that part is nothing. All of one format."""

    lr_K: Numbers
    x_KBI: Numbers
    d_KBO: Numbers
    rows_KOI: Numbers
    factor_KO: Numbers


def nothing(lr_K: Numbers) -> Change:
    """A change without samples and without rows."""
    return Change(lr_K, *_empty(len(lr_K), lr_K.dtype))


@cache
def _empty(chips: int, dtype: Any) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    samples, factors = np.empty((chips, 0, 0), dtype), np.empty((chips, 0), dtype)
    return samples, samples, samples, factors


def descend(w_KOI: Numbers, change: Change) -> None:
    """w <- w + change of every chip. What is 0 in d costs nearly nothing."""
    chips, outputs, inputs = w_KOI.shape
    if inputs == 1 and not change.rows_KOI.size:  # a column is computed as a row, whose numbers lie beside each other
        w_KOI, change = w_KOI.reshape(chips, 1, outputs), change._replace(x_KBI=change.d_KBO, d_KBO=change.x_KBI)
    shared(partial(_descend, w_KOI, *change), blocks_of_rows(w_KOI), work(w_KOI, change))


def blocks_of_rows(w_KOI: Numbers) -> int:
    """How many blocks of rows, numbered chip by chip, there are to ``changed``."""
    return len(w_KOI) * -(-w_KOI.shape[1] // ROWS)


def work(w_KOI: Numbers, change: Change) -> float:
    """About how many nanoseconds a change takes."""
    return w_KOI.size * (0.02 * change.x_KBI.shape[1] + (0.3 if change.rows_KOI.size else 0.0))


def _share(kernel: Any, chips: int, rows: int, products: float) -> None:
    """Run a kernel on all blocks of rows of all chips."""
    shared(kernel, chips * -(-rows // ROWS), 0.02 * products)


@compiled
def _multiply_dots(a_KMN: Any, b_KPN: Any, out_KMP: Any, begin: int, end: int) -> None:
    rows = a_KMN.shape[1]
    per_chip = -(-rows // ROWS)
    for block in range(begin, end):
        k, first = block // per_chip, block % per_chip * ROWS
        last = min(first + ROWS, rows)
        dots(a_KMN[k, first:last], b_KPN[k], last - first, out_KMP[k, first:last])


@compiled
def _multiply_combined(a_KMN: Any, b_KNP: Any, out_KMP: Any, begin: int, end: int) -> None:
    rows = a_KMN.shape[1]
    per_chip = -(-rows // ROWS)
    for block in range(begin, end):
        k, first = block // per_chip, block % per_chip * ROWS
        last = min(first + ROWS, rows)
        add_combined(a_KMN[k, first:last], b_KNP[k], last - first, out_KMP[k, first:last])


@compiled
def _descend(w_KOI: Any, lr_K: Any, x_KBI: Any, d_KBO: Any, rows_KOI: Any, factor_KO: Any, begin: int, end: int) -> None:
    for block in range(begin, end):
        changed(w_KOI, lr_K, x_KBI, d_KBO, rows_KOI, factor_KO, block)


@compiled
def changed(w_KOI: Any, lr_K: Any, x_KBI: Any, d_KBO: Any, rows_KOI: Any, factor_KO: Any, block: int) -> tuple[int, int, int]:
    """Change one block of rows; which chip's they are, the first one and the one behind the last."""
    outputs = w_KOI.shape[1]
    per_chip = -(-outputs // ROWS)
    k, first = block // per_chip, block % per_chip * ROWS
    last = min(first + ROWS, outputs)
    if x_KBI.shape[1] > 0:
        add_outer(d_KBO[k], -lr_K[k], x_KBI[k], first, last - first, w_KOI[k, first:last])
    if rows_KOI.shape[1] > 0:
        for o in range(first, last):
            _add(w_KOI[k, o], lr_K[k] * factor_KO[k, o], rows_KOI[k, o])
    return k, first, last


@apart
def _add(w_I: Any, factor: Any, row_I: Any) -> None:
    for i in range(w_I.size):
        w_I[i] -= factor * row_I[i]

"""Products of a whole fleet on the CPU: a b, and W - sum of outer products, on all threads and with each element summed in one order.

Shapes: K chips, B samples, O output lines, I input lines; M, N, P the sizes of a product.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import apart, compiled
from crossbar.kernels.matrices import add_combined, add_outer, dots
from crossbar.kernels.threads import shared

Numbers = NDArray[Any]
_ROWS = 32  # of the result, that one task computes


def multiply(a_KMN: Numbers, b_KNP: Numbers) -> Numbers:
    """a b of every chip [K, M, P]; the second factor is contiguous, or its transpose is."""
    chips, rows, terms = a_KMN.shape
    out_KMP = np.zeros((chips, rows, b_KNP.shape[2]), dtype=a_KMN.dtype)
    transposed = not b_KNP.flags.c_contiguous
    kernel = partial(_multiply_dots, a_KMN, b_KNP.transpose(0, 2, 1)) if transposed else partial(_multiply_combined, a_KMN, b_KNP)
    _share(partial(kernel, out_KMP), chips, rows, out_KMP.size * terms)
    return out_KMP


def descend(w_KOI: Numbers, x_KBI: Numbers, d_KBO: Numbers, lr_K: Numbers) -> None:
    """w <- w - lr sum_b d_b x_b^T of every chip. What is 0 in d costs nearly nothing."""
    chips, outputs = w_KOI.shape[:2]
    _share(partial(_descend, w_KOI, x_KBI, d_KBO, lr_K), chips, outputs, w_KOI.size * x_KBI.shape[1])


def descend_rows(w_KOI: Numbers, rows_KOI: Numbers, factor_KO: Numbers, lr_K: Numbers) -> None:
    """w <- w - lr diag(factor) rows of every chip."""
    shared(partial(_descend_rows, w_KOI, rows_KOI, factor_KO, lr_K), w_KOI.shape[0] * w_KOI.shape[1], 0.3 * w_KOI.size)


def descend_both(w_KOI: Numbers, x_KBI: Numbers, d_KBO: Numbers, rows_KOI: Numbers, factor_KO: Numbers, lr_K: Numbers) -> None:
    """``descend`` and then ``descend_rows``, while a block of rows is in the cache."""
    chips, outputs = w_KOI.shape[:2]
    kernel = partial(_descend_both, w_KOI, x_KBI, d_KBO, rows_KOI, factor_KO, lr_K)
    _share(kernel, chips, outputs, w_KOI.size * (x_KBI.shape[1] + 15.0))


def _share(kernel: Any, chips: int, rows: int, products: float) -> None:
    """Run a kernel on all blocks of rows of all chips."""
    shared(kernel, chips * -(-rows // _ROWS), 0.02 * products)


@compiled
def _multiply_dots(a_KMN: Any, b_KPN: Any, out_KMP: Any, begin: int, end: int) -> None:
    rows = a_KMN.shape[1]
    per_chip = -(-rows // _ROWS)
    for block in range(begin, end):
        k, first = block // per_chip, block % per_chip * _ROWS
        last = min(first + _ROWS, rows)
        dots(a_KMN[k, first:last], b_KPN[k], last - first, out_KMP[k, first:last])


@compiled
def _multiply_combined(a_KMN: Any, b_KNP: Any, out_KMP: Any, begin: int, end: int) -> None:
    rows = a_KMN.shape[1]
    per_chip = -(-rows // _ROWS)
    for block in range(begin, end):
        k, first = block // per_chip, block % per_chip * _ROWS
        last = min(first + _ROWS, rows)
        add_combined(a_KMN[k, first:last], b_KNP[k], last - first, out_KMP[k, first:last])


@compiled
def _descend(w_KOI: Any, x_KBI: Any, d_KBO: Any, lr_K: Any, begin: int, end: int) -> None:
    outputs = d_KBO.shape[2]
    per_chip = -(-outputs // _ROWS)
    for block in range(begin, end):
        k, first = block // per_chip, block % per_chip * _ROWS
        rows = min(_ROWS, outputs - first)
        add_outer(d_KBO[k], -lr_K[k], x_KBI[k], first, rows, w_KOI[k, first : first + rows])


@compiled
def _descend_both(w_KOI: Any, x_KBI: Any, d_KBO: Any, rows_KOI: Any, factor_KO: Any, lr_K: Any, begin: int, end: int) -> None:
    outputs = d_KBO.shape[2]
    per_chip = -(-outputs // _ROWS)
    for block in range(begin, end):
        k, first = block // per_chip, block % per_chip * _ROWS
        last = min(first + _ROWS, outputs)
        add_outer(d_KBO[k], -lr_K[k], x_KBI[k], first, last - first, w_KOI[k, first:last])
        _descend_rows(w_KOI, rows_KOI, factor_KO, lr_K, k * outputs + first, k * outputs + last)


@apart
def _descend_rows(w_KOI: Any, rows_KOI: Any, factor_KO: Any, lr_K: Any, begin: int, end: int) -> None:
    """Rows ``begin`` to ``end`` of a fleet, numbered chip by chip."""
    outputs = w_KOI.shape[1]
    for row in range(begin, end):
        k, o = row // outputs, row % outputs
        w_I, row_I, factor = w_KOI[k, o], rows_KOI[k, o], lr_K[k] * factor_KO[k, o]
        for i in range(w_I.size):
            w_I[i] -= factor * row_I[i]

"""Matrix products inside compiled code: every element is summed in one order, wherever it stands in its matrix.

So a sample gives the same bits in any batch, a chip in any fleet, a row on any thread. Products keep 4 x 4 tiles (``dots``) or 8 rows of
two vectors (all others) in registers over many terms; at an edge a tile's rows repeat the last one, which changes no sum. Terms are
skipped where all factors are 0.

Shapes: K, M, N, P the sizes of a product.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from crossbar.kernels.compiling import inlined, reordered

_ROWS, _BYTES = 8, 64  # of a tile: its height, and how much of a row is one vector
_PANEL = 16  # terms that are looked at together: a vector
_TERMS, _FAR_TERMS = 256, 64  # that a tile sums before the next one has its turn, so that b stays in the cache; fewer where a is in columns
_FLAGS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy", "forceinline": True}


@numba.njit(fastmath={"reassoc", "contract", "nsz"}, **_FLAGS)
def dots(a_MN: Any, b_PN: Any, rows: int, y_MP: Any) -> None:
    """y = a b^T for the first rows of a: all rows contiguous, each element a dot product in lanes."""
    terms, columns = a_MN.shape[1], b_PN.shape[0]
    zero = y_MP.dtype.type(0)
    for p in range(0, columns, 4):
        p1, p2, p3 = min(p + 1, columns - 1), min(p + 2, columns - 1), min(p + 3, columns - 1)
        b0, b1, b2, b3 = b_PN[p], b_PN[p1], b_PN[p2], b_PN[p3]
        for m in range(0, rows, 4):
            m1, m2, m3 = min(m + 1, rows - 1), min(m + 2, rows - 1), min(m + 3, rows - 1)
            a0, a1, a2, a3 = a_MN[m], a_MN[m1], a_MN[m2], a_MN[m3]
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = zero
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = zero
            for n in range(terms):
                s00 += a0[n] * b0[n]
                s01 += a0[n] * b1[n]
                s02 += a0[n] * b2[n]
                s03 += a0[n] * b3[n]
                s10 += a1[n] * b0[n]
                s11 += a1[n] * b1[n]
                s12 += a1[n] * b2[n]
                s13 += a1[n] * b3[n]
                s20 += a2[n] * b0[n]
                s21 += a2[n] * b1[n]
                s22 += a2[n] * b2[n]
                s23 += a2[n] * b3[n]
                s30 += a3[n] * b0[n]
                s31 += a3[n] * b1[n]
                s32 += a3[n] * b2[n]
                s33 += a3[n] * b3[n]
            y_MP[m, p], y_MP[m, p1], y_MP[m, p2], y_MP[m, p3] = s00, s01, s02, s03
            y_MP[m1, p], y_MP[m1, p1], y_MP[m1, p2], y_MP[m1, p3] = s10, s11, s12, s13
            y_MP[m2, p], y_MP[m2, p1], y_MP[m2, p2], y_MP[m2, p3] = s20, s21, s22, s23
            y_MP[m3, p], y_MP[m3, p1], y_MP[m3, p2], y_MP[m3, p3] = s30, s31, s32, s33


@inlined
def add_combined(a_MK: Any, b_KP: Any, rows: int, c_MP: Any) -> None:
    """c <- c + a b for the first rows of a: rows of c are combined from rows of b, terms in order."""
    chosen_K = np.empty(b_KP.shape[0], np.int64)
    count = needed(a_MK, rows, chosen_K)
    _add(a_MK, a_MK.strides[0], a_MK.strides[1], rows, chosen_K, count, b_KP, c_MP)


@inlined
def add_outer(a_KM: Any, scale: Any, b_KP: Any, first: int, rows: int, c_MP: Any) -> None:
    """c <- c + scale a^T b for ``rows`` columns of a from ``first`` on, with the rows of c that c holds alone; as ``add_combined``."""
    scaled_KM, chosen_K, count = np.empty((b_KP.shape[0], rows), c_MP.dtype), np.empty(b_KP.shape[0], np.int64), 0
    for k in range(b_KP.shape[0]):
        for m in range(rows):
            scaled_KM[k, m] = scale * a_KM[k, np.uint64(first) + np.uint64(m)]  # a sign would keep it from being vector code
        chosen_K[count] = k
        count += _size(a_KM, k, first, first + rows) != 0
    _add(scaled_KM, scaled_KM.strides[1], scaled_KM.strides[0], rows, chosen_K, count, b_KP, c_MP)


@inlined
def add_weighted(w_OI: Any, transposed: bool, chosen_K: Any, count: int, b_KP: Any, c_MP: Any) -> None:
    """c <- c + w b, or w^T b, over the first of the chosen terms, in order."""
    along_m, along_k = (w_OI.strides[1], w_OI.strides[0]) if transposed else (w_OI.strides[0], w_OI.strides[1])
    rows = w_OI.shape[1] if transposed else w_OI.shape[0]
    _add(w_OI, along_m, along_k, rows, chosen_K, count, b_KP, c_MP)


@inlined
def _add(a: Any, along_m: int, along_k: int, rows: int, chosen_K: Any, count: int, b_KP: Any, c_MP: Any) -> None:
    """Tile by tile; ``along`` are the strides of a's rows and terms in bytes."""
    columns, lanes, last = b_KP.shape[1], _BYTES // c_MP.itemsize, rows - 1
    whole, vectors = columns // (2 * lanes) * (2 * lanes), columns // lanes * lanes
    terms = _TERMS if along_k <= along_m else _FAR_TERMS
    for begin in range(0, count, terms):
        end = min(begin + terms, count)
        for p in range(0, whole, 2 * lanes):
            for first in range(0, rows, _ROWS):
                _wide(c_MP, first, last, p, a, along_m, along_k, chosen_K, begin, end, b_KP)
        for p in range(whole, vectors, lanes):
            for first in range(0, rows, _ROWS):
                _narrow(c_MP, first, last, p, a, along_m, along_k, chosen_K, begin, end, b_KP)
        for p in range(vectors, columns):
            for first in range(0, rows, _ROWS):
                _single(c_MP, first, last, p, a, along_m, along_k, chosen_K, begin, end, b_KP)


@inlined
def needed(a_MK: Any, rows: int, chosen_K: Any) -> int:
    """The terms that rows of a need, 16 at a time; how many."""
    count = 0
    for begin in range(0, chosen_K.size, _PANEL):
        end, m = min(begin + _PANEL, chosen_K.size), 0
        while m < rows and _size(a_MK, m, begin, end) == 0:
            m += 1
        if m < rows:
            for k in range(begin, end):
                chosen_K[count + k - begin] = k
            count += end - begin
    return count


@reordered
def _size(a_MK: Any, m: int, begin: int, end: int) -> Any:
    total = a_MK.dtype.type(0)
    for k in range(np.uint64(begin), np.uint64(end)):
        total += abs(a_MK[m, k])
    return total


def _tile(vectors: int) -> Any:
    """A kernel: c[m, p:] += sum of factors and rows of b, for 8 rows from ``first`` to at most ``last`` and ``vectors`` vectors of columns.

    0 vectors are one column. In LLVM's language, because a loop over arrays cannot say that c and b do not overlap and that sums are to
    stay in registers.
    """

    @intrinsic
    def tile(
        _: Any, c_MP: Any, first: Any, last: Any, p: Any, a: Any, along_m: Any, along_k: Any, chosen_K: Any, begin: Any, end: Any,
        b_KP: Any,
    ) -> Any:  # fmt: skip
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            number = context.get_data_type(c_MP.dtype)
            size, word = context.get_abi_sizeof(number), ir.IntType(64)
            lanes = _BYTES // size if vectors else 1
            vector, byte = ir.VectorType(number, lanes), ir.IntType(8).as_pointer()
            c, factors, chosen, b = (
                context.make_array(kind)(context, builder, arguments[n]) for n, kind in ((0, c_MP), (4, a), (7, chosen_K), (10, b_KP))
            )
            c_stride, b_stride = (cgutils.unpack_tuple(builder, matrix.strides)[0] for matrix in (c, b))
            column = builder.mul(arguments[3], word(size))

            def row(matrix: Any, stride: Any, index: Any) -> Any:
                return builder.gep(builder.bitcast(matrix.data, byte), [builder.mul(stride, index)])

            def load(start: Any, offset: Any, kind: Any) -> Any:
                return builder.load(builder.bitcast(builder.gep(start, [offset]), kind.as_pointer()), align=size)

            def at(start: Any, v: int) -> Any:
                place = builder.gep(start, [builder.add(column, word(size * lanes * v))])
                return builder.bitcast(place, vector.as_pointer())

            def spread(value: Any) -> Any:
                one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
                zeros = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
                return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)

            indices = [builder.add(arguments[1], word(r)) for r in range(_ROWS)]
            indices = [builder.select(builder.icmp_signed("<", i, arguments[2]), i, arguments[2]) for i in indices]
            rows, factor_rows = ([row(matrix, stride, i) for i in indices] for matrix, stride in ((c, c_stride), (factors, arguments[5])))
            columns = range(max(vectors, 1))
            sums = [[cgutils.alloca_once(builder, vector) for _ in columns] for _ in range(_ROWS)]
            for r in range(_ROWS):
                for v in columns:
                    builder.store(builder.load(at(rows[r], v), align=size), sums[r][v])
            with cgutils.for_range_slice(builder, arguments[8], arguments[9], word(1), inc=True) as (index, _):
                term = builder.load(builder.gep(chosen.data, [index]))
                start, offset = row(b, b_stride, term), builder.mul(term, arguments[6])
                b_V = [builder.load(at(start, v), align=size) for v in columns]
                for r in range(_ROWS):
                    factor = spread(load(factor_rows[r], offset, number))
                    for v in columns:
                        product = builder.fmul(factor, b_V[v], flags=("contract",))
                        builder.store(builder.fadd(builder.load(sums[r][v]), product, flags=("contract",)), sums[r][v])
            for r in range(_ROWS):
                for v in columns:
                    builder.store(builder.load(sums[r][v]), at(rows[r], v), align=size)
            return context.get_dummy_value()

        whole = types.intp
        return types.void(c_MP, whole, whole, whole, a, whole, whole, chosen_K, whole, whole, b_KP), generate

    return tile


_wide, _narrow, _single = _tile(2), _tile(1), _tile(0)

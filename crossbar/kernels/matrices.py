"""Matrix products inside compiled code: every element is summed in one order, wherever it stands in its matrix.

So a sample gives the same bits in any batch, a chip in any fleet, a row on any thread. Both products keep 4 x 4 tiles (``dots``) or
4 x 64 tiles (``add_combined``) in registers over all terms; at an edge a tile's rows repeat the last one, which changes no sum.

Shapes: K, M, N, P the sizes of a product.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from crossbar.kernels.compiling import inlined

_PANEL = 16  # terms, or rows, that are looked at together: a vector
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
    """c <- c + a b for the first rows of a: rows of c are combined from rows of b, terms in order; those that are 0 cost nearly nothing."""
    terms = b_KP.shape[0]
    fours = -(-rows // 4)
    factor_K4, chosen_K = np.empty((fours, terms, 4), dtype=c_MP.dtype), np.empty((fours, terms), np.int64)
    count_F, at_F, last_F = np.empty(fours, np.int64), np.empty((fours, 2), np.int64), rows - 1
    for four in range(fours):
        count_F[four] = _rows_packed(a_MK, 4 * four, rows - 1, factor_K4[four], chosen_K[four])
        at_F[four, 0], at_F[four, 1] = four, 0
    _add(factor_K4, chosen_K, count_F, at_F, b_KP, last_F, c_MP)


@inlined
def add_outer(a_KM: Any, scale: Any, b_KP: Any, first: int, rows: int, c_MP: Any) -> None:
    """c <- c + scale a^T b for ``rows`` columns of a from ``first`` on, with the rows of c that c holds alone; as ``add_combined``."""
    terms = b_KP.shape[0]
    fours, panels = -(-rows // 4), -(-rows // _PANEL)
    factor_KN, chosen_K = np.empty((panels, terms, _PANEL), dtype=c_MP.dtype), np.empty((panels, terms), np.int64)
    count_F, at_F = np.empty(fours, np.int64), np.empty((fours, 2), np.int64)
    for panel in range(panels):
        begin = first + panel * _PANEL
        width = min(_PANEL, first + rows - begin)
        count = _columns_packed(a_KM[:, begin : begin + width], scale, factor_KN[panel], chosen_K[panel])
        for four in range(panel * _PANEL // 4, min((panel + 1) * _PANEL // 4, fours)):
            count_F[four], at_F[four, 0], at_F[four, 1] = count, panel, 4 * four - panel * _PANEL
    _add(factor_KN, chosen_K, count_F, at_F, b_KP, rows - 1, c_MP)


@inlined
def _add(factor_KN: Any, chosen_K: Any, count_F: Any, at_F: Any, b_KP: Any, last: int, c_MP: Any) -> None:
    """Tile by tile, the rows of b in the cache: number of terms, block of factors and place in it for every four rows of c."""
    columns = b_KP.shape[1]
    whole, vectors = columns // 64 * 64, columns // 16 * 16
    for p in range(0, whole, 64):
        for four in range(count_F.size):
            block = at_F[four, 0]
            _wide(c_MP, 4 * four, last, p, factor_KN[block], at_F[four, 1], chosen_K[block], count_F[four], b_KP)
    for p in range(whole, vectors, 16):
        for four in range(count_F.size):
            block = at_F[four, 0]
            _narrow(c_MP, 4 * four, last, p, factor_KN[block], at_F[four, 1], chosen_K[block], count_F[four], b_KP)
    for p in range(vectors, columns):
        for four in range(count_F.size):
            block = at_F[four, 0]
            _single(c_MP, 4 * four, last, p, factor_KN[block], at_F[four, 1], chosen_K[block], count_F[four], b_KP)


@inlined
def _rows_packed(a_MK: Any, first: int, last: int, factor_K4: Any, chosen_K: Any) -> int:
    """The terms that 4 rows of a need, 16 at a time, and their factors; how many."""
    count = 0
    a0, a1, a2, a3 = a_MK[first], a_MK[min(first + 1, last)], a_MK[min(first + 2, last)], a_MK[min(first + 3, last)]
    for begin in range(0, a0.size, _PANEL):
        end = min(begin + _PANEL, a0.size)
        if _sizes(a0[begin:end], a1[begin:end], a2[begin:end], a3[begin:end]) != 0:
            for k in range(begin, end):
                at = count + k - begin
                factor_K4[at, 0], factor_K4[at, 1], factor_K4[at, 2], factor_K4[at, 3] = a0[k], a1[k], a2[k], a3[k]
                chosen_K[at] = k
            count += end - begin
    return count


@numba.njit(fastmath={"reassoc", "nsz"}, **_FLAGS)
def _sizes(a0: Any, a1: Any, a2: Any, a3: Any) -> Any:
    total = a0.dtype.type(0)
    for k in range(a0.size):
        total += (abs(a0[k]) + abs(a1[k])) + (abs(a2[k]) + abs(a3[k]))
    return total


@inlined
def _columns_packed(a_KM: Any, scale: Any, factor_KN: Any, chosen_K: Any) -> int:
    """The terms that up to 16 columns of a need, and their factors (the last column's repeated); how many."""
    count, width = 0, a_KM.shape[1]
    for k in range(a_KM.shape[0]):
        a_M, factor_N = a_KM[k], factor_KN[count]
        wanted = False
        for m in range(width):
            wanted |= a_M[m] != 0
        for m in range(width):
            factor_N[m] = scale * a_M[m]
        for m in range(width, -(-width // 4) * 4):
            factor_N[m] = scale * a_M[width - 1]
        chosen_K[count] = k
        count += wanted
    return count


def _tile(lanes: int, vectors: int) -> Any:
    """A kernel: c[m, p:] += sum of factors and rows of b, for 4 rows from ``first`` to at most ``last`` and lanes x vectors columns.

    In LLVM's language, because a loop over arrays cannot say that c and b do not overlap and that sums are to stay in registers.
    """

    @intrinsic
    def tile(_: Any, c_MP: Any, first: Any, last: Any, p: Any, factor_KN: Any, at: Any, chosen_K: Any, count: Any, b_KP: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            number = context.get_data_type(c_MP.dtype)
            vector, size, word = ir.VectorType(number, lanes), context.get_abi_sizeof(number), ir.IntType(64)
            c, factor, chosen, b = (
                context.make_array(kind)(context, builder, value)
                for kind, value in ((c_MP, arguments[0]), (factor_KN, arguments[4]), (chosen_K, arguments[6]), (b_KP, arguments[8]))
            )
            c_stride, b_stride = (cgutils.unpack_tuple(builder, matrix.strides)[0] for matrix in (c, b))
            width = cgutils.unpack_tuple(builder, factor.shape)[1]
            byte = ir.IntType(8).as_pointer()
            column = builder.mul(arguments[3], word(size))

            def row(matrix: Any, stride: Any, index: Any) -> Any:
                return builder.gep(builder.bitcast(matrix.data, byte), [builder.add(builder.mul(stride, index), column)])

            def at(start: Any, v: int) -> Any:
                place = builder.gep(start, [word(size * lanes * v)])
                return builder.bitcast(place, vector.as_pointer())

            def spread(value: Any) -> Any:
                one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
                zeros = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
                return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)

            indices = [builder.add(arguments[1], word(r)) for r in range(4)]
            indices = [builder.select(builder.icmp_signed("<", i, arguments[2]), i, arguments[2]) for i in indices]
            rows = [row(c, c_stride, index) for index in indices]
            sums = [[cgutils.alloca_once(builder, vector) for _ in range(vectors)] for _ in range(4)]
            for r in range(4):
                for v in range(vectors):
                    builder.store(builder.load(at(rows[r], v), align=size), sums[r][v])
            with cgutils.for_range(builder, arguments[7]) as loop:
                term = builder.load(builder.gep(chosen.data, [loop.index]))
                start = row(b, b_stride, term)
                b_V = [builder.load(at(start, v), align=size) for v in range(vectors)]
                for r in range(4):
                    place = builder.gep(factor.data, [builder.add(builder.add(builder.mul(loop.index, width), arguments[5]), word(r))])
                    factor_r = spread(builder.load(place))
                    for v in range(vectors):
                        product = builder.fmul(factor_r, b_V[v], flags=("contract",))
                        builder.store(builder.fadd(builder.load(sums[r][v]), product, flags=("contract",)), sums[r][v])
            for r in range(4):
                for v in range(vectors):
                    builder.store(builder.load(sums[r][v]), at(rows[r], v), align=size)
            return context.get_dummy_value()

        return types.void(c_MP, types.intp, types.intp, types.intp, factor_KN, types.intp, chosen_K, types.intp, b_KP), generate

    return tile


_wide, _narrow, _single = _tile(16, 4), _tile(16, 1), _tile(1, 1)

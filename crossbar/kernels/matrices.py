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
    terms, columns = b_KP.shape
    fours = -(-rows // 4)
    factors = np.empty((fours, terms, 4), dtype=c_MP.dtype)
    chosen, counts = np.empty((fours, terms), np.int64), np.empty(fours, np.int64)
    for four in range(fours):
        counts[four] = _packed(a_MK, 4 * four, rows, factors[four], chosen[four])
    whole, vectors = columns // 64 * 64, columns // 16 * 16
    for p in range(0, whole, 64):
        for four in range(fours):
            _wide(c_MP, 4 * four, rows - 1, p, factors[four], chosen[four], counts[four], b_KP)
    for p in range(whole, vectors, 16):
        for four in range(fours):
            _narrow(c_MP, 4 * four, rows - 1, p, factors[four], chosen[four], counts[four], b_KP)
    for p in range(vectors, columns):
        for four in range(fours):
            _single(c_MP, 4 * four, rows - 1, p, factors[four], chosen[four], counts[four], b_KP)


@inlined
def _packed(a_MK: Any, first: int, rows: int, factor_K4: Any, chosen_K: Any) -> int:
    """The terms that 4 rows of a need, and their factors; how many."""
    last, count = rows - 1, 0
    a0, a1, a2, a3 = a_MK[first], a_MK[min(first + 1, last)], a_MK[min(first + 2, last)], a_MK[min(first + 3, last)]
    for begin in range(0, a0.size, 16):
        end = min(begin + 16, a0.size)
        wanted = False
        for k in range(begin, end):
            wanted |= (a0[k] != 0) | (a1[k] != 0) | (a2[k] != 0) | (a3[k] != 0)
        if wanted:
            for k in range(begin, end):
                factor_K4[count, 0], factor_K4[count, 1], factor_K4[count, 2], factor_K4[count, 3] = a0[k], a1[k], a2[k], a3[k]
                chosen_K[count] = k
                count += (a0[k] != 0) | (a1[k] != 0) | (a2[k] != 0) | (a3[k] != 0)
    return count


def _tile(lanes: int, vectors: int) -> Any:
    """A kernel: c[m, p:] += sum of factors and rows of b, for 4 rows from ``first`` to at most ``last`` and lanes x vectors columns.

    In LLVM's language, because a loop over arrays cannot say that c and b do not overlap and that sums are to stay in registers.
    """

    @intrinsic
    def tile(_: Any, c_MP: Any, first: Any, last: Any, p: Any, factor_K4: Any, chosen_K: Any, count: Any, b_KP: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            number = context.get_data_type(c_MP.dtype)
            vector, size, word = ir.VectorType(number, lanes), context.get_abi_sizeof(number), ir.IntType(64)
            c, factor, chosen, b = (
                context.make_array(kind)(context, builder, value)
                for kind, value in ((c_MP, arguments[0]), (factor_K4, arguments[4]), (chosen_K, arguments[5]), (b_KP, arguments[7]))
            )
            c_stride, b_stride = (cgutils.unpack_tuple(builder, matrix.strides)[0] for matrix in (c, b))
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
            with cgutils.for_range(builder, arguments[6]) as loop:
                term = builder.load(builder.gep(chosen.data, [loop.index]))
                start = row(b, b_stride, term)
                b_V = [builder.load(at(start, v), align=size) for v in range(vectors)]
                for r in range(4):
                    place = builder.gep(factor.data, [builder.add(builder.mul(loop.index, word(4)), word(r))])
                    factor_r = spread(builder.load(place))
                    for v in range(vectors):
                        product = builder.fmul(factor_r, b_V[v], flags=("contract",))
                        builder.store(builder.fadd(builder.load(sums[r][v]), product, flags=("contract",)), sums[r][v])
            for r in range(4):
                for v in range(vectors):
                    builder.store(builder.load(sums[r][v]), at(rows[r], v), align=size)
            return context.get_dummy_value()

        return types.void(c_MP, types.intp, types.intp, types.intp, factor_K4, chosen_K, types.intp, b_KP), generate

    return tile


_wide, _narrow, _single = _tile(16, 4), _tile(16, 1), _tile(1, 1)

"""Transposed copies inside compiled code, in squares of 16 x 16 that stay in registers.

Shapes: M, N lengths, multiples of 16.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from crossbar.kernels.compiling import inlined

SIDE = 16


@inlined
def transpose(a_MN: Any, rows: int, columns: int, b_NM: Any) -> None:
    """b <- a^T for the first rows and columns of a, and what is beside them up to the next multiple of 16."""
    for m in range(0, rows, SIDE):
        for n in range(0, columns, SIDE):
            _square(a_MN, m, n, b_NM)  # type: ignore[call-arg]  # the first one is the compiler


@intrinsic
def _square(_: Any, a_MN: Any, m: Any, n: Any, b_NM: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_data_type(a_MN.dtype)
        size, word = context.get_abi_sizeof(number), ir.IntType(64)
        vector, byte = ir.VectorType(number, SIDE), ir.IntType(8).as_pointer()
        a, b = (context.make_array(kind)(context, builder, arguments[at]) for at, kind in ((0, a_MN), (3, b_NM)))

        def places(matrix: Any, row: Any, column: Any) -> list[Any]:
            stride = cgutils.unpack_tuple(builder, matrix.strides)[0]
            offset = builder.add(builder.mul(stride, row), builder.mul(word(size), column))
            start = builder.gep(builder.bitcast(matrix.data, byte), [offset])
            starts = [builder.gep(start, [builder.mul(stride, word(r))]) for r in range(SIDE)]
            return [builder.bitcast(one, vector.as_pointer()) for one in starts]

        def halves(low: Any, high: Any, span: int) -> tuple[Any, Any]:
            """Two rows that are ``span`` apart exchange blocks of ``span`` numbers."""
            kept = [i if not i & span else SIDE + i - span for i in range(SIDE)]
            other = [i + span if not i & span else SIDE + i for i in range(SIDE)]
            masks = [ir.Constant(ir.VectorType(ir.IntType(32), SIDE), indices) for indices in (kept, other)]
            return builder.shuffle_vector(low, high, masks[0]), builder.shuffle_vector(low, high, masks[1])

        rows = [builder.load(place, align=size) for place in places(a, arguments[1], arguments[2])]
        for span in (8, 4, 2, 1):
            for r in range(SIDE):
                if not r & span:
                    rows[r], rows[r + span] = halves(rows[r], rows[r + span], span)
        for row, place in zip(rows, places(b, arguments[2], arguments[1]), strict=True):
            builder.store(row, place, align=size)
        return context.get_dummy_value()

    return types.void(a_MN, types.intp, types.intp, b_NM), generate

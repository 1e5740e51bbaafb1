"""Bit counting on 64-bit words, as the processor does it."""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic


def _popcount(typing_context: Any, word: Any) -> Any:
    """Number of set bits of an unsigned word, as a word."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return word(word), code


def _lowest(typing_context: Any, word: Any) -> Any:
    """Position of the lowest set bit of a nonzero unsigned 64-bit word."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), code


popcount = cast(Callable[[Any], Any], intrinsic(_popcount))
lowest = cast(Callable[[Any], Any], intrinsic(_lowest))

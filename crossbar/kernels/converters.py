"""What stands around the cells of a block of samples: DAC, read noise, ADC. See ``crossbar.kernels.reads`` for the law.

Each function does a whole block: compiled functions count references to the arrays they are given, which takes longer than a short row.
The draws of a sample, one per line, are numbered from its number times its lines. z is scratch for normals, of even length and at least as
long as a sample.

Shapes: B samples, S those of a block, M lines in, N lines out.
"""

from typing import Any

import numba
import numpy as np

from crossbar.kernels.compiling import inlined
from crossbar.kernels.largest import largest
from crossbar.kernels.pairs import pair
from crossbar.kernels.streams import bits, uniform

_ONE, _HALF = np.float32(1.0), np.float32(0.5)


@inlined
def dac(
    x_BM: Any, at_S: Any, number_S: Any, count: int, from_S: Any, until_S: Any, scale_S: Any, step: Any, limit: Any, noise: Any,
    negative: Any, stochastic: bool, key_0: Any, key_1: Any, z: Any, out_SM: Any,
) -> None:  # fmt: skip
    """Scale, round and cut lines ``from`` to ``until`` of the samples ``at``, then the noise behind the DAC."""
    lines, per_step = np.uint64(x_BM.shape[1]), _ONE / step
    for s in range(count):
        b, factor, first = at_S[s], _ONE / scale_S[s], np.uint64(number_S[s]) * lines
        begin, end = np.uint64(from_S[s]), np.uint64(until_S[s])  # an index with a sign might count from the end: no vector code
        if step > 0 and not stochastic:
            for i in range(begin, end):
                out_SM[s, i] = min(max(np.rint(x_BM[b, i] * factor * per_step) * step, -limit), limit)
        else:
            for i in range(begin, end):
                v = x_BM[b, i] * factor
                if step > 0:
                    v = np.rint(v * per_step + _shift(key_0, key_1, first + i)) * step
                out_SM[s, i] = min(max(v, -limit), limit)
        if noise > 0:
            half = (until_S[s] - from_S[s] + 1) // 2
            for i in range(half):
                z[i], z[half + i] = pair(bits(key_0, key_1, first + begin + np.uint64(i)))
            for i in range(begin, end):
                out_SM[s, i] += noise * z[i - begin]
        if negative != 1:
            for i in range(begin, end):
                out_SM[s, i] = out_SM[s, i] * (negative if out_SM[s, i] < 0 else _ONE)


@inlined
def disturb(y_SN: Any, number_S: Any, count: int, lines: int, deviation_S: Any, key_0: Any, key_1: Any, z: Any) -> None:
    """Add a normal number of each sample's own standard deviation to all its outputs."""
    half = (lines + 1) // 2
    for s in range(count):
        first = np.uint64(number_S[s] * lines)
        for i in range(half):
            z[i], z[half + i] = pair(bits(key_0, key_1, first + np.uint64(i)))
        for i in range(lines):
            y_SN[s, i] += deviation_S[s] * z[i]


@inlined
def adc(
    y_SN: Any, at_S: Any, number_S: Any, count: int, noise_N: Any, scale_S: Any, step: Any, limit: Any, negative: Any, stochastic: bool,
    test_negative: bool, key_0: Any, key_1: Any, z: Any, out_BN: Any, clipped_S: Any,
) -> None:  # fmt: skip
    """Add the outputs' noise, round, cut and scale into the rows ``at``; and which samples clipped. Overwrites y."""
    lowest, lines, per_step = -limit if test_negative else np.float32(-np.inf), noise_N.size, _ONE / step
    half = (lines + 1) // 2
    for s in range(count):
        b, scale, first, clipped = at_S[s], scale_S[s], np.uint64(number_S[s] * lines), False
        if negative != 1:
            for i in range(lines):
                y_SN[s, i] = y_SN[s, i] * (negative if y_SN[s, i] < 0 else _ONE)
        for i in range(half):
            z[i], z[half + i] = pair(bits(key_0, key_1, first + np.uint64(i)))
        if step > 0 and not stochastic:
            for i in range(lines):
                y = np.rint((y_SN[s, i] + noise_N[i] * z[i]) * per_step) * step
                clipped |= (y > limit) | (y < lowest)
                out_BN[b, i] = min(max(y, -limit), limit) * scale
        else:
            for i in range(lines):
                y = y_SN[s, i] + noise_N[i] * z[i]
                if step > 0:
                    y = np.rint(y * per_step + _shift(key_0, key_1, first + np.uint64(i))) * step
                clipped |= (y > limit) | (y < lowest)
                out_BN[b, i] = min(max(y, -limit), limit) * scale
        clipped_S[s] = clipped


@inlined
def _shift(key_0: Any, key_1: Any, draw: Any) -> Any:
    """What makes rounding stochastic: U[-1/2, 1/2)."""
    return uniform(bits(key_0, ~key_1, draw)) - _HALF


@inlined
def most(x_BM: Any, begin: int, end: int, most_S: Any) -> None:
    """max |x| of samples ``begin`` to ``end``, nan where one is not a number."""
    for b in range(begin, end):
        most_S[b - begin] = largest(x_BM[b])


@numba.njit(fastmath={"reassoc", "contract"}, nogil=True, boundscheck=False, forceinline=True)
def lengths(x_SM: Any, count: int, from_S: Any, until_S: Any, times: Any, out_S: Any) -> None:
    """|x| of every sample, times a number."""
    for s in range(count):
        square = np.float32(0.0)
        for i in range(np.uint64(from_S[s]), np.uint64(until_S[s])):
            square += x_SM[s, i] * x_SM[s, i]
        out_S[s] = times * np.float32(np.sqrt(square))

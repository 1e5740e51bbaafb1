"""What stands around the cells of one line of samples: DAC, read noise, ADC. See ``crossbar.kernels.reads`` for the law.

Draws of a sample are numbered from ``first``; z is scratch for its normals, of even length and at least as long as its lines.

Shapes: M lines in, N lines out, L either.
"""

from typing import Any

import numba
import numpy as np

from crossbar.kernels.compiling import inlined
from crossbar.kernels.pairs import fill_normals
from crossbar.kernels.streams import bits, uniform

_ONE, _HALF = np.float32(1.0), np.float32(0.5)


@inlined
def dac(
    x_M: Any, scale: Any, step: Any, limit: Any, noise: Any, negative: Any, stochastic: bool, key_0: Any, key_1: Any, first: Any, z: Any,
    out_M: Any,
) -> None:  # fmt: skip
    """Scale, round and cut one sample, then the noise behind the DAC."""
    factor = _ONE / scale
    for i in range(x_M.size):
        out_M[i] = x_M[i] * factor
    _round(out_M, step, stochastic, key_0, key_1, first)
    for i in range(x_M.size):
        out_M[i] = min(max(out_M[i], -limit), limit)
    if noise > 0:
        fill_normals(z, x_M.size, key_0, key_1, first)
        for i in range(x_M.size):
            out_M[i] += noise * z[i]
    _scale_negative(out_M, negative)


@inlined
def adc(
    y_N: Any, noise_N: Any, scale: Any, step: Any, limit: Any, negative: Any, stochastic: bool, test_negative: bool, key_0: Any, key_1: Any,
    first: Any, z: Any, out_N: Any,
) -> bool:  # fmt: skip
    """Add the outputs' noise, round, cut and scale one sample; whether it clipped. Overwrites y."""
    lowest = -limit if test_negative else np.float32(-np.inf)
    _scale_negative(y_N, negative)
    fill_normals(z, y_N.size, key_0, key_1, first)
    for i in range(y_N.size):
        y_N[i] += noise_N[i] * z[i]
    _round(y_N, step, stochastic, key_0, key_1, first)
    clipped = False
    for i in range(y_N.size):
        clipped |= (y_N[i] > limit) | (y_N[i] < lowest)
    for i in range(y_N.size):
        out_N[i] = min(max(y_N[i], -limit), limit) * scale
    return clipped


@inlined
def most(x_M: Any) -> Any:
    """max |x|, nan where one is not a number: by the bits without the sign, which have their order and compare in lanes."""
    bits_M, largest = x_M.view(np.int32), np.int32(0)
    for i in range(bits_M.size):
        largest = max(largest, np.int32(bits_M[i] & np.int32(0x7FFFFFFF)))
    return np.int32(largest).view(np.float32)


@numba.njit(fastmath={"reassoc", "contract"}, nogil=True, boundscheck=False, forceinline=True)
def length(x_M: Any) -> Any:
    """|x|."""
    square = np.float32(0.0)
    for i in range(x_M.size):
        square += x_M[i] * x_M[i]
    return np.float32(np.sqrt(square))


@inlined
def _round(v_L: Any, step: Any, stochastic: bool, key_0: Any, key_1: Any, first: Any) -> None:
    """To whole steps (none where step is not positive), half to even or stochastically."""
    if step > 0:
        per_step = _ONE / step
        if stochastic:
            for i in range(v_L.size):
                shift = uniform(bits(key_0, ~key_1, first + np.uint64(i))) - _HALF
                v_L[i] = np.rint(v_L[i] * per_step + shift) * step
        else:
            for i in range(v_L.size):
                v_L[i] = np.rint(v_L[i] * per_step) * step


@inlined
def _scale_negative(v_L: Any, factor: Any) -> None:
    if factor != 1:
        for i in range(v_L.size):
            v_L[i] = v_L[i] * (factor if v_L[i] < 0 else _ONE)

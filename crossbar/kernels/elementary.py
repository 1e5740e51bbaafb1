"""Exponentials and powers in float32 from additions, products and bit moves alone, so that compilers can do many at once.

By Cephes' polynomials (S. L. Moshier, netlib.org/cephes): e^x = 2^n e^r with r = x - n log 2 in [-log 2 / 2, log 2 / 2], and
x^y = e^(y log x). Relative errors are below 2^-23 for e^x, and below 2^-23 (1 + 2 |y log x|) for x^y: a rounding of the argument.
"""

from typing import Any

import numpy as np

from crossbar.kernels.compiling import inlined
from crossbar.kernels.streams import minus_log

_LEAST, _MOST = np.float32(-87.0), np.float32(88.0)
_ONE, _ZERO = np.float32(1.0), np.float32(0.0)
_ROUNDING = np.float32(12582912.0)  # 1.5 2^23: numbers of this size are whole
_TINY = np.float32(2.0**-126)


@inlined
def exp(x: Any) -> Any:
    """e^x; of a number beyond [-87, 88], that of the limit."""
    x = min(max(np.float32(x), _LEAST), _MOST)
    n = (x * np.float32(1.44269504) + _ROUNDING) - _ROUNDING
    r = (x - n * np.float32(0.693359375)) + n * np.float32(2.12194440e-4)
    q = np.float32(1.3981999507e-3) + r * np.float32(1.9875691500e-4)
    q = np.float32(8.3334519073e-3) + r * q
    q = np.float32(4.1665795894e-2) + r * q
    q = np.float32(1.6666665459e-1) + r * q
    q = np.float32(5.0000001201e-1) + r * q
    scale = np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
    return (_ONE + (r + r * r * q)) * scale


@inlined
def power(x: Any, y: Any) -> Any:
    """x^y of x >= 0, within the limits of ``exp``; an x below 2^-126, and so a negative one, counts as 0."""
    x, y = np.float32(x), np.float32(y)
    at_zero = _ZERO if y > _ZERO else np.float32(np.inf) if y < _ZERO else _ONE
    return exp(-y * minus_log(max(x, _TINY))) if x >= _TINY else at_zero

"""Affine cells, long trains: the pulses of one sample have one sign, so that n of them have a closed form.

With phi = ((1 + b)^n - 1) / b, by its series in b to fourth order,

    m' = m + (a + b m) phi,
    v' = v ((1 + b phi)^2 + sigma_m^2 n b^2) + sigma_m^2 n (a + b m')^2 / (1 + b)^2 + sigma_a^2 c^2 phi (2 + b phi) / (2 + b),

the means and variances of ``crossbar.kernels.affine`` up to terms of relative order (n b)^5 / 720 and sigma_m^2 n b^2.
"""

from typing import Any

import numpy as np

from crossbar.kernels.affine import draw, load, store
from crossbar.kernels.compiling import compiled
from crossbar.kernels.words import popcount

_BLOCK = 256


@compiled
def by_sample(
    stream: Any, sums: Any, x_SI: Any, x_negative_SI: Any, d_SO: Any, d_negative_SO: Any, first_slot: int, begin: int, end: int,
    w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end`` of one 32-bit word per sample."""
    inputs = w_OI.shape[1]
    key_0, key_1 = sums
    relative, absolute = g[0] * g[0], g[1] * g[1]
    one, half, third, fourth, fifth = np.float32(1.0), np.float32(0.5), np.float32(1.0 / 3), np.float32(0.25), np.float32(0.2)
    s = np.empty(12 * _BLOCK, np.float32)
    for o in range(begin, end):
        for first in range(0, inputs, _BLOCK):
            cells = min(_BLOCK, inputs - first)
            load(p_POI, w_OI, o, first, cells, _BLOCK, s)
            for sample in range(x_SI.shape[0]):
                d, d_negative = d_SO[sample, o], d_negative_SO[sample, o]
                if d == 0:
                    continue
                x, x_negative = x_SI[sample, first : first + cells], x_negative_SI[sample, first : first + cells]
                for j in range(cells):
                    together = np.uint32(x[j] & d)
                    is_up = np.uint32(together & np.uint32(x_negative[j] ^ d_negative)) != 0
                    a_up, a_down = s[4 * _BLOCK + j], s[5 * _BLOCK + j]  # both are read, so that no pointer depends on the data
                    b_up, b_down = s[6 * _BLOCK + j], s[7 * _BLOCK + j]
                    c_up, c_down = s[8 * _BLOCK + j], s[9 * _BLOCK + j]
                    a = a_up if is_up else a_down
                    b = b_up if is_up else b_down
                    c = c_up if is_up else c_down
                    n = np.float32(np.int32(popcount(together)))
                    inner = one + (n - np.float32(4.0)) * b * fifth
                    inner = one + (n - np.float32(3.0)) * b * fourth * inner
                    inner = one + (n - np.float32(2.0)) * b * third * inner
                    phi = n * (one + (n - one) * b * half * inner)
                    m = s[j]
                    m = m + (a + b * m) * phi
                    growth = one + b * phi
                    after = a + b * m
                    fresh = relative * n * (after * after) * (one - b - b)
                    fresh += absolute * (c * c) * phi * (one + growth) * (half - fourth * b)
                    s[_BLOCK + j] = s[_BLOCK + j] * (growth * growth + relative * n * (b * b)) + fresh
                    s[j] = m
                    s[2 * _BLOCK + j] = min(s[2 * _BLOCK + j], m)
                    s[3 * _BLOCK + j] = max(s[3 * _BLOCK + j], m)
                    s[10 * _BLOCK + j] += n if is_up else np.float32(0.0)
                    s[11 * _BLOCK + j] += n
            draw(key_0, key_1, p_POI, g[0], o, inputs, first, cells, _BLOCK, s)
            store(
                stream, x_SI, x_negative_SI, d_SO, d_negative_SO, first_slot, 32, o, first, cells, _BLOCK, s, w_OI, p_POI, g, up_OI, down_OI
            )  # fmt: skip

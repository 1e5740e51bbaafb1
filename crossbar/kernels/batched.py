"""Affine cells, order ``batched``: the net of 64 samples from the numbers of up and down pulses alone.

The pulses are exactly those of ``sequential``: same trains, same counts. Their order is not kept; they act as if evenly mixed: the flows
of ``crossbar.kernels.affine`` of n up and n' down pulses at once give, with kappa = -(n r + n' r'), beta = n a~ + n' a~' and
phi = (1 - e^-kappa) / kappa,

    w_T = w + (beta - kappa w) phi,    var = phi(2 kappa) (n sigma_m^2 (a + b w_s)^2 + n sigma_a^2 c^2 + the same of down),

where w_s = w_T + (w - w_T) e^-kappa / (1 + e^-kappa) is the weight that the noise sees on average. What this changes: the weight misses
the part that depends on the order of the pulses, at most n n' |a b' - a' b|, whose mean is 0 where samples come in random order (a
relative n b of the move), and hard bounds cut at the end of the 64 samples instead of after each pulse, so that a cell pressed against one
ends closer to it. Soft bounds need no cutting. Cells with steep steps, or with |kappa| > 8, are walked in order, as in
``sequential``.
"""

from typing import Any

import numpy as np

from crossbar.kernels.affine import ROWS, joined, load, random, store
from crossbar.kernels.compiling import compiled, inlined
from crossbar.kernels.counting import SIZE, block, count
from crossbar.kernels.streams import normal

_ONE, _HALF = np.float32(1.0), np.float32(0.5)
_TWO, _FOUR = np.float32(2.0), np.float32(4.0)
_SIXTH, _24TH, _120TH, _720TH = np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120), np.float32(1 / 720)
_KAPPA = np.float32(8.0)


@inlined
def _phi(kappa: Any) -> Any:
    """(1 - e^-kappa) / kappa from its series at kappa / 16 by four doublings, phi(2 x) = phi(x) (1 + e^-x) / 2; for |kappa| <= 8."""
    x = kappa * np.float32(1 / 16)
    phi = _ONE - x * (_HALF - x * (_SIXTH - x * (_24TH - x * (_120TH - x * _720TH))))
    phi = phi * (_ONE - _HALF * x * phi)
    phi = phi * (_ONE - x * phi)
    phi = phi * (_ONE - _TWO * x * phi)
    return phi * (_ONE - _FOUR * x * phi)


@inlined
def _drift(cells: int, size: int, relative: Any, absolute: Any, u: Any, s: Any) -> None:
    """m becomes the mean and v the variance of a block's weights after its pulses; kappa beyond the series makes a cell steep."""
    for j in range(cells):
        up, every = np.float32(np.int32(u[j])), np.float32(np.int32(u[size + j]))
        down = every - up
        a_up, a_down, r_up, r_down = s[4 * size + j], s[5 * size + j], s[6 * size + j], s[7 * size + j]
        kappa = -(up * r_up + down * r_down)
        m = s[j]
        phi = _phi(kappa)
        decay = _ONE - kappa * phi
        moved = (up * a_up + down * a_down - kappa * m) * phi
        seen = m + moved - moved * decay / (_ONE + decay)
        step_up, step_down = a_up + r_up * seen, a_down + r_down * seen
        fresh = up * (relative * (step_up * step_up) + absolute * s[8 * size + j])
        fresh += down * (relative * (step_down * step_down) + absolute * s[9 * size + j])
        s[j] = m + moved
        s[size + j] = fresh * phi * (_ONE + decay) * _HALF
        s[10 * size + j] = up
        s[11 * size + j] = every
        s[12 * size + j] = s[12 * size + j] if abs(kappa) <= _KAPPA else np.float32(np.inf)


@inlined
def _draw(key_0: Any, key_1: Any, p_POI: Any, o: int, inputs: int, first: int, cells: int, size: int, h: Any, s: Any) -> None:
    """m becomes the drawn weight, cut at the bounds; v becomes negative where the cell must be walked."""
    low, high = p_POI[0, o, first : first + cells], p_POI[1, o, first : first + cells]
    random(key_0, key_1, np.uint64(o * inputs + first), cells, size, h)
    for j in range(cells):
        w = s[j] + np.float32(np.sqrt(s[size + j])) * normal(joined(h[j], h[size + j]))
        s[j] = min(max(w, low[j]), high[j])
        s[size + j] = _ONE if s[12 * size + j] < np.float32(np.inf) else -_ONE


@compiled
def batched(
    stream: Any, sums: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, first_slot: int, width: int,
    begin: int, end: int, w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end`` of words of any width."""
    words, inputs = x_WI.shape
    key_0, key_1 = sums
    relative, absolute = g[0] * g[0], g[1] * g[1]
    length = block(inputs)
    s = np.empty(ROWS * SIZE, np.float32)
    u = np.empty(3 * SIZE, x_WI.dtype)  # up pulses, all pulses, pairs
    h = np.empty(2 * SIZE, np.uint32)
    at_W = np.empty(words, np.int64)
    at, xi = np.empty(words * width, np.uint64), np.empty(words * width, np.float32)
    for first in range(0, inputs, length):
        cells = min(length, inputs - first)
        for o in range(begin, end):
            load(p_POI, w_OI, o, first, cells, SIZE, g[0], s)
            count(x_WI, x_negative_WI, d_WO, d_negative_WO, 0, words, o, first, cells, SIZE, at_W, u)
            _drift(cells, SIZE, relative, absolute, u, s)
            _draw(key_0, key_1, p_POI, o, inputs, first, cells, SIZE, h, s)
            store(
                stream, x_WI, x_negative_WI, d_WO, d_negative_WO, first_slot, width, o, first, cells,
                SIZE, s, at, xi, w_OI, p_POI, g, up_OI, down_OI,
            )  # fmt: skip

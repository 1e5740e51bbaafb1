"""Affine cells, order ``batched``: the net of 64 samples from the numbers of up and down pulses alone.

The pulses are exactly those of ``sequential``: same trains, same counts. Their order is not kept; they act as if evenly mixed. A pulse
multiplies w - w* by 1 + b, which is the flow dw/dt = a~ + b~ w for one unit of time, a~ = a r, b~ = b r, r = log(1 + b) / b. The flows of
n up and n' down pulses at once give, with kappa = -(n b~ + n' b~'), beta = n a~ + n' a~' and phi = (1 - e^-kappa) / kappa,

    w_T = w + (beta - kappa w) phi,    var = phi(2 kappa) (n sigma_m^2 (a + b w_s)^2 + n sigma_a^2 c^2 + the same of down),

where w_s = w_T + (w - w_T) e^-kappa / (1 + e^-kappa) is the weight that the noise sees on average. What this changes: the weight misses
the part that depends on the order of the pulses, at most n n' |a b' - a' b|, whose mean is 0 where samples come in random order (a
relative n b of the move), and hard bounds cut at the end of the 64 samples instead of after each pulse, so that a cell pressed against one
ends closer to it. Soft bounds need no cutting. Cells with steep steps, or with |kappa| > 8, are walked in order, as in
``sequential``.
"""

from typing import Any

import numpy as np

from crossbar.kernels.affine import load, store, too_steep
from crossbar.kernels.compiling import compiled, inlined
from crossbar.kernels.streams import bits, normal
from crossbar.kernels.words import popcount

_BLOCK = 256
_ONE, _HALF = np.float32(1.0), np.float32(0.5)
_TWO, _FOUR = np.float32(2.0), np.float32(4.0)
_SIXTH, _24TH, _120TH, _720TH = np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120), np.float32(1 / 720)
_KAPPA = np.float32(8.0)


@inlined
def _rate(b: Any) -> Any:
    """log(1 + b) / b to b^4 / 5."""
    return _ONE - b * (_HALF - b * (np.float32(1 / 3) - b * np.float32(0.25)))


@inlined
def _phi(kappa: Any) -> Any:
    """(1 - e^-kappa) / kappa from its series at kappa / 16 by four doublings, phi(2 x) = phi(x) (1 + e^-x) / 2; for |kappa| <= 8."""
    x = kappa * np.float32(1 / 16)
    phi = _ONE - x * (_HALF - x * (_SIXTH - x * (_24TH - x * (_120TH - x * _720TH))))
    phi = phi * (_ONE - _HALF * x * phi)
    phi = phi * (_ONE - x * phi)
    phi = phi * (_ONE - _TWO * x * phi)
    return phi * (_ONE - _FOUR * x * phi)


@compiled
def batched(
    stream: Any, sums: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, first_slot: int, width: int,
    begin: int, end: int, w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end`` of words of either width."""
    inputs = w_OI.shape[1]
    key_0, key_1 = sums
    relative, absolute = g[0] * g[0], g[1] * g[1]
    s = np.empty(12 * _BLOCK, np.float32)
    u = np.empty(2 * _BLOCK, x_WI.dtype)  # up pulses, all pulses
    for o in range(begin, end):
        for first in range(0, inputs, _BLOCK):
            cells = min(_BLOCK, inputs - first)
            load(p_POI, w_OI, o, first, cells, _BLOCK, s)
            u[:] = 0
            for word in range(x_WI.shape[0]):
                d, d_negative = d_WO[word, o], d_negative_WO[word, o]
                if d == 0:
                    continue
                x, x_negative = x_WI[word, first : first + cells], x_negative_WI[word, first : first + cells]
                for j in range(cells):
                    pulses = type(d)(x[j] & d)
                    u[j] += popcount(type(d)(pulses & (x_negative[j] ^ d_negative)))
                    u[_BLOCK + j] += popcount(pulses)
            low, high = p_POI[0, o, first : first + cells], p_POI[1, o, first : first + cells]
            counter = np.uint64(o * inputs + first)
            for j in range(cells):
                ups, both = np.float32(np.int64(u[j])), np.float32(np.int64(u[_BLOCK + j]))
                downs = both - ups
                a_up, a_down, b_up, b_down = s[4 * _BLOCK + j], s[5 * _BLOCK + j], s[6 * _BLOCK + j], s[7 * _BLOCK + j]
                r_up, r_down = _rate(b_up), _rate(b_down)
                kappa = -(ups * b_up * r_up + downs * b_down * r_down)
                w = s[j]
                phi = _phi(kappa)
                decay = _ONE - kappa * phi
                moved = (ups * a_up * r_up + downs * a_down * r_down - kappa * w) * phi
                seen = w + moved - moved * decay / (_ONE + decay)
                step_up, step_down = a_up + b_up * seen, a_down + b_down * seen
                fresh = relative * (ups * step_up * step_up + downs * step_down * step_down)
                fresh += absolute * (ups * s[8 * _BLOCK + j] * s[8 * _BLOCK + j] + downs * s[9 * _BLOCK + j] * s[9 * _BLOCK + j])
                deviation = np.float32(np.sqrt(fresh * phi * (_ONE + decay) * _HALF))
                w = w + moved + deviation * normal(bits(key_0, key_1, counter + np.uint64(j)))
                s[j] = min(max(w, low[j]), high[j])
                steep = too_steep(b_up, b_down, g[0]) | (abs(kappa) > _KAPPA)
                s[_BLOCK + j] = np.float32(-1.0) if steep else _ONE
                s[10 * _BLOCK + j] = ups
                s[11 * _BLOCK + j] = both
            store(
                stream, x_WI, x_negative_WI, d_WO, d_negative_WO, first_slot, width, o, first, cells,
                _BLOCK, s, w_OI, p_POI, g, up_OI, down_OI,
            )  # fmt: skip

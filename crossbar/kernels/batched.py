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

from crossbar.kernels.affine import mostly_steep, rate, steep, step
from crossbar.kernels.compiling import apart, inlined
from crossbar.kernels.counting import SIZE, active, block, total
from crossbar.kernels.pairs import fill_normals
from crossbar.kernels.slots import every
from crossbar.kernels.walking import WAITING, listed, place

_ONE, _HALF = np.float32(1.0), np.float32(0.5)
_TWO, _FOUR = np.float32(2.0), np.float32(4.0)
_SIXTH, _24TH, _120TH, _720TH = np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120), np.float32(1 / 720)
_KAPPA = np.float32(8.0)
_walk, _every = listed(step), every(step)


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
def _net(
    p_POI: Any, w_OI: Any, o: int, first: int, cells: int, relative: Any, absolute: Any, skew: Any, u: Any, xi_C: Any, walked_C: Any,
    up_OI: Any, down_OI: Any,
) -> Any:  # fmt: skip
    """Draw the weights of a block's cells after their pulses and count those; the number of cells that must be walked instead."""
    after = first + cells
    noise = 6 if p_POI.shape[0] == 8 else 2  # the rows of c
    low_C, high_C = p_POI[0, o, first:after], p_POI[1, o, first:after]
    a_up_C, a_down_C = p_POI[2, o, first:after], p_POI[3, o, first:after]
    b_up_C, b_down_C = p_POI[4, o, first:after], p_POI[5, o, first:after]
    c_up_C, c_down_C = p_POI[noise, o, first:after], p_POI[noise + 1, o, first:after]
    w_C, pulses_up_C, pulses_down_C = w_OI[o, first:after], up_OI[o, first:after], down_OI[o, first:after]
    up_C, every_C = u[:cells], u[SIZE : SIZE + cells]
    walks = np.int32(0)
    for j in range(cells):
        n_up, n = np.int32(up_C[j]), np.int32(every_C[j])
        n_down = np.int32(n - n_up)  # sums of 32-bit integers have 64 bits in numba, which would halve the vectors
        up, down = np.float32(n_up), np.float32(n_down)
        pulses_up_C[j] += np.uint32(n_up)
        pulses_down_C[j] += np.uint32(n_down)
        w, b_up, b_down = w_C[j], b_up_C[j], b_down_C[j]
        rate_up, rate_down = rate(b_up), rate(-b_down)
        a_up, a_down, r_up, r_down = a_up_C[j] * rate_up, -a_down_C[j] * rate_down, b_up * rate_up, -b_down * rate_down
        kappa = -(up * r_up + down * r_down)
        phi = _phi(kappa)
        decay = _ONE - kappa * phi
        moved = (up * a_up + down * a_down - kappa * w) * phi
        seen = w + moved - moved * decay / (_ONE + decay)
        step_up, step_down = a_up + r_up * seen, a_down + r_down * seen
        fresh = up * (relative * (step_up * step_up) + absolute * (c_up_C[j] * c_up_C[j]))
        fresh += down * (relative * (step_down * step_down) + absolute * (c_down_C[j] * c_down_C[j]))
        deviation = np.float32(np.sqrt(fresh * phi * (_ONE + decay) * _HALF))
        drawn = min(max(w + moved + deviation * xi_C[j], low_C[j]), high_C[j])
        is_walked = (steep(max(abs(b_up), abs(b_down)), skew) | (abs(kappa) > _KAPPA)) & (n > 0)
        w_C[j] = w if is_walked | (n == 0) else drawn
        walked_C[j] = is_walked
        walks = np.int32(walks + np.int32(is_walked))
    return walks


@apart
def batched(
    stream: Any, sums: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, number_S: Any, begin: int, end: int,
    w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end`` of words of any width."""
    if mostly_steep(p_POI, g[0]):
        _every(
            stream, sums, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, begin, end, w_OI, p_POI, g, up_OI, down_OI,
        )  # fmt: skip
        return
    words, inputs = x_WI.shape
    key_0, key_1 = sums
    relative, absolute = g[0] * g[0], g[1] * g[1]
    noisy = (relative != 0) | (absolute != 0)
    length = block(inputs)
    u = np.empty(2 * SIZE, x_WI.dtype)  # up pulses, all pulses
    normals_C, walked_C = np.zeros(SIZE, np.float32), np.empty(SIZE, np.uint8)
    at_W = np.empty(words + 1, np.int64)
    waiting, held = np.empty(WAITING, np.uint64), 0
    for first in range(0, inputs, length):
        cells = min(length, inputs - first)
        for o in range(begin, end):
            some = active(d_WO, 0, words, o, at_W)
            if some == 0:
                continue
            total(x_WI, x_negative_WI, d_WO, d_negative_WO, o, first, cells, at_W, some, u)
            if noisy:
                fill_normals(normals_C, cells, key_0, key_1, np.uint64(o * inputs + first))
            walks = _net(p_POI, w_OI, o, first, cells, relative, absolute, g[0], u, normals_C, walked_C, up_OI, down_OI)
            if walks > 0:
                for j in range(cells):
                    if walked_C[j]:
                        waiting[held] = place(o, first + j)
                        held += 1
            if held > WAITING - SIZE:
                _walk(stream, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, waiting, held, w_OI, p_POI, g)
                held = 0
    if held > 0:
        _walk(stream, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, waiting, held, w_OI, p_POI, g)

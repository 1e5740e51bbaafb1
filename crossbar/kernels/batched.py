"""Affine cells, order ``batched``: the net of 64 samples from the numbers of up and down pulses alone.

The pulses are exactly those of ``sequential``: same trains, same counts. Their order is not kept; they act as if evenly mixed: the flows
of ``crossbar.kernels.affine`` of n up and n' down pulses at once give, with kappa = -(n r + n' r'), beta = n a~ + n' a~' and
phi = (1 - e^-kappa) / kappa,

    w_T = w + (beta - kappa w) phi,    var = phi(2 kappa) (n sigma_m^2 (a + b w_s)^2 + n sigma_a^2 c^2 + the same of down),

where w_s = w + (w_T - w) / (1 + e^-kappa) is the weight that the noise sees on average. What this changes: the weight misses
the part that depends on the order of the pulses, at most n n' |a b' - a' b|, whose mean is 0 where samples come in random order (a
relative n b of the move), and hard bounds cut at the end of the 64 samples instead of after each pulse, so that a cell pressed against one
ends closer to it. Soft bounds need no cutting. Cells with steep steps, or with |kappa| > 8, are walked in order, as in
``sequential``. Sparse batches have small kappa: a first passage serves |kappa| <= 1/4, a second the other cells where there are any.
"""

import math
from typing import Any

import numpy as np

from crossbar.kernels.affine import mostly_steep, rate, steep, step
from crossbar.kernels.compiling import apart, bound, contracted, inlined
from crossbar.kernels.counting import SIZE, active, block, total
from crossbar.kernels.pairs import fill_normals
from crossbar.kernels.slots import every
from crossbar.kernels.walking import LANES, WAITING, listed, place
from crossbar.kernels.words import lowest

_ONE, _HALF, _TWO, _FOUR = np.float32(1.0), np.float32(0.5), np.float32(2.0), np.float32(4.0)
_SIXTH, _24TH, _120TH, _720TH = np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120), np.float32(1 / 720)
_QUARTER, _48TH, _480TH = np.float32(1 / 4), np.float32(1 / 48), np.float32(1 / 480)
_CACHED = 2**18  # bytes of trains that stay near a core beside the rows that pass
_SOON = 4 * LANES  # cells that wait are walked, while they are in the cache
_walk, _every = listed(step), every(step)
_rate = contracted(bound(rate.py_func, "contracted"))  # type: ignore[attr-defined]


@contracted
def _near(kappa: Any) -> Any:
    """phi = (1 - e^-kappa) / kappa and 1 / (1 + e^-kappa) from their series, for |kappa| <= 1/4: what they leave out is below 5e-8."""
    square = kappa * kappa
    phi = _ONE - kappa * (_HALF - kappa * (_SIXTH - kappa * (_24TH - kappa * (_120TH - kappa * _720TH))))
    return phi, _HALF + kappa * (_QUARTER - square * (_48TH - square * _480TH))


@contracted
def _far(kappa: Any) -> Any:
    """The same for |kappa| <= 8: the series at kappa / 16 and four doublings, phi(2 x) = phi(x) (1 + e^-x) / 2."""
    x = kappa * np.float32(1 / 16)
    phi = _ONE - x * (_HALF - x * (_SIXTH - x * (_24TH - x * (_120TH - x * _720TH))))
    phi = phi * (_ONE - _HALF * x * phi)
    phi = phi * (_ONE - x * phi)
    phi = phi * (_ONE - _TWO * x * phi)
    phi = phi * (_ONE - _FOUR * x * phi)
    return phi, _ONE / (_TWO - kappa * phi)


functions: Any = None  # open: of kappa, for |kappa| <= reach
reach: Any = None
counts: Any = None  # open: whether pulses are still to be counted


def _net(
    p_POI: Any, w_OI: Any, o: int, first: int, cells: int, relative: Any, absolute: Any, skew: Any, u: Any, xi_C: Any,
    up_OI: Any, down_OI: Any, left_C: Any,
) -> Any:  # fmt: skip
    """Draw the weights of the cells that are left in a block, but for steep ones and |kappa| > reach; how many the latter alone leaves."""
    after = first + cells
    noise = 6 if p_POI.shape[0] == 8 else 2  # the rows of c
    low_C, high_C = p_POI[0, o, first:after], p_POI[1, o, first:after]
    a_up_C, a_down_C = p_POI[2, o, first:after], p_POI[3, o, first:after]
    b_up_C, b_down_C = p_POI[4, o, first:after], p_POI[5, o, first:after]
    c_up_C, c_down_C = p_POI[noise, o, first:after], p_POI[noise + 1, o, first:after]
    w_C, up_C, every_C = w_OI[o, first:after], u[:cells], u[SIZE : SIZE + cells]
    pulses_up_C, pulses_down_C = up_OI[o, first:after], down_OI[o, first:after]
    beyond = np.int32(0)
    for j in range(cells):
        n_up, n = np.int32(up_C[j]), np.int32(every_C[j])
        n_down = np.int32(n - n_up)  # sums of 32-bit integers have 64 bits in numba, which would halve the vectors
        up, down = np.float32(n_up), np.float32(n_down)
        if counts:
            pulses_up_C[j] += np.uint32(n_up)
            pulses_down_C[j] += np.uint32(n_down)
            is_left = n != 0
        else:
            is_left = left_C[j] != 0
        w, b_up, b_down = w_C[j], b_up_C[j], b_down_C[j]
        rate_up, rate_down = _rate(b_up), _rate(-b_down)
        a_up, a_down, r_up, r_down = a_up_C[j] * rate_up, -a_down_C[j] * rate_down, b_up * rate_up, -b_down * rate_down
        kappa = -(up * r_up + down * r_down)
        phi, share = functions(kappa)
        moved = (up * a_up + down * a_down - kappa * w) * phi
        seen = w + moved * share
        step_up, step_down = a_up + r_up * seen, a_down + r_down * seen
        fresh = up * (relative * (step_up * step_up) + absolute * (c_up_C[j] * c_up_C[j]))
        fresh += down * (relative * (step_down * step_down) + absolute * (c_down_C[j] * c_down_C[j]))
        deviation = np.float32(math.sqrt(fresh * phi * (_ONE - _HALF * kappa * phi)))
        drawn = min(max(w + moved + deviation * xi_C[j], low_C[j]), high_C[j])
        is_flat = not steep(max(abs(b_up), abs(b_down)), skew)
        is_drawn = is_flat & is_left & (abs(kappa) <= reach)
        w_C[j] = drawn if is_drawn else w
        left_C[j] = is_left & (not is_drawn)
        beyond = np.int32(beyond + np.int32(is_flat & is_left & (not is_drawn)))
    return beyond


_net_near = contracted(bound(_net, "near", functions=_near, reach=np.float32(1 / 4), counts=True))
_net_far = contracted(bound(_net, "far", functions=_far, reach=np.float32(8.0), counts=False))


@inlined
def _list(left_C: Any, eight_E: Any, o: int, first: int, waiting: Any, held: int) -> int:
    """Put the cells that are left, eight flags in a word, on the list, and forget them; how many it holds then."""
    for e in range(len(eight_E)):
        flags = eight_E[e]
        while flags != 0:
            waiting[held] = place(o, first + 8 * e + np.int64(lowest(flags)) // 8)
            held += 1
            flags &= flags - np.uint64(1)
        eight_E[e] = 0
    return held


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
    normals_C, left_C, at_W = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.uint8), np.empty(words + 1, np.int64)
    eight_E = left_C.view(np.uint64)
    waiting, held = np.empty(WAITING, np.uint64), 0
    wide = length * max(1, _CACHED // (2 * x_WI.itemsize * words * length))
    for band in range(0, inputs, wide):
        for o in range(begin, end):
            some = active(d_WO, 0, words, o, at_W)
            for first in range(band, min(band + wide, inputs) if some > 0 else band, length):
                cells = min(length, inputs - first)
                total(x_WI, x_negative_WI, d_WO, d_negative_WO, o, first, cells, at_W, some, u)
                if noisy:
                    fill_normals(normals_C, cells, key_0, key_1, np.uint64(o * inputs + first))
                own = (p_POI, w_OI, o, first, cells, relative, absolute, g[0], u, normals_C, up_OI, down_OI, left_C)
                if _net_near(*own) > 0:
                    _net_far(*own)
                held = _list(left_C, eight_E, o, first, waiting, held)
                if held >= _SOON:
                    whole = held - held % LANES
                    _walk(stream, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, waiting, whole, w_OI, p_POI, g)
                    waiting[: held - whole] = waiting[whole:held]
                    held -= whole
    if held > 0:
        _walk(stream, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, waiting, held, w_OI, p_POI, g)

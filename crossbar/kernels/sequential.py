"""Affine cells, order ``sequential``, which is aihwkit's law and the default: every pulse in the order of its slot.

The pulses of one word and cell have one sign. A group of words has n up pulses, n' down pulses, and q pairs of an up pulse before a down
pulse. In the flows of ``crossbar.kernels.affine``, with lambda = n r + n' r' and phi = (e^lambda - 1) / lambda,

    m' = m + (n (a~ + r m) + n' (a~' + r' m)) phi + (q - n n' / 2) (a~ r' - a~' r) e^(lambda / 2).

The first part is the flow of evenly mixed pulses. The second is their order, to second order in the slopes: by Green's theorem in the plane
of pulses so far, (n, n'), the path of the pulses and the straight line differ by the integral of e^(lambda - r n - r' n') over the area
between them, times a~ r' - a~' r, and that area is q - n n' / 2. Taking the integrand at the middle misses at most a fraction kappa^2 / 16
of the gross move, kappa = (n + n') max |b|, in the worst order of all; at random orders it misses about kappa^2 / (28 sqrt(n + n')). Groups
end where their mean kappa would pass ``_MEAN``; a cell that passes ``_MOST`` all the same is walked pulse by pulse. A word alone is exact:
q = n n' = 0. The variance is that of the evenly mixed flow, to relative order kappa r.
"""

from typing import Any

import numpy as np

from crossbar.kernels.affine import ROWS, finish, load, mostly_steep, step
from crossbar.kernels.compiling import apart, inlined
from crossbar.kernels.counting import SIZE, block, count, shares
from crossbar.kernels.slots import every
from crossbar.kernels.walking import WAITING, listed, place
from crossbar.kernels.words import popcount

_MEAN = np.float32(1 / 128)
_MOST = np.float32(1 / 16)
_PULSES = 510  # pairs of as many pulses fit in 16 bits
_ONE, _HALF = np.float32(1.0), np.float32(0.5)
_THIRD, _FOURTH, _FIFTH = np.float32(1 / 3), np.float32(0.25), np.float32(0.2)
_walk, _every = listed(step), every(step)


@inlined
def _group(begin: int, d_WO: Any, o: int, some_W: Any, share_W: Any, slope: Any) -> Any:
    """End of the group of words that begins here: its expected pulses stay below what the block's mean slope allows."""
    expected, most = np.float32(0.0), np.int64(0)
    word = begin
    while word < d_WO.shape[0]:
        pulses = np.int64(popcount(type(d_WO[word, o])(d_WO[word, o] & some_W[word])))
        expected += np.float32(pulses) * share_W[word]
        most += pulses
        if word > begin and (expected * slope > _MEAN or most > _PULSES):
            break
        word += 1
    return word


@inlined
def _advance(cells: int, size: int, relative: Any, absolute: Any, u: Any, s: Any) -> None:
    """Mean, variance and extremes of a block's cells after one group; its pulses are added to the block's."""
    for j in range(cells):
        up, every, pairs = np.float32(np.int32(u[j])), np.float32(np.int32(u[size + j])), np.float32(np.int32(u[2 * size + j]))
        down = every - up
        a_up, a_down, r_up, r_down = s[4 * size + j], s[5 * size + j], s[6 * size + j], s[7 * size + j]
        m, v = s[j], s[size + j]
        raised, lowered = up * (a_up + r_up * m), down * (a_down + r_down * m)
        flow = up * r_up + down * r_down
        phi = _ONE + _HALF * flow * (_ONE + _THIRD * flow * (_ONE + _FOURTH * flow * (_ONE + _FIFTH * flow)))
        moved = (raised + lowered) * phi
        growth = _ONE + flow * phi
        seen = m + moved * (_HALF - _FOURTH * flow)  # the weight that the noise sees on average
        step_up, step_down = a_up + r_up * seen, a_down + r_down * seen
        fresh = up * (_ONE - r_up) * (relative * (step_up * step_up) + absolute * s[8 * size + j])
        fresh += down * (_ONE - r_down) * (relative * (step_down * step_down) + absolute * s[9 * size + j])
        kept = growth * growth + relative * (up * (r_up * r_up) + down * (r_down * r_down))
        order = (pairs - _HALF * (up * down)) * (a_up * r_down - a_down * r_up) * (_ONE + _HALF * flow)
        s[j] = m + moved + order
        s[size + j] = v * kept + fresh * phi * (_HALF + _HALF * growth)
        kappa = every * s[12 * size + j]
        room = _ONE + kappa  # steps may grow on the way
        s[2 * size + j] = min(s[2 * size + j], m + room * (min(raised, np.float32(0.0)) + min(lowered, np.float32(0.0))))
        s[3 * size + j] = max(s[3 * size + j], m + room * (max(raised, np.float32(0.0)) + max(lowered, np.float32(0.0))))
        s[12 * size + j] = s[12 * size + j] if kappa <= _MOST else np.float32(np.inf)
        s[10 * size + j] += up
        s[11 * size + j] += every


@inlined
def _alone(
    word: int, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, o: int, first: int, cells: int, size: int,
    relative: Any, absolute: Any, s: Any,
) -> None:  # fmt: skip
    """``_advance`` after one word, whose pulses have one sign per cell."""
    d, d_negative = d_WO[word, o], d_negative_WO[word, o]
    if d == 0:
        return
    x, x_negative = x_WI[word, first : first + cells], x_negative_WI[word, first : first + cells]
    for j in range(cells):
        together = type(d)(x[j] & d)
        is_up = type(d)(together & (x_negative[j] ^ d_negative)) != 0
        a_up, a_down = s[4 * size + j], s[5 * size + j]  # both are read, so that no pointer depends on the data
        r_up, r_down = s[6 * size + j], s[7 * size + j]
        c_up, c_down = s[8 * size + j], s[9 * size + j]
        a = a_up if is_up else a_down
        r = r_up if is_up else r_down
        c = c_up if is_up else c_down
        n = np.float32(np.int32(popcount(together)))
        flow = n * r
        phi = _ONE + _HALF * flow * (_ONE + _THIRD * flow * (_ONE + _FOURTH * flow * (_ONE + _FIFTH * flow)))
        m, v = s[j], s[size + j]
        moved = n * phi * (a + r * m)
        growth = _ONE + flow * phi
        change = a + r * (m + moved * (_HALF - _FOURTH * flow))
        fresh = n * (_ONE - r) * (relative * (change * change) + absolute * c)
        m = m + moved
        s[j] = m
        s[size + j] = v * (growth * growth + relative * flow * r) + fresh * phi * (_HALF + _HALF * growth)
        s[2 * size + j] = min(s[2 * size + j], m)
        s[3 * size + j] = max(s[3 * size + j], m)
        s[10 * size + j] += n if is_up else np.float32(0.0)
        s[11 * size + j] += n


@apart
def sequential(
    stream: Any, sums: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, number_S: Any, begin: int, end: int,
    w_OI: Any, p_POI: Any, g: Any, up_OI: Any, down_OI: Any,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end``; no word may hold slots of two samples."""
    if mostly_steep(p_POI, g[0]):
        _every(
            stream, sums, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, begin, end, w_OI, p_POI, g, up_OI, down_OI,
        )  # fmt: skip
        return
    words, inputs = x_WI.shape
    key_0, key_1 = sums
    relative, absolute = g[0] * g[0], g[1] * g[1]
    length = block(inputs)
    s = np.empty(ROWS * SIZE, np.float32)
    u = np.empty(3 * SIZE, x_WI.dtype)
    h = np.empty(2 * SIZE, np.uint32)
    at_W = np.empty(words, np.int64)
    waiting, held = np.empty(WAITING, np.uint64), 0
    some_W, share_W = np.empty(words, x_WI.dtype), np.empty(words, np.float32)
    for first in range(0, inputs, length):
        cells = min(length, inputs - first)
        shares(x_WI, first, cells, some_W, share_W)
        for o in range(begin, end):
            slope = load(p_POI, w_OI, o, first, cells, SIZE, g[0], s)
            word = 0
            while word < words:
                last = _group(word, d_WO, o, some_W, share_W, slope)
                if last == word + 1:
                    _alone(word, x_WI, x_negative_WI, d_WO, d_negative_WO, o, first, cells, SIZE, relative, absolute, s)
                else:
                    count(x_WI, x_negative_WI, d_WO, d_negative_WO, word, last, o, first, cells, SIZE, at_W, u)
                    _advance(cells, SIZE, relative, absolute, u, s)
                word = last
            if finish(key_0, key_1, o, inputs, first, cells, SIZE, h, s, w_OI, p_POI, up_OI, down_OI) > 0:
                for j in range(cells):
                    waiting[held] = place(o, first + j)
                    held += 1 if s[SIZE + j] > 0 else 0
            if held > WAITING - SIZE:
                _walk(stream, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, waiting, held, w_OI, p_POI, g)
                held = 0
    if held > 0:
        _walk(stream, x_WI, x_negative_WI, d_WO, d_negative_WO, number_S, waiting, held, w_OI, p_POI, g)

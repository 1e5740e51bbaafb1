"""Cells whose step is affine in the weight: ConstantStep, LinearStep, SoftBounds, SoftBoundsReference.

A pulse up is w <- w + (a + b w)(1 + sigma_m xi) + c sigma_a xi, a pulse down the same with minus signs, then the bounds. Per cell p:
0 low, 1 high, 2 a up, 3 a down, 4 b up, 5 b down, and 6 c up, 7 c down where c is not a. Per chip g: sigma_m, sigma_a.

Along the pulses of a batch, in their order, the mean m and the variance v of w obey exactly

    m <- m +- (a + b m),    v <- v ((1 +- b)^2 + sigma_m^2 b^2) + sigma_m^2 (a + b m)^2 + sigma_a^2 c^2

as long as no bound is touched. So ``sequential`` carries m and v over groups of samples and draws once per cell and piece of the batch,
w = m + sqrt(v) xi. That is the very distribution of the pulse-by-pulse sum where the noise is additive or b = 0; otherwise it has a
skewness of about 3 sigma_m b. A cell is walked pulse by pulse where that could exceed 0.015, where its slope b exceeds 0.025, and where its
path comes within 6 sigma of a bound.

A pulse multiplies w - w* by 1 + b, which is the flow dw/dt = a~ + r w for one unit of time, with r = log(1 + b) and a~ = a r / b. The
kernels work with a~ and r.
"""

from typing import Any

import numpy as np

from crossbar.kernels.compiling import compiled, inlined
from crossbar.kernels.streams import bits, normal

_SKEW = np.float32(0.005)  # largest sigma_m b
_SLOPE = np.float32(0.025)  # largest b: 32 pulses of one sign then change the step by a factor of 2
_ONE_F, _HALF = np.float32(1.0), np.float32(0.5)


@inlined
def step(w: Any, is_down: Any, xi: Any, p: Any, o: int, i: int, g: Any) -> Any:
    """The weight after one pulse, before the bounds."""
    noise = p.shape[0] - 2 if p.shape[0] == 8 else 2  # the rows of c
    a_up, a_down, b_up, b_down = p[2, o, i], p[3, o, i], p[4, o, i], p[5, o, i]
    c_up, c_down = p[noise, o, i], p[noise + 1, o, i]  # all are read, so that no address depends on the data
    a, b, c = (a_down, b_down, c_down) if is_down else (a_up, b_up, c_up)
    change = (a + b * w) * (np.float32(1.0) + g[0] * xi) + c * (g[1] * xi)
    return w - change if is_down else w + change


ROWS = 13  # of a block's scratch


@inlined
def rate(b: Any) -> Any:
    """log(1 + b) / b to b^4 / 5."""
    return _ONE_F - b * (_HALF - b * (np.float32(1 / 3) - b * np.float32(0.25)))


@inlined
def steep(slope: Any, relative: Any) -> Any:
    """Whether mean and variance cannot stand for the pulses of a cell with max |b| = slope."""
    return slope > min(_SLOPE, _SKEW / relative)  # infinite without noise


@inlined
def mostly_steep(p_POI: Any, relative: Any) -> Any:
    """Whether most cells of a chip must be walked, as its first ones tell: all of them then are, which is exact for any cell."""
    cells = min(p_POI.shape[2], 512)
    steeps = 0
    for i in range(cells):
        steeps += 1 if steep(max(abs(p_POI[4, 0, i]), abs(p_POI[5, 0, i])), relative) else 0
    return 2 * steeps > cells


@compiled
def all_steep(p_KPOI: Any, g_KG: Any) -> bool:
    """Whether ``mostly_steep`` holds for all chips."""
    every = True
    for k in range(len(p_KPOI)):
        every &= mostly_steep(p_KPOI[k], g_KG[k, 0])
    return every


@inlined
def load(p_POI: Any, w_OI: Any, o: int, first: int, cells: int, size: int, relative: Any, s: Any) -> Any:
    """Fill a block's scratch; return its mean slope.

    0 m, 1 v, 2 least m, 3 most m, 4 to 9 a~, r, c^2, each up and then down (a~ and r with their signs), 10 up pulses, 11 all pulses,
    12 the slope max |b|, or infinity where mean and variance cannot stand for the pulses. The numbers of a block lie behind each other in
    one array: compilers then see that they do not overlap, and make vector code.
    """
    w_C = w_OI[o, first : first + cells]
    noise = 6 if p_POI.shape[0] == 8 else 2  # the rows of c
    a_up, a_down = p_POI[2, o, first : first + cells], p_POI[3, o, first : first + cells]
    b_up, b_down = p_POI[4, o, first : first + cells], p_POI[5, o, first : first + cells]
    c_up, c_down = p_POI[noise, o, first : first + cells], p_POI[noise + 1, o, first : first + cells]
    for j in range(cells):
        s[j] = w_C[j]
        s[size + j] = np.float32(0.0)
        s[2 * size + j] = w_C[j]
        s[3 * size + j] = w_C[j]
        rate_up, rate_down = rate(b_up[j]), rate(-b_down[j])
        s[4 * size + j] = a_up[j] * rate_up
        s[5 * size + j] = -a_down[j] * rate_down
        s[6 * size + j] = b_up[j] * rate_up
        s[7 * size + j] = -b_down[j] * rate_down
        s[8 * size + j] = c_up[j] * c_up[j]
        s[9 * size + j] = c_down[j] * c_down[j]
        s[10 * size + j] = np.float32(0.0)
        s[11 * size + j] = np.float32(0.0)
        slope = max(abs(b_up[j]), abs(b_down[j]))
        s[12 * size + j] = np.float32(np.inf) if steep(slope, relative) else slope
    total, count = np.float32(0.0), 0
    for j in range(cells):
        if s[12 * size + j] <= _SLOPE:
            total += s[12 * size + j]
            count += 1
    return total / np.float32(max(count, 1))


@inlined
def random(key_0: Any, key_1: Any, counter: Any, cells: int, size: int, h: Any) -> None:
    """The random words of a block in two halves, so that what is made of them can be vector code of 32-bit numbers throughout."""
    for j in range(cells):
        word = bits(key_0, key_1, counter + np.uint64(j))
        h[j] = np.uint32(word >> np.uint64(32))
        h[size + j] = np.uint32(word)


@inlined
def joined(high: Any, low: Any) -> Any:
    """The word of two halves."""
    return (np.uint64(high) << np.uint64(32)) | np.uint64(low)


@inlined
def finish(
    key_0: Any, key_1: Any, o: int, inputs: int, first: int, cells: int, size: int, h: Any, s: Any, w_OI: Any, p_POI: Any, up_OI: Any,
    down_OI: Any,
) -> Any:  # fmt: skip
    """Draw the weights of a block's cells and count their pulses; the number of cells that must be walked instead, where v becomes 1."""
    after = first + cells
    low, high, w_C = p_POI[0, o, first:after], p_POI[1, o, first:after], w_OI[o, first:after]
    up_C, down_C = up_OI[o, first:after], down_OI[o, first:after]
    random(key_0, key_1, np.uint64(o * inputs + first), cells, size, h)
    walks = np.int32(0)
    for j in range(cells):
        deviation = np.float32(np.sqrt(s[size + j]))
        drawn = s[j] + deviation * normal(joined(h[j], h[size + j]))
        distance = min(s[2 * size + j] - low[j], high[j] - s[3 * size + j]) - np.float32(6.0) * deviation
        stands = s[12 * size + j] <= _SLOPE
        up_C[j] += np.uint32(s[10 * size + j])
        down_C[j] += np.uint32(s[11 * size + j] - s[10 * size + j])
        w_C[j] = drawn if stands & (distance > 0) else w_C[j]
        is_walked = ((not stands) | (distance <= 0)) & (s[11 * size + j] > 0)
        s[size + j] = np.float32(1.0) if is_walked else np.float32(0.0)
        walks = np.int32(walks + np.int32(is_walked))
    return walks

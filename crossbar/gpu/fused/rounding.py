"""Rounding of converters in Triton."""

import triton
import triton.language as tl

from crossbar.gpu.fused.streams import bits, uniform

_ONES: tl.constexpr = tl.constexpr(0xFFFFFFFFFFFFFFFF)
_WHOLE: tl.constexpr = tl.constexpr(12582912.0)  # 1.5 2^23: adding it rounds numbers below 2^22 to whole ones, half to even


@triton.jit
def rounded(v):
    """To whole numbers, half to even."""
    return tl.where(tl.abs(v) < 4194304.0, (v + _WHOLE) - _WHOLE, v)


@triton.jit
def within(v, bound):
    """Within +-bound; what is not a number stays one."""
    above = tl.maximum(v, -bound, propagate_nan=tl.PropagateNan.ALL)
    return tl.minimum(above, bound, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def converted(v, one, two, counter, resolution, RES: tl.constexpr, RANDOM: tl.constexpr):
    """Rounded to whole steps of a converter."""
    if RES:
        v = tl.div_rn(v, resolution)
        if RANDOM:
            v = v + (uniform(bits(one, two ^ _ONES, counter)) - 0.5)
        v = rounded(v) * resolution
    return v

"""The weight after one pulse in Triton: ``crossbar.gpu.steps``."""

import triton
import triton.language as tl


@triton.jit
def stepped(w, is_down, xi, p0, p1, p2, p3, p4, p5, p6, p7, g, FORM: tl.constexpr, C: tl.constexpr, SECTIONS: tl.constexpr):
    """See ``crossbar.gpu.steps``."""
    if FORM == 0:
        change = (tl.where(is_down, p3, p2) + tl.where(is_down, p5, p4) * w) * (1.0 + tl.load(g) * xi)
        c = tl.where(is_down, p7, p6) if C else tl.where(is_down, p3, p2)
        change = change + c * (tl.load(g + 1) * xi)
        return tl.where(is_down, w - change, w + change)
    elif FORM == 1:
        z = w * p4 + tl.load(g + 7)
        down = -p3 * tl.maximum(1.0 - tl.load(g + 5) * tl.exp(-tl.load(g + 6) * z), 0.0)
        up = p2 * tl.maximum(1.0 - tl.load(g + 3) * tl.exp(tl.load(g + 4) * z), 0.0)
        change = tl.where(is_down, down, up)
        moved = w + change + tl.load(g) * (tl.abs(change) + tl.load(g + 1) + tl.load(g + 2) * tl.abs(w)) * xi
        return tl.where(p4 == 0.0, w, moved)
    elif FORM == 2:
        noise = 1.0 + tl.load(g) * xi
        base = tl.where(is_down, (w - p0) * p4, (p1 - w) * p4)
        exponent = tl.where(is_down, p6, p5)
        at_zero = tl.where(exponent > 0.0, 0.0, tl.where(exponent < 0.0, float("inf"), 1.0))
        power = tl.where(base > 0.0, tl.exp2(exponent * tl.log2(tl.where(base > 0.0, base, 1.0))), at_zero)
        return tl.where(p4 == 0.0, w, tl.where(is_down, w - p3 * power * noise, w + p2 * power * noise))
    else:
        noise = 1.0 + tl.load(g) * xi
        first = tl.where(is_down, 3 + SECTIONS, 2)
        node = tl.load(g + first)
        if SECTIONS > 0:
            place = tl.maximum((w - p0) * p4, 0.0)
            left = tl.minimum(place, SECTIONS - 1.0).to(tl.int32)
            share = tl.minimum(place - left.to(tl.float32), 1.0)
            between = (1.0 - share) * tl.load(g + first + left) + share * tl.load(g + first + left + 1)
            node = tl.where(p1 > p0, between, node)
        return tl.where(is_down, w - p3 * node * noise, w + p2 * node * noise)


@triton.jit
def parameters_of(p, at, cells, inside, ROWS: tl.constexpr):
    """The rows of a block of cells; what a law has not is 0."""
    p0 = tl.load(p + at, mask=inside, other=0.0)
    p1 = tl.load(p + cells + at, mask=inside, other=0.0)
    p2 = tl.load(p + 2 * cells + at, mask=inside, other=0.0)
    p3 = tl.load(p + 3 * cells + at, mask=inside, other=0.0)
    p4 = tl.load(p + 4 * cells + at, mask=inside, other=0.0)
    p5 = tl.load(p + 5 * cells + at, mask=inside & (ROWS > 5), other=0.0)
    p6 = tl.load(p + 6 * cells + at, mask=inside & (ROWS > 6), other=0.0)
    p7 = tl.load(p + 7 * cells + at, mask=inside & (ROWS > 7), other=0.0)
    return p0, p1, p2, p3, p4, p5, p6, p7

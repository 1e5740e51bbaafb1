"""What pulses, streams and converters do, as Triton kernels: one launch each for all chips, the same law as ``crossbar.gpu.plain``.

Products and sums are kept apart (no fused multiply-add) and roots are rounded to nearest, so that draws are those of the CPU bit for bit.
Every program works on cells or lines of one chip by numbers of its own, so that a chip's bits do not depend on the fleet.

Shapes: K chips, B samples, W words per line, O x I cells, M lines in, N lines out.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
import triton
import triton.language as tl
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.gpu.converters import Adc, Dac
from crossbar.gpu.plain import Pulsed
from crossbar.gpu.streams import Stream
from crossbar.gpu.trains import SLOTS, Plan

_FORMS = {"affine": 0, "exponential": 1, "power": 2, "piecewise": 3}
_START_0: tl.constexpr = tl.constexpr(0x243F6A8885A308D3)
_START_1: tl.constexpr = tl.constexpr(0x13198A2E03707344)
_GAMMA: tl.constexpr = tl.constexpr(0x9E3779B97F4A7C15)
_MIX_1: tl.constexpr = tl.constexpr(0xBF58476D1CE4E5B9)
_MIX_2: tl.constexpr = tl.constexpr(0x94D049BB133111EB)
_ONES: tl.constexpr = tl.constexpr(0xFFFFFFFFFFFFFFFF)
_WHOLE: tl.constexpr = tl.constexpr(12582912.0)  # 1.5 2^23: adding it rounds numbers below 2^22 to whole ones, half to even


@triton.jit
def _extended(z, part):
    z = z + _GAMMA + part
    z = (z ^ (z >> 30)) * _MIX_1
    z = (z ^ (z >> 27)) * _MIX_2
    return z ^ (z >> 31)


@triton.jit
def _started(seed, purpose, first, second, SECOND: tl.constexpr):
    """``key(seed, purpose, first[, second])``."""
    zero = seed ^ seed
    one = _extended(_extended(_extended(zero + _START_0, seed), purpose.to(tl.uint64)), first.to(tl.uint64))
    two = _extended(_extended(_extended(zero + _START_1, seed), purpose.to(tl.uint64)), first.to(tl.uint64))
    if SECOND:
        one = _extended(one, second.to(tl.uint64))
        two = _extended(two, second.to(tl.uint64))
    return one, two


@triton.jit
def _stream(seeds, k, purpose, first, second, under, part, SECOND: tl.constexpr, UNDER: tl.constexpr):
    """The key of a chip's ``Stream``."""
    one, two = _started(tl.load(seeds + k).to(tl.uint64, bitcast=True), purpose, first, second, SECOND)
    if UNDER:
        one, two = _started(one, under, part, part, False)
    return one, two


@triton.jit
def _bits(one, two, counter):
    z = one + counter * _GAMMA
    z = (z ^ (z >> 30)) * _MIX_1 + two
    z = (z ^ (z >> 27)) * _MIX_2
    return z ^ (z >> 31)


@triton.jit
def _uniform(h):
    return (h >> 40).to(tl.uint32).to(tl.float32) * 5.9604644775390625e-08


@triton.jit
def _minus_log(x):
    word = x.to(tl.int32, bitcast=True)
    exponent = (word - 0x3F3504F3) >> 23
    f = (word - (exponent << 23)).to(tl.float32, bitcast=True) - 1.0
    q = f * 7.0376836292e-2 + -1.1514610310e-1
    q = f * q + 1.1676998740e-1
    q = f * q + -1.2420140846e-1
    q = f * q + 1.4249322787e-1
    q = f * q + -1.6668057665e-1
    q = f * q + 2.0000714765e-1
    q = f * q + -2.4999993993e-1
    q = f * q + 3.3333331174e-1
    e = exponent.to(tl.float32)
    tail = f * f * (f * q - 0.5) - e * 2.12194440e-4
    return -(e * 0.693359375 + (f + tail))


@triton.jit
def _normal(h):
    p = ((h >> 32).to(tl.uint32).to(tl.float32) + 0.5) * 1.1641532182693481e-10
    w = _minus_log(p * 4.0 * (1.0 - p))
    v = w - 2.5
    q = v * 2.81022636e-08 + 3.43273939e-07
    q = v * q + -3.5233877e-06
    q = v * q + -4.39150654e-06
    q = v * q + 0.00021858087
    q = v * q + -0.00125372503
    q = v * q + -0.00417768164
    q = v * q + 0.246640727
    centre = v * q + 1.50140941
    v = tl.sqrt_rn(tl.maximum(w, 0.0)) - 3.0
    q = v * -0.000200214257 + 0.000100950558
    q = v * q + 0.00134934322
    q = v * q + -0.00367342844
    q = v * q + 0.00573950773
    q = v * q + -0.0076224613
    q = v * q + 0.00943887047
    q = v * q + 1.00167406
    tail = v * q + 2.83297682
    z = tl.where(w < 5.0, centre, tail) * (1.4142135623730951 - p * 2.8284271247461903)
    return z * (1.0 - (h & 1).to(tl.int32).to(tl.float32) * 2.0)


@triton.jit
def _rounded(v):
    """To whole numbers, half to even."""
    return tl.where(tl.abs(v) < 4194304.0, (v + _WHOLE) - _WHOLE, v)


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part"])
def _normals_kernel(
    out, seeds, purpose, first, second, under, part, size, SECOND: tl.constexpr, UNDER: tl.constexpr, BLOCK: tl.constexpr
):  # fmt: skip
    blocks = tl.cdiv(size, BLOCK)
    k = (tl.program_id(0) // blocks).to(tl.int64)
    at = (tl.program_id(0) % blocks).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    one, two = _stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    tl.store(out + k * size + at, _normal(_bits(one, two, at.to(tl.uint64))), mask=at < size)


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part", "samples"])
def _fill_kernel(
    out, v, gain, length, draw, seeds, purpose, first, second, under, part, samples, lines, resolution, wide,
    SECOND: tl.constexpr, UNDER: tl.constexpr, WORDS: tl.constexpr, RES: tl.constexpr, RANDOM: tl.constexpr, SLOTS: tl.constexpr,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """Trains of one sample's lines: words of ``SLOTS`` slots with the sign on top."""
    blocks = tl.cdiv(lines, BLOCK)
    row = (tl.program_id(0) // blocks).to(tl.int64)
    k = row // samples
    at = (tl.program_id(0) % blocks) * BLOCK + tl.arange(0, BLOCK)
    inside = at < lines
    one, two = _stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    value = tl.load(v + row * lines + at, mask=inside, other=0.0)
    slots = tl.load(length + row).to(tl.int32)
    counter = (tl.load(draw + row) * lines).to(tl.uint64) + at.to(tl.uint64)
    probability = tl.abs(value) * tl.load(gain + row)
    if RES:
        steps = tl.div_rn(probability, resolution)
        if RANDOM:
            steps = steps + (_uniform(_bits(one, two, counter)) - 0.5)
        probability = (_rounded(steps).to(tl.float64) * tl.load(wide)).to(tl.float32)
    threshold = tl.ceil(tl.minimum(tl.maximum(probability, 0.0), 1.0).to(tl.float64) * 4294967296.0).to(tl.uint64)
    for word in range(WORDS):
        pulses = tl.where(value < 0, -2147483648, 0).to(tl.int32)
        for place in range(SLOTS):
            slot = word * SLOTS + place
            if slot < slots:
                h = _bits(one, two, counter + tl.cast(1 + slot // 2, tl.uint64) * tl.cast(lines, tl.uint64))
                drawn = tl.where(slot % 2 == 0, h & 0xFFFFFFFF, h >> 32)
                pulses = pulses | ((drawn < threshold).to(tl.int32) << place)
        tl.store(out + (row * WORDS + word) * lines + at, pulses, mask=inside)


@triton.jit
def _step(w, is_down, xi, p0, p1, p2, p3, p4, p5, p6, p7, g, FORM: tl.constexpr, C: tl.constexpr, SECTIONS: tl.constexpr):
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
def _parameters(p, at, cells, inside, ROWS: tl.constexpr):
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


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part", "words"])
def _walk_kernel(
    w_all, p_all, g_all, up_all, down_all, x, d, slots, seeds, purpose, first, second, under, part, words, outputs, inputs,
    SECOND: tl.constexpr, UNDER: tl.constexpr, FORM: tl.constexpr, ROWS: tl.constexpr, CONSTANTS: tl.constexpr, NOISY: tl.constexpr,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """A piece of one row of one chip, pulse by pulse."""
    blocks = tl.cdiv(inputs, BLOCK)
    row = (tl.program_id(0) // blocks).to(tl.int64)
    k, o = row // outputs, row % outputs
    column = (tl.program_id(0) % blocks) * BLOCK + tl.arange(0, BLOCK)
    inside = column < inputs
    cells = tl.cast(outputs, tl.int64) * inputs
    at = o * inputs + column
    one, two = _stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    p0, p1, p2, p3, p4, p5, p6, p7 = _parameters(p_all + k * ROWS * cells, at, cells, inside, ROWS)
    g = g_all + k * CONSTANTS
    w = tl.load(w_all + k * cells + at, mask=inside, other=0.0)
    ups = tl.zeros([BLOCK], dtype=tl.int32)
    downs = tl.zeros([BLOCK], dtype=tl.int32)
    for word in range(words):
        line = k * words + word
        d_word = tl.load(d + line * outputs + o)
        rest = d_word & 0x7FFFFFFF
        if rest != 0:
            x_word = tl.load(x + line * inputs + column, mask=inside, other=0)
            is_down = (x_word ^ d_word) >= 0
            together = x_word & rest
            counter = (tl.load(slots + line) * cells + at).to(tl.uint64)
            while rest != 0:
                if (rest & 1) != 0:
                    hit = (together & 1) != 0
                    xi = w * 0.0
                    if NOISY:
                        xi = _normal(_bits(one, two, counter))
                    moved = _step(w, is_down, xi, p0, p1, p2, p3, p4, p5, p6, p7, g, FORM, ROWS == 8, (CONSTANTS - 2) // 2 - 1)
                    w = tl.where(hit, tl.minimum(tl.maximum(moved, p0), p1), w)
                    ups += (hit & (is_down == 0)).to(tl.int32)
                    downs += (hit & is_down).to(tl.int32)
                rest = rest >> 1
                together = together >> 1
                counter = counter + tl.cast(cells, tl.uint64)
    tl.store(w_all + k * cells + at, w, mask=inside)
    tl.store(up_all + k * cells + at, tl.load(up_all + k * cells + at, mask=inside, other=0) + ups, mask=inside)
    tl.store(down_all + k * cells + at, tl.load(down_all + k * cells + at, mask=inside, other=0) + downs, mask=inside)


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part"])
def _addressed_kernel(
    w_all, p_all, g_all, up_all, down_all, n, seeds, purpose, first, second, under, part, cells,
    SECOND: tl.constexpr, UNDER: tl.constexpr, FORM: tl.constexpr, ROWS: tl.constexpr, CONSTANTS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """A block of cells of one chip, each by its own number of pulses."""
    blocks = tl.cdiv(cells, BLOCK)
    k = (tl.program_id(0) // blocks).to(tl.int64)
    at = (tl.program_id(0) % blocks).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < cells
    wanted = tl.load(n + k * cells + at, mask=inside, other=0.0)
    is_down = wanted < 0
    count = tl.abs(wanted).to(tl.int32)
    most = tl.max(count, 0)
    if most > 0:
        one, two = _stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
        p0, p1, p2, p3, p4, p5, p6, p7 = _parameters(p_all + k * ROWS * cells, at, tl.cast(cells, tl.int64), inside, ROWS)
        g = g_all + k * CONSTANTS
        w = tl.load(w_all + k * cells + at, mask=inside, other=0.0)
        counter = at.to(tl.uint64)
        for number in range(most):
            xi = _normal(_bits(one, two, counter))
            moved = _step(w, is_down, xi, p0, p1, p2, p3, p4, p5, p6, p7, g, FORM, ROWS == 8, (CONSTANTS - 2) // 2 - 1)
            w = tl.where(number < count, tl.minimum(tl.maximum(moved, p0), p1), w)
            counter = counter + tl.cast(cells, tl.uint64)
        tl.store(w_all + k * cells + at, w, mask=inside)
        ups = tl.load(up_all + k * cells + at, mask=inside, other=0) + tl.where(is_down, 0, count)
        downs = tl.load(down_all + k * cells + at, mask=inside, other=0) + tl.where(is_down, count, 0)
        tl.store(up_all + k * cells + at, ups, mask=inside)
        tl.store(down_all + k * cells + at, downs, mask=inside)


def _of(stream: Stream) -> dict[str, Any]:
    """A stream as arguments of a kernel."""
    purpose, first, *second = stream.parts
    under, part = stream.under or (0, 0)
    return {
        "seeds": stream.seeds_K,
        "purpose": purpose,
        "first": first,
        "second": second[0] if second else 0,
        "under": under,
        "part": part,
        "SECOND": bool(second),
        "UNDER": bool(stream.under),
    }


EXACT: dict[str, Any] = {"enable_fp_fusion": False}
_BLOCK = 128


def normals(stream: Stream, size: Sequence[int]) -> Tensor:
    """As ``plain.normals``."""
    count = math.prod(size)
    out = torch.empty(len(stream.seeds_K), *size, dtype=torch.float32, device=stream.seeds_K.device)
    if count:
        _normals_kernel[(-(-count // 1024) * len(stream.seeds_K),)](out, size=count, BLOCK=1024, **_of(stream), **EXACT)
    return out


def fill(stream: Stream, v_KBN: Tensor, gain_KB: Tensor, plan: Plan, parameters: UpdateParameters) -> Tensor:
    """As ``trains.fill``."""
    chips, samples, lines = v_KBN.shape
    out_KWN = torch.empty(chips, samples * plan.words, lines, dtype=torch.int32, device=v_KBN.device)
    wide = v_KBN.new_tensor([parameters.res], dtype=torch.float64) if parameters.res > 0 else v_KBN
    grid = (chips * samples * -(-lines // _BLOCK),)
    _fill_kernel[grid](
        out_KWN, v_KBN.contiguous(), gain_KB.contiguous(), plan.length_KB.contiguous(), plan.draw_KB.contiguous(), samples=samples,
        lines=lines, resolution=float(parameters.res), wide=wide, WORDS=plan.words, RES=parameters.res > 0,
        RANDOM=bool(parameters.sto_round), SLOTS=SLOTS, BLOCK=_BLOCK, **_of(stream), **EXACT,
    )  # fmt: skip
    return out_KWN


def walk(stream: Stream, x_KWI: Tensor, d_KWO: Tensor, slot_KW: Tensor, cells: Pulsed) -> None:
    """As ``plain.walk``."""
    chips, outputs, inputs = cells.w_KOI.shape
    grid = (chips * outputs * -(-inputs // _BLOCK),)
    _walk_kernel[grid](
        *_of_cells(cells), x_KWI, d_KWO, slot_KW.contiguous(), words=x_KWI.shape[1], outputs=outputs, inputs=inputs, NOISY=cells.noisy,
        BLOCK=_BLOCK, **_law_of(cells), **_of(stream), **EXACT,
    )  # fmt: skip


def addressed(stream: Stream, n_KOI: Tensor, cells: Pulsed) -> None:
    """As ``plain.addressed``."""
    size = cells.w_KOI[0].numel()
    grid = (len(cells.w_KOI) * -(-size // _BLOCK),)
    _addressed_kernel[grid](*_of_cells(cells), n_KOI.contiguous(), cells=size, BLOCK=_BLOCK, **_law_of(cells), **_of(stream), **EXACT)


def _of_cells(cells: Pulsed) -> tuple[Tensor, ...]:
    return cells.w_KOI, cells.p_KPOI, cells.g_KG, cells.up_KOI, cells.down_KOI


def _law_of(cells: Pulsed) -> dict[str, int]:
    return {"FORM": _FORMS[cells.form], "ROWS": cells.p_KPOI.shape[1], "CONSTANTS": cells.g_KG.shape[1]}


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part", "samples"])
def _prepare_kernel(
    out, x, scale, seeds, purpose, first, second, under, part, samples, lines, resolution, bound, noise, negative,
    SECOND: tl.constexpr, UNDER: tl.constexpr, RES: tl.constexpr, RANDOM: tl.constexpr, NOISY: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """The DAC: a piece of one sample."""
    blocks = tl.cdiv(lines, BLOCK)
    row = (tl.program_id(0) // blocks).to(tl.int64)
    k, b = row // samples, row % samples
    at = (tl.program_id(0) % blocks) * BLOCK + tl.arange(0, BLOCK)
    inside = at < lines
    one, two = _stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    counter = (b * lines + at).to(tl.uint64)
    v = tl.load(x + row * lines + at, mask=inside, other=0.0) * tl.div_rn(1.0, tl.load(scale + row))
    v = _converted(v, one, two, counter, resolution, RES, RANDOM)
    v = _clipped(v, bound)
    if NOISY:
        v = v + noise * _normal(_bits(one, two, counter))
    v = v * tl.where(v < 0, negative, 1.0)
    tl.store(out + row * lines + at, v, mask=inside)


@triton.jit
def _clipped(v, bound):
    """Within +-bound; what is not a number stays one."""
    above = tl.maximum(v, -bound, propagate_nan=tl.PropagateNan.ALL)
    return tl.minimum(above, bound, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def _converted(v, one, two, counter, resolution, RES: tl.constexpr, RANDOM: tl.constexpr):
    """Rounded to whole steps of a converter."""
    if RES:
        v = tl.div_rn(v, resolution)
        if RANDOM:
            v = v + (_uniform(_bits(one, two ^ _ONES, counter)) - 0.5)
        v = _rounded(v) * resolution
    return v


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part", "samples"])
def _finish_kernel(
    out, clipped, y, deviation, gain, seeds, purpose, first, second, under, part, samples, lines, resolution, bound, negative,
    SECOND: tl.constexpr, UNDER: tl.constexpr, RES: tl.constexpr, RANDOM: tl.constexpr, BELOW: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """The ADC: one sample, and whether any of its lines was clipped."""
    row = tl.program_id(0).to(tl.int64)
    k, b = row // samples, row % samples
    one, two = _stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    factor = tl.load(gain + row)
    beyond = tl.zeros([BLOCK], dtype=tl.int32)
    for start in range(0, lines, BLOCK):
        at = start + tl.arange(0, BLOCK)
        inside = at < lines
        counter = (b * lines + at).to(tl.uint64)
        v = tl.load(y + row * lines + at, mask=inside, other=0.0)
        v = v * tl.where(v < 0, negative, 1.0)
        v = v + tl.load(deviation + k * lines + at, mask=inside, other=0.0) * _normal(_bits(one, two, counter))
        v = _converted(v, one, two, counter, resolution, RES, RANDOM)
        over = v > bound
        if BELOW:
            over = over | (v < -bound)
        beyond = beyond | (over & inside).to(tl.int32)
        tl.store(out + row * lines + at, _clipped(v, bound) * factor, mask=inside)
    tl.store(clipped + row, tl.max(beyond, 0))


def prepare(stream: Stream, x_KBM: Tensor, scale_KB: Tensor, dac: Dac) -> Tensor:
    """As ``converters.prepare``."""
    chips, samples, lines = x_KBM.shape
    out_KBM = torch.empty(chips, samples, lines, dtype=torch.float32, device=x_KBM.device)
    _prepare_kernel[(chips * samples * -(-lines // _BLOCK),)](
        out_KBM, x_KBM.contiguous(), scale_KB.contiguous(), samples=samples, lines=lines, resolution=dac.resolution, bound=dac.bound,
        noise=dac.noise, negative=dac.negative, RES=dac.resolution > 0, RANDOM=dac.stochastic, NOISY=dac.noise > 0, BLOCK=_BLOCK,
        **_of(stream), **EXACT,
    )  # fmt: skip
    return out_KBM


def finish(stream: Stream, y_KBN: Tensor, noise_KN: Tensor, gain_KB: Tensor, adc: Adc) -> tuple[Tensor, Tensor]:
    """As ``converters.finish``."""
    chips, samples, lines = y_KBN.shape
    out_KBN = torch.empty(chips, samples, lines, dtype=torch.float32, device=y_KBN.device)
    clipped_KB = torch.empty(chips, samples, dtype=torch.int32, device=y_KBN.device)
    _finish_kernel[(chips * samples,)](
        out_KBN, clipped_KB, y_KBN.contiguous(), noise_KN, gain_KB.contiguous(), samples=samples, lines=lines, resolution=adc.resolution,
        bound=adc.bound, negative=adc.negative, RES=adc.resolution > 0, RANDOM=adc.stochastic, BELOW=adc.below,
        BLOCK=min(triton.next_power_of_2(lines), 512), **_of(stream), **EXACT,
    )  # fmt: skip
    return out_KBN, clipped_KB > 0

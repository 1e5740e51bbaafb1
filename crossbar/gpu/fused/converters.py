"""DAC and ADC in Triton: ``crossbar.gpu.converters``, one launch each for all chips.

Shapes: K chips, B samples, M lines in, N lines out.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from crossbar.gpu.converters import Adc, Dac
from crossbar.gpu.fused.rounding import converted, within
from crossbar.gpu.fused.streams import EXACT, arguments_of, bits, chip_stream, normal
from crossbar.gpu.streams import Stream

_BLOCK = 128


@triton.jit
def _largest_kernel(scale, active, x, lines, limit, SIGNED: tl.constexpr, BLOCK: tl.constexpr):
    """The scale of one sample; not a number where any line is not."""
    row = tl.program_id(0).to(tl.int64)
    most = tl.full([BLOCK], float("-inf"), dtype=tl.float32)
    broken = tl.zeros([BLOCK], dtype=tl.int32)
    for start in range(0, lines, BLOCK):
        at = start + tl.arange(0, BLOCK)
        v = tl.load(x + row * lines + at, mask=at < lines, other=float("-inf") if SIGNED else 0.0)
        broken = broken | (v != v).to(tl.int32)
        most = tl.maximum(most, v if SIGNED else tl.abs(v))
    found = tl.minimum(tl.max(most, 0), limit)
    found = tl.where(tl.max(broken, 0) > 0, float("nan"), found)
    tl.store(scale + row, tl.where(found <= 0, 1.0, found))
    tl.store(active + row, tl.where(found <= 0, 0, 1).to(tl.int8))


def largest(x_KBM: Tensor, signed: bool, limit: float) -> tuple[Tensor, Tensor]:
    """As ``converters.largest``."""
    chips, samples, lines = x_KBM.shape
    scale_KB = torch.empty(chips, samples, dtype=torch.float32, device=x_KBM.device)
    active_KB = torch.empty(chips, samples, dtype=torch.bool, device=x_KBM.device)
    if scale_KB.numel():
        _largest_kernel[(chips * samples,)](
            scale_KB, active_KB.view(torch.int8), x_KBM.contiguous(), lines=lines, limit=limit, SIGNED=signed, BLOCK=_width(lines)
        )
    return scale_KB, active_KB


def _width(lines: int) -> int:
    """Lines that a program looks at together."""
    return min(triton.next_power_of_2(lines), 512)


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
    one, two = chip_stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    counter = (b * lines + at).to(tl.uint64)
    v = tl.load(x + row * lines + at, mask=inside, other=0.0) * tl.div_rn(1.0, tl.load(scale + row))
    v = converted(v, one, two, counter, resolution, RES, RANDOM)
    v = within(v, bound)
    if NOISY:
        v = v + noise * normal(bits(one, two, counter))
    v = v * tl.where(v < 0, negative, 1.0)
    tl.store(out + row * lines + at, v, mask=inside)


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part", "samples"])
def _finish_kernel(
    out, clipped, y, deviation, gain, seeds, purpose, first, second, under, part, samples, lines, resolution, bound, negative,
    SECOND: tl.constexpr, UNDER: tl.constexpr, RES: tl.constexpr, RANDOM: tl.constexpr, BELOW: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """The ADC: one sample, and whether any of its lines was clipped."""
    row = tl.program_id(0).to(tl.int64)
    k, b = row // samples, row % samples
    one, two = chip_stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    factor = tl.load(gain + row)
    beyond = tl.zeros([BLOCK], dtype=tl.int32)
    for start in range(0, lines, BLOCK):
        at = start + tl.arange(0, BLOCK)
        inside = at < lines
        counter = (b * lines + at).to(tl.uint64)
        v = tl.load(y + row * lines + at, mask=inside, other=0.0)
        v = v * tl.where(v < 0, negative, 1.0)
        v = v + tl.load(deviation + k * lines + at, mask=inside, other=0.0) * normal(bits(one, two, counter))
        v = converted(v, one, two, counter, resolution, RES, RANDOM)
        over = v > bound
        if BELOW:
            over = over | (v < -bound)
        beyond = beyond | (over & inside).to(tl.int32)
        tl.store(out + row * lines + at, within(v, bound) * factor, mask=inside)
    tl.store(clipped + row, tl.max(beyond, 0).to(tl.int8))


def prepare(stream: Stream, x_KBM: Tensor, scale_KB: Tensor, dac: Dac) -> Tensor:
    """As ``converters.prepare``."""
    chips, samples, lines = x_KBM.shape
    out_KBM = torch.empty(chips, samples, lines, dtype=torch.float32, device=x_KBM.device)
    _prepare_kernel[(chips * samples * -(-lines // _BLOCK),)](
        out_KBM, x_KBM.contiguous(), scale_KB.contiguous(), samples=samples, lines=lines, resolution=dac.resolution, bound=dac.bound,
        noise=dac.noise, negative=dac.negative, RES=dac.resolution > 0, RANDOM=dac.stochastic, NOISY=dac.noise > 0, BLOCK=_BLOCK,
        **arguments_of(stream), **EXACT,
    )  # fmt: skip
    return out_KBM


def finish(stream: Stream, y_KBN: Tensor, noise_KN: Tensor, gain_KB: Tensor, adc: Adc) -> tuple[Tensor, Tensor]:
    """As ``converters.finish``."""
    chips, samples, lines = y_KBN.shape
    out_KBN = torch.empty(chips, samples, lines, dtype=torch.float32, device=y_KBN.device)
    clipped_KB = torch.empty(chips, samples, dtype=torch.bool, device=y_KBN.device)
    _finish_kernel[(chips * samples,)](
        out_KBN, clipped_KB.view(torch.int8), y_KBN.contiguous(), noise_KN, gain_KB.contiguous(), samples=samples, lines=lines,
        resolution=adc.resolution, bound=adc.bound, negative=adc.negative, RES=adc.resolution > 0, RANDOM=adc.stochastic, BELOW=adc.below,
        BLOCK=_width(lines), **arguments_of(stream), **EXACT,
    )  # fmt: skip
    return out_KBN, clipped_KB

"""Pulse trains in Triton: ``trains.fill``, one launch for all chips.

Shapes: K chips, B samples, W words per line, N lines.
"""

import torch
import triton
import triton.language as tl
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.gpu.fused.rounding import rounded
from crossbar.gpu.fused.streams import EXACT, arguments_of, bits, chip_stream, uniform
from crossbar.gpu.streams import Stream
from crossbar.gpu.trains import SLOTS, Plan

_BLOCK = 128


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
    one, two = chip_stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    value = tl.load(v + row * lines + at, mask=inside, other=0.0)
    slots = tl.load(length + row).to(tl.int32)
    counter = (tl.load(draw + row) * lines).to(tl.uint64) + at.to(tl.uint64)
    probability = tl.abs(value) * tl.load(gain + row)
    if RES:
        steps = tl.div_rn(probability, resolution)
        if RANDOM:
            steps = steps + (uniform(bits(one, two, counter)) - 0.5)
        probability = (rounded(steps).to(tl.float64) * tl.load(wide)).to(tl.float32)
    threshold = tl.ceil(tl.minimum(tl.maximum(probability, 0.0), 1.0).to(tl.float64) * 4294967296.0).to(tl.uint64)
    for word in range(WORDS):
        pulses = tl.where(value < 0, -2147483648, 0).to(tl.int32)
        for place in range(SLOTS):
            slot = word * SLOTS + place
            if slot < slots:
                h = bits(one, two, counter + tl.cast(1 + slot // 2, tl.uint64) * tl.cast(lines, tl.uint64))
                drawn = tl.where(slot % 2 == 0, h & 0xFFFFFFFF, h >> 32)
                pulses = pulses | ((drawn < threshold).to(tl.int32) << place)
        tl.store(out + (row * WORDS + word) * lines + at, pulses, mask=inside)


def fill(stream: Stream, v_KBN: Tensor, gain_KB: Tensor, plan: Plan, parameters: UpdateParameters) -> Tensor:
    """As ``trains.fill``."""
    chips, samples, lines = v_KBN.shape
    out_KWN = torch.empty(chips, samples * plan.words, lines, dtype=torch.int32, device=v_KBN.device)
    wide = v_KBN.new_tensor([parameters.res], dtype=torch.float64) if parameters.res > 0 else v_KBN
    grid = (chips * samples * -(-lines // _BLOCK),)
    _fill_kernel[grid](
        out_KWN, v_KBN.contiguous(), gain_KB.contiguous(), plan.length_KB.contiguous(), plan.draw_KB.contiguous(), samples=samples,
        lines=lines, resolution=float(parameters.res), wide=wide, WORDS=plan.words, RES=parameters.res > 0,
        RANDOM=bool(parameters.sto_round), SLOTS=SLOTS, BLOCK=_BLOCK, **arguments_of(stream), **EXACT,
    )  # fmt: skip
    return out_KWN

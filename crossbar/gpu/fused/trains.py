"""Pulse trains in Triton: ``trains.plan`` and ``trains.fill``, one launch each for all chips.

Shapes: K chips, B samples, W words per line, N lines.
"""

import torch
import triton
import triton.language as tl
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.gpu import trains
from crossbar.gpu.fused.rounding import rounded
from crossbar.gpu.fused.streams import EXACT, arguments_of, bits, chip_stream, uniform
from crossbar.gpu.streams import Stream
from crossbar.gpu.trains import PIECE, SLOTS, Plan

_BLOCK = 128


@triton.jit(do_not_specialize=["samples"])
def _plan_kernel(
    x_gain, d_gain, length, slot, draw, x_max, d_max, rates, steps, samples, limits,
    PIECE: tl.constexpr,
):  # fmt: skip
    """Trains of one chip, piece by piece of its batch; all in float64."""
    k = tl.program_id(0).to(tl.int64)
    rate, step = tl.load(rates + k), tl.load(steps + k)
    scale, most = tl.load(limits), tl.load(limits + 1)
    first_slot, first_draw = tl.zeros([], dtype=tl.int64), tl.zeros([], dtype=tl.int64)
    for start in range(0, samples, PIECE):
        b = start + tl.arange(0, PIECE)
        inside = b < samples
        at = k * samples + b
        largest_x = tl.load(x_max + at, mask=inside, other=0.0).to(tl.float64)
        largest_d = tl.load(d_max + at, mask=inside, other=0.0).to(tl.float64) * scale
        silent = tl.minimum(tl.minimum(largest_x, largest_d), rate) == 0
        wanted = tl.where(silent, 1.0, rate * largest_x * largest_d / step)
        slots = tl.minimum(tl.ceil(wanted), most)
        gain = tl.sqrt(rate / (step * slots))
        ratio = tl.where(silent, 1.0, largest_x) / tl.where(silent, 1.0, largest_d / tl.maximum(wanted / most, 1.0))
        balance = tl.sqrt(ratio)
        slots = tl.where(silent, 0.0, slots).to(tl.int64)
        longest = tl.max(slots, 0)
        width = tl.where(longest <= 16, 16, tl.where(longest <= 32, 32, 64)).to(tl.int64)
        taken = width * ((slots + width - 1) // width)
        drawn = tl.where(slots > 0, 1 + (slots + 1) // 2, 0)
        tl.store(x_gain + at, (gain / balance).to(tl.float32), mask=inside)
        tl.store(d_gain + at, (gain * balance).to(tl.float32), mask=inside)
        tl.store(length + at, slots, mask=inside)
        tl.store(slot + at, first_slot + tl.cumsum(taken, 0) - taken, mask=inside)
        tl.store(draw + at, first_draw + tl.cumsum(drawn, 0) - drawn, mask=inside)
        first_slot += tl.sum(taken, 0)
        first_draw += tl.sum(tl.where(inside, slots + 3, 0), 0)


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


def plan(x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor, granularity_K: Tensor, parameters: UpdateParameters) -> Plan:
    """As ``trains.plan``."""
    if not parameters.update_bl_management:
        return trains.plan(x_KBI, d_KBO, lr_K, granularity_K, parameters)
    (chips, samples), device = x_KBI.shape[:2], x_KBI.device
    gains = torch.empty(2, chips, samples, dtype=torch.float32, device=device)
    numbers = torch.empty(3, chips, samples, dtype=torch.int64, device=device)
    limits = torch.tensor([parameters.um_grad_scale, parameters.desired_bl], dtype=torch.float64, device=device)
    x_max, d_max = (v_KBN.abs().amax(2) for v_KBN in (x_KBI, d_KBO))
    _plan_kernel[(chips,)](*gains, *numbers, x_max, d_max, lr_K.contiguous(), granularity_K, samples, limits, PIECE=PIECE, **EXACT)
    return Plan(-(-parameters.desired_bl // SLOTS), numbers[0], gains[0], gains[1], numbers[1], numbers[2])


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

"""Stochastic pulse trains of ``crossbar.kernels.trains`` in torch, for all chips at once: the same pulses, bit for bit.

The layout differs. Every sample has the same number of words here, so that nothing has to be known on the host; a word is an int32 with 31
slots and, in its top bit, the sign of the line's value. Numbers of draws and of slots are those on the CPU.

Shapes: K chips, B samples, S words per sample, W = B S words per line, N lines.
"""

from dataclasses import dataclass, replace

import torch
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.gpu import streams
from crossbar.gpu.streams import Stream

SLOTS = 31
"""Slots of one word: aihwkit's default train is one word."""

PIECE = 64
"""Samples whose slots and draws ``crossbar.pulsed`` numbers together."""


@dataclass(frozen=True)
class Plan:
    """Train lengths and probabilities of a batch, and how its slots and draws are numbered.

    Attributes:
        words: S, words of each sample.
        length_KB: slots of each sample's trains, int64; 0 for a silent one.
        x_gain_KB: probability of a pulse per |x|.
        d_gain_KB: probability of a pulse per |d|.
        slot_KB: number of each sample's first slot, int64.
        draw_KB: number of each sample's first draw, int64.
    """

    words: int
    length_KB: Tensor
    x_gain_KB: Tensor
    d_gain_KB: Tensor
    slot_KB: Tensor
    draw_KB: Tensor

    def samples(self, first: int, last: int) -> "Plan":
        """Of some of the samples."""
        names = ("length_KB", "x_gain_KB", "d_gain_KB", "slot_KB", "draw_KB")
        return replace(self, **{name: getattr(self, name)[:, first:last] for name in names})


def plan(x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor, granularity_K: Tensor, parameters: UpdateParameters) -> Plan:
    """See ``crossbar.kernels.trains.plan``; a chip whose rate is 0 is silent."""
    x_max = x_KBI.abs().amax(2).double()
    d_max = d_KBO.abs().amax(2).double() * parameters.um_grad_scale
    lr, granularity = lr_K[:, None], granularity_K[:, None]
    silent = (x_max == 0) | (d_max == 0) | (lr == 0)
    k = torch.where(silent, 1.0, lr * x_max * d_max / granularity)
    most = parameters.desired_bl
    if parameters.update_bl_management:
        length = k.ceil().clamp(max=most)
        gain = (lr / (granularity * length)).sqrt()
    else:
        length, gain = (value.expand_as(k) for value in _unmanaged(lr / granularity, parameters))
        most = int(length.max())
    balance = torch.ones_like(k)
    if parameters.update_management or parameters.update_bl_management:
        balance = (torch.where(silent, 1.0, x_max) / torch.where(silent, 1.0, d_max / (k / parameters.desired_bl).clamp(min=1.0))).sqrt()
    length_KB = torch.where(silent, 0, length).long()
    slot_KB, draw_KB = _numbered(length_KB)
    return Plan(-(-most // SLOTS), length_KB, (gain / balance).float(), (gain * balance).float(), slot_KB, draw_KB)


def _unmanaged(k: Tensor, parameters: UpdateParameters) -> tuple[Tensor, Tensor]:
    """Length and gain without management of the length."""
    fixed = torch.full_like(k, parameters.desired_bl), (k / parameters.desired_bl).sqrt()
    if parameters.fixed_bl:
        return fixed
    longer = k > parameters.desired_bl
    return torch.where(longer, k.ceil().clamp(min=1.0), fixed[0]), torch.where(longer, 1.0, fixed[1])


def _numbered(length_KB: Tensor) -> tuple[Tensor, Tensor]:
    """First slot and first draw of every sample, as ``crossbar.kernels.packing`` counts them piece by piece."""
    slots, draws = [], []
    slot_K1 = draw_K1 = torch.zeros_like(length_KB[:, :1])
    for length_KP in length_KB.split(PIECE, dim=1):
        longest_K1 = length_KP.amax(1, keepdim=True)
        width_K1 = torch.where(longest_K1 <= 16, 16, torch.where(longest_K1 <= 32, 32, 64))
        taken_KP = width_K1 * ((length_KP + width_K1 - 1) // width_K1)
        drawn_KP = torch.where(length_KP > 0, 1 + (length_KP + 1) // 2, 0)
        slots.append(slot_K1 + taken_KP.cumsum(1) - taken_KP)
        draws.append(draw_K1 + drawn_KP.cumsum(1) - drawn_KP)
        slot_K1 = slot_K1 + taken_KP.sum(1, keepdim=True)
        draw_K1 = draw_K1 + (length_KP + 3).sum(1, keepdim=True)
    return torch.cat(slots, 1), torch.cat(draws, 1)


def first_slots(plan: Plan) -> Tensor:
    """Number of the first slot of every word [K, W]."""
    return (plan.slot_KB[:, :, None] + SLOTS * torch.arange(plan.words, device=plan.slot_KB.device)).flatten(1)


def fill(stream: Stream, v_KBN: Tensor, gain_KB: Tensor, plan: Plan, parameters: UpdateParameters) -> Tensor:
    """Draw the trains of all lines: words [K, W, N], int32."""
    lines, stream_K2 = v_KBN.shape[2], stream.keys()
    line_N = torch.arange(lines, device=v_KBN.device)
    first_KBN = plan.draw_KB[:, :, None] * lines + line_N
    threshold_KBN = _threshold(stream_K2, first_KBN, v_KBN, gain_KB, parameters)
    length_KB1 = plan.length_KB[:, :, None]
    negative_KBN = torch.where(v_KBN < 0, torch.tensor(-(2**31), device=v_KBN.device), 0)
    words = [negative_KBN.clone() for _ in range(plan.words)]
    longest = int(plan.length_KB.max()) if plan.length_KB.numel() else 0
    for pair in range(-(-longest // 2)):
        h = streams.bits(stream_K2, first_KBN + (1 + pair) * lines)
        for slot, part in ((2 * pair, h & 0xFFFFFFFF), (2 * pair + 1, streams.shifted(h, 32))):
            pulses = (part < threshold_KBN) & (slot < length_KB1)
            if slot < longest:
                words[slot // SLOTS] |= pulses.long() << (slot % SLOTS)
    return torch.stack(words, 2).int().flatten(1, 2)


def _threshold(stream_K2: Tensor, first_KBN: Tensor, v_KBN: Tensor, gain_KB: Tensor, parameters: UpdateParameters) -> Tensor:
    """A slot pulses where 32 random bits are below this number, int64."""
    probability = v_KBN.abs() * gain_KB[:, :, None]
    if parameters.res > 0:
        steps = probability / parameters.res
        if parameters.sto_round:
            steps = steps + (streams.uniform(streams.bits(stream_K2, first_KBN)) - 0.5)
        probability = (steps.round().double() * parameters.res).float()
    return (probability.double().clamp(0.0, 1.0) * 2.0**32).ceil().long()

"""What pulses and streams do, in plain torch on any device: short, slow, and what the Triton kernels are tested against.

Shapes: K chips, W words per line, O x I cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from crossbar.gpu import streams
from crossbar.gpu.steps import STEPS
from crossbar.gpu.streams import Stream
from crossbar.gpu.trains import SLOTS


@dataclass(frozen=True)
class Pulsed:
    """The cells that pulses change, of all chips; written in place.

    Attributes:
        form: of the step, see ``crossbar.gpu.steps``.
        p_KPOI: parameters per cell, the bounds under pulses first.
        g_KG: constants per chip.
        noisy: whether any constant is not 0; if none is, pulses need no draws.
        w_KOI: weights.
        up_KOI: up pulses, the bits of uint32 in int32.
        down_KOI: down pulses, likewise.
    """

    form: str
    p_KPOI: Tensor
    g_KG: Tensor
    noisy: bool
    w_KOI: Tensor
    up_KOI: Tensor
    down_KOI: Tensor


def normals(stream: Stream, size: Sequence[int]) -> Tensor:
    """The first draws of every chip's stream as standard normals [K, *size]."""
    return streams.normal(streams.bits(stream.keys(), streams.counters(size, stream.seeds_K.device)))


def walk(stream: Stream, x_KWI: Tensor, d_KWO: Tensor, slot_KW: Tensor, cells: Pulsed) -> None:
    """Every coincidence is one pulse of sign -sign(x) sign(d), in the order of its slot.

    Args:
        stream: of the noise: a pulse takes draw ``slot O I + cell``.
        x_KWI: words of the input lines, see ``crossbar.gpu.trains``.
        d_KWO: words of the output lines.
        slot_KW: number of the first slot of each word.
        cells: what is pulsed.
    """
    size = cells.w_KOI[0].numel()
    key_K2, cell_1OI = stream.keys(), streams.counters(cells.w_KOI.shape[1:], cells.w_KOI.device)
    for word in range(x_KWI.shape[1]):
        x_K1I, d_KO1 = x_KWI[:, word, None, :], d_KWO[:, word, :, None]
        both_KOI, is_down = x_K1I & d_KO1, (x_K1I ^ d_KO1) >= 0
        for slot in range(SLOTS):
            hit = (both_KOI >> slot) & 1 != 0
            if bool(hit.any()):
                draw_KOI = (slot_KW[:, word, None, None] + slot) * size + cell_1OI
                _pulse(key_K2, draw_KOI, hit, is_down, cells)


def addressed(stream: Stream, n_KOI: Tensor, cells: Pulsed) -> None:
    """|n| pulses of the sign of n on every cell; pulse m takes draw ``m O I + cell``."""
    size = cells.w_KOI[0].numel()
    key_K2, cell_1OI = stream.keys(), streams.counters(cells.w_KOI.shape[1:], cells.w_KOI.device)
    count_KOI = n_KOI.abs()
    for number in range(int(count_KOI.max())):
        _pulse(key_K2, cell_1OI + number * size, number < count_KOI, n_KOI < 0, cells)


def _pulse(key_K2: Tensor, draw_KOI: Tensor, hit: Tensor, is_down: Tensor, cells: Pulsed) -> None:
    """One pulse on every cell that is hit."""
    p, w = cells.p_KPOI.unbind(1), cells.w_KOI
    xi = streams.normal(streams.bits(key_K2, draw_KOI)).expand_as(w)
    moved = STEPS[cells.form](w, is_down, xi, p, cells.g_KG[:, :, None, None].unbind(1))
    w.copy_(torch.where(hit, torch.minimum(torch.maximum(moved, p[0]), p[1]), w))
    cells.up_KOI.add_((hit & ~is_down).int())
    cells.down_KOI.add_((hit & is_down).int())

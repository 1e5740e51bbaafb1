"""What pulses do, in Triton: ``plain.walk`` and ``plain.addressed``, one launch for all chips.

Shapes: K chips, W words per line, O x I cells.
"""

import triton
import triton.language as tl
from torch import Tensor

from crossbar.gpu.fused.steps import parameters_of, stepped
from crossbar.gpu.fused.streams import EXACT, arguments_of, bits, chip_stream, normal
from crossbar.gpu.plain import Pulsed
from crossbar.gpu.streams import Stream

_FORMS = {"affine": 0, "exponential": 1, "power": 2, "piecewise": 3}
_BLOCK = 128


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
    one, two = chip_stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    p0, p1, p2, p3, p4, p5, p6, p7 = parameters_of(p_all + k * ROWS * cells, at, cells, inside, ROWS)
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
                        xi = normal(bits(one, two, counter))
                    moved = stepped(w, is_down, xi, p0, p1, p2, p3, p4, p5, p6, p7, g, FORM, ROWS == 8, (CONSTANTS - 2) // 2 - 1)
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
        one, two = chip_stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
        p0, p1, p2, p3, p4, p5, p6, p7 = parameters_of(p_all + k * ROWS * cells, at, tl.cast(cells, tl.int64), inside, ROWS)
        g = g_all + k * CONSTANTS
        w = tl.load(w_all + k * cells + at, mask=inside, other=0.0)
        counter = at.to(tl.uint64)
        for number in range(most):
            xi = normal(bits(one, two, counter))
            moved = stepped(w, is_down, xi, p0, p1, p2, p3, p4, p5, p6, p7, g, FORM, ROWS == 8, (CONSTANTS - 2) // 2 - 1)
            w = tl.where(number < count, tl.minimum(tl.maximum(moved, p0), p1), w)
            counter = counter + tl.cast(cells, tl.uint64)
        tl.store(w_all + k * cells + at, w, mask=inside)
        ups = tl.load(up_all + k * cells + at, mask=inside, other=0) + tl.where(is_down, 0, count)
        downs = tl.load(down_all + k * cells + at, mask=inside, other=0) + tl.where(is_down, count, 0)
        tl.store(up_all + k * cells + at, ups, mask=inside)
        tl.store(down_all + k * cells + at, downs, mask=inside)


def walk(stream: Stream, x_KWI: Tensor, d_KWO: Tensor, slot_KW: Tensor, cells: Pulsed) -> None:
    """As ``plain.walk``."""
    chips, outputs, inputs = cells.w_KOI.shape
    grid = (chips * outputs * -(-inputs // _BLOCK),)
    _walk_kernel[grid](
        *_of_cells(cells), x_KWI, d_KWO, slot_KW.contiguous(), words=x_KWI.shape[1], outputs=outputs, inputs=inputs, NOISY=cells.noisy,
        BLOCK=_BLOCK, **_law_of(cells), **arguments_of(stream), **EXACT,
    )  # fmt: skip


def addressed(stream: Stream, n_KOI: Tensor, cells: Pulsed) -> None:
    """As ``plain.addressed``."""
    size = cells.w_KOI[0].numel()
    grid = (len(cells.w_KOI) * -(-size // _BLOCK),)
    _addressed_kernel[grid](
        *_of_cells(cells), n_KOI.contiguous(), cells=size, BLOCK=_BLOCK, **_law_of(cells), **arguments_of(stream), **EXACT
    )


def _of_cells(cells: Pulsed) -> tuple[Tensor, ...]:
    return cells.w_KOI, cells.p_KPOI, cells.g_KG, cells.up_KOI, cells.down_KOI


def _law_of(cells: Pulsed) -> dict[str, int]:
    return {"FORM": _FORMS[cells.form], "ROWS": cells.p_KPOI.shape[1], "CONSTANTS": cells.g_KG.shape[1]}

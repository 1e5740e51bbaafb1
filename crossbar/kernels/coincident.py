"""Coincidence updates of all chips of a fleet in one call: the trains of a batch and what they do to the cells.

Shapes: K chips, C of them in one call, B batch, I input lines, O output lines, W words, P parameters per cell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels import affine, streams, trains
from crossbar.kernels.batched import batched
from crossbar.kernels.compiling import compiled
from crossbar.kernels.sequential import sequential
from crossbar.kernels.streams import Purpose
from crossbar.kernels.threads import blocks, threads, together
from crossbar.kernels.update import kernels

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Own:
    """What the chips are: seeds, weights, the law's parameters and constants, counters."""

    seeds_K: NDArray[np.uint64]
    w_KOI: Floats
    p_KPOI: Floats
    g_KG: Floats
    up_KOI: NDArray[np.uint32]
    down_KOI: NDArray[np.uint32]


def update(
    step: Any, order: str, own: Own, x_KBI: Floats, d_KBO: Floats, lr_K: NDArray[np.float64], granularity_K: NDArray[np.float64],
    parameters: UpdateParameters, count: int, samples: int,
) -> None:  # fmt: skip
    """Pulse trains of a batch and what they do, in pieces of ``samples`` samples so that trains stay small; ``count`` numbers the write."""
    first_draw_K, first_slot_K = (np.zeros(len(lr_K), dtype=np.int64) for _ in range(2))
    for b in range(0, x_KBI.shape[1], samples):
        x, d = (np.ascontiguousarray(v_KBN[:, b : b + samples]) for v_KBN in (x_KBI, d_KBO))
        plan = trains.plans(x, d, lr_K, granularity_K, parameters)
        width_K = trains.widths(plan.length_B)
        for width in np.unique(width_K[plan.length_B.any(1)]).tolist():
            chips_C = np.flatnonzero(width_K == width)
            layout = trains.placed(plan.length_B[chips_C], width)
            words = lines(own.seeds_K[chips_C], x[chips_C], d[chips_C], plan.of(chips_C), layout, parameters, count, first_draw_K[chips_C])
            _coincide(step, order, own, chips_C, words, layout, count, first_slot_K[chips_C])
            first_slot_K[chips_C] += width * layout.words_K
        first_draw_K += (plan.length_B + 3).sum(1)


def lines(
    seeds_C: NDArray[np.uint64], x_CBI: Floats, d_CBO: Floats, plan: trains.Plan, layout: trains.Places, parameters: UpdateParameters,
    count: int, first_draw_C: NDArray[np.int64],
) -> list[NDArray[Any]]:  # fmt: skip
    """The trains of all lines: pulses and signs of x [C, W, I], pulses and signs of d [C, W, O]."""
    made: list[Any] = []
    tasks: list[Callable[[], None]] = []
    for purpose, v_CBN, gain_CB in ((Purpose.X_TRAIN, x_CBI, plan.x_gain_B), (Purpose.D_TRAIN, d_CBO, plan.d_gain_B)):
        chips, _, size = v_CBN.shape
        keys_C2 = streams.each(seeds_C, purpose, count)
        out = [np.zeros((chips, layout.words, size), dtype=layout.dtype) for _ in range(2)]
        numbers = (gain_CB, plan.length_B, layout.start_KB, layout.width, float(parameters.res), bool(parameters.sto_round))
        fill = partial(_fill, keys_C2, first_draw_C, v_CBN, *numbers, *out)
        tasks += [partial(fill, begin, end) for begin, end in blocks(chips * size, threads(), 8)]
        made += out
    together(tasks, 0.7 * float(plan.length_B.sum()) * (x_CBI.shape[2] + d_CBO.shape[2]))
    return made


@compiled
def _fill(
    keys_C2: Any, first_draw_C: Any, v_CBN: Any, gain_CB: Any, length_CB: Any, start_CB: Any, width: int, resolution: float,
    stochastic_rounding: bool, pulses_CWN: Any, negative_CWN: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """Lines ``begin`` to ``end``, which are numbered chip by chip."""
    size = v_CBN.shape[2]
    for c in range(begin // size, -(-end // size)):
        first, last = max(begin - c * size, 0), min(end - c * size, size)
        trains.fill(
            keys_C2[c], first_draw_C[c], v_CBN[c], gain_CB[c], length_CB[c], start_CB[c], width, resolution, stochastic_rounding,
            first, last, pulses_CWN[c], negative_CWN[c],
        )  # fmt: skip


def _coincide(
    step: Any, order: str, own: Own, chips_C: NDArray[np.int64], words: list[NDArray[Any]], layout: trains.Places, count: int,
    first_slot_C: NDArray[np.int64],
) -> None:  # fmt: skip
    seeds_C = own.seeds_K[chips_C]
    keys = (streams.each(seeds_C, Purpose.PULSE, count), streams.each(seeds_C, Purpose.PULSE_SUM, count, first_slot_C))
    law = _walked(step) if step is not affine.step else _batched if order == "batched" else _sequential
    cells = (own.w_KOI, own.p_KPOI, own.g_KG, own.up_KOI, own.down_KOI)
    kernel = partial(law, chips_C, *keys, *words, layout.words_K, first_slot_C, layout.width, *cells)
    rows = len(chips_C) * own.w_KOI.shape[1]
    together([partial(kernel, begin, end) for begin, end in blocks(rows, 4 * threads())], 4.0 * rows * own.w_KOI.shape[2])


def _for_each_chip(law: Any, *, sums: bool) -> Callable[..., None]:
    """A chip's kernel, for rows ``begin`` to ``end`` of a fleet, which are numbered chip by chip."""

    def chips(
        chips_C: Any, pulses_C2: Any, sums_C2: Any, x_CWI: Any, x_negative_CWI: Any, d_CWO: Any, d_negative_CWO: Any, words_C: Any,
        first_slot_C: Any, width: int, w_KOI: Any, p_KPOI: Any, g_KG: Any, up_KOI: Any, down_KOI: Any, begin: int, end: int,
    ) -> None:  # fmt: skip
        outputs = w_KOI.shape[1]
        for c in range(begin // outputs, -(-end // outputs)):
            k, words = chips_C[c], words_C[c]
            first, last = max(begin - c * outputs, 0), min(end - c * outputs, outputs)
            if sums:
                law(
                    pulses_C2[c], sums_C2[c], x_CWI[c, :words], x_negative_CWI[c, :words], d_CWO[c, :words], d_negative_CWO[c, :words],
                    first_slot_C[c], width, first, last, w_KOI[k], p_KPOI[k], g_KG[k], up_KOI[k], down_KOI[k],
                )  # fmt: skip
            else:
                law(
                    pulses_C2[c], x_CWI[c, :words], x_negative_CWI[c, :words], d_CWO[c, :words], d_negative_CWO[c, :words],
                    first_slot_C[c], width, first, last, w_KOI[k], p_KPOI[k], g_KG[k], up_KOI[k], down_KOI[k],
                )  # fmt: skip

    return compiled(chips)


_batched, _sequential = _for_each_chip(batched, sums=True), _for_each_chip(sequential, sums=True)


@cache
def _walked(step: Any) -> Callable[..., None]:
    """The kernel of a law without a closed form; compiled at its first call."""
    return _for_each_chip(kernels(step).walk, sums=False)

"""Coincidence updates of all chips of a fleet in one call: the trains of a batch and what they do to the cells.

Shapes: K chips, B batch, I input lines, O output lines, W words, P parameters per cell.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels import affine, packing, streams, trains
from crossbar.kernels.batched import batched
from crossbar.kernels.compiling import apart, bound, compiled
from crossbar.kernels.own import Own
from crossbar.kernels.sequential import sequential
from crossbar.kernels.slots import every
from crossbar.kernels.streams import Purpose
from crossbar.kernels.threads import shared

Floats = NDArray[np.float32]


def update(
    step: Any, order: str, own: Own, x_KBI: Floats, d_KBO: Floats, lr_K: NDArray[np.float64], granularity_K: NDArray[np.float64],
    parameters: UpdateParameters, count: int, samples: int,
) -> None:  # fmt: skip
    """Pulse trains of a batch and what they do, in pieces of ``samples`` samples so that trains stay small; ``count`` numbers the write."""
    chips = len(lr_K)
    first_draw_K, first_number_K = (np.zeros(chips, dtype=np.int64) for _ in range(2))
    law = _law(step, order, own)
    for b in range(0, x_KBI.shape[1], samples):
        x, d = (np.ascontiguousarray(v_KBN[:, b : b + samples]) for v_KBN in (x_KBI, d_KBO))
        plan = trains.plans(x, d, lr_K, granularity_K, parameters)
        pulses_K2 = streams.each(own.seeds_K, Purpose.PULSE, count)
        sums_K2 = streams.each(own.seeds_K, Purpose.PULSE_SUM, count, first_number_K)
        places = packing.placed(plan.length_B, first_number_K, apart=law is sequential)
        if places.words > 0:
            words = lines(own.seeds_K, x, d, plan, places, parameters, count, first_draw_K)
            kernel = partial(_of_fleet(law), pulses_K2, sums_K2, *words, places.words_K, places.number_KS, *own[1:])
            rows = chips * own.w_KOI.shape[1]
            shared(kernel, rows, 4.0 * rows * own.w_KOI.shape[2])
        first_draw_K += trains.draws(plan)


def _law(step: Any, order: str, own: Own) -> Callable[..., None]:
    """The kernel of a chip's rows."""
    if step is not affine.step or affine.all_steep(own.p_KPOI, own.g_KG):
        return every(step)
    return batched if order == "batched" else sequential


def lines(
    seeds_K: NDArray[np.uint64], x_KBI: Floats, d_KBO: Floats, plan: trains.Plan, places: packing.Places, parameters: UpdateParameters,
    count: int, first_draw_K: NDArray[np.int64],
) -> list[NDArray[Any]]:  # fmt: skip
    """The trains of all lines: pulses and signs of x [K, W, I], pulses and signs of d [K, W, O]."""
    keys = [streams.each(seeds_K, purpose, count) for purpose in (Purpose.X_TRAIN, Purpose.D_TRAIN)]
    (chips, _, inputs), outputs = x_KBI.shape, d_KBO.shape[2]
    made = [np.zeros((chips, places.words, size), dtype=places.dtype) for size in (inputs, inputs, outputs, outputs)]
    numbers = (plan.length_B, places.start_KB, places.width, float(parameters.res), bool(parameters.sto_round))
    kernel = partial(_fill, *keys, first_draw_K, x_KBI, d_KBO, plan.x_gain_B, plan.d_gain_B, *numbers, *made)
    size = inputs + outputs
    shared(kernel, chips * size, 0.5 * float(plan.length_B.sum()) * size)
    return made


@compiled
def _fill(
    x_keys_K2: Any, d_keys_K2: Any, first_draw_K: Any, x_KBI: Any, d_KBO: Any, x_gain_KB: Any, d_gain_KB: Any, length_KB: Any,
    start_KB: Any, width: int, resolution: float, stochastic_rounding: bool, x_KWI: Any, x_negative_KWI: Any, d_KWO: Any,
    d_negative_KWO: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """Lines ``begin`` to ``end``, which are numbered chip by chip, each chip's inputs before its outputs."""
    inputs = x_KBI.shape[2]
    size = inputs + d_KBO.shape[2]
    for k in range(begin // size, -(-end // size)):
        first, last = max(begin - k * size, 0), min(end - k * size, size)
        draw, numbers = first_draw_K[k], (length_KB[k], start_KB[k], width, resolution, stochastic_rounding)
        if first < inputs:
            ends = (first, min(last, inputs))
            trains.fill(x_keys_K2[k], draw, x_KBI[k], x_gain_KB[k], *numbers, *ends, x_KWI[k], x_negative_KWI[k])
        if last > inputs:
            ends = (max(first - inputs, 0), last - inputs)
            trains.fill(d_keys_K2[k], draw, d_KBO[k], d_gain_KB[k], *numbers, *ends, d_KWO[k], d_negative_KWO[k])


law: Any = None  # open: a chip's kernel


def _chips(
    pulses_K2: Any, sums_K2: Any, x_KWI: Any, x_negative_KWI: Any, d_KWO: Any, d_negative_KWO: Any, words_K: Any,
    number_KS: Any, w_KOI: Any, p_KPOI: Any, g_KG: Any, up_KOI: Any, down_KOI: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """A chip's kernel, for rows ``begin`` to ``end`` of a fleet, which are numbered chip by chip."""
    outputs = w_KOI.shape[1]
    for k in range(begin // outputs, -(-end // outputs)):
        words, first, last = words_K[k], max(begin - k * outputs, 0), min(end - k * outputs, outputs)
        if words > 0:
            law(
                pulses_K2[k], sums_K2[k], x_KWI[k, :words], x_negative_KWI[k, :words], d_KWO[k, :words], d_negative_KWO[k, :words],
                number_KS[k], first, last, w_KOI[k], p_KPOI[k], g_KG[k], up_KOI[k], down_KOI[k],
            )  # fmt: skip


@cache
def _of_fleet(law: Any) -> Callable[..., None]:
    """The kernel ``law`` of a chip for a fleet; compiled at its first call."""
    return apart(bound(_chips, law.py_func.__qualname__, law=law))

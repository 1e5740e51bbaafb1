"""DAC and ADC of ``crossbar.kernels.reads`` in torch: the same draws and the same roundings for all chips at once.

Shapes: K chips, B samples, M lines in, N lines out.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from crossbar.gpu import streams
from crossbar.gpu.streams import Stream


@dataclass(frozen=True)
class Dac:
    """Numbers of an input converter; see ``crossbar.kernels.reads``.

    Attributes:
        resolution: one step, 0 for none.
        bound: largest value, inf for none.
        noise: standard deviation behind it.
        negative: factor of negative values.
        stochastic: whether it rounds at random.
    """

    resolution: float
    bound: float
    noise: float
    negative: float
    stochastic: bool


@dataclass(frozen=True)
class Adc:
    """Numbers of an output converter.

    Attributes:
        resolution: one step, 0 for none.
        bound: largest value, inf for none.
        negative: factor of negative values.
        stochastic: whether it rounds at random.
        below: whether values under the lowest level count as clipped.
    """

    resolution: float
    bound: float
    negative: float
    stochastic: bool
    below: bool


def largest(x_KBM: Tensor, signed: bool, limit: float) -> tuple[Tensor, Tensor]:
    """Scale of every sample [K, B]: max |x|, or max x where ``signed``, at most ``limit``; 1 where that is not positive. Where it is."""
    largest_KB = (x_KBM if signed else x_KBM.abs()).amax(2).clamp(max=limit)
    silent_KB = largest_KB <= 0
    return torch.where(silent_KB, 1.0, largest_KB), ~silent_KB


def prepare(stream: Stream, x_KBM: Tensor, scale_KB: Tensor, dac: Dac) -> Tensor:
    """What the lines carry [K, B, M]: inputs over their scale, rounded, clipped, with noise."""
    key_K2, counter = stream.keys(), streams.counters(x_KBM.shape[1:], x_KBM.device)
    v = _converted(x_KBM * (1.0 / scale_KB)[:, :, None], key_K2, counter, dac.resolution, dac.stochastic)
    v = v.clamp(-dac.bound, dac.bound)
    if dac.noise > 0:
        v = v + _float32(dac.noise) * streams.normal(streams.bits(key_K2, counter))
    return v if dac.negative == 1 else v * torch.where(v < 0, _float32(dac.negative), 1.0)


def finish(stream: Stream, y_KBN: Tensor, noise_KN: Tensor, gain_KB: Tensor, adc: Adc) -> tuple[Tensor, Tensor]:
    """What is read [K, B, N] (noise, rounding, clipping, times the sample's gain), and which samples were clipped [K, B]."""
    key_K2, counter = stream.keys(), streams.counters(y_KBN.shape[1:], y_KBN.device)
    v = y_KBN if adc.negative == 1 else y_KBN * torch.where(y_KBN < 0, _float32(adc.negative), 1.0)
    v = v + noise_KN[:, None, :] * streams.normal(streams.bits(key_K2, counter))
    v = _converted(v, key_K2, counter, adc.resolution, adc.stochastic)
    clipped_KB = ((v > adc.bound) | ((v < -adc.bound) & adc.below)).any(2)
    return v.clamp(-adc.bound, adc.bound) * gain_KB[:, :, None], clipped_KB


def _converted(v: Tensor, key_K2: Tensor, counter: Tensor, resolution: float, stochastic: bool) -> Tensor:
    if resolution <= 0:
        return v
    step = _float32(resolution)
    v = v / step
    if stochastic:
        v = v + (streams.uniform(streams.bits(torch.stack((key_K2[:, 0], ~key_K2[:, 1]), 1), counter)) - 0.5)
    return v.round() * step


def _float32(value: float) -> float:
    """The float32 nearest to a number: what a compiled kernel is given."""
    return float(torch.tensor(value, dtype=torch.float32)) if math.isfinite(value) else value

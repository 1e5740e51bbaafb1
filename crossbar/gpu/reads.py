"""Analog matrix-vector products of ``crossbar.kernels.reads`` in torch, for all chips at once: the same law and the same draws.

Where an ADC clips, bound management reads the whole batch again and keeps what was asked for; a draw depends on its sample's place in the
batch, so that this is what reading the clipped samples alone gives.

Shapes: K chips, B samples, M lines in, N lines out.
"""

from dataclasses import dataclass

import torch
from aihwkit.simulator.parameters.enums import AnalogMVType, BoundManagementType, NoiseManagementType, WeightNoiseType
from aihwkit.simulator.parameters.io import IOParameters
from torch import Tensor

from crossbar.gpu.converters import Adc, Dac
from crossbar.gpu.functions import functions
from crossbar.gpu.streams import Stream
from crossbar.kernels.reads import exhausted, resolution
from crossbar.kernels.streams import Purpose
from crossbar.products import product

_ASSUMED_W_MAX = 0.6  # aihwkit's nm_assumed_wmax


@dataclass(frozen=True)
class Reads:
    """One direction of the periphery of all chips.

    Attributes:
        io: aihwkit's parameters.
        bounded: whether bound management applies (forward only).
        noise_KN: standard deviation of the ADC noise of each output line.
        seeds_K: of the chips.
        purpose: FORWARD or BACKWARD.
    """

    io: IOParameters
    bounded: bool
    noise_KN: Tensor
    seeds_K: Tensor
    purpose: Purpose

    def __call__(self, w_KNM: Tensor, x_KBM: Tensor, step: int) -> Tensor:
        """y = W x for every sample [K, B, N]."""
        io = self.io
        if io.is_perfect or io.mv_type is AnalogMVType.IDEAL:
            return io.out_scale * product(x_KBM, w_KNM.mT)
        alpha_KB, active_KB = self._scales(x_KBM)
        managed = io.bound_management if self.bounded else BoundManagementType.NONE
        y_KBN: Tensor | float = 0.0
        left_KB, reduction, attempt = active_KB, 1.0, 0
        while True:
            if attempt == 1 and managed is BoundManagementType.ITERATIVE_WORST_CASE:
                worst_KB = self._largest(x_KBM, NoiseManagementType.ABS_MAX_NP_SUM)
                alpha_KB, reduction = torch.where(worst_KB <= 0, 1.0, worst_KB), 1.0
            stream = Stream(self.seeds_K, (int(self.purpose), step, attempt))
            read_KBN, clipped_KB = self._attempt(w_KNM, x_KBM, alpha_KB if reduction == 1 else alpha_KB * reduction, stream)
            y_KBN = torch.where(left_KB[:, :, None], read_KBN, y_KBN)
            if managed is BoundManagementType.NONE or exhausted(io, reduction):
                return y_KBN
            left_KB, reduction, attempt = left_KB & clipped_KB, reduction * 2.0, attempt + 1
            if not bool(left_KB.any()):
                return y_KBN

    def _attempt(self, w_KNM: Tensor, x_KBM: Tensor, scale_KB: Tensor, stream: Stream) -> tuple[Tensor, Tensor]:
        """One read of all samples, and whether the ADC clipped."""
        io, make = self.io, functions(x_KBM.device)
        dac_KBM = make.prepare(stream, x_KBM, scale_KB, _dac(io))
        gain_KB = scale_KB if io.out_scale == 1 else scale_KB * io.out_scale
        if io.mv_type is AnalogMVType.ONE_PASS:
            return make.finish(_under(stream, Purpose.ADC, 1), self._cells(w_KNM, dac_KBM, stream, 1), self.noise_KN, gain_KB, _adc(io))
        sums = [self._cells(w_KNM, half, stream, n) for n, half in enumerate((dac_KBM.clamp(max=0.0), dac_KBM.clamp(min=0.0)), start=1)]
        if io.mv_type is AnalogMVType.POS_NEG_SEPARATE:
            return make.finish(_under(stream, Purpose.ADC, 1), sums[0] + sums[1], self.noise_KN, gain_KB, _adc(io))
        ones_KB = torch.ones_like(gain_KB)
        halves = [
            make.finish(_under(stream, Purpose.ADC, n), half, self.noise_KN, ones_KB, _adc(io)) for n, half in enumerate(sums, start=1)
        ]
        (low_KBN, below_KB), (high_KBN, above_KB) = halves
        return (low_KBN + high_KBN) * gain_KB[:, :, None], below_KB | above_KB

    def _cells(self, w_KNM: Tensor, x_KBM: Tensor, stream: Stream, part: int) -> Tensor:
        """The currents before the ADC: product, IR drop, read noise of the cells."""
        io, y_KBN = self.io, product(x_KBM, w_KNM.mT)
        if io.ir_drop > 0:
            y_KBN = y_KBN - io.ir_drop * _ir_drop(w_KNM, x_KBM, io.ir_drop_g_ratio)
        if io.w_noise > 0 and io.w_noise_type is not WeightNoiseType.NONE:
            noise = functions(x_KBM.device).normals(_under(stream, Purpose.CELL_READ, part), y_KBN.shape[1:])
            y_KBN = y_KBN + _read_noise(w_KNM, x_KBM, io) * noise
        return y_KBN

    def _scales(self, x_KBM: Tensor) -> tuple[Tensor, Tensor]:
        """alpha of every sample, and which samples are read at all [K, B]; see ``crossbar.kernels.reads.scales``."""
        io, kind = self.io, self.io.noise_management
        everyone = kind is NoiseManagementType.NONE or (self.bounded and io.inp_noise > 0)
        if kind in (NoiseManagementType.MAX, NoiseManagementType.ABS_MAX) and not everyone:
            limit = io.nm_thres if io.nm_thres > 0 else float("inf")
            return functions(x_KBM.device).largest(x_KBM, kind is NoiseManagementType.MAX, limit)
        alpha_KB = self._largest(x_KBM, kind)
        silent_KB = alpha_KB <= 0
        return torch.where(silent_KB, 1.0, alpha_KB), torch.ones_like(silent_KB) if everyone else ~silent_KB

    def _largest(self, x_KBM: Tensor, kind: NoiseManagementType) -> Tensor:
        io = self.io
        if kind is NoiseManagementType.NONE:
            return torch.ones_like(x_KBM[:, :, 0])
        if kind is NoiseManagementType.CONSTANT:
            return torch.full_like(x_KBM[:, :, 0], io.nm_thres if io.nm_thres > 0 else 1.0)
        largest_KB = x_KBM.amax(2) if kind is NoiseManagementType.MAX else x_KBM.abs().amax(2)
        if io.nm_thres > 0:
            largest_KB = largest_KB.clamp(max=io.nm_thres)
        if kind is not NoiseManagementType.ABS_MAX_NP_SUM:
            return largest_KB
        bound = io.out_bound if io.out_bound > 0 else 1.0
        sums_KB = torch.maximum(x_KBM.clamp(min=0).sum(2), -x_KBM.clamp(max=0).sum(2)) * (_ASSUMED_W_MAX / bound)
        step = resolution(io.inp_res, io.inp_bound)
        if step > 0:
            sums_KB = torch.minimum(largest_KB / step * io.max_bm_res, sums_KB)
        return torch.maximum(largest_KB, sums_KB)


def _under(stream: Stream, purpose: Purpose, part: int) -> Stream:
    return Stream(stream.seeds_K, stream.parts, (int(purpose), part))


def _dac(io: IOParameters) -> Dac:
    bound = io.inp_bound if io.inp_bound > 0 else float("inf")
    return Dac(resolution(io.inp_res, io.inp_bound), bound, max(io.inp_noise, 0.0), 1 - io.inp_asymmetry, bool(io.inp_sto_round))


def _adc(io: IOParameters) -> Adc:
    bound, limit = max(io.out_bound, 0.0), io.out_bound if io.out_bound > 0 else float("inf")
    negative = 1 - max(io.out_asymmetry, 0.0)
    return Adc(resolution(io.out_res, bound), limit, negative, bool(io.out_sto_round), bool(io.bm_test_negative_bound))


def _ir_drop(w_KNM: Tensor, x_KBM: Tensor, g_ratio: float) -> Tensor:
    """See ``crossbar.kernels.reads``."""
    lines = x_KBM.shape[2]
    a_KBN = lines / g_ratio * product(x_KBM.abs(), w_KNM.abs().mT)
    position_M = (1 - (1 - torch.arange(lines, device=x_KBM.device) / lines) ** 2).float()
    return a_KBN * (0.5 + a_KBN * (0.05 * a_KBN - 0.2)) * product(x_KBM * position_M, w_KNM.mT)


def _read_noise(w_KNM: Tensor, x_KBM: Tensor, io: IOParameters) -> Tensor:
    """Standard deviation of the cells' noise at the output [K, B, N] or [K, B, 1]."""
    if io.w_noise_type is WeightNoiseType.ADDITIVE_CONSTANT:
        return io.w_noise * x_KBM.square().sum(2, keepdim=True).sqrt()
    return io.w_noise * product(x_KBM.square(), w_KNM.abs().mT).sqrt()

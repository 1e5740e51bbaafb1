"""Analog matrix-vector products of one chip: DAC, cells, ADC, with aihwkit's IOParameters.

Per sample, with the scale alpha of noise management (and bound management) and res = 2 bound * resolution:

    x' = clip(round(x / (alpha res_in)) res_in, +-inp_bound) + inp_noise xi
    y' = W x' - IR drop + w_noise
    y  = alpha out_scale clip(round((y' + out_noise xi) / res_out) res_out, +-out_bound)

As in aihwkit 1.1.0's compiled tile: bound management repeats a clipped sample with half the input and works forward only; a sample of
zeros reads as zeros, without noise.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from aihwkit.simulator.parameters.enums import (
    AnalogMVType,
    BoundManagementType,
    NoiseManagementType,
    WeightNoiseType,
)
from aihwkit.simulator.parameters.io import IOParameters
from numpy.typing import NDArray

from crossbar.kernels import streams
from crossbar.kernels.compiling import compiled
from crossbar.kernels.converters import adc, dac, most
from crossbar.kernels.pairs import fill_normals
from crossbar.products import product

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
_SAMPLES = 32  # samples that are read together; fixed, because a product's rounding depends on how many rows it has
_ASSUMED_W_MAX = 0.6  # aihwkit's nm_assumed_wmax, which its Python parameters do not expose
_PASSES = (AnalogMVType.ONE_PASS, AnalogMVType.POS_NEG_SEPARATE, AnalogMVType.POS_NEG_SEPARATE_DIGITAL_SUM)
_NOISE_MANAGEMENT = (
    NoiseManagementType.NONE,
    NoiseManagementType.ABS_MAX,
    NoiseManagementType.ABS_MAX_NP_SUM,
    NoiseManagementType.MAX,
    NoiseManagementType.CONSTANT,
)
_BOUND_MANAGEMENT = (BoundManagementType.NONE, BoundManagementType.ITERATIVE, BoundManagementType.ITERATIVE_WORST_CASE)
_UNMODELLED = ("out_nonlinearity", "out_nonlinearity_std", "v_offset_std", "r_series", "w_read_asymmetry_dtod")


def check(io: IOParameters) -> None:
    """Refuse what these reads do not model.

    Raises:
        ValueError: naming the parameter and what is accepted.
    """
    if io.is_perfect or io.mv_type is AnalogMVType.IDEAL:
        return
    for name, accepted in (("mv_type", _PASSES), ("noise_management", _NOISE_MANAGEMENT), ("bound_management", _BOUND_MANAGEMENT)):
        if getattr(io, name) not in accepted:
            names = ", ".join(kind.name for kind in accepted)
            raise ValueError(f"{name} {getattr(io, name).name} is not modelled; accepted: {names}; use the host 'hosted' for others")
    for name in _UNMODELLED:
        if getattr(io, name) != 0:
            raise ValueError(f"{name} must be 0, not {getattr(io, name)}; use the host 'hosted' to model it")
    if io.noise_management is not NoiseManagementType.NONE and io.inp_bound != 1:
        raise ValueError(f"noise management needs inp_bound = 1, not {io.inp_bound}")


@dataclass(frozen=True)
class Read:
    """One direction of one chip's periphery.

    Attributes:
        io: aihwkit's parameters.
        bounded: whether bound management applies (forward only).
        noise_N: standard deviation of the ADC noise of each output line, fixed at manufacture.
    """

    io: IOParameters
    bounded: bool
    noise_N: Floats

    @property
    def perfect(self) -> bool:
        """Whether the read is exact arithmetic."""
        return bool(self.io.is_perfect or self.io.mv_type is AnalogMVType.IDEAL)

    def __call__(self, w_NM: Floats, x_BM: Floats, seed: int, purpose: streams.Purpose, step: int) -> Floats:
        """y = W x for every sample: [B, M] -> [B, N]. Draws depend on (seed, purpose, step) only."""
        if self.perfect:
            return np.float32(self.io.out_scale) * _product(w_NM, x_BM)
        alpha_B, active_B = scales(x_BM, self.io, self.bounded)
        y_BN = np.zeros((x_BM.shape[0], w_NM.shape[0]), dtype=np.float32)
        left = np.flatnonzero(active_B)
        bm = self.io.bound_management if self.bounded else BoundManagementType.NONE
        reduction, attempt = 1.0, 0
        while left.size:
            if attempt == 1 and bm is BoundManagementType.ITERATIVE_WORST_CASE:
                worst_B = sizes(x_BM, self.io, NoiseManagementType.ABS_MAX_NP_SUM)
                alpha_B, reduction = np.where(worst_B <= 0, np.float32(1.0), worst_B), 1.0
            scale_L = (alpha_B[left] * np.float32(reduction)).astype(np.float32)
            read_LN, clipped_L = self._attempt(w_NM, x_BM[left], left, scale_L, streams.key(seed, purpose, step, attempt))
            y_BN[left] = read_LN * (scale_L * np.float32(self.io.out_scale))[:, None]
            if bm is BoundManagementType.NONE or exhausted(self.io, reduction):
                break
            left, reduction, attempt = left[clipped_L], reduction * 2.0, attempt + 1
        return y_BN

    def _attempt(self, w_NM: Floats, x_LM: Floats, rows_L: NDArray[Any], scale_L: Floats, stream: streams.Key) -> tuple[Floats, Flags]:
        """One read of the samples ``rows_L`` of the batch, divided by their scales; and whether the ADC clipped."""
        y_LN = np.empty((len(rows_L), w_NM.shape[0]), dtype=np.float32)
        clipped_L = np.zeros(len(rows_L), dtype=np.bool_)
        for begin in range(0, len(rows_L), _SAMPLES):
            part = slice(begin, begin + _SAMPLES)
            y_LN[part] = self._samples(w_NM, x_LM[part], rows_L[part], scale_L[part], stream, clipped_L[part])
        return y_LN, clipped_L

    def _samples(self, w_NM: Floats, x_LM: Floats, rows_L: NDArray[Any], scale_L: Floats, stream: streams.Key, clipped_L: Flags) -> Floats:
        io = self.io
        dac_LM = self._dac(x_LM, rows_L, scale_L, stream)
        if io.mv_type is AnalogMVType.ONE_PASS:
            return self._adc(self._cells(w_NM, dac_LM, rows_L, stream, 1), rows_L, stream, 1, clipped_L)
        halves = (np.minimum(dac_LM, np.float32(0.0)), np.maximum(dac_LM, np.float32(0.0)))
        sums = [self._cells(w_NM, half, rows_L, stream, n) for n, half in enumerate(halves, start=1)]
        if io.mv_type is AnalogMVType.POS_NEG_SEPARATE:
            return self._adc(sums[0] + sums[1], rows_L, stream, 1, clipped_L)
        read = [self._adc(half, rows_L, stream, n, clipped_L) for n, half in enumerate(sums, start=1)]
        return np.asarray(read[0] + read[1])

    def _dac(self, x_LM: Floats, rows_L: NDArray[Any], scale_L: Floats, stream: streams.Key) -> Floats:
        io = self.io
        bound = io.inp_bound if io.inp_bound > 0 else np.inf
        out = np.empty_like(x_LM)
        numbers = (resolution(io.inp_res, io.inp_bound), bound, io.inp_noise, 1 - io.inp_asymmetry)
        _prepare(x_LM, rows_L, scale_L, *numbers, io.inp_sto_round, stream, out)
        return out

    def _cells(self, w_NM: Floats, x_LM: Floats, rows_L: NDArray[Any], stream: streams.Key, part: int) -> Floats:
        """The currents before the ADC: product, IR drop, read noise of the cells."""
        y_LN = _product(w_NM, x_LM)
        if self.io.ir_drop > 0:
            y_LN -= np.float32(self.io.ir_drop) * _ir_drop(w_NM, x_LM, self.io.ir_drop_g_ratio)
        if self.io.w_noise > 0 and self.io.w_noise_type is not WeightNoiseType.NONE:
            std_LN = np.broadcast_to(_read_noise(w_NM, x_LM, self.io), y_LN.shape)
            _noise(y_LN, std_LN, rows_L, streams.key(int(stream[0]), streams.Purpose.CELL_READ, part))
        return y_LN

    def _adc(self, y_LN: Floats, rows_L: NDArray[Any], stream: streams.Key, part: int, clipped_L: Flags) -> Floats:
        io = self.io
        bound = io.out_bound if io.out_bound > 0 else np.inf
        numbers = (resolution(io.out_res, max(io.out_bound, 0.0)), bound, 1 - max(io.out_asymmetry, 0.0))
        own = streams.key(int(stream[0]), streams.Purpose.ADC, part)
        _finish(y_LN, rows_L, self.noise_N, *numbers, io.out_sto_round, io.bm_test_negative_bound, own, clipped_L)
        return y_LN


def adc_noise(io: IOParameters, lines: int, seed: int, purpose: streams.Purpose) -> Floats:
    """Standard deviation of each output line's noise: out_noise |1 + out_noise_std xi|, drawn once per chip and direction."""
    if not io.out_noise_std > 0:
        return np.full(lines, io.out_noise, dtype=np.float32)
    xi = streams.normals(streams.key(seed, streams.Purpose.ADC_SPREAD, int(purpose)), lines)
    return np.abs(np.float32(io.out_noise) * (1 + np.float32(io.out_noise_std) * xi)).astype(np.float32)


def _product(w_NM: Floats, x_BM: Floats) -> Floats:
    return np.asarray(product(torch.from_numpy(x_BM)[None], torch.from_numpy(w_NM).T[None])[0].numpy())


def resolution(fraction_or_steps: float, bound: float) -> float:
    """A step of a converter: aihwkit takes a fraction of the range, or a number of steps where it is above 1; off where not positive."""
    fraction = max(fraction_or_steps, 0.0)
    return (1 / fraction if fraction > 1 else fraction) * 2 * bound


def exhausted(io: IOParameters, reduction: float) -> bool:
    """Whether bound management gives up at this reduction of the input."""
    step = resolution(io.inp_res, io.inp_bound)
    return int(reduction) > io.max_bm_factor or (step > 0 and reduction > io.max_bm_res / step)


def scales(x_BM: Floats, io: IOParameters, bounded: bool) -> tuple[Floats, NDArray[np.bool_]]:
    """alpha of every sample, and which samples are read at all [B].

    A sample of zeros is not, except that in forward reads input noise still reaches the cells.
    """
    alpha_B = sizes(x_BM, io, io.noise_management)
    active_B = np.ones(len(alpha_B), dtype=np.bool_) if zeros_count(io, bounded) else ~(alpha_B <= 0)
    return np.where(alpha_B <= 0, np.float32(1.0), alpha_B), active_B  # what is not a number stays one


def zeros_count(io: IOParameters, bounded: bool) -> bool:
    """Whether a sample of zeros is read."""
    return bool(io.noise_management is NoiseManagementType.NONE or (bounded and io.inp_noise > 0))


def sizes(x_BM: Floats, io: IOParameters, kind: NoiseManagementType) -> Floats:
    """alpha of every sample [B], 0 for a sample of zeros."""
    if kind is NoiseManagementType.NONE:
        return np.ones(len(x_BM), dtype=np.float32)
    if kind is NoiseManagementType.CONSTANT:
        return np.full(len(x_BM), io.nm_thres if io.nm_thres > 0 else 1.0, dtype=np.float32)
    largest_B = x_BM.max(1) if kind is NoiseManagementType.MAX else largest(x_BM)
    if io.nm_thres > 0:
        largest_B = np.minimum(largest_B, np.float32(io.nm_thres))
    if kind is not NoiseManagementType.ABS_MAX_NP_SUM:
        return largest_B.astype(np.float32)
    bound = io.out_bound if io.out_bound > 0 else 1.0
    sums_B = np.maximum(np.maximum(x_BM, 0).sum(1), -np.minimum(x_BM, 0).sum(1)) * (_ASSUMED_W_MAX / bound)
    step = resolution(io.inp_res, io.inp_bound)
    if step > 0:
        sums_B = np.minimum(largest_B / step * io.max_bm_res, sums_B)
    return np.maximum(largest_B, sums_B).astype(np.float32)


def _ir_drop(w_NM: Floats, x_BM: Floats, g_ratio: float) -> Floats:
    """aihwkit's approximation: c(a) sum_j w_ij x_j (1 - (1 - j/n)^2), a = n sum_j |w_ij x_j| / g_ratio, c = a (0.5 - 0.2 a + 0.05 a^2)."""
    lines = x_BM.shape[1]
    a_BN = np.float32(lines / g_ratio) * _product(np.abs(w_NM), np.abs(x_BM))
    position_M = (1 - (1 - np.arange(lines) / lines) ** 2).astype(np.float32)
    weight = a_BN * (np.float32(0.5) + a_BN * (np.float32(0.05) * a_BN - np.float32(0.2)))
    return np.asarray(weight * _product(w_NM, x_BM * position_M))


def _read_noise(w_NM: Floats, x_BM: Floats, io: IOParameters) -> Floats:
    """Standard deviation of the cells' noise at the output [B, N] or [B, 1]."""
    if io.w_noise_type is WeightNoiseType.ADDITIVE_CONSTANT:
        return np.asarray(np.float32(io.w_noise) * np.sqrt((x_BM * x_BM).sum(1, keepdims=True)))
    return np.asarray(np.float32(io.w_noise) * np.sqrt(_product(np.abs(w_NM), x_BM * x_BM)))


def largest(x_BM: Floats) -> Floats:
    """max |x| of every sample [B]; nan where one is not a number."""
    out_B = np.empty(len(x_BM), dtype=np.float32)
    _largest(np.ascontiguousarray(x_BM), out_B)
    return out_B


@compiled
def _largest(x_BM: Any, out_B: Any) -> None:
    most(x_BM, 0, out_B.size, out_B)


@compiled
def _noise(y_LN: Floats, std_LN: Floats, rows_L: Any, stream: Any) -> None:
    key_0, key_1 = stream
    lines = y_LN.shape[1]
    z = np.empty(lines + 1, np.float32)
    for n in range(rows_L.size):
        y_N, std_N = y_LN[n], std_LN[n]
        fill_normals(z, lines, key_0, key_1, np.uint64(rows_L[n] * lines))
        for i in range(lines):
            y_N[i] += std_N[i] * z[i]


@compiled
def _prepare(
    x_LM: Floats, rows_L: Any, scale_L: Floats, resolution: float, bound: float, noise: float, negative: float,
    stochastic: bool, stream: Any, out_LM: Floats,
) -> None:  # fmt: skip
    key_0, key_1 = stream
    numbers = (np.float32(resolution), np.float32(bound), np.float32(noise), np.float32(negative))
    samples, lines = x_LM.shape
    z, begin_L, end_L = np.empty(lines + 1, np.float32), np.zeros(samples, np.int64), np.full(samples, lines)
    dac(x_LM, np.arange(samples), rows_L, samples, begin_L, end_L, scale_L, *numbers, stochastic, key_0, key_1, z, out_LM)


@compiled
def _finish(
    y_LN: Floats, rows_L: Any, noise_N: Floats, resolution: float, bound: float, negative: float,
    stochastic: bool, test_negative: bool, stream: Any, clipped_L: Any,
) -> None:  # fmt: skip
    key_0, key_1 = stream
    numbers = (np.ones(rows_L.size, np.float32), np.float32(resolution), np.float32(bound), np.float32(negative))
    z, clips_L, samples = np.empty(y_LN.shape[1] + 1, np.float32), np.empty(rows_L.size, np.bool_), rows_L.size
    rows = (y_LN, np.arange(samples), rows_L, samples, noise_N)
    adc(*rows, *numbers, stochastic, test_negative, key_0, key_1, z, y_LN, clips_L)
    clipped_L |= clips_L

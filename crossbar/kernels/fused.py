"""Small arrays: the whole read of a sample, from DAC to ADC, in one pass, for all chips of a fleet in one call.

The same law and the same draws as ``crossbar.kernels.reads``, which serves every other case; only the order of the sums in W x differs.
A product of a few thousand terms costs less than handing it to a library, and nothing but the result leaves the cache.

Shapes: K chips, B samples, R = K B rows chip by chip, M lines in, N lines out.
"""

from functools import partial
from typing import Any

import numba
import numpy as np
from aihwkit.simulator.parameters.enums import AnalogMVType, BoundManagementType, WeightNoiseType
from aihwkit.simulator.parameters.io import IOParameters
from numpy.typing import NDArray

from crossbar.kernels import reads
from crossbar.kernels.compiling import compiled, inlined
from crossbar.kernels.streams import Purpose, bits, extended, normal, started, uniform
from crossbar.kernels.threads import blocks, threads, together

Floats = NDArray[np.float32]
LARGEST = 2**14
"""Cells of the largest array that is read here; above, a library's product is faster."""

_CELL_READ, _ADC = np.uint64(Purpose.CELL_READ), np.uint64(Purpose.ADC)


def fits(io: IOParameters, cells: int) -> bool:
    """Whether these reads are modelled here: one pass, no IR drop, cells' noise independent of the weight, arrays of few cells."""
    quiet = io.w_noise <= 0 or io.w_noise_type in (WeightNoiseType.NONE, WeightNoiseType.ADDITIVE_CONSTANT)
    managed = io.bound_management in (BoundManagementType.NONE, BoundManagementType.ITERATIVE)
    return bool(not io.is_perfect and io.mv_type is AnalogMVType.ONE_PASS and io.ir_drop <= 0 and quiet and managed and cells <= LARGEST)


def read(
    io: IOParameters,
    bounded: bool,
    noise_KN: Floats,
    seeds_K: NDArray[np.uint64],
    w_KOI: Floats,
    x_KBM: Floats,
    purpose: Purpose,
    step: int,
) -> Floats:
    """y = W x of every chip and sample [K, B, N]; W^T x where the purpose is a transposed read."""
    chips, samples, lines = x_KBM.shape
    x_RM = x_KBM.reshape(-1, lines)
    alpha_R, active_R = reads.scales(x_RM, io, bounded)
    y_RN = np.zeros((len(x_RM), noise_KN.shape[1]), dtype=np.float32)
    add = io.w_noise if io.w_noise > 0 and io.w_noise_type is not WeightNoiseType.NONE else 0.0
    dac = (reads.resolution(io.inp_res, io.inp_bound), _limit(io.inp_bound), io.inp_noise, 1 - io.inp_asymmetry)
    adc = (reads.resolution(io.out_res, max(io.out_bound, 0.0)), _limit(io.out_bound), io.out_scale, 1 - max(io.out_asymmetry, 0.0))
    flags = (io.inp_sto_round, io.out_sto_round, io.bm_test_negative_bound)
    numbers = np.array([*dac, *adc, add], dtype=np.float32)
    bound = _attempts(io) if bounded and io.bound_management is BoundManagementType.ITERATIVE else 1
    kernel = partial(
        _read, seeds_K, np.uint64(purpose), np.uint64(step), w_KOI, purpose is Purpose.BACKWARD, samples, x_RM, alpha_R, active_R, noise_KN,
        numbers, *flags, bound, y_RN,
    )  # fmt: skip
    work = len(x_RM) * (0.2 * lines * y_RN.shape[1] + 8.0 * (lines + 2 * y_RN.shape[1]))
    together([partial(kernel, begin, end) for begin, end in blocks(len(x_RM), threads(), 8)], work)
    return y_RN.reshape(chips, samples, -1)


def _limit(bound: float) -> float:
    return bound if bound > 0 else np.inf


def _attempts(io: IOParameters) -> int:
    """Reads until bound management gives up: the input is halved each time."""
    reduction, attempts = 1.0, 1
    while not reads.exhausted(io, reduction):
        reduction, attempts = reduction * 2, attempts + 1
    return attempts


def _dot_product(a_M: Any, b_M: Any) -> Any:
    total = np.float32(0.0)
    for i in range(a_M.size):
        total += a_M[i] * b_M[i]
    return total


_dot = numba.njit(fastmath={"reassoc", "contract"}, nogil=True, boundscheck=False)(_dot_product)  # the sum may become vector code


@inlined
def _rounded(value: Any, step: Any, stochastic: bool, key_0: Any, key_1: Any, counter: Any) -> Any:
    if step > 0:
        shift = np.float32(0.0)
        if stochastic:
            shift = uniform(bits(key_0, ~key_1, counter)) - np.float32(0.5)
        return np.float32(np.rint(value / step + shift)) * step
    return value


@compiled
def _read(
    seeds_K: Any, purpose: Any, step: Any, w_KOI: Any, transposed: bool, samples: int, x_RM: Any, alpha_R: Any, active_R: Any,
    noise_KN: Any, numbers: Any, stochastic_in: bool, stochastic_out: bool, test_negative: bool, attempts: int, y_RN: Any,
    begin: int, end: int,
) -> None:  # fmt: skip
    """Rows ``begin`` to ``end``."""
    step_in, limit_in, noise_in, negative_in = numbers[0], numbers[1], numbers[2], numbers[3]
    step_out, limit_out, scale_out, negative_out, add = numbers[4], numbers[5], numbers[6], numbers[7], numbers[8]
    lines, outputs = x_RM.shape[1], y_RN.shape[1]
    x_M, y_N = np.empty(lines, np.float32), np.empty(outputs, np.float32)
    for r in range(begin, end):
        if not active_R[r]:
            continue
        chip, sample = r // samples, r % samples
        prefix_0, prefix_1 = started(seeds_K[chip], purpose, step)
        first_in, first_out = np.uint64(sample * lines), np.uint64(sample * outputs)
        reduction = np.float32(1.0)
        for attempt in range(attempts):
            key_0, key_1 = extended(prefix_0, np.uint64(attempt)), extended(prefix_1, np.uint64(attempt))
            scale = alpha_R[r] * reduction
            factor = np.float32(1.0) / scale
            square = np.float32(0.0)
            for i in range(lines):
                counter = first_in + np.uint64(i)
                value = _rounded(x_RM[r, i] * factor, step_in, stochastic_in, key_0, key_1, counter)
                value = min(max(value, -limit_in), limit_in)
                if noise_in > 0:
                    value += noise_in * normal(bits(key_0, key_1, counter))
                value = value * negative_in if value < 0 else value
                square += value * value
                x_M[i] = value
            if transposed:
                y_N[:] = np.float32(0.0)
                for o in range(lines):
                    row = w_KOI[chip, o]
                    value = x_M[o]
                    for i in range(outputs):
                        y_N[i] += value * row[i]
            else:
                for o in range(outputs):
                    y_N[o] = _dot(w_KOI[chip, o], x_M)
            if add > 0:
                cell_0, cell_1 = started(key_0, _CELL_READ, np.uint64(1))
                deviation = add * np.float32(np.sqrt(square))
                for i in range(outputs):
                    y_N[i] += deviation * normal(bits(cell_0, cell_1, first_out + np.uint64(i)))
            own_0, own_1 = started(key_0, _ADC, np.uint64(1))
            clipped = False
            for i in range(outputs):
                counter = first_out + np.uint64(i)
                value = y_N[i] * negative_out if y_N[i] < 0 else y_N[i]
                value += noise_KN[chip, i] * normal(bits(own_0, own_1, counter))
                value = _rounded(value, step_out, stochastic_out, own_0, own_1, counter)
                clipped |= value > limit_out or (value < -limit_out and test_negative)
                y_RN[r, i] = min(max(value, -limit_out), limit_out) * (scale * scale_out)
            if not clipped:
                break
            reduction *= np.float32(2.0)

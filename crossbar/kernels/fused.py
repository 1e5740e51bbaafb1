"""The whole read of a block of samples, from DAC to ADC, for all chips of a fleet in one call.

The same law and the same draws as ``crossbar.kernels.reads``, which serves every other case; only the order of the sums in W x differs.
A block's numbers stay in the cache from one stage to the next.

Shapes: K chips, B samples, S samples of a block, M lines in, N lines out.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from aihwkit.simulator.parameters.enums import AnalogMVType, BoundManagementType, NoiseManagementType, WeightNoiseType
from aihwkit.simulator.parameters.io import IOParameters
from numpy.typing import NDArray

from crossbar.kernels import reads
from crossbar.kernels.compiling import compiled, inlined
from crossbar.kernels.converters import adc, dac, disturb, lengths, most
from crossbar.kernels.matrices import add_weighted, needed
from crossbar.kernels.one_hot import only, picked
from crossbar.kernels.streams import Purpose, extended, started
from crossbar.kernels.threads import shared
from crossbar.kernels.transposed import SIDE, transpose

Floats = NDArray[np.float32]
_SAMPLES = 32  # of a block
DENSE = np.empty((0, 0), np.int64)
_NONE, _NO_SIZES = np.empty(0, np.int64), np.empty(0, np.float32)

_CELL_READ, _ADC = np.uint64(Purpose.CELL_READ), np.uint64(Purpose.ADC)


class Digital(NamedTuple):
    """What is done behind the ADC: a factor s, a share c of what drove the lines, and an offset b of each line out, or none [K, 0]."""

    scale_K: Floats
    carry_K: Floats
    offset_KN: Floats


def plain(chips: int) -> Digital:
    """Nothing behind the ADC."""
    return Digital(np.ones(chips, np.float32), np.zeros(chips, np.float32), np.empty((chips, 0), np.float32))


def fits(io: IOParameters) -> bool:
    """Whether these reads are modelled here: one pass, no IR drop, cells' noise independent of the weight."""
    quiet = io.w_noise <= 0 or io.w_noise_type in (WeightNoiseType.NONE, WeightNoiseType.ADDITIVE_CONSTANT)
    managed = io.bound_management in (BoundManagementType.NONE, BoundManagementType.ITERATIVE)
    return bool(not io.is_perfect and io.mv_type is AnalogMVType.ONE_PASS and io.ir_drop <= 0 and quiet and managed)


@dataclass(frozen=True)
class Fixed:
    """What a kernel needs of a periphery that it models.

    Attributes:
        io: aihwkit's parameters.
        numbers: of DAC, ADC and the cells' noise.
        flags: how they round, test and scale.
        measured: whether inputs are scaled by their largest.
        attempts: reads until bound management gives up: the input is halved each time.
    """

    io: IOParameters
    numbers: Floats
    flags: tuple[bool, ...]
    measured: bool
    attempts: int


def fixed(io: IOParameters, bounded: bool) -> Fixed:
    """One direction of a periphery; ``bounded`` where bound management applies."""
    measured = io.noise_management is NoiseManagementType.ABS_MAX and io.nm_thres <= 0
    add = io.w_noise if io.w_noise > 0 and io.w_noise_type is not WeightNoiseType.NONE else 0.0
    dac = (reads.resolution(io.inp_res, io.inp_bound), _limit(io.inp_bound), io.inp_noise, 1 - io.inp_asymmetry)
    adc = (reads.resolution(io.out_res, max(io.out_bound, 0.0)), _limit(io.out_bound), io.out_scale, 1 - max(io.out_asymmetry, 0.0))
    flags = (io.inp_sto_round, io.out_sto_round, io.bm_test_negative_bound, measured, reads.zeros_count(io, bounded))
    attempts = _attempts(io) if bounded and io.bound_management is BoundManagementType.ITERATIVE else 1
    return Fixed(io, np.array([*dac, *adc, add], dtype=np.float32), flags, measured, attempts)


def read(
    periphery: Fixed,
    noise_KN: Floats,
    seeds_K: NDArray[np.uint64],
    w_KOI: Floats,
    purpose: Purpose,
    x_KBM: Floats,
    step: int,
    line_KB: NDArray[np.int64] = DENSE,
    digital: Digital | None = None,
) -> Floats:
    """y = s W x + c x + b of every chip and sample [K, B, N], see ``Digital``; W^T where the purpose is a transposed read.

    With ``line_KB`` samples are one-hot: x_KBM [1, 1, 1] is what their lines carry. Where a line is -1 nothing is computed nor written.
    """
    chips, samples = line_KB.shape if line_KB.size else x_KBM.shape[:2]
    lines, io = x_KBM.shape[2], periphery.io
    alpha_R = _NO_SIZES if periphery.measured else reads.sizes(x_KBM.reshape(-1, lines), io, io.noise_management)
    y_KBN = np.empty((chips, samples, noise_KN.shape[1]), dtype=np.float32)
    given = (
        seeds_K, np.uint64(purpose), np.uint64(step), w_KOI, purpose is Purpose.BACKWARD, x_KBM, line_KB, alpha_R, noise_KN,
        periphery.numbers, *(plain(chips) if digital is None else digital), *periphery.flags, periphery.attempts, y_KBN,
    )  # fmt: skip
    blocks, work = chips * -(-samples // _SAMPLES), y_KBN.size * (0.02 * lines + 2.0) + x_KBM.size
    if line_KB.size:
        work *= np.count_nonzero(line_KB >= 0) / line_KB.size
    shared(partial(_read, *given), blocks, work)
    return y_KBN


def _limit(bound: float) -> float:
    return bound if bound > 0 else np.inf


def _attempts(io: IOParameters) -> int:
    reduction, attempts = 1.0, 1
    while not reads.exhausted(io, reduction):
        reduction, attempts = reduction * 2, attempts + 1
    return attempts


@compiled
def _read(
    seeds_K: Any, purpose: Any, step: Any, w_KOI: Any, transposed: bool, x_KBM: Any, line_KB: Any, alpha_R: Any, noise_KN: Any,
    numbers: Any, scale_K: Any, carry_K: Any, offset_KN: Any, stochastic_in: bool, stochastic_out: bool, test_negative: bool,
    measured: bool, zeros_count: bool, attempts: int, y_KBN: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """Blocks ``begin`` to ``end``; a chip has ceil(B / S) of them. What clipped is read again with half the input."""
    samples, lines, listed = y_KBN.shape[1], w_KOI.shape[1 if transposed else 2], line_KB.size > 0
    outputs, per_chip = y_KBN.shape[2], -(-samples // _SAMPLES)
    x_SM, y_SN = np.zeros((_SAMPLES, _padded(lines)), np.float32), np.zeros((_SAMPLES, _padded(outputs)), np.float32)
    x_MS, y_NS = np.zeros((_padded(lines), _SAMPLES), np.float32), np.zeros((_padded(outputs), _SAMPLES), np.float32)
    chosen_M, z = np.empty(lines, np.int64), np.empty(max(lines, outputs) + 1, np.float32)
    left_S, from_S, until_S = np.empty(_SAMPLES, np.int64), np.empty(_SAMPLES, np.int64), np.empty(_SAMPLES, np.int64)
    zero_S, everywhere = np.zeros(_SAMPLES, np.int64), np.full((1, lines), x_KBM[0, 0, 0])
    alpha_S, scale_S, clipped_S = np.empty(_SAMPLES, np.float32), np.empty(_SAMPLES, np.float32), np.empty(_SAMPLES, np.bool_)
    step_in, limit_in, noise_in, negative_in = numbers[0], numbers[1], numbers[2], numbers[3]
    step_out, limit_out, scale_out, negative_out, add = numbers[4], numbers[5], numbers[6], numbers[7], numbers[8]
    for block in range(begin, end):
        chip, first = block // per_chip, block % per_chip * _SAMPLES
        last = min(first + _SAMPLES, samples)
        w_OI, y_BN = w_KOI[chip], y_KBN[chip]
        x_BM, at_S = (everywhere, zero_S) if listed else (x_KBM[chip], left_S)
        prefix_0, prefix_1 = started(seeds_K[chip], purpose, step)
        if listed:
            scale_S[:] = abs(x_KBM[0, 0, 0]) if measured else alpha_R[0]
        elif measured:
            most(x_BM, first, last, scale_S)
        else:
            scale_S[: last - first] = alpha_R[chip * samples + first : chip * samples + last]
        left = 0
        for b in range(first, last):
            if listed and line_KB[chip, b] < 0:
                continue
            alpha = scale_S[b - first]
            if zeros_count or not alpha <= 0:
                left_S[left], alpha_S[left] = b, np.float32(1.0) if alpha <= 0 else alpha
                left += 1
            else:
                y_BN[b] = 0
        one_hot = listed or (not noise_in > 0 and only(x_BM, left_S, left, from_S))  # noise is on all lines
        for s in range(left):
            if listed or not one_hot:
                from_S[s] = line_KB[chip, left_S[s]] if listed else 0
            until_S[s] = from_S[s] + 1 if one_hot else lines
        reduction = np.float32(1.0)
        for attempt in range(attempts):
            if left == 0:
                break
            key_0, key_1 = extended(prefix_0, np.uint64(attempt)), extended(prefix_1, np.uint64(attempt))
            for s in range(left):
                scale_S[s] = alpha_S[s] * reduction
            dac(
                x_BM, at_S, left_S, left, from_S, until_S, scale_S, step_in, limit_in, noise_in, negative_in, stochastic_in, key_0, key_1,
                z, x_SM,
            )  # fmt: skip
            if one_hot:
                picked(x_SM, from_S, w_OI, transposed, left, y_SN)
            else:  # sample beside sample, so that the lanes of a vector are full whatever the array's shape
                width = _padded(left)
                x_SM[left:width] = 0
                transpose(x_SM, width, lines, x_MS)
                y_NS[:outputs] = 0
                add_weighted(w_OI, transposed, chosen_M, needed(x_SM, left, chosen_M), x_MS[:, :width], y_NS)
                transpose(y_NS, outputs, width, y_SN)
            if add > 0:
                cell_0, cell_1 = started(key_0, _CELL_READ, np.uint64(1))
                lengths(x_SM, left, from_S, until_S, add, scale_S)
                disturb(y_SN, left_S, left, outputs, scale_S, cell_0, cell_1, z)
            own_0, own_1 = started(key_0, _ADC, np.uint64(1))
            for s in range(left):
                scale_S[s] = alpha_S[s] * reduction * scale_out * scale_K[chip]
            adc(
                y_SN, left_S, left_S, left, noise_KN[chip], scale_S, step_out, limit_out, negative_out, stochastic_out, test_negative,
                own_0, own_1, z, y_BN, clipped_S,
            )  # fmt: skip
            clipped = 0
            for s in range(left):
                if clipped_S[s]:
                    left_S[clipped], alpha_S[clipped], from_S[clipped], until_S[clipped] = left_S[s], alpha_S[s], from_S[s], until_S[s]
                    clipped += 1
            left, reduction = clipped, reduction * np.float32(2.0)
        if carry_K[chip] != 0 or offset_KN.size > 0:
            _finish(carry_K[chip], x_BM, line_KB[chip] if listed else _NONE, offset_KN[chip], first, last, y_BN)


@compiled
def _finish(carry: Any, x_BM: Any, line_B: Any, offset_N: Any, first: int, last: int, y_BN: Any) -> None:
    """y <- y + c x + b of samples ``first`` to ``last``; with lines, x [1, M] is on these alone. Apart: inside, it slows the read down."""
    for b in range(first, last):
        if line_B.size and line_B[b] >= 0:
            y_BN[b, line_B[b]] += carry * x_BM[0, line_B[b]]
        if not line_B.size and carry != 0:
            for i in range(y_BN.shape[1]):
                y_BN[b, i] += carry * x_BM[b, i]
        for i in range(offset_N.size):
            y_BN[b, i] += offset_N[i]


@inlined
def _padded(length: int) -> int:
    return -(-length // SIDE) * SIDE

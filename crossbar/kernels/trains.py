"""Stochastic pulse trains, packed: one bit per time slot, every sample of a batch in words of its own.

A line's train is a row of words, so the coincidences of a cell are ``x_word & d_word`` and every cell of a row (column) sees the
same row (column) train, as in hardware. Reference: Gokmen and Vlasov 2016, DOI 10.3389/fnins.2016.00333 (trains and coincidences);
Gokmen, Onen and Haensch 2017, DOI 10.3389/fnins.2017.00538 (update management).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from aihwkit.simulator.parameters.enums import PulseType
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels.compiling import compiled
from crossbar.kernels.streams import bits, uniform

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_LOW = np.uint64(0xFFFFFFFF)
_WORDS: dict[int, type[np.uint16] | type[np.uint32] | type[np.uint64]] = {16: np.uint16, 32: np.uint32, 64: np.uint64}
TRAINS = (PulseType.STOCHASTIC_COMPRESSED, PulseType.STOCHASTIC)
"""The pulse types that are trains. Both coincide alike: the first sends both signs of x in one phase, the second in two."""


@dataclass(frozen=True)
class Plan:
    """Train lengths and probabilities of a batch, of one chip [B] or of several [K, B].

    Attributes:
        length_B: slots of each sample's trains.
        x_gain_B: probability of a pulse per |x|.
        d_gain_B: probability of a pulse per |d|.
    """

    length_B: NDArray[np.int64]
    x_gain_B: NDArray[np.float32]
    d_gain_B: NDArray[np.float32]

    def of(self, chips: Any) -> "Plan":
        """The part of some of the chips."""
        return Plan(self.length_B[chips], self.x_gain_B[chips], self.d_gain_B[chips])


@dataclass(frozen=True)
class Layout:
    """How a batch's slots are packed into words.

    Attributes:
        dtype: of the words.
        width: slots per word.
        start_B: first slot of each sample [B].
        words: words per line.
    """

    dtype: type[np.uint16] | type[np.uint32] | type[np.uint64]
    width: int
    start_B: NDArray[np.int64]
    words: int


@dataclass(frozen=True)
class Places:
    """How the slots of several chips with words of one width are packed.

    Attributes:
        width: slots per word.
        start_KB: first slot of each sample.
        words_K: words per line.
    """

    width: int
    start_KB: NDArray[np.int64]
    words_K: NDArray[np.int64]

    @property
    def dtype(self) -> Any:
        """Of the words."""
        return _WORDS[self.width]

    @property
    def words(self) -> int:
        """The most words per line."""
        return int(self.words_K.max())


def check(parameters: UpdateParameters) -> None:
    """Refuse what is not a stochastic train.

    Raises:
        ValueError: another pulse type, or a number out of range.
    """
    if parameters.pulse_type not in TRAINS:
        names = ", ".join(kind.name for kind in TRAINS)
        raise ValueError(f"pulse type {parameters.pulse_type.name} is not a train; accepted: {names}; use the host 'hosted' for others")
    if parameters.desired_bl < 1:
        raise ValueError(f"desired_bl must be at least 1, not {parameters.desired_bl}")
    if parameters.res > 1:
        raise ValueError(f"res is the resolution of a probability and must be at most 1, not {parameters.res}")
    if not parameters.um_grad_scale > 0:
        raise ValueError(f"um_grad_scale must be positive, not {parameters.um_grad_scale}")


def plan(x_BI: NDArray[np.float32], d_BO: NDArray[np.float32], lr: float, granularity: float, parameters: UpdateParameters) -> Plan:
    """``plans`` of one chip."""
    return plans(x_BI[None], d_BO[None], np.array([lr]), np.array([granularity]), parameters).of(0)


def plans(
    x_KBI: NDArray[np.float32],
    d_KBO: NDArray[np.float32],
    lr_K: NDArray[np.float64],
    granularity_K: NDArray[np.float64],
    parameters: UpdateParameters,
) -> Plan:
    """Train lengths and pulse probabilities of every sample of every chip.

    With k = lr max|x| max|d| / dw_min, the length is ceil(k) up to ``desired_bl`` (``update_bl_management``), and the
    probabilities lr |x| |d| / (dw_min length) are shared out so that the largest x and the largest d pulse equally often
    (``update_management``; beyond ``desired_bl`` d is clipped, not x). A chip whose rate is 0 is silent.
    """
    x_max = np.abs(x_KBI).max(2).astype(np.float64)
    d_max = np.abs(d_KBO).max(2).astype(np.float64) * parameters.um_grad_scale
    lr, granularity = (v_K.astype(np.float64)[:, None] for v_K in (lr_K, granularity_K))
    length, gain = (np.repeat(v, x_max.shape[1], 1) for v in _unmanaged(lr / granularity, parameters))
    silent = (x_max == 0) | (d_max == 0) | (lr == 0)
    balance = np.ones_like(gain)
    if parameters.update_management or parameters.update_bl_management:
        k = np.where(silent, 1.0, lr * x_max * d_max / granularity)
        if parameters.update_bl_management:
            length = np.minimum(np.ceil(k), parameters.desired_bl)
            gain = np.sqrt(lr / (granularity * length))
        balance = np.sqrt(np.where(silent, 1.0, x_max) / np.where(silent, 1.0, d_max / np.maximum(1.0, k / parameters.desired_bl)))
    return Plan(np.where(silent, 0, length).astype(np.int64), (gain / balance).astype(np.float32), (gain * balance).astype(np.float32))


def _unmanaged(k: NDArray[np.float64], parameters: UpdateParameters) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Length and gain without management: ``desired_bl`` slots, or ceil(k) certain ones where k exceeds it and ``fixed_bl`` is off."""
    certain = k > parameters.desired_bl
    certain &= not (parameters.fixed_bl or parameters.update_bl_management)
    length = np.where(certain, np.maximum(np.ceil(k), 1.0), float(parameters.desired_bl))
    return length, np.where(certain, 1.0, np.sqrt(k / parameters.desired_bl))


def packed(plan: Plan) -> Layout:
    """Where the slots of each sample lie: in words of its own, of the narrowest width that holds the longest train, at most 64 slots.

    So all slots of a word have one sign per line.
    """
    width = int(widths(plan.length_B[None])[0])
    places = placed(plan.length_B[None], width)
    return Layout(_WORDS[width], width, places.start_KB[0], places.words)


def widths(length_KB: NDArray[np.int64]) -> NDArray[np.int64]:
    """Slots per word of each chip: 16, 32 or 64."""
    longest_K = length_KB.max(1)
    return np.where(longest_K <= 16, 16, np.where(longest_K <= 32, 32, 64))


def placed(length_KB: NDArray[np.int64], width: int) -> Places:
    """``packed`` for several chips."""
    words_KB = -(-length_KB // width)
    return Places(width, width * (np.cumsum(words_KB, axis=1) - words_KB), words_KB.sum(1))


@compiled
def fill(
    stream: NDArray[np.uint64],
    first_draw: int,
    v_BN: NDArray[np.float32],
    gain_B: NDArray[np.float32],
    length_B: NDArray[np.int64],
    start_B: NDArray[np.int64],
    width: int,
    resolution: float,
    stochastic_rounding: bool,
    begin: int,
    end: int,
    pulses_WN: Any,
    negative_WN: Any,
) -> None:
    """Draw the trains of lines ``begin`` to ``end`` into zeroed words: pulses, and in the same slots the sign of the line's value.

    Every draw is 32 of the 64 bits of one counter (two slots of one line), compared with the probability: exact to 2^-32.
    """
    lines, here = v_BN.shape[1], end - begin
    key_0, key_1 = stream
    threshold = np.empty(here, np.uint64)
    draw = first_draw
    for b in range(v_BN.shape[0]):
        if length_B[b] == 0:
            continue
        v_N = v_BN[b, begin:end]
        for i in range(here):
            probability = np.float32(abs(v_N[i]) * gain_B[b])
            if resolution > 0:
                shift = np.float32(0.0)
                if stochastic_rounding:
                    shift = uniform(bits(key_0, key_1, np.uint64(draw * lines + begin + i))) - np.float32(0.5)
                probability = np.float32(np.rint(probability / np.float32(resolution) + shift) * resolution)
            threshold[i] = np.uint64(np.ceil(min(max(np.float64(probability), 0.0), 1.0) * 4294967296.0))
        draw += 1
        slot, last = start_B[b], start_B[b] + length_B[b]
        while slot < last:  # one word at a time
            word, at = slot // width, slot % width
            count = min(width - at, last - slot)
            mask = (_ALL >> np.uint64(64 - count)) << np.uint64(at)
            pulses_N, negative_N = pulses_WN[word, begin:end], negative_WN[word, begin:end]
            for i in range(here):
                negative_N[i] |= mask if v_N[i] < 0 else np.uint64(0)
            for s in range(0, count, 2):
                first, second = np.uint64(at + s), np.uint64(at + s + 1)
                both = np.uint64(s + 1 < count)
                counter = np.uint64(draw * lines + begin)
                for i in range(here):
                    h = bits(key_0, key_1, counter + np.uint64(i))
                    one = np.uint64((h & _LOW) < threshold[i]) << first
                    other = (np.uint64((h >> np.uint64(32)) < threshold[i]) & both) << second
                    pulses_N[i] |= one | other
                draw += 1
            slot += count


def draws(plan: Plan) -> int:
    """More counters per line than ``fill`` can use, so that the next samples of the same step begin behind them."""
    return int((plan.length_B + 3).sum())

"""Stochastic pulse trains: how long they are, how probable a pulse is, and which pulses are drawn, one bit per time slot.

A line's train is a row of words (``crossbar.kernels.packing``), so the coincidences of a cell are ``x_word & d_word`` and every cell of a
row (column) sees the same row (column) train, as in hardware. Reference: Gokmen and Vlasov 2016, DOI 10.3389/fnins.2016.00333 (trains and
coincidences); Gokmen, Onen and Haensch 2017, DOI 10.3389/fnins.2017.00538 (update management).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from aihwkit.simulator.parameters.enums import PulseType
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels.compiling import compiled
from crossbar.kernels.largest import largest
from crossbar.kernels.streams import bits, uniform

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_LOW = np.uint64(0xFFFFFFFF)
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
    all_chips = plans(x_BI[None], d_BO[None], np.array([lr]), np.array([granularity]), parameters)
    return Plan(all_chips.length_B[0], all_chips.x_gain_B[0], all_chips.d_gain_B[0])


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
    chips, samples = x_KBI.shape[:2]
    made = Plan(np.empty((chips, samples), np.int64), *(np.empty((chips, samples), np.float32) for _ in range(2)))
    managed, certain = bool(parameters.update_management), not (parameters.fixed_bl or parameters.update_bl_management)
    options = (float(parameters.desired_bl), bool(parameters.update_bl_management), managed, certain, float(parameters.um_grad_scale))
    _plan(x_KBI, d_KBO, lr_K, granularity_K, *options, made.length_B, made.x_gain_B, made.d_gain_B)
    return made


@compiled
def _plan(
    x_KBI: Any, d_KBO: Any, lr_K: Any, granularity_K: Any, most: float, shortens: bool, balances: bool, certain: bool, scale: float,
    length_KB: Any, x_gain_KB: Any, d_gain_KB: Any,
) -> None:  # fmt: skip
    """Without management trains have ``most`` slots; ``certain`` says that more steps than those get as many slots, each of them sure."""
    for k in range(len(lr_K)):
        lr, granularity = lr_K[k], granularity_K[k]
        for b in range(x_KBI.shape[1]):
            x_max, d_max = np.float64(largest(x_KBI[k, b])), np.float64(largest(d_KBO[k, b])) * scale
            silent = x_max == 0 or d_max == 0 or lr == 0
            steps = lr / granularity
            sure = certain and steps > most
            length = max(np.ceil(steps), 1.0) if sure else most
            gain = 1.0 if sure else np.sqrt(steps / most)
            balance = 1.0
            if (balances or shortens) and not silent:
                steps = lr * x_max * d_max / granularity
                if shortens:
                    length = min(np.ceil(steps), most)
                    gain = np.sqrt(lr / (granularity * length))
                balance = np.sqrt(x_max / (d_max / max(1.0, steps / most)))
            length_KB[k, b] = 0 if silent else np.int64(length)
            x_gain_KB[k, b], d_gain_KB[k, b] = gain / balance, gain * balance


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


def draws(plan: Plan) -> Any:
    """More counters per line than ``fill`` can use, of each chip, so that the next samples of the same step begin behind them."""
    return (plan.length_B + 3).sum(-1)

"""The counter-based streams of ``crossbar.kernels.streams`` in torch: the same integers, on any device.

torch has no arithmetic on unsigned 64-bit words, and two's complement does not need it: sums, products and exclusive ors of int64 are those
of the words. Only a shift to the right must be told to bring in zeros.

Shapes: K chips.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def signed(word: int) -> int:
    """A 64-bit word as the int64 of the same bits."""
    word &= (1 << 64) - 1
    return word - (1 << 64) if word >> 63 else word


GAMMA, MIX_1, MIX_2 = (signed(word) for word in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_STARTS = tuple(signed(word) for word in (0x243F6A8885A308D3, 0x13198A2E03707344))


def shifted(z: Tensor, places: int) -> Tensor:
    """z >> places, with zeros coming in."""
    return (z >> places) & ((1 << (64 - places)) - 1)


def _mixed(z: Tensor) -> Tensor:
    z = (z ^ shifted(z, 30)) * MIX_1
    z = (z ^ shifted(z, 27)) * MIX_2
    return z ^ shifted(z, 31)


def keys(seeds_K: Tensor, *parts: int) -> Tensor:
    """``crossbar.kernels.streams.keys``: the stream of every chip [K, 2]; ``parts`` are a purpose and its counters."""
    words = []
    for start in _STARTS:
        z_K = _mixed(seeds_K + GAMMA + start)
        for part in parts:
            z_K = _mixed(z_K + GAMMA + part)
        words.append(z_K)
    return torch.stack(words, 1)


@dataclass(frozen=True)
class Stream:
    """One stream per chip: ``crossbar.kernels.streams.key(seed, *parts)``.

    Attributes:
        seeds_K: int64.
        parts: a purpose and its counters.
        under: where not empty, a purpose and a counter of the stream whose seed is the first word of that of ``parts``.
    """

    seeds_K: Tensor
    parts: tuple[int, ...]
    under: tuple[int, ...] = ()

    def keys(self) -> Tensor:
        """[K, 2]."""
        first_K2 = keys(self.seeds_K, *self.parts)
        return keys(first_K2[:, 0], *self.under) if self.under else first_K2


def bits(stream_K2: Tensor, counter: Tensor) -> Tensor:
    """Draw ``counter`` of every chip's stream, 64 random bits as int64; ``counter`` is [K, ...] or [1, ...], and so is the result."""
    first, second = (stream_K2[:, word].reshape(-1, *(1 for _ in counter.shape[1:])) for word in range(2))
    z = first + counter * GAMMA
    z = (z ^ shifted(z, 30)) * MIX_1 + second
    z = (z ^ shifted(z, 27)) * MIX_2
    return z ^ shifted(z, 31)


def uniform(h: Tensor) -> Tensor:
    """Uniform numbers in [0, 1) from the highest 24 bits."""
    return shifted(h, 40).to(torch.float32) * 2.0**-24


_LOG = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
    -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_CENTRE = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    q = torch.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        q = coefficient + q * x
    return q


def _minus_log(x: Tensor) -> Tensor:
    word = x.view(torch.int32)
    exponent = (word - 0x3F3504F3) >> 23
    f = (word - (exponent << 23)).view(torch.float32) - 1.0
    e = exponent.to(torch.float32)
    tail = f * f * (f * _polynomial(f, _LOG) - 0.5) - 2.12194440e-4 * e
    return -(0.693359375 * e + (f + tail))


def normal(h: Tensor) -> Tensor:
    """Standard normal numbers from 33 of 64 random bits each."""
    p = (shifted(h, 32).to(torch.float32) + 0.5) * 2.0**-33
    w = _minus_log(4.0 * p * (1.0 - p))
    centre = _polynomial(w - 2.5, _CENTRE)
    root = w.clamp(min=0.0).double().sqrt().float()  # a float32 root is not rounded alike everywhere
    tail = _polynomial(root - 3.0, _TAIL)
    z = torch.where(w < 5.0, centre, tail) * (math.sqrt(2.0) - 2.0 * math.sqrt(2.0) * p)
    return z * (1.0 - 2.0 * (h & 1).to(torch.float32))


def counters(size: Sequence[int], device: torch.device) -> Tensor:
    """0, 1, 2, ... in the shape [1, *size], int64: the draws of cells or lines."""
    return torch.arange(math.prod(size), device=device).reshape(1, *size)

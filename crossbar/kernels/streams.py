"""Counter-based random numbers: every draw is a pure function of (seed, purpose, step, counter).

So the same seeds give the same bits whatever the number of chips, their order, or the number of threads. A draw is Steele, Lea and
Flood's SplitMix64 output function (OOPSLA 2014, DOI 10.1145/2660193.2660195, with Stafford's mix 13) of a counter, with a second key
word added between its two rounds so that two streams are never the same sequence shifted. Normals are the inverse distribution function
by Giles' single-precision polynomials ("Approximating the erfinv function", GPU Computing Gems Jade, 2011, chapter 10, table 10.4;
relative error below 4e-7 up to 5.5 sigma and below 1e-3 beyond), fed by one sign bit and 32 bits of magnitude, so that the tail reaches
6.4 sigma.
"""

import math
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import compiled, inlined

_MASK = (1 << 64) - 1
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)

Key = NDArray[np.uint64]
"""The two words of a stream [2]."""


class Purpose(IntEnum):
    """What a stream is for; one number each, never reused."""

    DEVICE = 1
    X_TRAIN = 2
    D_TRAIN = 3
    PULSE = 4
    ADDRESSED = 5
    WRITE_NOISE = 6
    DIFFUSION = 7
    FORWARD = 8
    BACKWARD = 9
    ADC_SPREAD = 10
    PROGRAM = 11
    CELL_READ = 12
    ADC = 13
    REST = 14
    PULSE_SUM = 15
    PERTURBATION = 16


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * int(_MIX_1)) & _MASK
    z = ((z ^ (z >> 27)) * int(_MIX_2)) & _MASK
    return z ^ (z >> 31)


def key(seed: int, purpose: Purpose, *counters: int) -> Key:
    """The stream of one purpose of one chip at one step: two 64-bit words, each depending on all bits of all arguments."""
    words = []
    for start in (0x243F6A8885A308D3, 0x13198A2E03707344):  # the first digits of pi: two unrelated starting points
        z = start
        for part in (seed, int(purpose), *counters):
            z = _mix((z + int(_GAMMA) + (part & _MASK)) & _MASK)
        words.append(z)
    return np.array(words, dtype=np.uint64)


def keys(seeds: tuple[int, ...], purpose: Purpose, *counters: int) -> NDArray[np.uint64]:
    """One stream per chip [K, 2]."""
    return np.stack([key(seed, purpose, *counters) for seed in seeds])


_START_0, _START_1 = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)


@inlined
def extended(z: np.uint64, part: np.uint64) -> np.uint64:
    """One word of a key with one more argument, as ``key`` takes them in."""
    z = np.uint64(z + _GAMMA + part)
    z = np.uint64((z ^ (z >> np.uint64(30))) * _MIX_1)
    z = np.uint64((z ^ (z >> np.uint64(27))) * _MIX_2)
    return np.uint64(z ^ (z >> np.uint64(31)))


@inlined
def started(seed: np.uint64, purpose: np.uint64, counter: np.uint64) -> tuple[np.uint64, np.uint64]:
    """``key(seed, purpose, counter)`` inside a kernel."""
    return (
        extended(extended(extended(_START_0, seed), purpose), counter),
        extended(extended(extended(_START_1, seed), purpose), counter),
    )


def each(seeds_K: NDArray[np.uint64], purpose: Purpose, counter: int, more_K: NDArray[np.int64] | None = None) -> NDArray[np.uint64]:
    """``key(seed, purpose, counter)`` of every chip [K, 2], with one more argument each where given."""
    out_K2 = np.empty((len(seeds_K), 2), dtype=np.uint64)
    _keys(
        seeds_K, np.uint64(purpose), np.uint64(counter), more_K is not None, seeds_K if more_K is None else more_K.view(np.uint64), out_K2
    )
    return out_K2


@compiled
def _keys(
    seeds_K: NDArray[np.uint64],
    purpose: np.uint64,
    counter: np.uint64,
    extends: bool,
    more_K: NDArray[np.uint64],
    out_K2: NDArray[np.uint64],
) -> None:
    for k in range(len(seeds_K)):
        word_0, word_1 = started(seeds_K[k], purpose, counter)
        out_K2[k, 0] = extended(word_0, more_K[k]) if extends else word_0
        out_K2[k, 1] = extended(word_1, more_K[k]) if extends else word_1


@inlined
def bits(key_0: np.uint64, key_1: np.uint64, counter: np.uint64) -> np.uint64:
    """64 random bits: draw number ``counter`` of a stream."""
    z = np.uint64(key_0 + counter * _GAMMA)
    z = np.uint64((z ^ (z >> np.uint64(30))) * _MIX_1 + key_1)
    z = np.uint64((z ^ (z >> np.uint64(27))) * _MIX_2)
    return np.uint64(z ^ (z >> np.uint64(31)))


@inlined
def uniform(h: np.uint64) -> np.float32:
    """A uniform number in [0, 1) from the highest 24 bits."""
    return np.float32(h >> np.uint64(40)) * np.float32(2.0**-24)


@inlined
def minus_log(x: np.float32) -> np.float32:
    """-log(x) of a positive normal number by Cephes' logf polynomial: only additions, products and bit moves.

    So that it is the same on every machine and compilers can do many at once.
    """
    word = np.float32(x).view(np.int32)
    exponent = np.int32(np.int32(word - np.int32(0x3F3504F3)) >> np.int32(23))
    f = np.int32(word - np.int32(exponent << np.int32(23))).view(np.float32) - np.float32(1.0)
    q = np.float32(7.0376836292e-2)
    q = np.float32(-1.1514610310e-1) + q * f
    q = np.float32(1.1676998740e-1) + q * f
    q = np.float32(-1.2420140846e-1) + q * f
    q = np.float32(1.4249322787e-1) + q * f
    q = np.float32(-1.6668057665e-1) + q * f
    q = np.float32(2.0000714765e-1) + q * f
    q = np.float32(-2.4999993993e-1) + q * f
    q = np.float32(3.3333331174e-1) + q * f
    e = np.float32(exponent)
    tail = f * f * (f * q - np.float32(0.5)) - np.float32(2.12194440e-4) * e
    return -(np.float32(0.693359375) * e + (f + tail))


@inlined
def normal(h: np.uint64) -> np.float32:
    """A standard normal number from 33 of 64 random bits, without a branch."""
    p = (np.float32(np.uint32(h >> np.uint64(32))) + np.float32(0.5)) * np.float32(2.0**-33)  # in (0, 1/2]
    w = minus_log(np.float32(4.0) * p * (np.float32(1.0) - p))
    v = w - np.float32(2.5)
    q = np.float32(2.81022636e-08)
    q = np.float32(3.43273939e-07) + q * v
    q = np.float32(-3.5233877e-06) + q * v
    q = np.float32(-4.39150654e-06) + q * v
    q = np.float32(0.00021858087) + q * v
    q = np.float32(-0.00125372503) + q * v
    q = np.float32(-0.00417768164) + q * v
    q = np.float32(0.246640727) + q * v
    centre = np.float32(1.50140941) + q * v
    v = np.float32(math.sqrt(max(w, np.float32(0.0)))) - np.float32(3.0)
    q = np.float32(-0.000200214257)
    q = np.float32(0.000100950558) + q * v
    q = np.float32(0.00134934322) + q * v
    q = np.float32(-0.00367342844) + q * v
    q = np.float32(0.00573950773) + q * v
    q = np.float32(-0.0076224613) + q * v
    q = np.float32(0.00943887047) + q * v
    q = np.float32(1.00167406) + q * v
    tail = np.float32(2.83297682) + q * v
    z = (centre if w < np.float32(5.0) else tail) * (np.float32(1.4142135623730951) - np.float32(2.8284271247461903) * p)
    return z * (np.float32(1.0) - np.float32(2.0) * np.float32(np.int32(h & np.uint64(1))))


@compiled
def _fill_normals(stream: Key, out: NDArray[np.float32]) -> None:
    key_0, key_1 = stream
    for n in range(out.size):
        out[n] = normal(bits(key_0, key_1, np.uint64(n)))


@compiled
def _fill_uniforms(stream: Key, out: NDArray[np.float32]) -> None:
    key_0, key_1 = stream
    for n in range(out.size):
        out[n] = uniform(bits(key_0, key_1, np.uint64(n)))


def normals(stream: Key, *size: int) -> NDArray[np.float32]:
    """The first draws of a stream as standard normals of the given shape."""
    out = np.empty(math.prod(size), dtype=np.float32)
    _fill_normals(stream, out)
    return out.reshape(size)


def uniforms(stream: Key, *size: int) -> NDArray[np.float32]:
    """The first draws of a stream as uniforms in [0, 1) of the given shape."""
    out = np.empty(math.prod(size), dtype=np.float32)
    _fill_uniforms(stream, out)
    return out.reshape(size)


@compiled
def one_normal(stream: Key, counter: int) -> np.float32:
    """Draw ``counter`` of a stream as a standard normal."""
    return normal(bits(stream[0], stream[1], np.uint64(counter)))


@compiled
def one_word(stream: Key, counter: int) -> np.uint64:
    """Draw ``counter`` of a stream as 64 bits."""
    return bits(stream[0], stream[1], np.uint64(counter))

"""Two standard normal numbers from one word of 64 random bits, by Box and Muller's transform (Ann. Math. Stat. 29, 610, 1958).

z = r cos(phi), z' = r sin(phi) with r = sqrt(-2 log u). 32 bits make u, so that a tail reaches 6.7 sigma; of the others one is the sign of
the cosine, one says whether the two are exchanged, and 30 make phi in [-pi/4, pi/4]. Sine and cosine are Taylor's series to
phi^9 and phi^8, to 2e-9 and 3e-8. Half the words and a third of the arithmetic of ``crossbar.kernels.streams.normal``.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels import streams
from crossbar.kernels.compiling import bound, compiled, contracted, inlined
from crossbar.kernels.streams import Purpose, bits, started
from crossbar.kernels.threads import shared

_minus_log = contracted(bound(streams.minus_log.py_func, "contracted"))  # type: ignore[attr-defined]
_ONE = np.float32(1.0)


@contracted
def pair(h: Any) -> Any:
    """Two independent standard normal numbers."""
    low = np.uint32(h)
    u = (np.float32(np.uint32(h >> np.uint64(32))) + np.float32(0.5)) * np.float32(2.0**-32)
    r = np.float32(math.sqrt(max(_minus_log(u), np.float32(0.0)))) * np.float32(1.4142135623730951)
    phi = np.float32(np.int32(low & np.uint32(0x3FFFFFFF)) - np.int32(0x20000000)) * np.float32(math.pi / 4 * 2.0**-29)
    s = phi * phi
    sine = np.float32(-1 / 5040) + np.float32(1 / 362880) * s
    sine = np.float32(1 / 120) + sine * s
    sine = np.float32(-1 / 6) + sine * s
    sine = phi + phi * s * sine
    cosine = np.float32(-1 / 720) + np.float32(1 / 40320) * s
    cosine = np.float32(1 / 24) + cosine * s
    cosine = np.float32(-0.5) + cosine * s
    cosine = _ONE + cosine * s
    cosine = cosine if low & np.uint32(0x40000000) else -cosine
    exchanged = (low & np.uint32(0x80000000)) != 0
    return r * (sine if exchanged else cosine), r * (cosine if exchanged else sine)


def normals(seeds_K: NDArray[np.uint64], purpose: Purpose, counter: int, shape: Sequence[int]) -> NDArray[np.float32]:
    """Standard normal numbers of a stream of each chip, ``key(seed, purpose, counter)`` [K, *shape]."""
    z = np.empty((len(seeds_K), *shape), np.float32)
    shared(partial(_normals, seeds_K, np.uint64(purpose), np.uint64(counter), z.reshape(len(seeds_K), -1)), len(seeds_K), 1.5 * z.size)
    return z


@compiled
def _normals(seeds_K: Any, purpose: Any, counter: Any, z_KN: Any, begin: int, end: int) -> None:
    count = z_KN.shape[1]
    for k in range(begin, end):
        key_0, key_1 = started(seeds_K[k], purpose, counter)
        fill_normals(z_KN[k], count // 2 * 2, key_0, key_1, np.uint64(0))
        if count % 2:
            z_KN[k, count - 1] = pair(bits(key_0, key_1, np.uint64(count // 2)))[0]


@inlined
def fill_normals(z_L: Any, count: int, key_0: Any, key_1: Any, first: Any) -> None:
    """The first ``count`` of z become standard normal numbers: i and i + half of them share draw ``first + i``.

    z has an even length of at least ``count``.
    """
    half = (count + 1) // 2
    for i in range(half):
        z_L[i], z_L[half + i] = pair(bits(key_0, key_1, first + np.uint64(i)))

"""Pulses on cells of ferroelectric domains: nucleation by chance, with history (``device_models.switching.nucleation``).

Shapes: C cells of one chip, D domains of one cell, N pulses of a train.
"""

from typing import Any

import numpy as np

from crossbar.kernels.compiling import compiled, inlined
from crossbar.kernels.streams import bits, uniform

MOST_DOMAINS, _MOST_PULSES = 2**11, 2**12
"""So that every domain, pulse and cell has a random number of its own."""


@inlined
def _exposed(x: Any, towards: Any, beta: Any, u: Any, at: int, up_D: Any, h_D: Any) -> Any:
    """One domain under an exposure x = width / tau towards up or down; by how much the number of domains up changes."""
    h = h_D[at]
    if up_D[at] == towards:
        h_D[at] = max(h - x, np.float32(0.0))
        return 0
    after = h + x
    if after == h:
        return 0
    grown = (h - after) * (h + after) if beta == np.float32(2.0) else h**beta - after**beta
    chance = -np.expm1(grown)
    if u < chance:
        up_D[at] = towards
        h_D[at] = np.float32(0.0)
        return 1 if towards else -1
    h_D[at] = after
    return 0


@compiled
def pulse(
    stream: Any, n_C: Any, start_C: Any, field_2N: Any, exposure_2N: Any, last_2: Any, alpha: Any, beta: Any, activation_CD: Any,
    up_CD: Any, h_CD: Any, count_C: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """Cells ``begin`` to ``end``: |n| pulses of n's sign each; in a ramp the first one is number ``start``, and the last one repeats.

    exposure = width / tau0; count is the number of domains up.
    """
    key_0, key_1 = stream
    domains = activation_CD.shape[1]
    for c in range(begin, end):
        towards = n_C[c] > 0
        way = 0 if towards else 1
        for p in range(abs(n_C[c])):
            k = min(start_C[c] + p, last_2[way])
            field, exposure = field_2N[way, k], exposure_2N[way, k]
            first = np.uint64((c * _MOST_PULSES + min(p, _MOST_PULSES - 1)) * MOST_DOMAINS)
            for d in range(domains):
                x = exposure * np.float32(np.exp(-((activation_CD[c, d] / field) ** alpha)))
                u = uniform(bits(key_0, key_1, first + np.uint64(d)))
                count_C[c] += _exposed(x, towards, beta, u, d, up_CD[c], h_CD[c])


@compiled
def disturb(stream: Any, times_2C: Any, exposure_2CD: Any, beta: Any, up_CD: Any, h_CD: Any, count_C: Any, begin: int, end: int) -> None:
    """Cells ``begin`` to ``end`` under so many half-selected pulses up and then down; each direction is one longer pulse."""
    key_0, key_1 = stream
    domains = up_CD.shape[1]
    for c in range(begin, end):
        for way in range(2):
            times = times_2C[way, c]
            if times > 0:
                for d in range(domains):
                    u = uniform(bits(key_0, key_1, np.uint64((c * 2 + way) * MOST_DOMAINS + d)))
                    count_C[c] += _exposed(times * exposure_2CD[way, c, d], way == 0, beta, u, d, up_CD[c], h_CD[c])

"""Counter-based streams and normal numbers in Triton: ``crossbar.gpu.streams`` and ``plain.normals``, bit for bit."""

import math
from collections.abc import Sequence
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from crossbar.gpu.streams import Stream

EXACT: dict[str, Any] = {"enable_fp_fusion": False}
"""Options of every kernel."""

_START_0: tl.constexpr = tl.constexpr(0x243F6A8885A308D3)
_START_1: tl.constexpr = tl.constexpr(0x13198A2E03707344)
_GAMMA: tl.constexpr = tl.constexpr(0x9E3779B97F4A7C15)
_MIX_1: tl.constexpr = tl.constexpr(0xBF58476D1CE4E5B9)
_MIX_2: tl.constexpr = tl.constexpr(0x94D049BB133111EB)


@triton.jit
def _extended(z, part):
    z = z + _GAMMA + part
    z = (z ^ (z >> 30)) * _MIX_1
    z = (z ^ (z >> 27)) * _MIX_2
    return z ^ (z >> 31)


@triton.jit
def _started(seed, purpose, first, second, SECOND: tl.constexpr):
    """``key(seed, purpose, first[, second])``."""
    zero = seed ^ seed
    one = _extended(_extended(_extended(zero + _START_0, seed), purpose.to(tl.uint64)), first.to(tl.uint64))
    two = _extended(_extended(_extended(zero + _START_1, seed), purpose.to(tl.uint64)), first.to(tl.uint64))
    if SECOND:
        one = _extended(one, second.to(tl.uint64))
        two = _extended(two, second.to(tl.uint64))
    return one, two


@triton.jit
def chip_stream(seeds, k, purpose, first, second, under, part, SECOND: tl.constexpr, UNDER: tl.constexpr):
    """The key of a chip's ``Stream``."""
    one, two = _started(tl.load(seeds + k).to(tl.uint64, bitcast=True), purpose, first, second, SECOND)
    if UNDER:
        one, two = _started(one, under, part, part, False)
    return one, two


@triton.jit
def bits(one, two, counter):
    """64 random bits."""
    z = one + counter * _GAMMA
    z = (z ^ (z >> 30)) * _MIX_1 + two
    z = (z ^ (z >> 27)) * _MIX_2
    return z ^ (z >> 31)


@triton.jit
def uniform(h):
    """Of 64 random bits, U[0, 1)."""
    return (h >> 40).to(tl.uint32).to(tl.float32) * 5.9604644775390625e-08


@triton.jit
def _minus_log(x):
    word = x.to(tl.int32, bitcast=True)
    exponent = (word - 0x3F3504F3) >> 23
    f = (word - (exponent << 23)).to(tl.float32, bitcast=True) - 1.0
    q = f * 7.0376836292e-2 + -1.1514610310e-1
    q = f * q + 1.1676998740e-1
    q = f * q + -1.2420140846e-1
    q = f * q + 1.4249322787e-1
    q = f * q + -1.6668057665e-1
    q = f * q + 2.0000714765e-1
    q = f * q + -2.4999993993e-1
    q = f * q + 3.3333331174e-1
    e = exponent.to(tl.float32)
    tail = f * f * (f * q - 0.5) - e * 2.12194440e-4
    return -(e * 0.693359375 + (f + tail))


@triton.jit
def normal(h):
    """Of 64 random bits, a standard normal number."""
    p = ((h >> 32).to(tl.uint32).to(tl.float32) + 0.5) * 1.1641532182693481e-10
    w = _minus_log(p * 4.0 * (1.0 - p))
    v = w - 2.5
    q = v * 2.81022636e-08 + 3.43273939e-07
    q = v * q + -3.5233877e-06
    q = v * q + -4.39150654e-06
    q = v * q + 0.00021858087
    q = v * q + -0.00125372503
    q = v * q + -0.00417768164
    q = v * q + 0.246640727
    centre = v * q + 1.50140941
    v = tl.sqrt_rn(tl.maximum(w, 0.0)) - 3.0
    q = v * -0.000200214257 + 0.000100950558
    q = v * q + 0.00134934322
    q = v * q + -0.00367342844
    q = v * q + 0.00573950773
    q = v * q + -0.0076224613
    q = v * q + 0.00943887047
    q = v * q + 1.00167406
    tail = v * q + 2.83297682
    z = tl.where(w < 5.0, centre, tail) * (1.4142135623730951 - p * 2.8284271247461903)
    return z * (1.0 - (h & 1).to(tl.int32).to(tl.float32) * 2.0)


@triton.jit(do_not_specialize=["purpose", "first", "second", "under", "part"])
def _normals_kernel(
    out, seeds, purpose, first, second, under, part, size, SECOND: tl.constexpr, UNDER: tl.constexpr, BLOCK: tl.constexpr
):  # fmt: skip
    blocks = tl.cdiv(size, BLOCK)
    k = (tl.program_id(0) // blocks).to(tl.int64)
    at = (tl.program_id(0) % blocks).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    one, two = chip_stream(seeds, k, purpose, first, second, under, part, SECOND, UNDER)
    tl.store(out + k * size + at, normal(bits(one, two, at.to(tl.uint64))), mask=at < size)


def arguments_of(stream: Stream) -> dict[str, Any]:
    """A stream as arguments of a kernel."""
    purpose, first, *second = stream.parts
    under, part = stream.under or (0, 0)
    return {
        "seeds": stream.seeds_K,
        "purpose": purpose,
        "first": first,
        "second": second[0] if second else 0,
        "under": under,
        "part": part,
        "SECOND": bool(second),
        "UNDER": bool(stream.under),
    }


def normals(stream: Stream, size: Sequence[int]) -> Tensor:
    """As ``plain.normals``."""
    count = math.prod(size)
    out = torch.empty(len(stream.seeds_K), *size, dtype=torch.float32, device=stream.seeds_K.device)
    if count:
        _normals_kernel[(-(-count // 1024) * len(stream.seeds_K),)](out, size=count, BLOCK=1024, **arguments_of(stream), **EXACT)
    return out

"""Products chip by chip in Triton, one launch for all chips: every element is summed in one order, whatever the number of chips.

A program makes one tile of one chip and walks along the sum in blocks of ``_DEPTH``, in float32 without tensor cores.

Shapes: K chips, B samples, O x I cells; M, N, P the sizes of a product [M, N] x [N, P].
"""

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from crossbar.gpu import products

MOST = 2**26
"""Multiplications of one chip up to which these kernels serve: beyond, a library's kernel is faster than a launch per chip costs."""

_TILE, _DEPTH = 32, 32


@triton.jit
def _product_kernel(
    out, a, b, w, rows, depth, columns, a_k, a_m, a_n, b_k, b_n, b_p, rate,
    DESCEND: tl.constexpr, TILE: tl.constexpr, DEPTH: tl.constexpr,
):  # fmt: skip
    """A tile of a b, or of w - rate a b, of one chip."""
    across = tl.cdiv(columns, TILE)
    tiles = tl.cdiv(rows, TILE) * across
    k = (tl.program_id(0) // tiles).to(tl.int64)
    tile = tl.program_id(0) % tiles
    m = (tile // across) * TILE + tl.arange(0, TILE)
    p = (tile % across) * TILE + tl.arange(0, TILE)
    n = tl.arange(0, DEPTH)
    there_m, there_p = m < rows, p < columns
    from_a = a + k * a_k + m[:, None].to(tl.int64) * a_m
    from_b = b + k * b_k + p[None, :].to(tl.int64) * b_p
    total = tl.zeros([TILE, TILE], dtype=tl.float32)
    for start in range(0, depth, DEPTH):
        there_n = start + n < depth
        left = tl.load(from_a + (start + n)[None, :].to(tl.int64) * a_n, mask=there_m[:, None] & there_n[None, :], other=0.0)
        right = tl.load(from_b + (start + n)[:, None].to(tl.int64) * b_n, mask=there_n[:, None] & there_p[None, :], other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    at = (k * rows + m[:, None]) * columns + p[None, :]
    there = there_m[:, None] & there_p[None, :]
    if DESCEND:
        total = tl.load(w + at, mask=there, other=0.0) - tl.load(rate + k) * total
    tl.store(out + at, total, mask=there)


def _serves(sizes: tuple[int, ...], dtype: torch.dtype) -> bool:
    """Whether these kernels make a product; one chip's shape and format decide."""
    return dtype == torch.float32 and math.prod(sizes) <= MOST


def multiply(a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """a b of every chip [K, M, P]."""
    if not _serves((*a_KMN.shape[1:], b_KNP.shape[2]), a_KMN.dtype):
        return products.multiply(a_KMN, b_KNP)
    out_KMP = a_KMN.new_empty(*a_KMN.shape[:2], b_KNP.shape[2])
    _launch(out_KMP, a_KMN.detach(), b_KNP.detach(), None)
    return out_KMP


def descend(w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor) -> None:
    """w <- w - lr sum_b d_b x_b^T of every chip, in place."""
    if not _serves((*w_KOI.shape[1:], x_KBI.shape[1]), w_KOI.dtype):
        products.descend(w_KOI, x_KBI, d_KBO, lr_K)
        return
    _launch(w_KOI, d_KBO.mT, x_KBI, lr_K.contiguous())


def _launch(out_KMP: Tensor, a_KMN: Tensor, b_KNP: Tensor, rate_K: Tensor | None) -> None:
    chips, rows, columns = out_KMP.shape
    tiles = -(-rows // _TILE) * -(-columns // _TILE)
    if chips * tiles:
        _product_kernel[(chips * tiles,)](
            out_KMP, a_KMN, b_KNP, out_KMP, rows, a_KMN.shape[2], columns, *a_KMN.stride(), *b_KNP.stride(),
            out_KMP if rate_K is None else rate_K, DESCEND=rate_K is not None, TILE=_TILE, DEPTH=_DEPTH,
        )  # fmt: skip

"""Matrix products chip by chip: a chip's bits do not depend on which chips share its fleet.

One batched product for the whole fleet would not do. Its kernel may depend on the number of chips, and a kernel may sum in another order
where a matrix does not start at a multiple of 64 bytes, as chips in the midst of a fleet's tensor often do not. Here every chip's product
is a call of its own on matrices that start at such a multiple.

Shapes: K chips; M, N, P the sizes of a product [M, N] x [N, P].
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

_ALIGNMENT = 64
"""Bytes: a cache line, the width of the widest vector register, and where torch starts every tensor."""


def product(a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """a b of every chip [K, M, P]."""
    if a_KMN.shape[2] == 1:
        return a_KMN * b_KNP  # nothing is summed
    return _chip_by_chip(torch.mm, (a_KMN.shape[1], b_KNP.shape[2]), _placed(a_KMN), _placed(b_KNP))


def subtracted(c_KMP: Tensor, a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """c - a b of every chip [K, M, P]."""
    return _chip_by_chip(partial(torch.addmm, alpha=-1.0), c_KMP.shape[1:], c_KMP.unbind(), _placed(a_KMN), _placed(b_KNP))


def _chip_by_chip(operation: Callable[..., Tensor], shape: Sequence[int], *operands: Sequence[Tensor]) -> Tensor:
    if len(operands[0]) == 1:
        return operation(*(matrices[0] for matrices in operands)).unsqueeze(0)
    result_KMP = operands[-1][0].new_empty(len(operands[0]), *shape)
    places = _placed(result_KMP)
    for place_MP, *matrices in zip(places, *operands, strict=True):
        operation(*matrices, out=place_MP)
    return result_KMP if places[0].data_ptr() == result_KMP.data_ptr() else torch.stack(places)


def _placed(a_KMN: Tensor) -> tuple[Tensor, ...]:
    """The chips' matrices without gaps, each at a multiple of 64 bytes: views where they already are, else copies."""
    if not a_KMN.is_contiguous() and not a_KMN.mT.is_contiguous():
        a_KMN = a_KMN.contiguous()
    bytes_per_chip = a_KMN.stride(0) * a_KMN.element_size()
    if a_KMN.data_ptr() % _ALIGNMENT == 0 and (len(a_KMN) == 1 or bytes_per_chip % _ALIGNMENT == 0):
        return a_KMN.unbind()
    return tuple(a_MN.clone() for a_MN in a_KMN.unbind())

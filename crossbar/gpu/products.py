"""Products away from the CPU, every chip's by a call of its own to torch's library.

The library may sum in another order where a matrix does not start at a multiple of 64 bytes, as chips in the midst of a fleet's tensor
often do: where chips lie so, each of them is copied to where a single chip would lie.

Shapes: K chips, B samples, O x I cells; M, N, P the sizes of a product [M, N] x [N, P].
"""

import torch
from torch import Tensor

_LINE = 64


def multiply(a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """a b of every chip [K, M, P]."""
    a_KMN, b_KNP = a_KMN.detach(), b_KNP.detach()
    out_KMP = a_KMN.new_empty(*a_KMN.shape[:2], b_KNP.shape[2])
    for a_MN, b_NP, out_MP in zip(_chips(a_KMN), _chips(b_KNP), out_KMP, strict=True):
        if _in_line(out_KMP):
            torch.mm(a_MN, b_NP, out=out_MP)
        else:
            out_MP.copy_(torch.mm(a_MN, b_NP))
    return out_KMP


def descend(w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor) -> None:
    """w <- w - lr sum_b d_b x_b^T of every chip, in place."""
    for w_OI, x_BI, d_OB in zip(w_KOI, _chips(x_KBI), _chips((lr_K[:, None, None] * d_KBO).mT), strict=True):
        if _in_line(w_KOI):
            w_OI.addmm_(d_OB, x_BI, alpha=-1.0)
        else:
            w_OI.copy_(torch.addmm(w_OI.clone(), d_OB, x_BI, alpha=-1.0))


def _in_line(v_KMN: Tensor) -> bool:
    """Whether every chip starts at a multiple of 64 bytes if the first does; one chip is judged as if it had neighbours."""
    return v_KMN.stride(0) * v_KMN.element_size() % _LINE == 0


def _chips(v_KMN: Tensor) -> list[Tensor]:
    """The chips' matrices, where the library sums alike."""
    each = list(v_KMN.unbind())
    return each if _in_line(v_KMN) else [v_MN.clone() for v_MN in each]

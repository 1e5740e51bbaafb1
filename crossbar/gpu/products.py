"""Products away from the CPU, every chip's by a call of its own to torch's library.

Shapes: K chips, B samples, O x I cells; M, N, P the sizes of a product [M, N] x [N, P].
"""

import torch
from torch import Tensor


def multiply(a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """a b of every chip [K, M, P]."""
    out_KMP = a_KMN.new_empty(*a_KMN.shape[:2], b_KNP.shape[2])
    for a_MN, b_NP, out_MP in zip(a_KMN.detach(), b_KNP.detach(), out_KMP, strict=True):
        torch.mm(a_MN, b_NP, out=out_MP)
    return out_KMP


def descend(w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor) -> None:
    """w <- w - lr sum_b d_b x_b^T of every chip, in place."""
    for w_OI, x_BI, d_OB in zip(w_KOI, x_KBI, (lr_K[:, None, None] * d_KBO).mT, strict=True):
        w_OI.addmm_(d_OB, x_BI, alpha=-1.0)

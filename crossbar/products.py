"""Matrix products chip by chip: a chip's bits do not depend on which chips share its fleet.

One batched product of a library would not do: its kernel may depend on the number of chips, and a kernel may sum in another order where a
matrix does not start at a multiple of 64 bytes, as chips in the midst of a fleet's tensor often do. On the CPU our own kernels
(``crossbar.kernels.outer``) sum every element in one order, and so do those on a GPU (``crossbar.gpu.fused.products``), where products that
are large or in float64 are a call of the library for every chip.

Shapes: K chips, B samples, I input lines, O output lines; M, N, P the sizes of a product [M, N] x [N, P].
"""

from typing import Any

import torch
from torch import Tensor

from crossbar.array import Rate
from crossbar.kernels import outer


def product(a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """a b of every chip [K, M, P]."""
    if a_KMN.shape[2] == 1:
        return a_KMN * b_KNP  # nothing is summed
    if a_KMN.device.type != "cpu":
        return _on(a_KMN.device).multiply(a_KMN, b_KNP)
    b_KNP = b_KNP.detach() if b_KNP.mT.is_contiguous() else b_KNP.detach().contiguous()
    return torch.from_numpy(outer.multiply(a_KMN.detach().contiguous().numpy(), b_KNP.numpy()))


def descend(w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
    """w <- w - lr sum_b d_b x_b^T of every chip, in place.

    Args:
        w_KOI: contiguous.
        x_KBI: samples at the input lines.
        d_KBO: samples at the output lines.
        lr: one number or one per chip [K].
    """
    dtype, device = w_KOI.dtype, w_KOI.device
    x_KBI, d_KBO = (v.detach().to(dtype).expand(len(w_KOI), -1, -1).contiguous() for v in (x_KBI, d_KBO))
    lr_K = torch.as_tensor(lr, dtype=dtype, device=device).reshape(-1).expand(len(w_KOI))
    if device.type == "cpu":
        outer.descend(w_KOI.numpy(), x_KBI.numpy(), d_KBO.numpy(), lr_K.numpy())
    else:
        _on(device).descend(w_KOI, x_KBI, d_KBO, lr_K)


def descend_rows(w_KOI: Tensor, rows_KOI: Tensor, factor_KO: Tensor, lr: Rate) -> None:
    """w <- w - lr diag(factor) rows of every chip, in place; nothing is summed.

    Args:
        w_KOI: what is changed.
        rows_KOI: what is added to the rows.
        factor_KO: one number per row.
        lr: one number or one per chip [K].
    """
    lr_K11 = torch.as_tensor(lr, dtype=w_KOI.dtype, device=w_KOI.device).reshape(-1, 1, 1)
    w_KOI.addcmul_(lr_K11 * factor_KO.to(w_KOI.dtype)[:, :, None], rows_KOI, value=-1.0)


def _on(device: torch.device) -> Any:
    """What multiplies there."""
    from crossbar.gpu.functions import functions  # brings the device simulator, which takes seconds, and only a GPU needs it

    return functions(device)

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

from crossbar.kernels import outer
from crossbar.numbers import numbers
from crossbar.rows import Outer


def product(a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """a b of every chip [K, M, P]."""
    if a_KMN.shape[2] == 1:
        return a_KMN * b_KNP  # nothing is summed
    if a_KMN.device.type != "cpu":
        return _on(a_KMN.device).multiply(a_KMN, b_KNP)
    b_KNP = b_KNP.detach() if b_KNP.mT.is_contiguous() else b_KNP.detach().contiguous()
    return torch.from_numpy(outer.multiply(numbers(a_KMN, a_KMN.dtype), b_KNP.numpy()))


def descend(w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor) -> None:
    """w <- w - lr sum_b d_b x_b^T of every chip, in place.

    Args:
        w_KOI: contiguous.
        x_KBI: samples at the input lines; of one chip where all have the same.
        d_KBO: samples at the output lines; of one chip where all have the same.
        lr_K: one rate per chip, as ``crossbar.rates.per_chip`` makes them.
    """
    if w_KOI.device.type == "cpu":
        outer.descend(w_KOI.numpy(), *_fleet(x_KBI, d_KBO, w_KOI), lr_K.numpy())
    else:
        x_KBI, d_KBO = (v.detach().to(w_KOI.dtype).expand(len(w_KOI), -1, -1).contiguous() for v in (x_KBI, d_KBO))
        _on(w_KOI.device).descend(w_KOI, x_KBI, d_KBO, lr_K)


def descend_rows(w_KOI: Tensor, rows_KOI: Tensor, factor_KO: Tensor, lr_K: Tensor, beside: Outer | None = None) -> None:
    """w <- w - lr (diag(factor) rows + beside) of every chip, in place, the outer products first.

    Args:
        w_KOI: what is changed; contiguous.
        rows_KOI: what is added to the rows.
        factor_KO: one number per row.
        lr_K: one rate per chip.
        beside: sum_b d_b x_b^T, as ``descend`` takes it.
    """
    if w_KOI.device.type != "cpu":
        if beside is not None:
            descend(w_KOI, *beside, lr_K)
        w_KOI.addcmul_(lr_K[:, None, None] * factor_KO.to(w_KOI.dtype)[:, :, None], rows_KOI, value=-1.0)
        return
    w, lr, rows, factor = w_KOI.numpy(), lr_K.numpy(), numbers(rows_KOI, w_KOI.dtype), numbers(factor_KO, w_KOI.dtype)
    if beside is None:
        outer.descend_rows(w, rows, factor, lr)
    else:
        outer.descend_both(w, *_fleet(*beside, w_KOI), rows, factor, lr)


def _fleet(x_KBI: Tensor, d_KBO: Tensor, w_KOI: Tensor) -> tuple[Any, Any]:
    """Samples for every chip, of the weights' format."""
    x_KBI, d_KBO = (v if len(v) == len(w_KOI) else v.expand(len(w_KOI), -1, -1) for v in (x_KBI, d_KBO))
    return numbers(x_KBI, w_KOI.dtype), numbers(d_KBO, w_KOI.dtype)


def _on(device: torch.device) -> Any:
    """What multiplies there."""
    from crossbar.gpu.functions import functions  # brings the device simulator, which takes seconds, and only a GPU needs it

    return functions(device)

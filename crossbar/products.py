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

from crossbar.kernels import outer as kernels
from crossbar.numbers import numbers
from crossbar.rows import Outer, Weighted


def product(a_KMN: Tensor, b_KNP: Tensor) -> Tensor:
    """a b of every chip [K, M, P]."""
    if a_KMN.shape[2] == 1:
        return a_KMN * b_KNP  # nothing is summed
    if a_KMN.device.type != "cpu":
        return _on(a_KMN.device).multiply(a_KMN, b_KNP)
    b_KNP = b_KNP.detach() if b_KNP.mT.is_contiguous() else b_KNP.detach().contiguous()
    return torch.from_numpy(kernels.multiply(numbers(a_KMN, a_KMN.dtype), b_KNP.numpy()))


def descend(w_KOI: Tensor, lr_K: Tensor, outer: Outer | None, rows: Weighted | None = None) -> None:
    """w <- w - lr (sum_b d_b x_b^T + diag(factor) rows) of every chip, in place.

    Args:
        w_KOI: contiguous.
        lr_K: one rate per chip, as ``crossbar.rates.rate_per_chip`` makes them.
        outer: samples; of one chip where all have the same.
        rows: what is added row by row.
    """
    if w_KOI.device.type == "cpu":
        kernels.descend(w_KOI.numpy(), change(w_KOI, lr_K, outer, rows))
        return
    if outer is not None:
        x_KBI, d_KBO = (v.detach().to(w_KOI.dtype).expand(len(w_KOI), -1, -1).contiguous() for v in outer)
        _on(w_KOI.device).descend(w_KOI, x_KBI, d_KBO, lr_K)
    if rows is not None:
        w_KOI.addcmul_(lr_K[:, None, None] * rows.factor_KO.to(w_KOI.dtype)[:, :, None], rows.rows_KOI, value=-1.0)


def change(w_KOI: Tensor, lr_K: Tensor, outer: Outer | None, rows: Weighted | None = None) -> kernels.Change:
    """The same wish as compiled kernels take it, on the CPU."""
    chips, dtype = w_KOI.shape[0], w_KOI.dtype
    nothing = kernels.nothing(numbers(lr_K, dtype))
    x, d = nothing.x_KBI, nothing.d_KBO
    if outer is not None:
        x, d = (numbers(v if v.shape[0] == chips else v.expand(chips, -1, -1), dtype) for v in outer)
    if rows is None:
        return nothing._replace(x_KBI=x, d_KBO=d)
    return nothing._replace(x_KBI=x, d_KBO=d, rows_KOI=numbers(rows.rows_KOI, dtype), factor_KO=numbers(rows.factor_KO, dtype))


def _on(device: torch.device) -> Any:
    """What multiplies there."""
    from crossbar.gpu.functions import functions  # brings the device simulator, which takes seconds, and only a GPU needs it

    return functions(device)

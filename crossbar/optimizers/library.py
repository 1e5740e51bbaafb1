"""library: weights in digital memory, written by an optimizer of the pytorch-optimizer library: Shampoo, SOAP and others."""

from typing import Any

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.digital import Digital, gradient


class Library:
    """One optimizer of the library per chip, on the chip's weights as its only parameter, given G = sum_b d_b x_b^T as their gradient.

    Weight decay is off; everything else is the library's default, but for ``every``. Digital memory: W and what the optimizer remembers,
    which for Shampoo and SOAP is of the order of I^2 + O^2 numbers. Extra reads: none.
    Source: Gupta et al., ICML 2018, arXiv 1802.09568 (Shampoo); Vyas et al., arXiv 2409.11321 (SOAP).

    Args:
        method: the library's name of the optimizer.
        every: steps between two computations of the preconditioner of soap, shampoo or scalableshampoo; 0 is the library's default.

    Raises:
        ValueError: the library is not installed, or does not know the optimizer, or the optimizer has no such pace.
    """

    def __init__(self, *, method: str, every: int) -> None:
        try:
            from pytorch_optimizer import get_supported_optimizers, load_optimizer
        except ModuleNotFoundError as error:
            if error.name != "pytorch_optimizer":
                raise
            raise ValueError("the optimizer 'library' needs pytorch-optimizer: pip install 'analogdecor[optimizers]'") from None
        known = get_supported_optimizers()
        if method not in known:
            raise ValueError(f"optimizer.method = {method!r} is not accepted: pytorch-optimizer knows {', '.join(sorted(known))}")
        if every and method not in ("soap", "shampoo", "scalableshampoo"):
            raise ValueError(f"optimizer.every = {every} is not accepted: {method} has no preconditioner with a pace of its own")
        self._make: Any = load_optimizer(method)
        self._every, self._name = every, method
        self._chips: list[tuple[torch.nn.Parameter, Any]] = []

    def change(self, w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> Tensor:
        self._begin(w_KOI)
        rate_K = torch.as_tensor(lr, dtype=torch.float64).reshape(-1).expand(len(w_KOI))
        wanted = []
        for (parameter, optimizer), w_OI, g_OI, rate in zip(self._chips, w_KOI, gradient(x_KBI, d_KBO), rate_K.tolist(), strict=True):
            parameter.data.copy_(w_OI)
            parameter.grad = g_OI.clone()
            for group in optimizer.param_groups:
                group["lr"] = rate
            with torch.enable_grad():
                optimizer.step()
            wanted.append(parameter.detach() - w_OI)
        return torch.stack(wanted)

    def _begin(self, w_KOI: Tensor) -> None:
        if not self._chips:
            parameters = [torch.nn.Parameter(w_OI.clone()) for w_OI in w_KOI]
            self._chips = [(parameter, self._make([parameter], weight_decay=0.0, **self._pace())) for parameter in parameters]

    def _pace(self) -> dict[str, Any]:
        if not self._every:
            return {}
        return {"precondition_frequency" if self._name == "soap" else "preconditioning_compute_steps": self._every}

    def state(self) -> State:
        raise NotImplementedError("what an optimizer of pytorch-optimizer remembers is not saved: run from the start")

    def load_state(self, state: State) -> None:
        raise NotImplementedError("what an optimizer of pytorch-optimizer remembers is not saved: run from the start")


def optimizer(array: Array, *, method: str = "soap", every: int = 0) -> Array:
    """The array, an exact one, as a digital memory that an optimizer of pytorch-optimizer writes.

    Raises:
        ValueError: the array is not digital, the library is not installed, or it does not know the optimizer.
    """
    if every < 0:
        raise ValueError(f"optimizer.every = {every} is not accepted: 0, for the library's default, or a number of steps is")
    return Digital(array, Library(method=method, every=every), "library")

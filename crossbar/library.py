"""Weights in digital memory that an optimizer of the pytorch-optimizer library writes."""

from typing import Any

import torch
from torch import Tensor

from crossbar.array import Rate, State
from crossbar.digital import gradient
from crossbar.rates import rate_per_chip


class Library:
    """One optimizer of the library per chip, on the chip's weights as its only parameter, given G = sum_b d_b x_b^T as their gradient.

    Weight decay is off; everything else that is not given is the library's default. A chip whose preconditioner cannot be computed any more
    gets nan for weights, and so has diverged; the other chips go on.

    Args:
        method: the library's name of the optimizer.
        options: of the optimizer.

    Raises:
        ValueError: the library is not installed.
    """

    def __init__(self, method: str, **options: float) -> None:
        try:
            from pytorch_optimizer import load_optimizer
        except ModuleNotFoundError as error:
            if error.name != "pytorch_optimizer":
                raise
            raise ValueError(f"the optimizer {method!r} needs pytorch-optimizer: pip install 'analogdecor[optimizers]'") from None
        self._make: Any = load_optimizer(method)
        self._options = options
        self._chips: list[tuple[torch.nn.Parameter, Any]] = []
        self._broken: set[int] = set()

    def change(self, w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> Tensor:
        self._begin(w_KOI)
        rate_K = rate_per_chip(lr, len(w_KOI), torch.float64, torch.device("cpu"))
        wanted = []
        for chip, (w_OI, g_OI, rate) in enumerate(zip(w_KOI, gradient(x_KBI, d_KBO), rate_K.tolist(), strict=True)):
            wanted.append(self._stepped(chip, w_OI, g_OI, rate) - w_OI)
        return torch.stack(wanted)

    def _stepped(self, chip: int, w_OI: Tensor, g_OI: Tensor, rate: float) -> Tensor:
        parameter, optimizer = self._chips[chip]
        parameter.data.copy_(w_OI)
        parameter.grad = g_OI.clone()
        for group in optimizer.param_groups:
            group["lr"] = rate
        try:
            if chip not in self._broken:
                with torch.enable_grad():
                    optimizer.step()
        except torch.linalg.LinAlgError:  # the preconditioner has no eigenvectors any more
            self._broken.add(chip)
        return torch.full_like(w_OI, torch.nan) if chip in self._broken else parameter.detach()

    def _begin(self, w_KOI: Tensor) -> None:
        if not self._chips:
            parameters = [torch.nn.Parameter(w_OI.clone()) for w_OI in w_KOI]
            self._chips = [(parameter, self._make([parameter], weight_decay=0.0, **self._options)) for parameter in parameters]

    def state(self) -> State:
        raise NotImplementedError("what an optimizer of pytorch-optimizer remembers is not saved: run from the start")

    def load_state(self, state: State) -> None:
        raise NotImplementedError("what an optimizer of pytorch-optimizer remembers is not saved: run from the start")

"""accumulate: a batch's net change is summed digitally, and only whole steps are written, by addressed pulses."""

import torch
from torch import Tensor

from crossbar import products
from crossbar.array import Array, Rate, State
from crossbar.kernels import whole_steps
from crossbar.wrapper import Wrapper

_WINDOW = 2.0


class Accumulate(Wrapper):
    """H <- H - lr sum_b d_b x_b^T;  n = trunc(H / step);  pulse(n);  H <- H - n step.

    The step is the published mean cell's at weight 0, one for each direction: open loop, nothing is read back. What is left below one
    step stays in H, so that small changes add up and opposite changes cancel before a cell is touched. H saturates at the width of the
    cells' window, 2: no change beyond it can be written, however large the rate.

    Digital memory: one number per cell (H). Extra reads: none.

    Args:
        inner: the array that is pulsed.

    Raises:
        ValueError: the array has no smallest step (an ideal cell), so whole steps mean nothing.
    """

    def __init__(self, inner: Array) -> None:
        super().__init__(inner)
        up_K, down_K = inner.steps()
        if not bool((up_K > 0).all() and (down_K > 0).all()):
            raise ValueError("accumulate writes whole steps, and this cell has none; use the write scheme 'direct'")
        self._up_K, self._down_K = up_K, down_K
        self._wanted_KOI = torch.zeros(inner.chips, *inner.shape, dtype=inner.dtype, device=inner.device)

    def forward(self, x_KBI: Tensor) -> Tensor:
        return self.inner.forward(x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        return self.inner.backward(d_KBO)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        products.descended(self._wanted_KOI, x_KBI, d_KBO, lr, out_KOI=self._wanted_KOI)
        n_KOI = self._whole_steps()
        self.spend(digital_ops=(x_KBI.shape[1] + 1) * self.shape[0] * self.shape[1])  # B products per cell, and one for n
        self.inner.pulse(n_KOI)  # even where all are 0: whether the cells count a write must not hang on the other chips

    def _whole_steps(self) -> Tensor:
        """n, taken out of H."""
        if self.device.type == "cpu":
            return torch.from_numpy(whole_steps.take(self._wanted_KOI.numpy(), self._up_K.numpy(), self._down_K.numpy(), _WINDOW))
        wanted_KOI = self._wanted_KOI.clamp_(-_WINDOW, _WINDOW)
        step_KOI = torch.where(wanted_KOI > 0, self._up_K[:, None, None], self._down_K[:, None, None])
        n_KOI = torch.trunc(wanted_KOI / step_KOI)
        wanted_KOI -= n_KOI * step_KOI
        return n_KOI

    def program(self, w_KOI: Tensor) -> None:
        self._wanted_KOI = torch.zeros_like(self._wanted_KOI)
        self.inner.program(w_KOI)

    def weights(self) -> Tensor:
        return self.inner.weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self.inner.steps()

    def own_state(self) -> State:
        return {"wanted_KOI": self._wanted_KOI}

    def load_own_state(self, state: State) -> None:
        self._wanted_KOI = state["wanted_KOI"].to(self.device, copy=True)


def scheme(array: Array) -> Array:
    """The array behind a digital accumulator."""
    return Accumulate(array)

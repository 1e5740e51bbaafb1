"""The digital scale between the cells' dimensionless weights and the network's."""

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.kept import Kept
from crossbar.rates import rate_per_chip
from crossbar.reading import NOTHING, After, Drives, Way, samples
from crossbar.rows import Outer, Rowwise, Weighted, add_rows
from crossbar.wrapper import Wrapper


class Scaled(Wrapper, Rowwise):
    """W = s w: the cells hold w, a digital multiplier behind the ADC (and the transposed ADC) holds s, one number per chip.

    Reads are multiplied by s. A wanted change -lr d x^T of W is a change -(lr / s) d x^T of w. Programming divides by s.

    Args:
        inner: the array that holds w.
        scale: s > 0, one number or one per chip [K].

    Raises:
        ValueError: a scale is not positive.
    """

    def __init__(self, inner: Array, scale: Rate) -> None:
        super().__init__(inner)
        scale_K = torch.as_tensor(scale, dtype=inner.dtype, device=inner.device).reshape(-1).expand(inner.chips).clone()
        if not bool((scale_K > 0).all()):
            raise ValueError(f"scale must be positive, not {scale}")
        self._scale_K = scale_K
        self._rates: Kept[Tensor] = Kept()
        self._behind: Kept[After] = Kept()

    def read(self, way: Way, v: Drives, after: After = NOTHING) -> Tensor:
        self.spend(digital_ops=samples(v) * self.shape[0 if way == "forward" else 1])
        return self.read_inner(way, v, self._behind.get(after, lambda after: after.scaled(self._scale_K)))

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self.inner.update(x_KBI, d_KBO, self._rate(lr))

    def add_rows(self, rows: Weighted, lr: Rate, beside: Outer | None = None) -> None:
        """As an update does."""
        add_rows(self.inner, rows, self._rate(lr), beside)

    def _rate(self, lr: Rate) -> Tensor:
        return self._rates.get(lr, lambda lr: rate_per_chip(lr, self.chips, self.dtype, self.device) / self._scale_K)

    def program(self, w_KOI: Tensor) -> None:
        self.inner.program(w_KOI / self._scale_K[:, None, None])

    def weights(self) -> Tensor:
        return self.inner.weights() * self._scale_K[:, None, None]

    def steps(self) -> tuple[Tensor, Tensor]:
        up_K, down_K = self.inner.steps()
        return up_K * self._scale_K, down_K * self._scale_K

    def own_state(self) -> State:
        return {"scale_K": self._scale_K}

    def load_own_state(self, state: State) -> None:
        self._scale_K = state["scale_K"].to(self.device, copy=True)
        self._rates.forget()
        self._behind.forget()

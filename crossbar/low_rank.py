"""A square matrix that leaves the identity in few directions: R = 1 + U V^T, two thin arrays instead of one large one.

Shapes: K chips, B batch, I lines, r the rank.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from crossbar import products
from crossbar.array import Array, Rate, State
from crossbar.ledger import Ledger
from crossbar.seeds import generator


class FactorUpdate(NamedTuple):
    """An update of one factor: outer products as ``Array.update`` takes them.

    Attributes:
        array: the factor.
        x_KBI: at its input lines.
        d_KBO: at its output lines.
    """

    array: Array
    x_KBI: Tensor
    d_KBO: Tensor


def orthonormal(seeds: Sequence[int], lines: int, rank: int, *purpose: str | int) -> Tensor:
    """Random orthonormal rows for each chip, to start V^T with [K, r, I], float64: Gaussian numbers made orthonormal (QR)."""
    raw = [torch.randn(lines, rank, generator=generator(seed, "low rank", *purpose), dtype=torch.float64) for seed in seeds]
    return torch.stack([torch.linalg.qr(one)[0].mT for one in raw])


class LowRank:
    """R = 1 + U V^T with U [I, r] and V^T [r, I] each on an array of its own: 2 r I numbers. A wire carries the identity.

    y = x + U (V^T x) and e = d + V (U^T d). An update asks for R <- R - lr G, G = sum_b d_b x_b^T; each factor takes what G gives it
    through the other one, both as they were before:

        U   <- U   - lr G V   = U   - lr sum_b d_b (V^T x_b)^T      one read of V^T per sample
        V^T <- V^T - lr U^T G = V^T - lr sum_b (U^T d_b) x_b^T      one transposed read of U per sample

    These are the gradients with respect to the factors of whatever G is the gradient of, and local outer products again. R then moves
    by -lr (G V V^T + U U^T G) + lr^2 G V U^T G instead of -lr G: to first order in lr never against G, since the inner product with G is
    -lr (|G V|^2 + |U^T G|^2), and it comes to rest where G V = 0 and U^T G = 0, with G itself not 0 where r < I. From U = 0 and orthonormal
    columns of V the first update is -lr G V V^T, the part of G on the span of V, and exactly the full update for r = I.
    Source: the factors and their start as in Hu et al., arXiv 2106.09685 (there in front of fixed weights, U = 0 and V random).

    No cell holds one number of R alone, so that R has no addressed pulses: its factors have.

    Args:
        up: U, [K, I, r].
        down: V^T, [K, r, I].

    Raises:
        ValueError: the two do not make a square matrix, or differ in chips, dtype or device.
    """

    def __init__(self, up: Array, down: Array) -> None:
        alike = (up.chips, up.dtype, up.device) == (down.chips, down.dtype, down.device)
        if up.shape != down.shape[::-1] or not alike:
            raise ValueError(f"U of {up.chips} x {up.shape} and V^T of {down.chips} x {down.shape} do not make a square matrix")
        self.up, self.down = up, down
        self._additions = 0.0

    @property
    def chips(self) -> int:
        return self.up.chips

    @property
    def shape(self) -> tuple[int, int]:
        return (self.up.shape[0], self.down.shape[1])

    @property
    def rank(self) -> int:
        """r."""
        return self.up.shape[1]

    @property
    def dtype(self) -> torch.dtype:
        return self.up.dtype

    @property
    def device(self) -> torch.device:
        return self.up.device

    def forward(self, x_KBI: Tensor) -> Tensor:
        self._additions += x_KBI.shape[1] * self.shape[0]
        return self.up.forward(self.down.forward(x_KBI)).add_(x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        self._additions += d_KBO.shape[1] * self.shape[0]
        return self.down.backward(self.up.backward(d_KBO)).add_(d_KBO)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        for_up, for_down = self.down.forward(x_KBI), self.up.backward(d_KBO)
        self.up.update(for_up, d_KBO, lr)
        self.down.update(x_KBI, for_down, lr)

    def rows_times(self, factor_KI: Tensor) -> tuple[FactorUpdate, FactorUpdate]:
        """What the update with G = diag(factor) R asks of the factors, without reading R line by line.

        G V = diag(factor) R V and U^T G = (R^T diag(factor) U)^T: both factors are read by r one-hot vectors, and R by their columns,
        r reads each way instead of I.
        """
        one_hot = torch.eye(self.rank, dtype=self.dtype, device=self.device).expand(self.chips, -1, -1)
        u_KrI, v_KrI = self.up.forward(one_hot), self.down.backward(one_hot)
        factor_K1I = factor_KI.to(self.dtype)[:, None]
        for_up = FactorUpdate(self.up, one_hot, factor_K1I * self.forward(v_KrI))
        return for_up, FactorUpdate(self.down, self.backward(factor_K1I * u_KrI), one_hot)

    def pulse(self, n_KOI: Tensor) -> None:
        raise ValueError("R = 1 + U V^T has no cell for each of its numbers: send addressed pulses to its factors")

    def program(self, w_KOI: Tensor) -> None:
        """The nearest of rank r, R - 1 ~ (U S) V^T by its largest singular values (Eckart, Young); for R = 1 V stays and U = 0."""
        aside_KII = w_KOI.detach().double() - torch.eye(self.shape[0], dtype=torch.float64, device=w_KOI.device)
        parts = [torch.linalg.svd(one) for one in aside_KII]
        sizes_Kr = torch.stack([s[: self.rank] for _, s, _ in parts])
        self.up.program((torch.stack([u[:, : self.rank] for u, _, _ in parts]) * sizes_Kr[:, None]).to(self.dtype))
        turned_KrI = torch.stack([vt[: self.rank] for _, _, vt in parts]).to(self.dtype)
        self.down.program(torch.where(sizes_Kr[:, :1, None] > 0, turned_KrI, self.down.weights().to(turned_KrI.device)))

    def weights(self) -> Tensor:
        return torch.eye(self.shape[0], dtype=self.dtype, device=self.device) + products.product(self.up.weights(), self.down.weights())

    def steps(self) -> tuple[Tensor, Tensor]:
        """Those of U: one pulse there moves a row of R by a step times a column of V."""
        return self.up.steps()

    def elapse(self, seconds: float) -> None:
        self.up.elapse(seconds)
        self.down.elapse(seconds)

    def state(self) -> State:
        factors = {"up": self.up, "down": self.down}
        held = {f"{factor}/{name}": value for factor, array in factors.items() for name, value in array.state().items()}
        return {**held, "additions_K": self.additions_K()}

    def load_state(self, state: State) -> None:
        for factor, array in (("up", self.up), ("down", self.down)):
            prefix = f"{factor}/"
            array.load_state({name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)})
        self._additions = float(state["additions_K"][0])

    def additions_K(self) -> Tensor:
        """Digital additions of the identity [K], float64: I for every vector."""
        return torch.full((self.chips,), self._additions, dtype=torch.float64)

    def ledger(self) -> Ledger:
        """Pulses on the cells of U and of V side by side [K, I, 2 r]; what is spent per chip is summed over both factors."""
        whole = Ledger.of_parts([self.up.ledger(), self.down.ledger()], lambda parts: torch.cat([parts[0], parts[1].mT], 2))
        return whole.plus(digital_ops_K=self.additions_K())

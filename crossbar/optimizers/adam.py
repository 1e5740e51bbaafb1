"""adam: Adam on weights in digital memory. The hardware assumed is a digital one; arXiv 2407.10780 trains so."""

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.digital import Digital, gradient, rates


class Adam:
    """m <- b1 m + (1 - b1) G;  v <- b2 v + (1 - b2) G^2;  W <- W - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps), G = sum_b d_b x_b^T.

    Digital memory: W, m and v, three numbers per cell. Extra reads: none.
    Source: Kingma, Ba, ICLR 2015, arXiv 1412.6980, algorithm 1.

    Args:
        beta1: decay of the mean [1].
        beta2: decay of the mean square [1].
        eps: keeps the quotient finite [1].
    """

    def __init__(self, *, beta1: float, beta2: float, eps: float) -> None:
        self._beta1, self._beta2, self._eps = beta1, beta2, eps
        self._t = 0
        self._mean: Tensor | None = None
        self._square: Tensor | None = None

    def change(self, w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> Tensor:
        g_KOI = gradient(x_KBI, d_KBO)
        if self._mean is None or self._square is None:
            self._mean, self._square = torch.zeros_like(w_KOI), torch.zeros_like(w_KOI)
        self._t += 1
        self._mean = self._mean.lerp(g_KOI, 1 - self._beta1)
        self._square = (self._beta2 * self._square).addcmul_(g_KOI, g_KOI, value=1 - self._beta2)
        root_KOI = self._square.sqrt().div_((1 - self._beta2**self._t) ** 0.5).add_(self._eps)
        return self._mean.div(root_KOI).mul_(-rates(lr, w_KOI) / (1 - self._beta1**self._t))

    def state(self) -> State:
        held = {"mean_KOI": self._mean, "square_KOI": self._square}
        return {"t": torch.tensor(self._t), **{name: value for name, value in held.items() if value is not None}}

    def load_state(self, state: State) -> None:
        self._t = int(state["t"])
        self._mean, self._square = (state[name].clone() if name in state else None for name in ("mean_KOI", "square_KOI"))


def optimizer(array: Array, *, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Array:
    """The array, an exact one, as a digital memory that Adam writes.

    Raises:
        ValueError: the array is not digital, or a number is out of range.
    """
    if not (0 <= beta1 < 1 and 0 <= beta2 < 1 and eps > 0):
        raise ValueError(f"adam takes beta1 and beta2 in [0, 1) and eps above 0, not {beta1}, {beta2} and {eps}")
    return Digital(array, Adam(beta1=beta1, beta2=beta2, eps=eps), "adam")

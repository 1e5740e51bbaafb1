"""A square array that holds only its deviation from the identity."""

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.kept import Kept
from crossbar.reading import NOTHING, After, Drives, Way, samples
from crossbar.rows import Outer, Rowwise, Weighted, add_rows
from crossbar.wrapper import Wrapper


class Deviation(Wrapper, Rowwise):
    """R = I + A: the cells hold A, a wire beside the array carries the identity.

    y = x + A x and e = d + A^T d; an update of R is an update of A. Cells forget towards their symmetric point, A = 0, so that a
    decorrelator on such an array forgets towards "no decorrelation" instead of "no signal".

    Args:
        inner: the square array that holds A.

    Raises:
        ValueError: the array is not square.
    """

    def __init__(self, inner: Array) -> None:
        super().__init__(inner)
        outputs, inputs = inner.shape
        if outputs != inputs:
            raise ValueError(f"a deviation from the identity needs a square array, not {outputs} x {inputs}")
        self._one_K = torch.ones(inner.chips, dtype=inner.dtype, device=inner.device)
        self._behind: Kept[After] = Kept()

    def read(self, way: Way, v: Drives, after: After = NOTHING) -> Tensor:
        self.spend(digital_ops=samples(v) * self.shape[0])
        return self.read_inner(way, v, self._behind.get(after, lambda after: after.carrying(self._one_K)))

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self.inner.update(x_KBI, d_KBO, lr)

    def add_rows(self, rows: Weighted, lr: Rate, beside: Outer | None = None) -> None:
        """As an update does."""
        add_rows(self.inner, rows, lr, beside)

    def program(self, w_KOI: Tensor) -> None:
        self.inner.program(w_KOI - torch.eye(self.shape[0], dtype=w_KOI.dtype, device=w_KOI.device))

    def weights(self) -> Tensor:
        return torch.eye(self.shape[0], dtype=self.dtype, device=self.device) + self.inner.weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self.inner.steps()

    def own_state(self) -> State:
        return {}

    def load_own_state(self, state: State) -> None:
        pass

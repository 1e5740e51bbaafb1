"""reference: a second cell, fixed, is subtracted: one per weight at the weight's symmetric point, or one line of cells for all outputs."""

from typing import Annotated, Literal, get_args

import torch
from pydantic import Field
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.cell_reads import read_cells, to_symmetric_point
from crossbar.several import Several
from crossbar.surroundings import Surroundings

Per = Literal["cell", "line"]
"""A reference cell for every weight, or one line of them that all outputs share."""


class Reference(Several):
    """W = w - r, r on fixed cells.

    ``cell``: at the start ``pairs`` pairs of pulses drive every w to its symmetric point, what is read there (averaged over ``reads``) is
    programmed onto the weight's own reference cell, and W = 0 is where up and down pulses are equally large. aihwkit's devices with
    a reference subtract it without reading.
    ``line``: r is one extra output line of cells at 0, the middle of the range, whose current is subtracted from that of every output, as
    it is built; its read noise and its cells' spread are common to all outputs. ``pairs`` and ``reads`` have no part in it.

    Digital memory: none. Extra reads: every read also reads the reference; the calibration's one-hot reads. Calibration pulses are in the
    ledger from the start.

    Args:
        array: holds w.
        around: makes the reference.
        per: see above.
        pairs: see above.
        reads: see above.

    Raises:
        ValueError: an option is not accepted.
    """

    def __init__(self, array: Array, around: Surroundings, *, per: Per = "cell", pairs: int = 200, reads: int = 16) -> None:
        if per not in get_args(Per) or pairs < 0 or reads < 1:
            raise ValueError(
                f"per is one of {', '.join(get_args(Per))}, pairs at least 0 and reads at least 1: not {per!r}, {pairs}, {reads}"
            )
        outputs, inputs = array.shape
        super().__init__({"cells": array, "reference": around.another("reference", (outputs if per == "cell" else 1, inputs))})
        point_KOI = torch.zeros(array.chips, *self.arrays["reference"].shape, dtype=array.dtype, device=array.device)
        if per == "cell" and pairs:
            to_symmetric_point(array, pairs)
            point_KOI = read_cells(array, reads)
        self.arrays["reference"].program(point_KOI)
        self.program(torch.zeros(array.chips, outputs, inputs, dtype=array.dtype, device=array.device))

    def forward(self, x_KBI: Tensor) -> Tensor:
        self.spend(digital_ops=x_KBI.shape[1] * self.shape[0])
        return self.arrays["cells"].forward(x_KBI) - self.arrays["reference"].forward(x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        self.spend(digital_ops=d_KBO.shape[1] * self.shape[1])
        lines = self.arrays["reference"].shape[0]
        driven_KBO = d_KBO if lines == self.shape[0] else d_KBO.sum(2, keepdim=True)
        return self.arrays["cells"].backward(d_KBO) - self.arrays["reference"].backward(driven_KBO)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self.arrays["cells"].update(x_KBI, d_KBO, lr)

    def pulse(self, n_KOI: Tensor) -> None:
        self.arrays["cells"].pulse(n_KOI)

    def program(self, w_KOI: Tensor) -> None:
        """Onto the cells, so that the difference to the reference as it is read best is w; the reference stays."""
        self.arrays["cells"].program(w_KOI + self.arrays["reference"].weights())

    def weights(self) -> Tensor:
        return self.arrays["cells"].weights() - self.arrays["reference"].weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self.arrays["cells"].steps()

    def own_state(self) -> State:
        return {}

    def load_own_state(self, state: State) -> None:
        pass


def weight(
    array: Array,
    around: Surroundings,
    *,
    per: Per = "cell",
    pairs: Annotated[int, Field(ge=0)] = 200,
    reads: Annotated[int, Field(ge=1)] = 16,
) -> Array:
    """The array with a fixed reference that is subtracted."""
    return Reference(array, around, per=per, pairs=pairs, reads=reads)

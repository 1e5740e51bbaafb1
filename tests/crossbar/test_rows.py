"""Writes row by row: the same as one sample per row that is one-hot at the output lines."""

import pytest
import torch

from crossbar.array import Array
from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.rows import Outer, Weighted, add_rows
from crossbar.scaled import Scaled
from crossbar.surroundings import Surroundings
from crossbar.writes.accumulate import Accumulate

CHIPS, LINES = 2, 5


def exact() -> Exact:
    return Exact(torch.zeros(CHIPS, LINES, LINES), step=1e-3)


def accumulated() -> Array:
    return Accumulate(exact())


def low_rank() -> Array:
    around = Surroundings((1, 2), (), lambda name, shape: exact())
    return Accumulate(exact(), around, rounding="stochastic", rank=3)


MADE = {
    "exact": exact,
    "accumulate": accumulated,
    "accumulate, low rank": low_rank,
    "scaled": lambda: Scaled(accumulated(), torch.tensor([0.5, 0.8])),
    "deviation": lambda: Deviation(Scaled(accumulated(), 0.7)),
}


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("make", MADE.values(), ids=list(MADE))
def test_rows_equal_one_hot_samples(make, beside):
    g = torch.Generator().manual_seed(0)
    row_by_row, samples = make(), make()
    for _ in range(3):
        rows, factor, x, d = (
            torch.randn(CHIPS, *size, generator=g).double() for size in ((LINES, LINES), (LINES,), (7, LINES), (7, LINES))
        )
        lr = torch.tensor([0.1, 0.03])
        add_rows(row_by_row, Weighted(rows, factor), lr, Outer(x, d) if beside else None)
        if beside:  # one write: the samples of both are one batch
            samples.update(torch.cat([x, rows], 1), torch.cat([d, torch.diag_embed(factor)], 1), lr)
        else:
            samples.update(rows, torch.diag_embed(factor), lr)
    torch.testing.assert_close(row_by_row.weights(), samples.weights(), rtol=0, atol=1e-12)
    for name, remembered in samples.state().items():
        torch.testing.assert_close(row_by_row.state()[name], remembered, rtol=1e-6, atol=1e-9)


def test_an_array_without_rows_gets_one_hot_samples():
    class Plain:
        def update(self, x_KBI, d_KBO, lr):
            self.asked = [*getattr(self, "asked", []), (x_KBI, d_KBO, lr)]

    array, rows, factor = Plain(), torch.ones(1, 3, 3), torch.tensor([[1.0, 2.0, 3.0]])
    beside = Outer(torch.ones(1, 2, 3), torch.zeros(1, 2, 3))
    add_rows(array, Weighted(rows, factor), 0.1, beside)
    first, second = array.asked
    assert first == (*beside, 0.1)
    assert second[0] is rows
    torch.testing.assert_close(second[1], torch.diag_embed(factor))

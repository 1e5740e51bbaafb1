"""A block-diagonal array against the dense matrix it stands for."""

import pytest
import torch

from crossbar.array import Array
from crossbar.block_diagonal import BlockDiagonal, blocks_of
from crossbar.exact import Exact
from crossbar.seeds import generator

K, LINES, SIZE, COUNT = 2, 7, 3, 3
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def random(*shape):
    return torch.randn(*shape, generator=generator(4, *shape), dtype=torch.float64)


def mask():
    block = torch.arange(LINES) // SIZE
    return (block[:, None] == block).double()


def made():
    array = BlockDiagonal(Exact(torch.zeros(K * COUNT, SIZE, SIZE)), LINES, K)
    array.program(random(K, LINES, LINES))
    return array


@pytest.mark.parametrize(
    ("lines", "largest", "wanted"), [(7, 3, (3, 3)), (3072, 256, (12, 256)), (1000, 256, (4, 250)), (27, 256, (1, 27)), (5, 1, (5, 1))]
)
def test_blocks_are_few_equal_and_not_too_large(lines, largest, wanted):
    assert blocks_of(lines, largest) == wanted


def test_it_is_the_dense_matrix_with_zeros_outside_the_blocks():
    array, w = made(), random(K, LINES, LINES) * mask()
    assert isinstance(array, Array)
    torch.testing.assert_close(array.weights(), w, **CLOSE)
    x, d, lr = random(K, 4, LINES), random(K, 4, LINES), torch.tensor([0.1, 0.3], dtype=torch.float64)
    torch.testing.assert_close(array.forward(x), x @ w.mT, **CLOSE)
    torch.testing.assert_close(array.backward(d), d @ w, **CLOSE)
    array.update(x, d, lr)
    w = w - lr[:, None, None] * (d.mT @ x) * mask()
    torch.testing.assert_close(array.weights(), w, **CLOSE)
    n = torch.randint(-2, 3, (K, LINES, LINES), generator=generator(0, "pulses"))
    array.pulse(n)
    torch.testing.assert_close(array.weights(), w + 1e-3 * n.double() * mask(), **CLOSE)
    spent = array.ledger()
    assert torch.equal(spent.pulses_K(), (n.abs() * mask()).sum((1, 2)))
    assert spent.forward_reads_K.tolist() == [4 * COUNT] * K
    again = BlockDiagonal(Exact(torch.zeros(K * COUNT, SIZE, SIZE)), LINES, K)
    again.load_state(array.state())
    assert torch.equal(again.weights(), array.weights())
    up, _ = array.steps()
    assert up.shape == (K,)


def test_rates_and_numbers_per_line_reach_their_blocks():
    array = made()
    assert array.rates(0.5) == 0.5
    assert array.rates(torch.tensor([1.0, 2.0])).tolist() == [1, 1, 1, 2, 2, 2]
    assert array.blocks(torch.arange(14.0).reshape(2, 7)).tolist() == [[0, 1, 2], [3, 4, 5], [6, 0, 0], [7, 8, 9], [10, 11, 12], [13, 0, 0]]


@pytest.mark.parametrize(("inner", "lines"), [((6, 3, 3), 5), ((6, 3, 3), 10), ((5, 3, 3), 7), ((6, 3, 4), 7)])
def test_blocks_that_do_not_cover_the_lines_are_refused(inner, lines):
    with pytest.raises(ValueError, match="do not cover"):
        BlockDiagonal(Exact(torch.zeros(inner)), lines, K)
    with pytest.raises(ValueError, match="must be positive"):
        blocks_of(lines, 0)

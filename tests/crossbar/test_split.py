import pytest
import torch

from crossbar.exact import Exact
from crossbar.seeds import generator
from crossbar.split import Split, split


def random(*shape):
    return torch.randn(*shape, generator=generator(4, *shape), dtype=torch.float64)


@pytest.mark.parametrize(
    ("shape", "largest", "count"),
    [((7, 5), (3, 2), 9), ((7, 5), (7, 5), 1), ((7, 5), (100, 4), 2), ((6, 6), (3, 3), 4), ((1, 9), (1, 1), 9)],
)
def test_blocks_cover_every_cell_once_and_none_is_too_large(shape, largest, count):
    blocks = split(shape, largest)
    covered = torch.zeros(shape)
    for block in blocks:
        assert block.shape[0] <= largest[0]
        assert block.shape[1] <= largest[1]
        covered[block.outputs, block.inputs] += 1
    assert bool((covered == 1).all())
    assert len(blocks) == count
    assert len({(block.row, block.column) for block in blocks}) == count
    for lines in (0, 1):
        sizes = {block.shape[lines] for block in blocks}
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("shape", "largest"), [((0, 3), (2, 2)), ((3, 3), (2, 0)), ((3, -1), (2, 2))])
def test_sizes_are_positive(shape, largest):
    with pytest.raises(ValueError, match="sizes must be positive"):
        split(shape, largest)


def test_a_grid_is_the_whole_array():
    """Every operation against one exact array."""
    w, x, d = random(2, 7, 5), random(2, 4, 5), random(2, 4, 7)
    whole, grid = Exact(w, step=0.1), Split((7, 5), (3, 2), lambda block, row, column: Exact(torch.zeros(2, *block), step=0.1))
    grid.program(w)
    n = (5 * random(2, 7, 5)).round()
    for array in (whole, grid):
        array.update(x, d, torch.tensor([0.1, 0.4]))
        array.pulse(n)
        array.elapse(1.0)
    torch.testing.assert_close(grid.weights(), whole.weights())
    torch.testing.assert_close(grid.forward(x), whole.forward(x))
    torch.testing.assert_close(grid.backward(d), whole.backward(d))
    assert torch.equal(grid.ledger().pulses_up_KOI, whole.ledger().pulses_up_KOI)
    assert torch.equal(grid.ledger().pulses_down_KOI, whole.ledger().pulses_down_KOI)
    assert grid.ledger().forward_reads_K.tolist() == [36.0, 36.0], "4 samples through each of 9 arrays"
    assert [step_K.tolist() for step_K in grid.steps()] == [step_K.tolist() for step_K in whole.steps()]


def test_the_factory_is_told_the_place():
    places = []

    def factory(block, row, column):
        places.append((block, row, column))
        return Exact(torch.zeros(1, *block))

    Split((3, 4), (2, 3), factory)
    assert places == [((1, 2), 0, 0), ((1, 2), 0, 1), ((2, 2), 1, 0), ((2, 2), 1, 1)]


@pytest.mark.parametrize(
    "factory",
    [
        lambda block, row, column: Exact(torch.zeros(1 + row, *block)),
        lambda block, row, column: Exact(torch.zeros(1, *block), dtype=(torch.float32, torch.float64)[column]),
        lambda block, row, column: Exact(torch.zeros(1, 9, 9)),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(factory):
    with pytest.raises(ValueError, match="share chips, dtype and device and fill their blocks"):
        Split((3, 4), (2, 3), factory)

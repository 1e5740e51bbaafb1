import pytest
import torch

from crossbar.cell_reads import to_symmetric_point
from crossbar.multicell.pair import weight


def test_the_symmetric_point_of_a_pair_is_0(uneven, on):
    """Alternating pulses bring a single cell to 0.17 (published mean), where its steps are equal, and a pair of them to 0."""
    cell = uneven(up_down_dtod=0.0)
    ends = []
    for array in (weight(*on(cell, (30, 40))), on(cell, (30, 40))[0]):
        array.program(torch.full((1, 30, 40), 0.4))
        to_symmetric_point(array, 150)
        ends.append(float(array.weights().mean()))
    assert abs(ends[0]) < 0.03
    assert ends[1] > 0.1


def test_a_pulse_is_one_on_each_cell_and_a_read_one_of_each_array(uneven, on):
    pair = weight(*on(uneven()))
    pair.pulse(torch.ones(1, 3, 4))
    pair.forward(torch.ones(1, 5, 4))
    spent = pair.ledger()
    assert (float(spent.pulses_up_KOI.sum()), float(spent.pulses_down_KOI.sum())) == (12, 12)
    assert float(spent.forward_reads_K) == 10
    up, down = pair.steps()
    assert float(up) == float(down) == pytest.approx(0.045)

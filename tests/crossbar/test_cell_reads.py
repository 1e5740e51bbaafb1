import pytest
import torch
from aihwkit.simulator.configs import IOParameters

from crossbar.cell_reads import read_cells, read_columns, to_symmetric_point
from device_models.presets import preset
from device_models.steps import symmetric_point


def test_columns_are_read_as_they_are(uneven, on):
    array = on(uneven(), chips=2)[0]
    array.program(torch.linspace(-0.5, 0.5, 24).reshape(2, 3, 4))
    torch.testing.assert_close(read_columns(array, torch.tensor([3, 1])), array.weights()[..., [3, 1]])
    torch.testing.assert_close(read_cells(array), array.weights())
    assert array.ledger().forward_reads_K.tolist() == [6, 6]


def test_averaging_reads_averages_their_noise(uneven, on):
    """Spread of 3,000 cells read once and 9 times: ratio 3 within 5 sigma of its own spread."""
    io = IOParameters(inp_res=-1, out_res=-1, out_noise=0.1)
    array = on(uneven(), (50, 60), io=io)[0]
    once, nine = (float((read_cells(array, reads) - array.weights()).std()) for reads in (1, 9))
    assert once == pytest.approx(0.1, rel=5 / (2 * 3000) ** 0.5)
    assert nine == pytest.approx(0.1 / 3, rel=5 / (2 * 3000) ** 0.5)


@pytest.mark.parametrize("start", [-0.8, 0.8])
def test_alternating_pulses_end_at_the_symmetric_point(on, start):
    """From both ends, within half a step of the mean device's own."""
    cell = preset("fefet_jerry2017_mirror")
    array = on(cell, (20, 20))[0]
    array.program(torch.full((1, 20, 20), start))
    to_symmetric_point(array, 100)
    assert float(array.weights().mean()) == pytest.approx(symmetric_point(cell.response), abs=0.5 * float(array.steps()[0]))

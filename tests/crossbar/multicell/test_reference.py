import pytest
import torch

from crossbar.multicell.reference import weight


def test_zero_is_the_symmetric_point_of_every_cell(uneven, on):
    """Alternating pulses from W = 0 leave a calibrated weight where it is, to within 1.5 steps on average, and move a plain cell away."""
    cell = uneven(up_down_dtod=0.3)
    plain, calibrated = on(cell, (10, 12))[0], weight(*on(cell, (10, 12)))
    moved = []
    for array in (plain, calibrated):
        array.program(torch.zeros(1, 10, 12))
        for _ in range(60):
            array.pulse(torch.ones(1, 10, 12))
            array.pulse(-torch.ones(1, 10, 12))
        moved.append(float(array.weights().abs().mean()))
    assert moved[1] < 0.4 * moved[0], moved


def test_a_line_of_reference_cells_is_common_to_all_outputs(uneven, on):
    array = weight(*on(uneven()), per="line")
    array.arrays["reference"].program(torch.tensor([[[0.1, 0.2, 0.3, 0.4]]]))
    line = torch.tensor([0.1, 0.2, 0.3, 0.4])
    torch.testing.assert_close(array.forward(torch.eye(4)[None])[0], -line[:, None].expand(4, 3))
    torch.testing.assert_close(array.backward(torch.ones(1, 1, 3))[0, 0], -3 * line)
    torch.testing.assert_close(array.weights()[0], -line.expand(3, 4))
    spent = array.ledger()
    assert spent.pulses_up_KOI.shape == (1, 3, 4)


def test_calibration_is_in_the_ledger(uneven, on):
    spent = weight(*on(uneven()), pairs=7, reads=3).ledger()
    assert (float(spent.pulses_up_KOI[0, 0, 0]), float(spent.pulses_down_KOI[0, 0, 0])) == (7, 7)
    assert float(spent.forward_reads_K) == 12


def test_options_out_of_range(exact):
    with pytest.raises(ValueError, match="per is one of cell, line"):
        weight(*exact(), per="column")

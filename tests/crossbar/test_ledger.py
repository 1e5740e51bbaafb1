import torch

from crossbar.exact import Exact
from crossbar.io import Periphery
from crossbar.ledger import PER_CHIP, Ledger
from crossbar.pulsed import Pulsed
from crossbar.scaled import Scaled
from crossbar.split import Split
from crossbar.writes.accumulate import Accumulate
from device_models.presets import preset


def test_an_empty_ledger_is_zeros_of_the_shape():
    ledger = Ledger.empty(2, (3, 4), "expected")
    assert {name: tuple(value.shape) for name, value in ledger.tensors().items()} == {
        "pulses_up_KOI": (2, 3, 4),
        "pulses_down_KOI": (2, 3, 4),
        **{name: (2,) for name in PER_CHIP},
    }
    assert all(value.dtype == torch.float64 and not value.any() for value in ledger.tensors().values())
    assert ledger.counting == "expected"


def test_pulses_of_a_chip_are_all_of_its_cells_both_ways():
    ledger = Ledger.empty(2, (1, 2))
    ledger.pulses_up_KOI[0] = torch.tensor([[1.0, 2.0]])
    ledger.pulses_down_KOI[1] = torch.tensor([[0.0, 5.0]])
    assert ledger.pulses_K().tolist() == [3.0, 5.0]


def test_tensors_are_copies():
    ledger = Ledger.empty(1, (1, 1))
    ledger.tensors()["pulses_up_KOI"] += 1
    assert float(ledger.pulses_up_KOI) == 0


def test_adding_to_a_ledger_leaves_it_as_it_is():
    ledger = Ledger.empty(2, (1, 1))
    more = ledger.plus(verify_reads_K=torch.tensor([1.0, 3.0]))
    assert more.verify_reads_K.tolist() == [1.0, 3.0]
    assert ledger.verify_reads_K.tolist() == [0.0, 0.0]


def pulsed(shape, chips=2):
    io = Periphery()
    cell = preset("fefet_jerry2017_mirror")
    return Pulsed(shape, cell, seeds=range(chips), forward_io=io.forward_io(), backward_io=io.backward_io())


def test_conversions_are_lines_times_vectors_in_every_array_of_a_grid():
    """3 x 5 in blocks of at most 2 x 3: blocks of (1 or 2) x (2 or 3), 4 of them."""
    grid = Split((3, 5), (2, 3), lambda block, row, column: pulsed(block))
    grid.forward(torch.ones(2, 7, 5))
    grid.backward(torch.ones(2, 1, 3))
    ledger = grid.ledger()
    assert ledger.forward_reads_K.tolist() == [4 * 7] * 2
    assert ledger.dac_conversions_K.tolist() == [7 * 5 * 2 + 3 * 2] * 2  # every input line enters both rows of the grid
    assert ledger.adc_conversions_K.tolist() == [7 * 3 * 2 + 5 * 2] * 2
    assert ledger.cell_reads_K.tolist() == [8 * 15] * 2
    assert ledger.digital_ops_K.tolist() == [7 * 3 + 5] * 2  # the second column's partial sums are added to the first's


def test_an_addressed_write_takes_its_rows_in_turn_and_up_and_down_of_a_row():
    n = torch.tensor([[[2, 0, -1], [0, 0, 0], [-3, -1, 0]], [[1, 1, 1], [0, 0, 0], [0, 0, 0]]]).float()
    array = pulsed((3, 3))
    array.pulse(n)
    array.update(torch.ones(2, 4, 3), torch.ones(2, 4, 3), torch.tensor([0.0, 0.01]))
    ledger = array.ledger()
    assert ledger.write_slots_K.tolist() == [2 + 1 + 3, 1 + 4 * 31]
    assert ledger.wire_cells_K.tolist() == (3 * ledger.write_slots_K + 3 * ledger.pulses_K()).tolist()
    assert pulsed((3, 3)).ledger().cell_reads_K.tolist() == [0.0, 0.0]


def test_digital_work_beside_the_cells():
    """A scale is a product per output, an accumulator a product per cell and sample and a division per cell."""
    array = Scaled(Accumulate(pulsed((3, 4))), 2.0)
    array.forward(torch.ones(2, 6, 4))
    assert array.ledger().digital_ops_K.tolist() == [6 * 3] * 2
    array.update(torch.ones(2, 6, 4), torch.ones(2, 6, 3), 0.0)
    assert array.ledger().digital_ops_K.tolist() == [6 * 3 + 7 * 12] * 2
    array.backward(torch.ones(2, 2, 3))
    assert array.ledger().digital_ops_K.tolist() == [6 * 3 + 7 * 12 + 2 * 4] * 2


def test_a_register_works_once_per_cell_and_sample():
    register = Exact(torch.zeros(1, 3, 4))
    register.forward(torch.ones(1, 5, 4))
    register.backward(torch.ones(1, 1, 3))
    register.update(torch.ones(1, 2, 4), torch.ones(1, 2, 3), 0.1)
    assert register.ledger().digital_ops_K.tolist() == [(5 + 1 + 2) * 12]


def test_a_wrapper_counts_what_it_does_itself():
    array = Scaled(pulsed((3, 4)), 2.0)
    array.spend(verify_reads=torch.tensor([2.0, 5.0]), digital_ops=3)
    other = Scaled(pulsed((3, 4)), 2.0)
    other.load_state(array.state())
    for ledger in (array.ledger(), other.ledger()):
        assert ledger.verify_reads_K.tolist() == ledger.adc_conversions_K.tolist() == [2.0, 5.0]
        assert ledger.digital_ops_K.tolist() == [3.0, 3.0]

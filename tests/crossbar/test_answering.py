"""Dead cells are those that were made dead, and looking for them changes nothing."""

import pytest
import torch
from aihwkit.simulator.configs.devices import LinearStepDevice

from crossbar.aged import Aged
from crossbar.answering import dead
from crossbar.block_diagonal import BlockDiagonal
from crossbar.deviation import Deviation
from crossbar.io import Periphery
from crossbar.pulsed import Pulsed
from crossbar.scaled import Scaled
from device_models.ageing import Ageing, Endurance
from device_models.cell import Cell, Source, as_cell

GIVEN = Source(citation="a test", confidence="assumed")


def cell(**fields: float) -> Cell:
    return as_cell(LinearStepDevice(dw_min=0.02, gamma_up=0.3, gamma_down=0.5, **fields))


def pulsed(made: Cell, shape: tuple[int, int] = (20, 30), chips: int = 2) -> Pulsed:
    io = Periphery()
    return Pulsed(shape, made, seeds=range(chips), forward_io=io.forward_io(), backward_io=io.backward_io())


def same(array, kept) -> bool:
    return all(torch.equal(value, kept[name]) for name, value in array.state().items())


def test_stuck_cells_are_dead_and_nothing_is_changed() -> None:
    array = Scaled(pulsed(cell(corrupt_devices_prob=0.2, corrupt_devices_range=0.5)), 3.0)
    kept = array.state()
    found_KOI = dead(array)
    assert same(array, kept)
    low_KOI, high_KOI = (torch.full((2, 20, 30), bound) for bound in (-9.0, 9.0))
    array.program(low_KOI)
    low_KOI = array.weights()
    array.program(high_KOI)
    assert torch.equal(found_KOI, array.weights() == low_KOI)  # the oracle: they have no range
    # 1200 cells, 0.2 of them: sd 13.9; five of it, false alarm 6e-7
    assert abs(int(found_KOI.sum()) - 240) < 70


@pytest.mark.parametrize("bound", [-9.0, 9.0])
def test_cells_at_their_bounds_are_alive(bound: float) -> None:
    array = pulsed(cell())
    array.program(torch.full((2, 20, 30), bound))
    assert not dead(array).any()


def test_broken_cells_are_dead() -> None:
    laws = Ageing(endurance=Endurance(eta=1e4, k=2.0, source=GIVEN))
    array = Aged(pulsed(cell()), laws, seeds=[0, 1], cycles=5000.0)
    kept, broken_KOI = array.state(), array.broken()
    assert 0.15 < broken_KOI.double().mean() < 0.3  # 1 - exp(-1/4) = 0.22, sd 0.012
    found_KOI = dead(array)
    assert not (broken_KOI & ~found_KOI).any()
    # a cell whose last cycle is the first pulse of the search: hazard k n / eta^2 = 1e-4 per cycle of 936 cells
    assert int((found_KOI & ~broken_KOI).sum()) <= 2
    assert same(array, kept)


def test_what_is_no_cell_is_not_dead() -> None:
    """Beside the blocks there are none."""
    array = Deviation(BlockDiagonal(pulsed(cell(), (3, 3), 4), lines=5, chips=2))
    assert not dead(array).any()

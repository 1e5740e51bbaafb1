import pytest
import torch
from aihwkit.simulator.configs import IOParameters, NoiseManagementType, WeightNoiseType
from torch.nn.functional import one_hot

from crossbar.cell_reads import read_cells, read_columns, to_symmetric_point
from crossbar.io import Periphery
from crossbar.kernels import threads
from crossbar.pulsed import Pulsed
from crossbar.scaled import Scaled
from device_models.presets import preset
from device_models.steps import symmetric_point


def test_columns_are_read_as_they_are(uneven, on):
    array = on(uneven(), chips=2)[0]
    array.program(torch.linspace(-0.5, 0.5, 24).reshape(2, 3, 4))
    torch.testing.assert_close(read_columns(array, torch.tensor([3, 1])), array.weights()[..., [3, 1]])
    torch.testing.assert_close(read_cells(array), array.weights())
    assert array.ledger().forward_reads_K.tolist() == [6, 6]


NOISES = {
    "outputs": {},
    "lines": {"inp_noise": 0.02},
    "cells": {"w_noise": 0.1, "w_noise_type": WeightNoiseType.ADDITIVE_CONSTANT, "out_bound": 0.3},
    "cells of their weight": {"w_noise": 0.1, "w_noise_type": WeightNoiseType.PCM_READ},
    "all samples alike": {"noise_management": NoiseManagementType.NONE, "inp_sto_round": True, "out_sto_round": True},
}


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("reads", [1, 4, 19])
def test_a_column_reads_as_its_one_hot_vectors_do_whoever_looks_at_others(uneven, on, noise, reads):
    """Bit for bit: all columns; some of them, of some chips; and what is counted."""
    arrays = [on(uneven(), (7, 40), chips=3, io=IOParameters(**NOISES[noise]))[0] for _ in range(3)]
    for array in arrays:
        array.program(torch.linspace(-0.6, 0.6, 840).reshape(3, 7, 40))
    columns = torch.arange(39, 3, -1)
    wanted_KC = torch.rand(3, 36, generator=torch.Generator().manual_seed(0)) < torch.tensor([0.5, 0.0, 0.1])[:, None]
    vectors = one_hot(columns, 40).float().repeat(reads, 1).expand(3, -1, -1)
    plain_KOC = (sum(arrays[0].forward(vectors).reshape(3, reads, 36, 7).unbind(1)) / reads).mT
    every_KOC, some_KOC = read_columns(arrays[1], columns, reads), read_columns(arrays[2], columns, reads, wanted_KC)
    assert torch.equal(every_KOC, plain_KOC)
    assert torch.equal(some_KOC.mT[wanted_KC], plain_KOC.mT[wanted_KC])
    states = [array.state() for array in arrays]
    assert all(torch.equal(state[name], value) for state in states for name, value in states[0].items())


@pytest.mark.parametrize("reads", [1, 5, 19])
def test_averages_have_the_same_bits_in_any_fleet_and_on_any_number_of_threads(reads, limited):
    """Where a number stands, and how a library shares out its sums, changes no last bit."""
    io, seeds, columns = IOParameters(), (4, 9, 2, 7, 5), torch.arange(1, 61)
    w = torch.rand(5, 70, 61, generator=torch.Generator().manual_seed(1)) - 0.5
    wanted = torch.rand(5, 60, generator=torch.Generator().manual_seed(2)) < 0.5

    def read(chips, wanted_KC=None):
        array = Pulsed((70, 61), preset("ideal"), seeds=[seeds[k] for k in chips], forward_io=io, backward_io=io)
        array.program(w[chips])
        return read_columns(array, columns, reads, wanted_KC)

    threads.limit(3)
    fleet = read([0, 1, 2, 3, 4])
    some = read([0, 1, 2, 3, 4], wanted)
    assert torch.equal(some.mT[wanted], fleet.mT[wanted])
    assert torch.equal(read([3, 1, 4]), fleet[[3, 1, 4]])
    threads.limit(1)
    everywhere = torch.get_num_threads()
    torch.set_num_threads(everywhere % 2 + 1)
    for k in range(5):
        assert torch.equal(read([k])[0], fleet[k])
        assert torch.equal(read([k], wanted[k : k + 1])[0].mT[wanted[k]], fleet[k].mT[wanted[k]])
    torch.set_num_threads(everywhere)


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


def test_columns_are_read_through_every_wrapper():
    io = Periphery(out_noise=0.0, dac_bits=0, adc_bits=0)
    cells = Pulsed((7, 41), preset("fefet_jerry2017_mirror"), seeds=range(3), forward_io=io.forward_io(), backward_io=io.backward_io())
    array = Scaled(cells, 3.0)
    array.program(torch.randn(3, 7, 41, generator=torch.Generator().manual_seed(2)))
    columns = torch.tensor([5, 0, 40])
    torch.testing.assert_close(read_columns(array, columns, 2), array.weights()[:, :, columns])

"""Cells, arrays and what is around them, for the tests of write schemes and multi-cell weights; and a limit of threads."""

import pytest
import torch
from aihwkit.simulator.configs import IOParameters
from aihwkit.simulator.configs.devices import LinearStepDevice

from crossbar.exact import Exact
from crossbar.kernels import threads
from crossbar.pulsed import Pulsed
from crossbar.seeds import derive
from crossbar.surroundings import Surroundings
from device_models.cell import as_cell

PERFECT = IOParameters(is_perfect=True)


def _uneven(**fields):
    """A coarse cell with 10 % spread between devices and symmetric points away from 0."""
    spread = {"dw_min_std": 0.1, "dw_min_dtod": 0.1, "up_down_dtod": 0.1, "w_max_dtod": 0.0, "w_min_dtod": 0.0, "w_max": 1.0, "w_min": -1.0}
    return as_cell(LinearStepDevice(dw_min=0.05, up_down=0.2, gamma_up=0.6, gamma_down=0.5, **{**spread, **fields}))


def _on(cell, shape=(3, 4), chips=1, io=PERFECT, seed=0):
    """A pulsed array and what is around it."""

    def make(name, shape):
        seeds = [derive(seed, name, chip) for chip in range(chips)]
        return Pulsed(shape, cell, seeds=seeds, forward_io=io, backward_io=io)

    return make("first", shape), Surroundings(tuple(range(chips)), (cell,) * chips, make)


def _exact(shape=(3, 4), chips=1, step=0.1):
    """Exact arrays of a cell that has no part in it."""

    def make(name, shape):
        return Exact(torch.zeros(chips, *shape), step=step)

    return make("first", shape), Surroundings(tuple(range(chips)), (_uneven(),) * chips, make)


@pytest.fixture
def uneven():
    return _uneven


@pytest.fixture
def on():
    return _on


@pytest.fixture
def exact():
    return _exact


@pytest.fixture
def limited():
    """Leave the limit of threads as it was."""
    before = threads.threads()
    yield
    threads.limit(before)

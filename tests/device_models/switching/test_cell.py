import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from aihwkit.simulator.configs.devices import PiecewiseStepDevice
from aihwkit.simulator.parameters.enums import RPUDataType

from device_models.cell import Cell
from device_models.steps import mean_step, nominal_steps
from device_models.switching import AmplitudeRamp, IdenticalPulses, PulseScheme, as_cell, draw_state
from device_models.switching.activation import MV_PER_CM, SingleField
from device_models.switching.drive import drive
from device_models.switching.expected import switched_path
from device_models.switching.nodes import branches
from device_models.switching.tables import DENG_FEFET

RAMP = AmplitudeRamp(start=1.1 * MV_PER_CM, step=0.03 * MV_PER_CM, width=75e-9, count=32)
KAI = replace(DENG_FEFET, activation=SingleField(field=2.3 * MV_PER_CM))
SAME = IdenticalPulses(field=1.5 * MV_PER_CM, width=75e-9, count=16)


def _walk(cell, direction, count):
    w = [-float(direction)]
    for _ in range(count):
        w.append(w[-1] + float(mean_step(cell.response, w[-1], direction)))
    return np.array(w)


def test_the_cell_is_a_piecewise_device_with_its_source():
    cell = as_cell(DENG_FEFET, PulseScheme(RAMP, RAMP), domains=100)
    assert isinstance(cell, Cell)
    assert isinstance(cell.response, PiecewiseStepDevice)
    assert len(cell.response.piecewise_up) == len(cell.response.piecewise_down) == 31
    assert cell.source.confidence == "simulated"
    assert "read before each write" in cell.source.note
    assert cell.levels == 32
    assert cell.response.as_bindings(RPUDataType.FLOAT).w_max == 1  # aihwkit's compiled tile takes it
    assert cell.pulse_width == 75e-9


def test_trains_of_unequal_length_shorten_one_direction():
    """32 up and 16 down: mean steps 2/32 and 2/16, so that up is shortened by half."""
    cell = as_cell(DENG_FEFET, PulseScheme(RAMP, SAME), domains=None)
    assert cell.response.dw_min == pytest.approx(2 / 16)
    assert cell.response.up_down == pytest.approx(-0.5)
    assert cell.response.dw_min_std == 0
    assert "open loop" in as_cell(DENG_FEFET, PulseScheme(SAME, SAME), domains=None, cycles=0).source.note
    up, down = nominal_steps(cell.response)
    assert up > 0 < down


def test_domains_and_the_cell_take_the_same_way():
    """Settled cells of domains against the mean device, within the sampling error of 50,000 domains and of the window's two ends."""
    cycles, count = 3, 501
    cell = as_cell(DENG_FEFET, PulseScheme(RAMP, RAMP), domains=None, cycles=cycles, nodes=count)
    state, generator = draw_state(DENG_FEFET, (100,), 500, torch.Generator().manual_seed(0)), torch.Generator().manual_seed(1)
    for _ in range(cycles + 1):
        state, up = drive(DENG_FEFET, state, RAMP, +1, generator)
        state, down = drive(DENG_FEFET, state, RAMP, -1, generator)
    low, high = float(up[0].mean()), float(up[-1].mean())
    for direction, fractions in ((+1, up), (-1, down)):
        w = 2 * (fractions.double().mean(1).numpy() - low) / (high - low) - 1
        sampling = 2 * 4.5 * math.sqrt(0.25 / 50_000) / (high - low)  # at most, of one point; the ends are two more
        assert np.abs(w - _walk(cell, direction, 32)).max() < 3 * sampling


@pytest.mark.parametrize(("nodes", "missed"), [(11, 0.09), (31, 0.03), (63, 0.012)])
def test_few_nodes_lag_behind(nodes, missed):
    settled = branches(DENG_FEFET, PulseScheme(RAMP, RAMP), 3)
    cell = as_cell(DENG_FEFET, PulseScheme(RAMP, RAMP), domains=None, cycles=3, nodes=nodes)
    w = 2 * (settled.up - settled.up[0]) / np.ptp(settled.up) - 1
    assert np.abs(w - _walk(cell, +1, 32)).max() == pytest.approx(missed, rel=0.05)


@pytest.mark.parametrize("domains", [1, 20, 200])
def test_the_noise_is_that_of_the_domains(domains):
    """With one activation field all spread is from cycle to cycle: root mean square of sqrt(p (1 - p) / D) over the mean of p.

    With many, part of the binomial's spread is from cell to cell instead.
    """
    p = np.diff(switched_path(KAI, SAME))
    same = as_cell(KAI, PulseScheme(SAME, SAME), domains=domains, cycles=0).response.dw_min_std
    assert same == pytest.approx(math.sqrt(np.mean(p * (1 - p)) / domains) / p.mean())
    p = np.diff(switched_path(DENG_FEFET, SAME))
    many = as_cell(DENG_FEFET, PulseScheme(SAME, SAME), domains=domains, cycles=0).response.dw_min_std
    assert many < math.sqrt(np.mean(p * (1 - p)) / domains) / p.mean()

import math

import numpy as np
import pytest
import torch

from device_models.switching.activation import MV_PER_CM
from device_models.switching.disturb import disturbed_path, selected_fields
from device_models.switching.nucleation import apply_pulse, draw_state
from device_models.switching.tables import DENG_FEFET

ROWS, COLUMNS = torch.tensor([True, False, False]), torch.tensor([False, True, False, True])
FIELD, WIDTH = 2.4 * MV_PER_CM, 1e-6


def test_half_select_leaves_the_rest_without_a_field():
    fields = selected_fields(ROWS, COLUMNS, 6.0, "V/2")
    assert fields.tolist() == [[3, 6, 3, 6], [0, 3, 0, 3], [0, 3, 0, 3]]


def test_a_third_puts_the_opposite_third_on_the_rest():
    fields = selected_fields(ROWS, COLUMNS, -6.0, "V/3")
    assert torch.allclose(fields, torch.tensor([[-2.0, -6, -2, -6], [2, -2, 2, -2], [2, -2, 2, -2]]))


def test_an_array_of_domains_is_disturbed_as_predicted():
    """64 x 64 cells of 100 domains, cell (0, 0) written 20 times: its row and column lose what the closed form says, 4.5 sigma each."""
    count, side = 20, 64
    first = torch.arange(side) == 0
    state = draw_state(DENG_FEFET, (side, side), 100, torch.Generator().manual_seed(0), dtype=torch.float64)
    generator, fields = torch.Generator().manual_seed(1), selected_fields(first, first, FIELD, "V/2")
    for _ in range(count):
        state = apply_pulse(DENG_FEFET, state, fields, WIDTH, generator)
    p = disturbed_path(DENG_FEFET, FIELD, WIDTH, count, "V/2")[-1]
    fraction, domains = state.fraction(), 100 * (side - 1)
    assert 0.3 < p < 0.7
    for line in (fraction[0, 1:], fraction[1:, 0]):
        assert abs(line.mean().item() - p) < 4.5 * math.sqrt(p * (1 - p) / domains)
    assert fraction[0, 0] > 0.99
    assert torch.all(fraction[1:, 1:] == 0)


def test_a_third_disturbs_far_less_than_a_half():
    half, third = (disturbed_path(DENG_FEFET, FIELD, WIDTH, 20, s) for s in ("V/2", "V/3"))
    assert np.all(np.diff(half) > 0)
    assert 0 < third[-1] < half[-1] / 10


def test_a_rest_of_the_array_biased_backwards_forgets():
    """Under V/3 a cell on the line gathers history that the same number of writes elsewhere takes away again."""
    first = torch.arange(2) == 0
    state = draw_state(DENG_FEFET, (2, 2), 50, torch.Generator().manual_seed(0), dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    there, back = selected_fields(first, first, FIELD, "V/3"), selected_fields(~first, first, FIELD, "V/3")
    disturbed = apply_pulse(DENG_FEFET, state, there, 75e-9, generator)
    assert torch.all(disturbed.history_XD[0, 1] > 0)
    assert torch.all(apply_pulse(DENG_FEFET, disturbed, back, 75e-9, generator).history_XD[0, 1] == 0)


def test_an_unknown_selection_is_an_error():
    with pytest.raises(ValueError, match="unknown selection 'V/4'"):
        selected_fields(ROWS, COLUMNS, 1.0, "V/4")
    with pytest.raises(ValueError, match="known: V/2, V/3"):
        disturbed_path(DENG_FEFET, FIELD, WIDTH, 1, "half")

import pytest
import torch

from crossbar.programming import program_by_pulses
from device_models.presets import preset


def test_open_loop_falls_short_and_every_round_of_reading_helps(on):
    """On the mean FeFET: the step shrinks on the way, so that large targets are missed; three rounds end within about a step."""
    misses = []
    for rounds in (0, 1, 3):
        array = on(preset("fefet_jerry2017_mirror"), (20, 30))[0]
        target = torch.linspace(-0.8, 0.8, 600).reshape(1, 20, 30)
        program_by_pulses(array, target, 1.0, rounds)
        misses.append(float((array.weights() - target).square().mean().sqrt()))
    assert misses[0] > 2 * misses[1] > 2 * 0.9 * misses[2]
    assert misses[2] < 0.5 * float(array.steps()[0])


def test_exact_cells_end_within_half_a_step(exact):
    array = exact()[0]
    target = torch.linspace(-1.5, 1.5, 12).reshape(1, 3, 4)
    program_by_pulses(array, target, 1.0, 0)
    assert float((array.weights() - target.clamp(-1, 1)).abs().max()) <= 0.05 + 1e-9


def test_an_ideal_cell_has_no_pulses(on):
    class Without:
        def steps(self):
            return torch.zeros(1), torch.zeros(1)

    with pytest.raises(ValueError, match="an ideal cell has no pulses"):
        program_by_pulses(Without(), torch.zeros(1, 2, 2), 1.0, 0)

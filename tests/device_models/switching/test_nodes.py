import numpy as np
import pytest

from device_models.switching.activation import MV_PER_CM
from device_models.switching.expected import switched_path
from device_models.switching.nodes import branches, piecewise_nodes
from device_models.switching.pulses import AmplitudeRamp, IdenticalPulses, PulseScheme
from device_models.switching.tables import DENG_FEFET

RAMP = AmplitudeRamp(start=1.1 * MV_PER_CM, step=0.03 * MV_PER_CM, width=75e-9, count=32)
WEAK = IdenticalPulses(field=1.0 * MV_PER_CM, width=75e-9, count=32)


def test_equal_steps_have_nodes_of_one_in_any_window_and_direction():
    for path in (np.linspace(0, 1, 9), np.linspace(0.9, 0.2, 9)):
        assert np.allclose(piecewise_nodes(path), 1)


def test_a_step_belongs_to_where_the_pulse_began():
    """Positions 0, 0.5, 0.9 of a path with steps 0.5, 0.4, 0.1; the same path falling is its mirror image."""
    path = np.array([0.0, 0.5, 0.9, 1.0])
    nodes = piecewise_nodes(path, 3)
    assert np.allclose(nodes, [1.5, 1.2, 0.3])
    assert np.allclose(piecewise_nodes(1 - path, 3), nodes[::-1])


def test_nodes_retrace_the_path():
    """Linear interpolation over nodes h apart misses a curve with kinks of J by at most J h / 4 where no two kinks share a cell."""
    path = switched_path(DENG_FEFET, RAMP)
    start, steps = path[:-1] / path[-1], np.diff(path) / path[-1] * 32
    count = 2001
    assert np.diff(start).min() > 1 / (count - 1)
    kink = np.abs(np.diff(np.diff(steps) / np.diff(start), prepend=0, append=0)).max()
    found = np.interp(start, np.linspace(0, 1, count), piecewise_nodes(path, count))
    assert np.abs(found - steps).max() <= kink / (count - 1) / 4


def test_the_loop_closes_as_the_cell_is_cycled():
    scheme = PulseScheme(WEAK, WEAK)
    gaps = [branches(DENG_FEFET, scheme, cycles).gap for cycles in (0, 1, 5)]
    assert gaps[0] > gaps[1] > gaps[2] > 0


def test_the_same_train_both_ways_becomes_a_mirror_image():
    """In the settled loop up and down are alike, so that the nodes differ by no more than the loop still misses."""
    settled = branches(DENG_FEFET, PulseScheme(RAMP, RAMP), 20)
    assert np.abs(piecewise_nodes(settled.up) - piecewise_nodes(settled.down)[::-1]).max() < 0.05
    assert abs(settled.gap) < 1e-3
    assert settled.up[0] == pytest.approx(1 - settled.up[-1], abs=5e-3)


def test_errors_name_the_value():
    with pytest.raises(ValueError, match="at least 2, not 1"):
        piecewise_nodes(np.linspace(0, 1, 5), 1)
    with pytest.raises(ValueError, match="rise or fall with every pulse"):
        piecewise_nodes(np.array([0.0, 0.5, 0.5, 1.0]))
    with pytest.raises(ValueError, match="0 or more, not -1"):
        branches(DENG_FEFET, PulseScheme(RAMP, RAMP), -1)

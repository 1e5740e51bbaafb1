import torch

from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.scaled import Scaled
from crossbar.writes.accumulate import Accumulate


def composed(step, scale):
    return Deviation(Scaled(Accumulate(Exact(torch.zeros(2, 3, 3), step=step)), scale))


def test_a_composition_keeps_each_wrappers_state_under_its_name():
    array = composed(0.1, 2.0)
    array.update(0.3 * torch.ones(2, 1, 3), torch.ones(2, 1, 3), 1.0)
    state = array.state()
    assert {"Scaled.scale_K", "Accumulate.wanted_KOI", "w_KOI", "pulses_up_KOI"} <= state.keys()
    other = composed(0.1, 5.0)
    other.load_state(state)
    assert torch.equal(other.weights(), array.weights())
    array.update(0.3 * torch.ones(2, 1, 3), torch.ones(2, 1, 3), 0.1)
    other.update(0.3 * torch.ones(2, 1, 3), torch.ones(2, 1, 3), 0.1)
    assert torch.equal(other.state()["Accumulate.wanted_KOI"], array.state()["Accumulate.wanted_KOI"])


def test_pulses_time_and_ledger_pass_through():
    array = composed(0.1, 2.0)
    array.pulse(torch.ones(2, 3, 3))
    array.elapse(1.0)
    torch.testing.assert_close(array.weights(), torch.eye(3, dtype=torch.float64).expand(2, 3, 3) + 0.2)
    assert array.ledger().pulses_K().tolist() == [9.0, 9.0]
    assert (array.chips, array.shape, array.dtype) == (2, (3, 3), torch.float64)

"""What every pulsed array promises whatever its device: seeds, fleets, threads, counters, state, refusals."""

import pytest
import torch
from aihwkit.simulator.configs.compounds import VectorUnitCell
from aihwkit.simulator.configs.devices import ConstantStepDevice, IdealDevice, LinearStepDevice, SoftBoundsDevice
from aihwkit.simulator.parameters.enums import PulseType
from aihwkit.simulator.parameters.io import IOParameters
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.array import Array
from crossbar.kernels import threads
from crossbar.pulsed import Pulsed
from device_models.cell import as_cell

DEVICES = [
    SoftBoundsDevice(lifetime=100.0, lifetime_dtod=0.1, diffusion=0.01),
    LinearStepDevice(gamma_up=0.5, gamma_down=0.3, mult_noise=False, write_noise_std=2.0, corrupt_devices_prob=0.1),
    ConstantStepDevice(dw_min_dtod_log_normal=True, up_down=0.2),
    IdealDevice(lifetime=50.0, diffusion=0.01),
]
SEEDS = (3, 2**62 + 5, 11)


def array(device, seeds=SEEDS, shape=(7, 19), order="sequential", **numbers):
    io = IOParameters(inp_noise=0.01, out_noise_std=0.1)
    return Pulsed(shape, as_cell(device), seeds=seeds, forward_io=io, backward_io=IOParameters(), order=order, **numbers)


def vectors(shape=(7, 19), chips=3, samples=5):
    g = torch.Generator().manual_seed(4)
    return torch.randn(chips, samples, shape[1], generator=g), torch.randn(chips, samples, shape[0], generator=g)


def lived(pulsed, x, d):
    """One of everything; what came out."""
    pulsed.program(0.3 * torch.ones(pulsed.chips, *pulsed.shape))
    pulsed.update(x, d, 0.01)
    read = [pulsed.forward(x), pulsed.backward(d)]
    pulsed.pulse(torch.arange(pulsed.shape[0] * pulsed.shape[1]).reshape(1, *pulsed.shape).expand(pulsed.chips, -1, -1) % 5 - 2)
    pulsed.update(x, d, 0.02)
    return [*read, pulsed.forward(x), pulsed.weights(), pulsed.ledger().pulses_up_KOI, pulsed.ledger().pulses_down_KOI]


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: type(device).__name__)
def test_a_chip_is_the_same_alone_in_any_fleet_and_on_any_number_of_threads(device):
    x, d = vectors()
    fleet = lived(array(device), x, d)
    everywhere = threads.threads()
    threads.limit(1)
    for k in (2, 0):
        alone = lived(array(device, seeds=SEEDS[k : k + 1]), x[k : k + 1], d[k : k + 1])
        for together, single in zip(fleet, alone, strict=True):
            assert torch.equal(together[k], single[0])
    threads.limit(everywhere)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: type(device).__name__)
def test_state_restores_the_array_exactly(device):
    x, d = vectors()
    first, second = array(device), array(device, seeds=(1, 2, 4))
    lived(first, x, d)
    assert not torch.equal(first.weights(), second.weights())
    state = first.state()
    second.load_state(state)
    assert torch.equal(first.weights(), second.weights())
    first.update(x, d, 0.01)
    first.forward(x)
    again = array(device)
    again.load_state(state)
    again.update(x, d, 0.01)
    again.forward(x)
    for name, value in first.state().items():
        assert torch.equal(value, again.state()[name]), name
    assert torch.equal(first.forward(x), again.forward(x))


def test_arguments_are_left_alone_and_the_protocol_is_kept():
    x, d = vectors()
    before = x.clone(), d.clone()
    pulsed = array(SoftBoundsDevice())
    lived(pulsed, x, d)
    assert isinstance(pulsed, Array)
    assert torch.equal(x, before[0])
    assert torch.equal(d, before[1])


def test_reads_do_not_change_what_pulses_do():
    x, d = vectors()
    first, second = array(SoftBoundsDevice()), array(SoftBoundsDevice())
    second.forward(x)
    first.update(x, d, 0.01)
    second.update(x, d, 0.01)
    assert torch.equal(first.weights(), second.weights())


def test_certain_pulses_are_counted_exactly():
    """lr = x = |d| = 1 asks for 1000 steps: every slot of all 31 is a coincidence."""
    device = ConstantStepDevice(dw_min=1e-3, dw_min_dtod=0.0, dw_min_std=0.0, up_down_dtod=0.0, w_max_dtod=0.0, w_min_dtod=0.0)
    pulsed = array(device, seeds=(0,), shape=(2, 3))
    d = torch.tensor([[[1.0, -1.0]], [[1.0, -1.0]]]).reshape(1, 2, 2)
    pulsed.update(torch.ones(1, 2, 3), d, 1.0)
    ledger = pulsed.ledger()
    assert torch.equal(ledger.pulses_down_KOI[0], torch.tensor([[62.0] * 3, [0.0] * 3]).double())
    assert torch.equal(ledger.pulses_up_KOI[0], torch.tensor([[0.0] * 3, [62.0] * 3]).double())
    expected = torch.tensor([[-0.062] * 3, [0.062] * 3])
    torch.testing.assert_close(pulsed.weights()[0], expected, rtol=0, atol=62 * 2**-24)  # 62 float32 roundings below 0.125


def test_addressed_pulses_are_exact_and_counted():
    device = ConstantStepDevice(dw_min=1e-3, dw_min_dtod=0.0, dw_min_std=0.0, up_down=0.5, up_down_dtod=0.0)
    pulsed = array(device, seeds=(0,), shape=(1, 3))
    pulsed.pulse(torch.tensor([[[4, 0, -6]]]))
    torch.testing.assert_close(pulsed.weights(), torch.tensor([[[4e-3, 0.0, -3e-3]]]), rtol=0, atol=1e-8)
    assert pulsed.ledger().pulses_up_KOI.tolist() == [[[4.0, 0.0, 0.0]]]
    assert pulsed.ledger().pulses_down_KOI.tolist() == [[[0.0, 0.0, 6.0]]]
    up, down = pulsed.steps()
    torch.testing.assert_close((up, down), (torch.tensor([1e-3]), torch.tensor([5e-4])))


def test_one_rate_per_chip_and_rate_zero():
    x, d = vectors()
    pulsed = array(ConstantStepDevice())
    pulsed.update(x, d, torch.tensor([0.0, 1e-4, 1e-2]))
    pulses = pulsed.ledger().pulses_K()
    assert pulses[0] == 0
    assert 0 < pulses[1] < pulses[2] / 5


def test_cells_of_one_class_may_differ_between_chips():
    x, d = vectors(chips=2)
    small, large = ConstantStepDevice(dw_min=1e-4), ConstantStepDevice(dw_min=1e-2)
    io = IOParameters()
    pulsed = Pulsed((7, 19), [as_cell(small), as_cell(large)], seeds=(1, 1), forward_io=io, backward_io=io)
    torch.testing.assert_close(pulsed.steps()[0], torch.tensor([1e-4, 1e-2]))
    for k, device in enumerate((small, large)):
        alone = Pulsed((7, 19), as_cell(device), seeds=(1,), forward_io=io, backward_io=io)
        alone.update(x[k : k + 1], d[k : k + 1], 1e-3)
        if k == 0:
            pulsed.update(x, d, 1e-3)
        assert torch.equal(alone.weights()[0], pulsed.weights()[k])


def test_what_is_not_modelled_is_refused():
    io = IOParameters()
    make = dict(shape=(2, 3), seeds=(0,), forward_io=io, backward_io=io)
    with pytest.raises(ValueError, match="host 'hosted'"):
        Pulsed(cells=as_cell(VectorUnitCell(unit_cell_devices=[ConstantStepDevice(), ConstantStepDevice()])), **make)
    with pytest.raises(ValueError, match="same device class"):
        Pulsed((2, 3), [as_cell(ConstantStepDevice()), as_cell(SoftBoundsDevice())], seeds=(0, 1), forward_io=io, backward_io=io)
    with pytest.raises(ValueError, match="MEAN_COUNT"):
        Pulsed(cells=as_cell(ConstantStepDevice()), update_parameters=UpdateParameters(pulse_type=PulseType.MEAN_COUNT), **make)
    with pytest.raises(ValueError, match="order must be one of"):
        Pulsed(cells=as_cell(ConstantStepDevice()), order="random", **make)
    with pytest.raises(ValueError, match="out_nonlinearity"):
        Pulsed(cells=as_cell(ConstantStepDevice()), **{**make, "backward_io": IOParameters(out_nonlinearity=0.1)})
    pulsed = Pulsed(cells=as_cell(ConstantStepDevice()), **make)
    with pytest.raises(ValueError, match="must not be negative"):
        pulsed.update(torch.ones(1, 1, 3), torch.ones(1, 1, 2), -1.0)
    with pytest.raises(ValueError, match="finite"):
        pulsed.update(torch.full((1, 1, 3), float("nan")), torch.ones(1, 1, 2), 1.0)
    with pytest.raises(ValueError, match="whole numbers"):
        pulsed.pulse(torch.full((1, 2, 3), 0.5))
    with pytest.raises(ValueError, match=r"must be \[1, B, 3\]"):
        pulsed.forward(torch.ones(1, 3))
    with pytest.raises(ValueError, match="backwards"):
        pulsed.elapse(-1.0)

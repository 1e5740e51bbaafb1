"""The pulsed array for GPUs, here on the CPU's torch and on a GPU where there is one: fleets, states, counts, refusals, distributions."""

import numpy as np
import pytest
import torch
from aihwkit.simulator.configs.compounds import VectorUnitCell
from aihwkit.simulator.configs.devices import ConstantStepDevice, IdealDevice, LinearStepDevice, PowStepDevice, SoftBoundsDevice
from aihwkit.simulator.parameters.io import IOParameters

from crossbar.array import Array
from crossbar.pulsed import Pulsed
from crossbar.torch_pulsed import TorchPulsed
from device_models.cell import as_cell

DEVICES = [
    SoftBoundsDevice(lifetime=100.0, lifetime_dtod=0.1, diffusion=0.01),
    LinearStepDevice(gamma_up=0.5, gamma_down=0.3, mult_noise=False, write_noise_std=2.0, corrupt_devices_prob=0.1),
    PowStepDevice(pow_gamma=1.5),
    IdealDevice(lifetime=50.0, diffusion=0.01),
]
SEEDS, SHAPE = (3, 2**62 + 5, 11), (7, 19)
PLACES = [torch.device("cpu"), *([torch.device("cuda")] if torch.cuda.is_available() else [])]
everywhere = pytest.mark.parametrize("place", PLACES, ids=str)
each = pytest.mark.parametrize("device", DEVICES, ids=lambda device: type(device).__name__)


def array(device, place, seeds=SEEDS, shape=SHAPE):
    io = IOParameters(inp_noise=0.01, out_noise_std=0.1)
    return TorchPulsed(shape, as_cell(device), seeds=seeds, forward_io=io, backward_io=IOParameters(), device=place)


def compiled(device, seeds=SEEDS, shape=SHAPE):
    io = IOParameters(inp_noise=0.01, out_noise_std=0.1)
    return Pulsed(shape, as_cell(device), seeds=seeds, forward_io=io, backward_io=IOParameters())


def vectors(place, shape=SHAPE, chips=3, samples=5):
    g = torch.Generator().manual_seed(4)
    x_KBI, d_KBO = torch.randn(chips, samples, shape[1], generator=g), torch.randn(chips, samples, shape[0], generator=g)
    return x_KBI.to(place), d_KBO.to(place)


def lived(made, x_KBI, d_KBO):
    """One of everything; what came out."""
    place = x_KBI.device
    made.program(0.3 * torch.ones(made.chips, *made.shape, device=place))
    made.update(x_KBI, d_KBO, 0.01)
    read = [made.forward(x_KBI), made.backward(d_KBO)]
    made.pulse(torch.arange(made.shape[0] * made.shape[1], device=place).reshape(1, *made.shape).expand(made.chips, -1, -1) % 5 - 2)
    made.update(x_KBI, d_KBO, 0.02)
    return [*read, made.forward(x_KBI), made.weights(), made.ledger().pulses_up_KOI, made.ledger().pulses_down_KOI]


@everywhere
@each
def test_a_chip_is_the_same_alone_in_any_fleet_and_again(device, place):
    x_KBI, d_KBO = vectors(place)
    fleet = lived(array(device, place), x_KBI, d_KBO)
    assert all(torch.equal(first, again) for first, again in zip(fleet, lived(array(device, place), x_KBI, d_KBO), strict=True))
    for k in (2, 0):
        alone = lived(array(device, place, seeds=SEEDS[k : k + 1]), x_KBI[k : k + 1], d_KBO[k : k + 1])
        for together, single in zip(fleet, alone, strict=True):
            assert torch.equal(together[k], single[0])


@everywhere
@each
def test_a_state_moves_between_devices_and_to_the_compiled_array_and_back(device, place):
    x_KBI, d_KBO = vectors(place)
    first, second = array(device, place), compiled(device, seeds=(1, 2, 4))
    lived(first, x_KBI, d_KBO)
    state = first.state()
    assert {value.device.type for value in state.values()} == {"cpu"}
    second.load_state(state)
    assert torch.equal(second.weights(), first.weights().cpu())
    restored = second.state()
    assert restored.keys() == state.keys()
    assert [name for name in state if state[name].dtype != restored[name].dtype or not torch.equal(state[name], restored[name])] == []
    third = array(device, place, seeds=(1, 2, 4))
    third.load_state(restored)
    third.load_state({**restored, **{name: state[name] for name in ("w", "up", "down")}})
    for name, value in third.ledger().tensors().items():
        assert torch.equal(value, first.ledger().tensors()[name]), name
    again = array(device, place)
    again.load_state(state)
    assert torch.equal(again.forward(x_KBI), first.forward(x_KBI))
    for made in (first, again):
        made.update(x_KBI, d_KBO, 0.01)
    for name, value in first.state().items():
        assert torch.equal(value, again.state()[name]), name


@everywhere
@each
def test_pulses_are_counted_as_in_the_compiled_array(device, place):
    x_KBI, d_KBO = vectors(place)
    ours, theirs = array(device, place), compiled(device)
    lived(ours, x_KBI, d_KBO)
    lived(theirs, x_KBI.cpu(), d_KBO.cpu())
    for name, value in theirs.ledger().tensors().items():
        assert torch.equal(value, ours.ledger().tensors()[name]), name
    for mine, other in zip(ours.steps(), theirs.steps(), strict=True):
        assert torch.equal(mine.cpu(), other)


@everywhere
def test_a_large_batch_is_cut_without_a_trace(place, monkeypatch):
    x_KBI, d_KBO = vectors(place, samples=9)
    whole, cut = array(SoftBoundsDevice(), place), array(SoftBoundsDevice(), place)
    whole.update(x_KBI, d_KBO, 0.01)
    monkeypatch.setattr("crossbar.gpu.cells.SAMPLES", 4)
    cut.update(x_KBI, d_KBO, 0.01)
    assert torch.equal(whole.weights(), cut.weights())


def test_the_protocol_is_kept_and_what_is_not_modelled_is_refused():
    place, io = torch.device("cpu"), IOParameters()
    made = array(ConstantStepDevice(), place)
    assert isinstance(made, Array)
    x_KBI, d_KBO = vectors(place)
    make = {"shape": (2, 3), "seeds": (0,), "forward_io": io, "device": place}
    with pytest.raises(ValueError, match="host 'hosted'"):
        TorchPulsed(cells=as_cell(VectorUnitCell(unit_cell_devices=[ConstantStepDevice(), ConstantStepDevice()])), backward_io=io, **make)
    with pytest.raises(ValueError, match="out_nonlinearity"):
        TorchPulsed(cells=as_cell(ConstantStepDevice()), backward_io=IOParameters(out_nonlinearity=0.1), **make)
    for wrong, message in (
        (lambda: made.update(x_KBI, d_KBO, -1.0), "must not be negative"),
        (lambda: made.update(torch.full_like(x_KBI, torch.nan), d_KBO, 1.0), "x must be finite"),
        (lambda: made.update(x_KBI, torch.full_like(d_KBO, torch.inf), 1.0), "d must be finite"),
        (lambda: made.update(x_KBI, d_KBO[:, :2], 1.0), "the same number of samples"),
        (lambda: made.pulse(torch.full((3, *SHAPE), 0.5)), "whole numbers"),
        (lambda: made.pulse(torch.full((3, *SHAPE), torch.inf)), "whole numbers"),
        (lambda: made.forward(torch.ones(3, 19)), r"must be \[3, B, 19\]"),
        (lambda: made.elapse(-1.0), "backwards"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()
    assert made.ledger().pulses_K().tolist() == [0.0, 0.0, 0.0]


BOUND = 5.3
"""Sigmas of Welch's z: false alarm 1.2e-7 for each of the 18 comparisons below, on fixed seeds of both sides."""


def statistics(w_KOI, direction_OI):
    """One number per chip each: mean move, its square, and what sees correlations along rows and columns."""
    move = w_KOI * direction_OI
    centred = move - move.mean(0)
    return [move.mean((1, 2)), (centred**2).mean((1, 2)), (centred.mean(2) ** 2).mean(1), (centred.mean(1) ** 2).mean(1)]


def worst(first, second):
    return max(abs(a.mean() - b.mean()) / np.sqrt((a.var() + b.var()) / len(a) + 1e-24) for a, b in zip(first, second, strict=True))


@everywhere
@pytest.mark.parametrize("wrong", [{}, {"dw_min_std": 0.6}, {"up_down": 0.2}], ids=str)
@pytest.mark.parametrize("kind", [ConstantStepDevice, SoftBoundsDevice], ids=lambda kind: kind.__name__)
def test_updates_are_those_of_the_compiled_array_in_distribution(kind, wrong, place):
    """Chips of other seeds on both sides, dense and sparse; with a parameter changed the same comparison must see it: its power."""
    shape, chips = (12, 16), 60
    zs = []
    for lr, samples in ((0.1, 1), (2e-3, 30)):
        x_KBI, d_KBO = (v.expand(chips, -1, -1) for v in vectors(torch.device("cpu"), shape, 1, samples))
        direction = -torch.sign(d_KBO[0].T @ x_KBI[0]).double().numpy()
        theirs = compiled(kind(dw_min=2e-3), seeds=range(1000, 1000 + chips), shape=shape)
        ours = array(kind(**{"dw_min": 2e-3, **wrong}), place, seeds=range(chips), shape=shape)
        theirs.update(x_KBI, d_KBO, lr)
        ours.update(x_KBI.to(place), d_KBO.to(place), lr)
        found = [statistics(made.weights().cpu().double().numpy(), direction) for made in (ours, theirs)]
        zs.append(worst(*found))
    assert (max(zs) < BOUND) == (not wrong), zs

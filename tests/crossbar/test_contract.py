"""What every array promises, whatever is inside. A new host or wrapper is a line in ``CASES``; write schemes are found in their folder."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from aihwkit.simulator.configs.devices import ConstantStepDevice, LinearStepDevice

from crossbar import multicell, writes
from crossbar.aged import Aged
from crossbar.array import Array
from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.ferroelectric import Ferroelectric
from crossbar.hosted import Hosted
from crossbar.io import Periphery
from crossbar.pulsed import Pulsed
from crossbar.scaled import Scaled
from crossbar.seeds import derive, generator
from crossbar.split import Split
from crossbar.surroundings import Surroundings
from crossbar.torch_pulsed import TorchPulsed
from device_models.ageing import Ageing, Endurance, Fatigue, Imprint, LogTime, ReadDisturb
from device_models.cell import Cell, Source, as_cell
from device_models.presets import preset
from device_models.switching import AmplitudeRamp, Film, IdenticalPulses, PulseScheme, PulseTrain
from device_models.switching.tables import DENG_FEFET
from tests.crossbar.ferry import Ferried

SHAPE = (4, 6)
STEP = 0.002
# The mean of many updates can be compared with exact arithmetic only where the mean step is constant; cycles and reads are noisy here.
EVEN = as_cell(
    ConstantStepDevice(dw_min=STEP, dw_min_dtod=0, up_down_dtod=0, dw_min_std=0.3, w_max=2, w_min=-2, w_max_dtod=0, w_min_dtod=0)
)
UNEVEN = preset("fefet_jerry2017_mirror")
WRITE_NOISE = as_cell(LinearStepDevice(dw_min=0.02, gamma_up=0.3, gamma_down=0.5, write_noise_std=2.0))
NOISY = Periphery(dac_bits=0, adc_bits=0, inp_noise=0.01, out_noise=0.06, w_noise=0.02, backward={"out_noise": 0.03})

Shape = tuple[int, int]
Make = Callable[[Shape, int, int], Array]


def exact(shape: Shape, chips: int, seed: int) -> Array:
    return Exact(torch.zeros(chips, *shape), step=STEP)


def cells(host: Any, cell: Cell, periphery: Periphery = NOISY) -> Make:
    def make(shape: Shape, chips: int, seed: int) -> Array:
        seeds = [derive(seed, chip) for chip in range(chips)]
        return host(shape, cell, seeds=seeds, forward_io=periphery.forward_io(), backward_io=periphery.backward_io())

    return make


def grid(make: Make) -> Make:
    return lambda shape, chips, seed: Split(shape, (3, 4), lambda block, row, column: make(block, chips, derive(seed, row, column)))


def scaled(make: Make) -> Make:
    return lambda shape, chips, seed: Scaled(make(shape, chips, seed), torch.linspace(0.5, 0.7, chips))


def deviation(make: Make) -> Make:
    return lambda shape, chips, seed: Deviation(make(shape, chips, seed))


def surroundings(make: Make, cell: Cell, chips: int, seed: int) -> Surroundings:
    seeds = tuple(derive(seed, chip, "around") for chip in range(chips))
    return Surroundings(seeds, (cell,) * chips, lambda name, shape: make(shape, chips, derive(seed, name)))


def written(scheme: str, make: Make, cell: Cell, **options: Any) -> Make:
    build = writes.FOLDER.load(scheme).scheme
    return lambda shape, chips, seed: build(make(shape, chips, seed), surroundings(make, cell, chips, seed), **options)


def several(kind: str, make: Make, cell: Cell, **options: Any) -> Make:
    build = multicell.FOLDER.load(kind).weight
    return lambda shape, chips, seed: build(make(shape, chips, seed), surroundings(make, cell, chips, seed), **options)


GIVEN = Source(citation="a test", confidence="assumed")
FORGETFUL = Ageing(retention=LogTime(r=0.1, t0=1.0, longest=1e9, source=GIVEN), d2d=0.2)
EVERY_LAW = Ageing(
    retention=LogTime(r=0.1, t0=1.0, longest=1e9, source=GIVEN),
    imprint=Imprint(k=1e6, t0=1.0, longest=1e9, source=GIVEN),
    sensitivity=1e-8,
    fatigue=Fatigue(wake_up=0.2, n_wake_up=10.0, loss=0.05, n_fatigue=100.0, most=1e12, source=GIVEN),
    endurance=Endurance(eta=1e6, k=2.0, source=GIVEN),
    read_disturb=ReadDisturb(n_r=1e4, beta=1.0, towards=-1.0, most=1e12, source=GIVEN),
    d2d=0.2,
)


def ageing(laws: Ageing, make: Make) -> Make:
    return lambda shape, chips, seed: Aged(make(shape, chips, seed), laws, seeds=[derive(seed, chip, "ageing") for chip in range(chips)])


@dataclass(frozen=True)
class Case:
    """An array to be tested.

    Attributes:
        make: (shape, chips, seed) -> the array, with weights near 0.
        shape: (O, I).
        even: whether its mean step is constant, so that many updates approach exact arithmetic.
        quiet: whether programming is exact.
        bound: largest |weight| that programming can leave, or None where there is none.
        reads: vectors read by its arrays for one sample.
        mirrored: whether every pulse comes with the opposite one on another cell.
    """

    make: Make
    shape: Shape = SHAPE
    even: bool = True
    quiet: bool = True
    bound: float | None = 2.0
    reads: int = 1
    mirrored: bool = False


OPTIONS: dict[str, list[dict[str, Any]]] = {
    "accumulate": [{"rounding": "stochastic"}, {"rounding": "stochastic", "rank": 3, "every": 3}],
    "transfer": [
        {"algorithm": "ttv2", "every": 3, "columns": 2, "calibrate": 5, "auto_scale": False, "correct": False, "forget": False},
        {"algorithm": "chopped", "every": 1, "columns": 4, "chop_random": True, "momentum": 0.5},
    ],
    "verify": [{"rounds": 0, "ramp": True}, {"rounds": 1, "every": 2, "reads": 3, "tolerance": 0.7, "sure": 1.0, "ramp": True}],
}
"""Further options that each write scheme is built with, beside its defaults."""

WEIGHTS: dict[str, list[dict[str, Any]]] = {
    "reference": [{"per": "line"}],
    "significance": [{"count": 3, "base": 2.0, "every": 4, "carry": 0.2}],
}
"""The same for the kinds of weights."""

READS_BACK = {"verify": Periphery(dac_bits=0, adc_bits=0, out_noise=STEP / 10)}
"""Schemes that act on what they read need reads finer than a step."""

FILTERS = ("transfer",)
"""Schemes whose mean change is no plain sum of what is wanted; their own tests say what it is."""


def variants(names: tuple[str, ...], options: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every entry with its defaults and with each set of options."""
    return {
        " ".join([name, *(f"{key}={value}" for key, value in more.items())]): (name, more)
        for name in names
        for more in ({}, *options.get(name, []))
    }


PULSES = IdenticalPulses(field=1.5e8, width=75e-9, count=32)
RAMP = AmplitudeRamp(start=1.1e8, step=0.03e8, width=75e-9, count=32)


def domains(train: PulseTrain, selection: str = "none") -> Make:
    film = Film(model=DENG_FEFET, scheme=PulseScheme(train, train), domains=64, selection=selection)

    def make(shape: Shape, chips: int, seed: int) -> Array:
        seeds, io = [derive(seed, chip) for chip in range(chips)], (NOISY.forward_io(), NOISY.backward_io())
        return Ferroelectric(shape, film, seeds=seeds, forward_io=io[0], backward_io=io[1])

    return make


def ferried(make: Make) -> Make:
    return lambda shape, chips, seed: Ferried(lambda: make(shape, chips, seed))


def on_device(name: str, host: Any, around: Callable[[Make], Make]) -> dict[str, Case]:
    """The array for GPUs, bare and in the wrappers that meet it most."""
    return {
        name: Case(around(cells(host, EVEN))),
        f"{name} uneven": Case(around(cells(host, UNEVEN)), even=False),
        f"{name} write noise": Case(around(cells(host, WRITE_NOISE)), even=False, quiet=False),
        f"{name} deviation": Case(around(deviation(scaled(cells(host, EVEN)))), shape=(5, 5), bound=3.0),
        f"accumulate {name}": Case(around(deviation(scaled(written("accumulate", cells(host, EVEN), EVEN)))), shape=(5, 5), bound=3.0),
    }


GPU = {"cuda": torch.device("cuda")} if torch.cuda.is_available() else {}
HOSTS = {"hosted": Hosted, "pulsed": Pulsed}
CASES = {
    **on_device("torch", partial(TorchPulsed, device=torch.device("cpu")), lambda make: make),
    **{key: case for name, gpu in GPU.items() for key, case in on_device(name, partial(TorchPulsed, device=gpu), ferried).items()},
    "exact": Case(exact, bound=None),
    "exact grid": Case(grid(exact), bound=None, reads=4),
    **{host: Case(cells(kind, EVEN)) for host, kind in HOSTS.items()},
    **{f"{host} uneven": Case(cells(kind, UNEVEN), even=False) for host, kind in HOSTS.items()},
    **{f"{host} write noise": Case(cells(kind, WRITE_NOISE), even=False, quiet=False) for host, kind in HOSTS.items()},
    **{f"{host} grid": Case(grid(cells(kind, EVEN)), reads=4) for host, kind in HOSTS.items()},
    **{f"{host} scaled": Case(scaled(cells(kind, EVEN))) for host, kind in HOSTS.items()},
    **{f"{host} deviation": Case(deviation(scaled(cells(kind, EVEN))), shape=(5, 5), bound=3.0) for host, kind in HOSTS.items()},
    "domains": Case(domains(PULSES), even=False, quiet=False),
    "domains disturbed": Case(domains(PULSES, "V/3"), even=False, quiet=False),
    "domains grid": Case(grid(domains(PULSES)), even=False, quiet=False, reads=4),
    "domains ramp": Case(written("accumulate", domains(RAMP, "V/2"), UNEVEN), even=False, quiet=False),
    "exact ageing": Case(ageing(FORGETFUL, exact), bound=None),
    **{f"{host} forgetful": Case(ageing(FORGETFUL, cells(kind, EVEN))) for host, kind in HOSTS.items()},
    **{f"{host} ageing": Case(ageing(EVERY_LAW, cells(kind, UNEVEN)), even=False) for host, kind in HOSTS.items()},
    **{f"{host} ageing grid": Case(grid(ageing(EVERY_LAW, cells(kind, UNEVEN))), even=False, reads=4) for host, kind in HOSTS.items()},
    **{
        f"{label} {host}": Case(
            deviation(scaled(written(scheme, cells(kind, EVEN, READS_BACK.get(scheme, NOISY)), EVEN, **more))),
            shape=(5, 5),
            bound=3.0,
            even=scheme not in FILTERS,
        )
        for label, (scheme, more) in variants(writes.FOLDER.names(), OPTIONS).items()
        for host, kind in HOSTS.items()
    },
    **{
        f"{label} {host}": Case(
            several(name, cells(kind, EVEN), EVEN, **more),
            bound=4.0,
            reads={"single": 1, "significance": more.get("count", 2)}.get(name, 2),
            mirrored=name == "pair",
        )
        for label, (name, more) in variants(multicell.FOLDER.names(), WEIGHTS).items()
        for host, kind in HOSTS.items()
    },
}

pytestmark = pytest.mark.parametrize("chips", [1, 3])
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def draws(case: Case, chips: int, samples: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    g = generator(7, "batch")
    return torch.randn(chips, samples, case.shape[1], generator=g), torch.randn(chips, samples, case.shape[0], generator=g)


def used(case: Case, chips: int, seed: int = 0) -> Array:
    """An array that has been programmed, updated and pulsed."""
    array = case.make(case.shape, chips, seed)
    array.program(0.3 * torch.randn(chips, *case.shape, generator=generator(seed, "weights")))
    x_KBI, d_KBO = draws(case, chips)
    array.update(x_KBI, d_KBO, 0.05)
    array.pulse(torch.randint(-2, 3, (chips, *case.shape), generator=generator(seed, "pulses")))
    return array


@every
def test_is_an_array_of_its_shape_and_dtype(case, chips):
    array = used(case, chips)
    x_KBI, d_KBO = draws(case, chips)
    assert isinstance(array, Array)
    assert (array.chips, array.shape) == (chips, case.shape)
    expected = {"forward": (chips, 2, case.shape[0]), "backward": (chips, 2, case.shape[1]), "weights": (chips, *case.shape)}
    found = {"forward": array.forward(x_KBI), "backward": array.backward(d_KBO), "weights": array.weights()}
    assert {name: tuple(value.shape) for name, value in found.items()} == expected
    assert {value.dtype for value in found.values()} == {array.dtype}
    for step_K in array.steps():
        assert step_K.shape == (chips,)
        assert bool((step_K > 0).all())


@every
def test_writes_into_no_argument_and_hands_out_copies(case, chips):
    array = used(case, chips)
    x_KBI, d_KBO = draws(case, chips)
    arguments = [x_KBI, d_KBO, torch.full((chips,), 0.01), torch.ones(chips, *case.shape), torch.full((chips, *case.shape), 9.0)]
    state = array.state()
    before = [value.clone() for value in (*arguments, *state.values())]
    array.load_state(state)
    array.forward(x_KBI)
    array.backward(d_KBO)
    array.update(x_KBI, d_KBO, arguments[2])
    array.pulse(arguments[3])
    array.program(arguments[4])
    assert all(torch.equal(now, then) for now, then in zip((*arguments, *state.values()), before, strict=True))
    weights, ledger = array.weights(), array.ledger()
    for handed_out in (array.weights(), *array.state().values(), *array.ledger().tensors().values(), *array.steps()):
        handed_out.zero_()
    assert torch.equal(array.weights(), weights)
    assert all(torch.equal(value, ledger.tensors()[name]) for name, value in array.ledger().tensors().items())


@every
def test_reading_and_a_rate_of_zero_change_no_weight(case, chips):
    array = used(case, chips)
    x_KBI, d_KBO = draws(case, chips)
    before = array.weights()
    array.forward(x_KBI)
    array.backward(d_KBO)
    array.update(x_KBI, d_KBO, 0.0)
    array.pulse(torch.zeros(chips, *case.shape))
    array.state(), array.ledger(), array.steps()
    assert torch.equal(array.weights(), before)


@every
def test_update_is_the_descending_sum_over_the_batch_at_each_chips_rate(case, chips):
    """Mean of n updates against exact arithmetic, within 6 standard errors (2e-9 for each of at most 75 cells).

    What a digital register still holds is at most one step after all n.
    """
    if not case.even:
        pytest.skip("the mean step depends on the weight")
    n, array = 300, case.make(case.shape, chips, 1)
    x_KBI, d_KBO = (value.sign() for value in draws(case, chips, samples=3))
    lr_K = torch.linspace(1.0, 2.0, chips) * 4e-4
    wanted = -(lr_K[:, None, None] * torch.einsum("kbo,kbi->koi", d_KBO, x_KBI)).to(array.dtype)
    path = [array.weights()]
    for _ in range(n):
        array.update(x_KBI, d_KBO, lr_K)
        path.append(array.weights())
    changes = torch.stack(path).diff(dim=0)
    bound = 6 * changes.std(0) / n**0.5 + max(step_K.max() for step_K in array.steps()) / n + 1e-6
    worst, power = float(((changes.mean(0) - wanted).abs() / bound).max()), float((wanted.abs() / bound).max())
    assert worst < 1
    assert power > 2, "a wrong sign, or a mean over the batch instead of a sum, must not fit into the bound"


@every
def test_backward_reads_the_transpose(case, chips):
    """Means of n one-hot reads both ways, within 6 standard errors of their difference (2e-9 for each of at most 75 cells)."""
    n, array = 500, used(case, chips)
    outputs, inputs = case.shape
    forward = array.forward(torch.eye(inputs).repeat(n, 1).expand(chips, -1, -1)).reshape(chips, n, inputs, outputs)
    backward = array.backward(torch.eye(outputs).repeat(n, 1).expand(chips, -1, -1)).reshape(chips, n, outputs, inputs)
    bound = 6 * ((forward.var(1).mT + backward.var(1)) / n).sqrt() + 1e-5
    worst = [float(((forward.mean(1).mT - other).abs() / bound).max()) for other in (backward.mean(1), array.weights())]
    assert max(worst) < 1


@every
def test_state_restores_an_array_of_other_seeds_exactly(case, chips):
    array, other = used(case, chips), used(case, chips, seed=1)
    assert not torch.equal(array.weights(), other.weights())
    array.forward(draws(case, chips)[0])
    state = array.state()
    other.load_state(state)
    assert torch.equal(other.weights(), array.weights())
    restored = other.state()
    assert restored.keys() == state.keys()
    assert [name for name in state if not torch.equal(restored[name], state[name])] == []
    for name, value in other.ledger().tensors().items():
        assert torch.equal(value, array.ledger().tensors()[name])


@every
def test_ledger_counts_addressed_pulses_and_reads_and_never_falls(case, chips):
    array = used(case, chips)
    x_KBI, d_KBO = draws(case, chips)
    n_KOI = torch.randint(-3, 4, (chips, *case.shape), generator=generator(3, "pulses"))
    start = array.ledger()
    array.pulse(n_KOI)
    array.forward(x_KBI)
    array.backward(d_KBO[:, :1])
    spent = array.ledger()
    wanted = (n_KOI.abs(), n_KOI.abs()) if case.mirrored else (n_KOI.clamp(min=0), (-n_KOI).clamp(min=0))
    assert torch.equal(spent.pulses_up_KOI - start.pulses_up_KOI, wanted[0].double())
    assert torch.equal(spent.pulses_down_KOI - start.pulses_down_KOI, wanted[1].double())
    assert torch.equal(spent.forward_reads_K - start.forward_reads_K, torch.full((chips,), 2.0 * case.reads, dtype=torch.float64))
    assert torch.equal(spent.backward_reads_K - start.backward_reads_K, torch.full((chips,), 1.0 * case.reads, dtype=torch.float64))
    array.update(x_KBI, d_KBO, 0.05)
    array.program(array.weights())
    for name, value in array.ledger().tensors().items():
        assert bool((value >= spent.tensors()[name]).all()), name


@every
def test_program_clips_to_what_the_cells_can_hold(case, chips):
    array = used(case, chips)
    if case.bound is None:
        pytest.skip("exact weights are unbounded")
    ends = []
    for target in (50.0, 100.0, -50.0):
        array.program(torch.full((chips, *case.shape), target))
        ends.append(array.weights())
    assert float(torch.stack(ends).abs().max()) <= case.bound
    assert float((ends[0] - ends[2]).min()) > 0.5
    if case.quiet:
        assert torch.equal(ends[0], ends[1])


@every
def test_program_reaches_a_target_within_the_range(case, chips):
    array = used(case, chips)
    if not case.quiet:
        pytest.skip("programming is noisy too")
    target = 0.2 * torch.rand(chips, *case.shape, generator=generator(5))
    array.program(target)
    torch.testing.assert_close(array.weights(), target.to(array.dtype), rtol=0, atol=1e-6)


@every
def test_chips_do_not_disturb_each_other(case, chips):
    array = used(case, chips)
    before = array.weights()
    n_KOI = torch.zeros(chips, *case.shape)
    n_KOI[-1] = 2
    array.pulse(n_KOI)
    array.update(*draws(case, chips), torch.tensor([0.0] * (chips - 1) + [0.1]))
    changed = (array.weights() != before).any(2).any(1)
    assert changed.tolist() == [False] * (chips - 1) + [True]

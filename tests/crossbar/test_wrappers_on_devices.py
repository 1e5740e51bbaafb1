"""Every wrapper and write scheme around arrays away from the CPU: the same numbers as on it, and no tensors of two devices meet.

The second device is a pretended one; where there is a GPU the wrappers also work on that. Products are summed in another order there.
"""

from functools import partial

import pytest
import torch

from crossbar import multicell, writes
from crossbar.array import Array, State
from crossbar.exact import Exact
from crossbar.torch_pulsed import TorchPulsed
from tests.crossbar.ferry import Ferried
from tests.crossbar.test_contract import (
    EVEN,
    EVERY_LAW,
    OPTIONS,
    UNEVEN,
    WEIGHTS,
    ageing,
    cells,
    deviation,
    grid,
    scaled,
    several,
    variants,
    written,
)
from tests.elsewhere import DEVICE, elsewhere

CPU, SHAPE = torch.device("cpu"), (5, 5)
WRAPPED = {
    "grid": lambda make: grid(make),
    "deviation": lambda make: deviation(scaled(make)),
    "ageing": lambda make: ageing(EVERY_LAW, make),
    **{
        label: partial(lambda make, scheme, more: written(scheme, make, EVEN, **more), scheme=scheme, more=more)
        for label, (scheme, more) in variants(writes.FOLDER.names(), OPTIONS).items()
    },
    **{
        label: partial(lambda make, name, more: several(name, make, EVEN, **more), name=name, more=more)
        for label, (name, more) in variants(multicell.FOLDER.names(), WEIGHTS).items()
    },
}


def lived(array: Array) -> dict[str, torch.Tensor]:
    """One of everything; what came out."""
    g = torch.Generator().manual_seed(3)
    x_KBI, d_KBO = torch.randn(2, 3, SHAPE[1], generator=g), torch.randn(2, 3, SHAPE[0], generator=g)
    array.program(0.2 * torch.randn(2, *SHAPE, generator=g))
    seen = {}
    for turn in range(3):
        array.update(x_KBI, d_KBO, torch.tensor([0.02, 0.01]))
        seen |= {f"forward {turn}": array.forward(x_KBI), f"backward {turn}": array.backward(d_KBO)}
    array.pulse(torch.randint(-2, 3, (2, *SHAPE), generator=g))
    array.elapse(10.0)
    array.load_state(array.state())
    array.update(x_KBI, d_KBO, 0.01)
    seen |= {f"step {n}": step for n, step in enumerate(array.steps())}
    return {**seen, "weights": array.weights(), **_determined(array.state()), **array.ledger().tensors()}


def _determined(state: State) -> State:
    """A state with two factors of a memory of low rank replaced by their product: singular vectors are sure up to their sign only."""
    left = {name.removesuffix("left_KOR"): value for name, value in state.items() if name.endswith("left_KOR")}
    products = {f"{name}wanted_KOI": value @ state[f"{name}right_KIR"].mT for name, value in left.items()}
    return {name: value for name, value in state.items() if not name.endswith(("left_KOR", "right_KIR"))} | products


def host(device: torch.device):
    return cells(partial(TorchPulsed, device=device), UNEVEN)


def exact(device: torch.device):
    return lambda shape, chips, seed: Exact(torch.zeros(chips, *shape, device=device), step=0.002)


@pytest.mark.parametrize(("name", "inside"), [*((name, exact) for name in WRAPPED), ("deviation", host), ("accumulate", host)])
def test_wrappers_give_the_same_numbers_on_another_device(name, inside):
    here = lived(WRAPPED[name](inside(CPU))(SHAPE, 2, 1))
    there = lived(Ferried(lambda: WRAPPED[name](inside(DEVICE))(SHAPE, 2, 1), elsewhere))
    assert here.keys() == there.keys()
    for key, value in here.items():
        torch.testing.assert_close(there[key], value, msg=lambda text, key=key: f"{key}: {text}")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", WRAPPED)
def test_wrappers_work_on_cuda(name):
    here = lived(WRAPPED[name](exact(CPU))(SHAPE, 2, 1))
    there = lived(Ferried(lambda: WRAPPED[name](exact(torch.device("cuda")))(SHAPE, 2, 1)))
    for key, value in here.items():
        torch.testing.assert_close(there[key], value, msg=lambda text, key=key: f"{key}: {text}")
    lived(Ferried(lambda: WRAPPED[name](host(torch.device("cuda")))(SHAPE, 2, 1)))

"""Networks whose chips differ in every number, and the same networks in plain torch, one chip at a time."""

import copy
import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from analogdecor.decorrelator import Centring, Decorrelator, Form
from analogdecor.linear import CrossbarLinear, crossbar_layers
from analogdecor.update import Update
from crossbar.array import Array
from crossbar.deviation import Deviation
from crossbar.exact import Exact

Layer = Callable[..., CrossbarLinear]


def _normal(g: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=g, dtype=torch.float64)


def _decorrelator(g: torch.Generator, chips: int, lines: int, form: Form, centring: Centring, deviation: bool) -> Decorrelator:
    near_one = torch.eye(lines, dtype=torch.float64) + 0.1 / lines**0.5 * _normal(g, chips, lines, lines)
    array: Array = Exact(near_one)
    if deviation:
        array = Deviation(Exact(torch.zeros_like(near_one)))
        array.program(near_one)
    # eigenvalues of M lie within 0.5 of 1 here, so each iteration leaves at most 0.6 of the lateral form's error: 0.6^100 = 1e-22
    decorrelator = Decorrelator(array, form=form, centring=centring, iterations=100, damping=0.8)
    decorrelator.set_gain(1.0 + 0.2 * torch.rand(chips, generator=g, dtype=torch.float64), torch.ones(chips, dtype=torch.bool))
    if centring != "none":
        decorrelator.track_mean(_normal(g, chips, 3, lines), torch.ones(chips, dtype=torch.bool))
    return decorrelator


@pytest.fixture
def layer() -> Layer:
    """Makes a float64 layer of exact arrays; every chip has its own weights, bias, R, gain and mean."""

    def make(
        g: torch.Generator,
        chips: int,
        inputs: int,
        outputs: int,
        *,
        decorrelated: bool = True,
        bias: bool = True,
        form: Form = "matrix",
        centring: Centring = "running",
        deviation: bool = False,
    ) -> CrossbarLinear:
        weight = Exact(_normal(g, chips, outputs, inputs) * (2.0 / inputs) ** 0.5)
        bias_array = Exact(0.3 * _normal(g, chips, outputs, 1)) if bias else None
        decorrelator = _decorrelator(g, chips, inputs, form, centring, deviation) if decorrelated else None
        return CrossbarLinear(weight, bias=bias_array, decorrelator=decorrelator)

    return make


@pytest.fixture
def mlp(layer: Layer) -> Callable[..., nn.Sequential]:
    """Makes a LeakyReLU network of such layers: ``mlp(seed, chips, (4, 5, 3), **options of layer)``."""

    def make(seed: int, chips: int, sizes: tuple[int, ...], **options: object) -> nn.Sequential:
        g = torch.Generator().manual_seed(seed)
        modules: list[nn.Module] = []
        for inputs, outputs in itertools.pairwise(sizes):
            modules += [layer(g, chips, inputs, outputs, **options), nn.LeakyReLU(0.1)]
        return nn.Sequential(*modules[:-1])

    return make


class PlainLinear(nn.Module):
    """One chip of a crossbar layer in plain torch: torch.autograd sees everything. R is taken as it is, M is inverted."""

    def __init__(self, layer: CrossbarLinear, chip: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(layer.weight.weights()[chip])
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.weights()[chip])
        self.decorrelator = layer.decorrelator
        if layer.decorrelator is not None:
            held = layer.decorrelator.array.weights()[chip]
            self.rotation = held if layer.decorrelator.form == "matrix" else torch.linalg.inv(held)
            self.gain, self.mean = layer.decorrelator.gain_K[chip].clone(), layer.decorrelator.mean_KI[chip].clone()

    def forward(self, x: Tensor) -> Tensor:
        if self.decorrelator is not None:
            batch = self.decorrelator.centring == "batch" and self.training
            mean = x.flatten(0, -2).mean(0) if batch else self.mean
            x = self.gain * (x - mean) @ self.rotation.T
        a = x @ self.weight.T
        return a if self.bias is None else a + self.bias[:, 0]


@pytest.fixture
def plain() -> Callable[[nn.Module, int], nn.Module]:
    """``plain(network, chip)``: that chip of the network in plain torch, with the same module names."""

    def make(network: nn.Module, chip: int) -> nn.Module:
        model = copy.deepcopy(network)
        for name, found in crossbar_layers(network).items():
            model.set_submodule(name, PlainLinear(found, chip))
        return model.train(network.training)

    return make


@pytest.fixture
def gradients() -> Callable[[tuple[Update, ...]], dict[Array, Tensor]]:
    """What is proposed for every array, without the rate: sum_b d_b x_b^T [K, O, I]."""

    def summed(updates: tuple[Update, ...]) -> dict[Array, Tensor]:
        found: dict[Array, Tensor] = {}
        for update in updates:
            change = torch.einsum("kbo,kbi->koi", update.d_KBO, update.x_KBI)
            found[update.array] = found[update.array] + change if update.array in found else change
        return found

    return summed


@pytest.fixture
def normal() -> Callable[..., Tensor]:
    """Standard normal float64 numbers from a seed: ``normal(seed, *shape)``."""

    def make(seed: int, *shape: int) -> Tensor:
        return _normal(torch.Generator().manual_seed(seed), *shape)

    return make

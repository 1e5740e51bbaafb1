"""Residual and convolutional networks of ordinary torch modules: bp equals autograd to float64 precision, and every rule proposes."""

import pytest
import torch
from torch import Tensor, nn

from analogdecor.conv import CrossbarConv2d
from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules import FOLDER
from analogdecor.rules.bp import Backpropagation
from crossbar.exact import Exact

K, B, C = 2, 4, 3


class Residual(nn.Module):
    """x + f(x), in torch's own words."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


@pytest.fixture
def network(layer):
    """conv - pool - residual(conv - conv) - average - dense - residual(dense) - dense, decorrelators in front of every layer."""
    g = torch.Generator().manual_seed(3)

    def conv(inputs: int, outputs: int, stride: int = 1) -> CrossbarConv2d:
        return CrossbarConv2d(layer(g, K, 9 * inputs, outputs, centring="batch"), kernel=3, stride=stride, padding=1)

    block = Residual(nn.Sequential(conv(3, 3), nn.LeakyReLU(0.1), conv(3, 3)))
    dense = Residual(nn.Sequential(nn.Tanh(), layer(g, K, 5, 5)))
    return nn.Sequential(
        conv(2, 3),
        nn.LeakyReLU(0.1),
        nn.MaxPool2d(2),
        block,
        nn.AvgPool2d(2),
        nn.Flatten(),
        layer(g, K, 12, 5),
        dense,
        nn.LeakyReLU(0.1),
        layer(g, K, 5, C),
    )


def _batch(normal) -> Batch:
    return Batch(normal(7, K * B, 2, 8, 8), torch.arange(K * B) % C, cross_entropy, K)


def test_bp_equals_autograd(network, plain, gradients, normal) -> None:
    batch = _batch(normal)
    found = gradients(Backpropagation().propose({}, network, batch, Draws(range(K))).updates)
    for chip in range(K):
        model = plain(network, chip)
        x_B, label_B = (part.unflatten(0, (K, B))[chip] for part in (batch.x_N, batch.label_N))
        nn.functional.cross_entropy(model(x_B), label_B).backward()
        for name, crossbar in crossbar_layers(network).items():
            twin = model.get_submodule(name)
            for array, parameter in ((crossbar.weight, twin.weight), (crossbar.bias, twin.bias)):
                torch.testing.assert_close(found[array][chip], parameter.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", FOLDER.names())
def test_every_rule_proposes_for_every_array(network, gradients, normal, name) -> None:
    rule = FOLDER.load(name).RULE()
    proposal = rule.propose(rule.init(network, range(K)), network, _batch(normal), Draws(range(K), "noise"))
    found = gradients(proposal.updates)
    assert set(found) == {array for each in crossbar_layers(network).values() for array in (each.weight, each.bias)}
    assert all(bool(change.abs().sum((1, 2)).gt(0).all()) for change in found.values())


def test_fa_with_the_weights_as_feedback_is_bp(network, gradients, normal) -> None:
    """Feedback through copies of W is backpropagation: nothing else on the way back differs, convolutions and skips included."""
    fa, batch = FOLDER.load("fa").RULE(), _batch(normal)
    layers = crossbar_layers(network)
    state = {name: Exact(layers[name].weight.weights()) for name in fa.init(network, range(K))}
    one = gradients(fa.propose(state, network, batch, Draws(range(K))).updates)
    two = gradients(Backpropagation().propose({}, network, batch, Draws(range(K))).updates)
    assert all(torch.equal(one[array], two[array]) for array in two)

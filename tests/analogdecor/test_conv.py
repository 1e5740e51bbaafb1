import pytest
import torch
import torch.nn.functional as F
from torch import nn

from analogdecor.conv import CrossbarConv2d
from analogdecor.decorrelator import Decorrelator
from analogdecor.draws import Draws
from analogdecor.linear import CrossbarLinear
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules import FOLDER
from analogdecor.rules.bp import Backpropagation
from crossbar.exact import Exact

CHIPS, SAMPLES, CHANNELS, SIDE, OUT, CLASSES = 2, 3, 2, 6, 4, 5


def _normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def _layer(outputs: int, inputs: int) -> CrossbarLinear:
    rotation = torch.eye(inputs, dtype=torch.float64) + 0.05 * _normal(CHIPS, inputs, inputs)
    return CrossbarLinear(
        Exact(_normal(CHIPS, outputs, inputs) / inputs**0.5),
        bias=Exact(_normal(CHIPS, outputs, 1)),
        decorrelator=Decorrelator(Exact(rotation)),
    )


def _network() -> nn.Sequential:
    conv = CrossbarConv2d(_layer(OUT, CHANNELS * 9), kernel=3, stride=1, padding=1)
    return nn.Sequential(conv, nn.LeakyReLU(), nn.MaxPool2d(2), nn.Flatten(), _layer(CLASSES, OUT * (SIDE // 2) ** 2))


@pytest.mark.parametrize(("stride", "padding"), [(1, 1), (2, 0)])
def test_equals_torch_convolution_for_every_chip(stride: int, padding: int) -> None:
    w_KOI, b_KO1 = _normal(CHIPS, OUT, CHANNELS * 9), _normal(CHIPS, OUT, 1)
    layer = CrossbarConv2d(CrossbarLinear(Exact(w_KOI), bias=Exact(b_KO1)), kernel=3, stride=stride, padding=padding)
    x_KBCHW = _normal(CHIPS, SAMPLES, CHANNELS, SIDE, SIDE)
    found = layer(x_KBCHW.flatten(0, 1)).unflatten(0, (CHIPS, SAMPLES))
    for chip in range(CHIPS):
        kernel = w_KOI[chip].reshape(OUT, CHANNELS, 3, 3)
        wanted = F.conv2d(x_KBCHW[chip], kernel, b_KO1[chip, :, 0], stride=stride, padding=padding)
        torch.testing.assert_close(found[chip], wanted, rtol=1e-12, atol=1e-12)


def test_bp_equals_autograd_through_convolution_and_decorrelators() -> None:
    network = _network()
    x_N = _normal(CHIPS * SAMPLES, CHANNELS, SIDE, SIDE)
    label_N = torch.arange(CHIPS * SAMPLES) % CLASSES
    proposal = Backpropagation(lr=1.0).propose({}, network, Batch(x_N, label_N, cross_entropy, CHIPS), Draws([0, 1]))
    conv, dense = network[0].linear, network[4]
    w_KOI = conv.weight.weights().requires_grad_()
    total = torch.zeros((), dtype=torch.float64)
    for chip in range(CHIPS):
        x_BCHW = x_N.unflatten(0, (CHIPS, SAMPLES))[chip]
        patches = F.unfold(x_BCHW, 3, padding=1).mT @ conv.decorrelator.array.weights()[chip].T
        a = (patches @ w_KOI[chip].T + conv.bias.weights()[chip].T).mT.reshape(SAMPLES, OUT, SIDE, SIDE)
        h = F.max_pool2d(F.leaky_relu(a), 2).flatten(1) @ dense.decorrelator.array.weights()[chip].T
        out = h @ dense.weight.weights()[chip].T + dense.bias.weights()[chip].T
        total = total + F.cross_entropy(out, label_N.unflatten(0, (CHIPS, SAMPLES))[chip])
    (wanted_KOI,) = torch.autograd.grad(total, w_KOI)
    update = next(u for u in proposal.updates if u.array is conv.weight)
    torch.testing.assert_close(torch.bmm(update.d_KBO.mT, update.x_KBI), wanted_KOI, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", FOLDER.names())
def test_every_rule_proposes_for_a_convolution(name: str) -> None:
    network = _network()
    rule = FOLDER.load(name).RULE()
    label_N = torch.arange(CHIPS * SAMPLES) % CLASSES
    batch = Batch(_normal(CHIPS * SAMPLES, CHANNELS, SIDE, SIDE), label_N, cross_entropy, CHIPS)
    proposal = rule.propose(rule.init(network, [0, 1]), network, batch, Draws([0, 1], "noise"))
    changes = {update.array: torch.bmm(update.d_KBO.mT, update.x_KBI) for update in proposal.updates}
    layers = [network[0].linear, network[4]]
    assert set(changes) == {array for layer in layers for array in (layer.weight, layer.bias)}
    assert all(bool(change.abs().sum((1, 2)).gt(0).all()) for change in changes.values())


def test_input_lines_must_fit_the_kernel() -> None:
    with pytest.raises(ValueError, match="10 input lines"):
        CrossbarConv2d(CrossbarLinear(Exact(torch.zeros(1, 2, 10))), kernel=3)

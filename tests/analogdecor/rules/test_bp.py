"""bp against torch.autograd on the same network in plain torch. float64: sums of < 100 products of numbers around 1, so 1e-12 is ample."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from analogdecor.convert import convert
from analogdecor.decorrelator import Decorrelator
from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import LOSSES, cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from crossbar.exact import Exact

K, B, C = 2, 7, 3
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


class Residual(nn.Module):
    """A skip connection around a layer, and one layer used twice."""

    def __init__(self, first, middle, last):
        super().__init__()
        self.first, self.middle, self.last = first, middle, last

    def forward(self, x):
        h = F.leaky_relu(self.first(x))
        h = h + F.leaky_relu(self.middle(h))
        h = h + F.leaky_relu(self.middle(h))
        return self.last(h)


class Pooled(nn.Module):
    """Samples of several positions [N, T, I], averaged before the last layer."""

    def __init__(self, first, middle, last):
        super().__init__()
        self.first, self.middle, self.last = first, middle, last

    def forward(self, x):
        h = F.leaky_relu(self.middle(F.leaky_relu(self.first(x))))
        return self.last(h.mean(1))


def _batch(normal, *positions, loss=cross_entropy, inputs=4):
    label_N = torch.arange(K * B) % C
    return Batch(normal(3, K * B, *positions, inputs), label_N, loss, K)


def _check(network, batch, plain, gradients):
    proposal = Backpropagation(lr=0.5).propose({}, network, batch, Draws(range(K)))
    found = gradients(proposal.updates)
    assert all(update.lr == 0.5 for update in proposal.updates)
    for chip in range(K):
        model = plain(network, chip)
        output = model(batch.x_N.unflatten(0, (K, B))[chip])
        losses_B = batch.loss(output, batch.label_N.unflatten(0, (K, B))[chip])
        losses_B.mean().backward()
        torch.testing.assert_close(proposal.losses_KB[chip], losses_B.detach(), **CLOSE)
        for name, layer in crossbar_layers(network).items():
            torch.testing.assert_close(found[layer.weight][chip], model.get_submodule(name).weight.grad, **CLOSE)
            if layer.bias is not None:
                torch.testing.assert_close(found[layer.bias][chip], model.get_submodule(name).bias.grad, **CLOSE)


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize(
    "options",
    [
        {"decorrelated": False},
        {"decorrelated": False, "bias": False},
        {"centring": "running"},
        {"centring": "batch"},
        {"centring": "none"},
        {"deviation": True},
        {"form": "lateral"},
    ],
    ids=str,
)
def test_equals_autograd(mlp, normal, plain, gradients, options, loss):
    _check(mlp(0, K, (4, 6, 5, C), **options), _batch(normal, loss=LOSSES[loss]), plain, gradients)


def test_equals_autograd_in_evaluation_mode(mlp, normal, plain, gradients):
    _check(mlp(0, K, (4, 6, C), centring="batch").eval(), _batch(normal), plain, gradients)


@pytest.mark.parametrize("centring", ["running", "batch"])
def test_equals_autograd_in_a_residual_network(layer, normal, plain, gradients, centring):
    g = torch.Generator().manual_seed(1)
    layers = [layer(g, K, inputs, outputs, centring=centring) for inputs, outputs in ((4, 6), (6, 6), (6, C))]
    _check(Residual(*layers), _batch(normal), plain, gradients)


@pytest.mark.parametrize("centring", ["running", "batch"])
def test_equals_autograd_with_several_positions_per_sample(layer, normal, plain, gradients, centring):
    g = torch.Generator().manual_seed(1)
    layers = [layer(g, K, inputs, outputs, centring=centring) for inputs, outputs in ((4, 6), (6, 5), (5, C))]
    _check(Pooled(*layers), _batch(normal, 5), plain, gradients)


@pytest.mark.parametrize("decorrelated", [False, True])
def test_equals_autograd_on_the_model_that_was_converted(normal, gradients, decorrelated):
    with torch.random.fork_rng(devices=[]):  # torch's own layers draw from the global generator
        model = nn.Sequential(nn.Linear(4, 6), nn.LeakyReLU(), nn.LayerNorm(6), nn.Linear(6, C)).double()
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.copy_(normal(seed, *parameter.shape))

    def identity(name, lines):
        return Decorrelator(Exact(torch.eye(lines, dtype=torch.float64).expand(K, -1, -1)))

    network = convert(model, chips=K, array=lambda name, w_KOI: Exact(w_KOI), decorrelator=identity if decorrelated else None)
    batch = _batch(normal)
    found = gradients(Backpropagation().propose({}, network, batch, Draws(range(K))).updates)
    for chip in range(K):
        model.zero_grad()
        cross_entropy(model(batch.x_N.unflatten(0, (K, B))[chip]), batch.label_N.unflatten(0, (K, B))[chip]).mean().backward()
        for name, layer in crossbar_layers(network).items():
            torch.testing.assert_close(found[layer.weight][chip], model.get_submodule(name).weight.grad, **CLOSE)
            torch.testing.assert_close(found[layer.bias][chip, :, 0], model.get_submodule(name).bias.grad, **CLOSE)


def test_the_first_array_is_not_read_transposed(mlp, normal):
    network = mlp(0, K, (4, 6, C))
    Backpropagation().propose({}, network, _batch(normal), Draws(range(K)))
    first, last = crossbar_layers(network).values()
    assert first.weight.ledger().backward_reads_K.tolist() == [0.0] * K
    assert first.decorrelator.array.ledger().backward_reads_K.tolist() == [0.0] * K
    assert last.weight.ledger().backward_reads_K.tolist() == [float(B)] * K
    assert last.decorrelator.array.ledger().backward_reads_K.tolist() == [float(B)] * K

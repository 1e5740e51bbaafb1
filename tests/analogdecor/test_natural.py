"""The exact natural gradient against torch.func on the same network in plain torch."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, jacrev

from analogdecor import natural
from analogdecor.conv import CrossbarConv2d
from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.update import apply

N, C = 12, 3
CLOSE = {"rtol": 1e-8, "atol": 1e-11}


class Effective(nn.Module):
    """a = A x + c, A and c in one matrix."""

    def __init__(self, layer) -> None:
        super().__init__()
        r = layer.decorrelator
        a = r.gain_K[0] * layer.weight.weights()[0] @ r.array.weights()[0]
        self.matrix = nn.Parameter(torch.cat([a, layer.bias.weights()[0] - a @ r.mean_KI[0][:, None]], dim=1))

    def forward(self, x):
        return x @ self.matrix[:, :-1].T + self.matrix[:, -1]


@pytest.fixture(params=["mlp", "convnet"])
def network(request, mlp, layer):
    if request.param == "mlp":
        return mlp(3, 1, (4, 5, C))
    g = torch.Generator().manual_seed(2)
    conv = CrossbarConv2d(layer(g, 1, 8, 2), kernel=2)
    return nn.Sequential(conv, nn.LeakyReLU(0.1), nn.MaxPool2d(2), nn.Flatten(), layer(g, 1, 2, C))


@pytest.fixture
def x_N(network, normal):
    return normal(5, N, 4) if isinstance(network[-2], nn.LeakyReLU) else normal(5, N, 2, 3, 3)


def _plain(network):
    model = copy.deepcopy(network).eval()
    for name, found in crossbar_layers(network).items():
        model.set_submodule(name, Effective(found))
    return model


def _fisher(model, x_N, label_N):
    """Gradient of the mean loss and E[J^T H J], by torch.func, sample by sample."""
    parameters = dict(model.named_parameters())
    jacobian = jacrev(lambda p: functional_call(model, p, (x_N,)))(parameters)
    j_NCP = torch.cat([part.flatten(2) for part in jacobian.values()], dim=2)
    output = model(x_N)
    p = output.detach().softmax(1)
    fisher = sum(j.T @ (torch.diag(q) - torch.outer(q, q)) @ j for j, q in zip(j_NCP, p, strict=True)) / N
    gradient = torch.autograd.grad(nn.functional.cross_entropy(output, label_N), list(parameters.values()))
    return torch.cat([part.flatten() for part in gradient]), fisher


def test_gradient_fisher_and_natural_gradient_are_torch_funcs(network, x_N):
    label_N = torch.arange(N) % C
    found = natural.curvature(network, x_N, label_N)
    gradient, fisher = _fisher(_plain(network), x_N, label_N)
    torch.testing.assert_close(found.gradient_P, gradient, **CLOSE)
    torch.testing.assert_close(found.fisher_PP, fisher, **CLOSE)
    damped = fisher + 0.1 * fisher.diagonal().mean() * torch.eye(len(fisher))
    torch.testing.assert_close(natural.natural(found, 0.1), torch.linalg.solve(damped, gradient), rtol=1e-7, atol=1e-9)


def test_an_update_changes_the_effective_weights_as_said(network, x_N):
    batch = Batch(x_N, torch.arange(N) % C, cross_entropy, 1)
    network.train()
    updates = Backpropagation(lr=1e-3).propose({}, network, batch, Draws([0])).updates
    layers = list(crossbar_layers(network).values())
    wanted = natural.effective(updates, layers)
    before = torch.cat([Effective(one).matrix.flatten() for one in layers])
    apply(updates)
    torch.testing.assert_close(torch.cat([Effective(one).matrix.flatten() for one in layers]) - before, wanted, rtol=1e-9, atol=1e-14)


def test_one_dense_layer_with_constant_inputs_is_its_own_kronecker_product(layer):
    """With one input vector for all samples F is exactly the product of its factors, so that taking both off is the natural gradient."""
    network = nn.Sequential(layer(torch.Generator().manual_seed(4), 1, 3, C))
    x_N = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64).expand(N, -1)
    found = natural.curvature(network, x_N, torch.arange(N) % C)
    product = torch.kron(found.deltas[0], found.inputs[0])
    torch.testing.assert_close(found.fisher_PP, product, **CLOSE)


def test_cosines_do_not_depend_on_the_parameters_in_the_fisher_metric(network, x_N, normal):
    found = natural.curvature(network, x_N, torch.arange(N) % C)
    size = len(found.gradient_P)
    change = torch.eye(size, dtype=torch.float64) + 0.1 * normal(1, size, size)
    metric = found.fisher_PP + torch.eye(size)
    one, two = normal(2, size), normal(3, size)
    inverse = torch.linalg.inv(change)
    moved = natural.cosine(inverse @ one, inverse @ two, change.T @ metric @ change)
    torch.testing.assert_close(moved, natural.cosine(one, two, metric), **CLOSE)
    torch.testing.assert_close(natural.cosine(one, one), torch.ones((), dtype=torch.float64))


def test_several_chips_are_refused(mlp, normal):
    with pytest.raises(ValueError, match="one chip at a time, not of 2"):
        natural.curvature(mlp(0, 2, (4, 3)), normal(0, 4, 4), torch.zeros(4, dtype=torch.long))

import pytest
import torch
from torch import nn

from analogdecor.conv import CrossbarConv2d
from analogdecor.convert import convert
from analogdecor.decorrelator import Decorrelator
from analogdecor.linear import CrossbarLinear, crossbar_layers
from crossbar.exact import Exact

K, B = 2, 3


@pytest.fixture(autouse=True)
def _torchs_own_layers_draw_globally():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def _exact(name, w_KOI):
    return Exact(w_KOI)


def _identity(name, lines):
    return Decorrelator(Exact(torch.eye(lines, dtype=torch.float64).expand(K, lines, lines)))


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(4, 4)
        self.same = self.one

    def forward(self, x):
        return self.same(torch.tanh(self.one(x)))


@pytest.mark.parametrize("decorrelator", [None, _identity])
@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (lambda: nn.Linear(4, 3), (4,)),
        (lambda: nn.Sequential(nn.Linear(4, 5, bias=False), nn.Sequential(nn.LeakyReLU(), nn.Linear(5, 3))), (4,)),
        (Twice, (4,)),
        (lambda: nn.Conv2d(2, 3, 3, stride=2, padding=1), (2, 6, 6)),
        (lambda: nn.Sequential(nn.Conv2d(2, 3, 2, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(75, 4)), (2, 6, 6)),
    ],
    ids=["linear", "nested", "shared", "conv", "convnet"],
)
def test_every_chip_computes_what_the_model_does(model, shape, decorrelator, normal):
    original = model().double()
    network = convert(original, chips=K, array=_exact, decorrelator=decorrelator)
    x = normal(0, B, *shape)
    found = network(x.repeat(K, *(1 for _ in shape))).unflatten(0, (K, B))
    for k in range(K):
        torch.testing.assert_close(found[k], original(x).detach(), rtol=1e-12, atol=1e-12)


def test_a_shared_layer_stays_one_layer():
    network = convert(Twice(), chips=K, array=_exact)
    assert network.one is network.same
    assert list(crossbar_layers(network)) == ["one"]


def test_the_model_is_left_and_the_rest_is_frozen():
    original = nn.Sequential(nn.Linear(4, 5), nn.LayerNorm(5), nn.Conv2d(1, 1, 1))
    network = convert(original, chips=K, array=_exact)
    assert isinstance(original[0], nn.Linear)
    assert all(parameter.requires_grad for parameter in original.parameters())
    assert isinstance(network[0], CrossbarLinear)
    assert isinstance(network[2], CrossbarConv2d)
    assert [name for name, _ in network.named_parameters()] == ["1.weight", "1.bias"]
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_makers_get_the_names_of_the_crossbar_layers():
    asked = []

    def array(name, w_KOI):
        asked.append((name, tuple(w_KOI.shape)))
        return Exact(w_KOI)

    network = convert(nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.Linear(12, 4)), chips=K, array=array)
    assert asked == [("0.linear", (K, 3, 8)), ("2", (K, 4, 12))]
    assert [name for name, _ in asked] == list(crossbar_layers(network))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: nn.Sequential(nn.ReLU()), "nothing to convert"),
        (lambda: nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), "mix 2 chips"),
        (lambda: nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.1)), "p = 0"),
        (lambda: nn.Conv2d(2, 3, (1, 2)), "square"),
        (lambda: nn.Conv2d(2, 3, 3, padding="same"), "square"),
        (lambda: nn.Conv2d(2, 3, 3, padding=(1, 0)), "square"),
        (lambda: nn.Conv2d(2, 3, 3, dilation=2), "dilation"),
        (lambda: nn.Conv2d(2, 4, 3, groups=2), "groups"),
        (lambda: nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect"), "zero padding"),
    ],
)
def test_refuses(model, message):
    with pytest.raises(ValueError, match=message):
        convert(model(), chips=K, array=_exact)


def test_batch_normalisation_is_accepted_for_one_chip():
    network = convert(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.0)), chips=1, array=_exact)
    assert isinstance(network[1], nn.BatchNorm1d)

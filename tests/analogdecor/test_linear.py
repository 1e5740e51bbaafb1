import pytest
import torch

from analogdecor.decorrelator import Decorrelator
from analogdecor.linear import CrossbarLinear, crossbar_layers
from crossbar.exact import Exact

K, B = 2, 3


def test_equals_a_linear_layer_per_chip(layer, plain, normal):
    g = torch.Generator().manual_seed(0)
    crossbar = layer(g, K, 4, 5)
    x_NTI = normal(1, K * B, 7, 4)
    found = crossbar(x_NTI).unflatten(0, (K, B))
    assert found.shape == (K, B, 7, 5)
    for k in range(K):
        torch.testing.assert_close(found[k], plain(torch.nn.Sequential(crossbar), k)(x_NTI.unflatten(0, (K, B))[k]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("weights", "rotation", "bias"),
    [
        (torch.float32, torch.float64, torch.float32),
        (torch.float64, torch.float32, torch.float32),
        (torch.float32, torch.float32, torch.float64),
    ],
)
def test_arrays_may_hold_different_formats(normal, weights, rotation, bias):
    w_KOI, r_KII, b_KO1, x_KBI = normal(0, K, 5, 4), normal(1, K, 4, 4), normal(2, K, 5, 1), normal(3, K, B, 4)
    decorrelator = Decorrelator(Exact(r_KII, dtype=rotation))
    crossbar = CrossbarLinear(Exact(w_KOI, dtype=weights), bias=Exact(b_KO1, dtype=bias), decorrelator=decorrelator)
    wanted = x_KBI @ r_KII.mT @ w_KOI.mT + b_KO1.mT
    # products of three numbers around 1 in float32, at most 30 of them added
    torch.testing.assert_close(crossbar(x_KBI.flatten(0, 1)).unflatten(0, (K, B)).double(), wanted, rtol=0, atol=30 * 2e-7 * 30)


@pytest.mark.parametrize("shape", [(5, 4), (6, 3), (4,)], ids=str)
def test_refuses_inputs_that_do_not_fit(shape):
    with pytest.raises(ValueError, match="2 chips with 4 input lines"):
        CrossbarLinear(Exact(torch.zeros(K, 5, 4)))(torch.zeros(shape))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"bias": Exact(torch.zeros(K, 4, 1))}, "bias"),
        ({"bias": Exact(torch.zeros(3, 5, 1))}, "bias"),
        ({"decorrelator": Decorrelator(Exact(torch.zeros(K, 5, 5)))}, "decorrelator"),
        ({"decorrelator": Decorrelator(Exact(torch.zeros(3, 4, 4)))}, "decorrelator"),
    ],
)
def test_refuses_parts_that_do_not_fit(parts, message):
    with pytest.raises(ValueError, match=message):
        CrossbarLinear(Exact(torch.zeros(K, 5, 4)), **parts)


def test_layers_are_found_by_name(mlp):
    network = mlp(0, K, (3, 4, 2))
    assert list(crossbar_layers(network)) == ["0", "2"]
    assert crossbar_layers(network[0]) == {"": network[0]}

"""The paper's ConvNet and its strided relative, from spec to fleet."""

import pytest
import torch
from torch import nn

from analogdecor.conv import CrossbarConv2d
from analogdecor.linear import crossbar_layers
from experiments.build import build, plan_of
from experiments.plan import layers_of
from experiments.spec import Spec

EXACT = {"array": {"host": "exact"}, "write": {"scheme": "direct"}, "decorrelation": {"on": "digital"}}


def spec(**network) -> Spec:
    return Spec.from_tree({"network": {"layers": "convnet", **network}, **EXACT})


def test_the_default_is_the_papers() -> None:
    found = [(layer.name, layer.outputs, layer.inputs, layer.positions) for layer in layers_of(plan_of(spec(), (3, 32, 32), 10))]
    assert found == [
        ("conv1", 32, 27, 1024),
        ("conv2", 32, 288, 1024),
        ("conv3", 64, 288, 256),
        ("conv4", 64, 576, 256),
        ("layer1", 1000, 4096, 1),
        ("layer2", 10, 1000, 1),
    ]


def test_a_fleet_equals_torchs_own_modules_chip_by_chip() -> None:
    """Fresh decorrelators are the identity."""
    specs = [Spec.from_tree({**spec(channels=[3, 4], stride=2, pool=0, hidden=[7]).tree(), "train": {"seed": n}}) for n in (0, 1)]
    fleet = build(specs, (2, 8, 8), 5)
    x = torch.randn(2 * 3, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    layers = crossbar_layers(fleet.network)
    assert list(layers) == ["conv1.linear", "conv2.linear", "layer1", "layer2"]
    found = fleet.network(x).unflatten(0, (2, 3))
    for chip in range(2):
        w = [layer.weight.weights()[chip].float() for layer in layers.values()]
        h = x.unflatten(0, (2, 3))[chip]
        for kernel, depth in zip(w[:2], (2, 3), strict=True):
            h = nn.functional.leaky_relu(nn.functional.conv2d(h, kernel.reshape(-1, depth, 3, 3), stride=2, padding=1), 0.01)
        wanted = nn.functional.leaky_relu(h.flatten(1) @ w[2].T, 0.01) @ w[3].T
        torch.testing.assert_close(found[chip].float(), wanted, rtol=1e-4, atol=1e-5)


def test_pooling_and_normalisation_stand_where_they_should() -> None:
    network = build([spec(channels=[3, 4], hidden=[7], norm="batch")], (2, 8, 8), 5).network
    kinds = [type(module).__name__ for module in network]
    block = ["CrossbarConv2d", "ChipBatchNorm", "LeakyReLU"]
    assert kinds == [*block, *block, "MaxPool2d", "Flatten", "CrossbarLinear", "ChipBatchNorm", "LeakyReLU", "CrossbarLinear"]
    assert isinstance(network.conv1, CrossbarConv2d)


@pytest.mark.parametrize(
    ("sample", "network", "message"),
    [((8,), {}, r"needs pictures"), ((1, 2, 2), {"pool": 1, "channels": [2, 2]}, r"after conv2 nothing is left")],
)
def test_what_does_not_fit_is_refused(sample, network, message) -> None:
    with pytest.raises(ValueError, match=message):
        build([spec(**network)], sample, 3)

import pytest
import torch
from torch import nn

from analogdecor.clock import Clock, let_pass, reads
from analogdecor.draws import Draws
from analogdecor.linear import CrossbarLinear
from analogdecor.losses import cross_entropy
from analogdecor.rules.bp import Backpropagation
from analogdecor.training import Trainer
from crossbar.exact import Exact

K, B = 2, 5


class Watched(Exact):
    """An array that remembers the times that passed."""

    def __init__(self, *shape):
        super().__init__(0.1 * torch.randn(K, *shape, generator=torch.Generator().manual_seed(sum(shape))))
        self.times = []

    def elapse(self, seconds):
        self.times.append(seconds)


def trainer(clock):
    layers = [CrossbarLinear(Watched(4, 3), bias=Watched(4, 1)), CrossbarLinear(Watched(2, 4), bias=Watched(2, 1))]
    network = nn.Sequential(layers[0], nn.Tanh(), layers[1])
    rule = Backpropagation(lr=0.1)
    return Trainer(network=network, rule=rule, state=rule.init(network, (0, 1)), loss=cross_entropy, draws=Draws((0, 1), "x"), clock=clock)


def step(taught):
    taught.step(torch.randn(K * B, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1] * B))


def test_a_step_takes_its_samples_reads_and_writes():
    """bp reads both weights forward and the second one transposed; biases take no time of their own."""
    taught = trainer(Clock(per_sample=1.0, per_read=0.01, per_write=100.0))
    for n in (1, 2):
        step(taught)
        assert taught.seconds == pytest.approx(n * (B + 3 * B * 0.01 + 200))
    for array in (taught.network[0].weight, taught.network[0].bias, taught.network[2].weight):
        assert array.times == pytest.approx([B + 3 * B * 0.01 + 200] * 2)


def test_no_time_passes_without_a_clock():
    taught = trainer(None)
    step(taught)
    assert taught.seconds == 0
    assert taught.network[0].weight.times == []


def test_time_passes_for_every_array_alike():
    taught = trainer(None)
    let_pass(taught.network, {"feedback": (other := Watched(2, 2))}, 7.0)
    assert [array.times for array in (taught.network[0].bias, taught.network[2].weight, other)] == [[7.0]] * 3
    step(taught)
    assert reads(taught.network, {}) == 3 * B


def test_a_clock_does_not_go_backwards():
    with pytest.raises(ValueError, match="per_read of a clock is 0 s or more, not -1"):
        Clock(per_read=-1)

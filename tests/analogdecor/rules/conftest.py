"""Many independent draws of a perturbation rule at once: one sample is repeated in the batch, and every copy has its own noise."""

from typing import NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation

K, DRAWS, SIGMA = 2, 20_000, 1e-4

SIGMAS = 5.5
"""Bound for every z. Two-sided Gaussian tail 4e-8; with the skewness of a mean of 20,000 squares of products of normals below 3e-7. The
tests of one rule look at fewer than 60 numbers each: a correct rule fails one with a probability below 2e-5."""


class Positions(nn.Module):
    """Samples of several positions [N, T, I], averaged before the last layer."""

    def __init__(self, first: nn.Module, last: nn.Module) -> None:
        super().__init__()
        self.first, self.last = first, last

    def forward(self, x: Tensor) -> Tensor:
        return self.last(F.leaky_relu(self.first(x), 0.1).mean(1))


class Case(NamedTuple):
    """A network, one sample for each chip repeated DRAWS times, and the exact gradient of its loss at every visit [K, positions, O]."""

    network: nn.Module
    batch: Batch
    gradient: list[Tensor]

    def draws(self, rule, repeats: int = DRAWS) -> list[Tensor]:
        """What the rule estimates for every copy of the sample and every visit [K, DRAWS, positions, O]."""
        batch = self.batch._replace(
            x_N=self.batch.x_N.repeat_interleave(repeats, dim=0), label_N=self.batch.label_N.repeat_interleave(repeats)
        )
        return estimates(rule, self.network, batch, seed=11)


def estimates(rule, network: nn.Module, batch: Batch, seed: int) -> list[Tensor]:
    """Every sample's estimate of its own dL/da at every visit [K, B, positions, O], from the updates of the weights."""
    proposal = rule.propose({}, network, batch, Draws([seed + k for k in range(K)], "noise"))
    weights = {visit.layer.weight for visit in proposal.trace.visits}
    samples = proposal.losses_KB.shape[1]
    deltas = [samples * update.d_KBO for update in proposal.updates if update.array in weights]
    return [delta.reshape(K, samples, -1, delta.shape[-1]) for delta in deltas]


@pytest.fixture
def case(request, mlp, layer, normal) -> Case:
    """Of a kind: "deep", "single" or "positions"."""
    g = torch.Generator().manual_seed(4)
    network = {
        "deep": lambda: mlp(4, K, (3, 4, 3)),
        "single": lambda: mlp(4, K, (3, 4)),
        "positions": lambda: Positions(layer(g, K, 3, 2), layer(g, K, 2, 3)),
    }[request.param]()
    positions = (2,) if request.param == "positions" else ()
    batch = Batch(normal(5, K, *positions, 3), torch.tensor([0, 2]), cross_entropy, K)
    gradient = [delta[:, 0] for delta in estimates(Backpropagation(), network, batch, seed=0)]
    hidden = Backpropagation().propose({}, network, batch, Draws(range(K))).trace.visits[0].a_KBO
    assert hidden.abs().min() > 20 * SIGMA  # no draw crosses a kink, so that the loss is linear in the noise up to sigma^2
    return Case(network, batch, gradient)


def largest_z_of_mean(draws: Tensor, mean: Tensor, variance: Tensor) -> float:
    """Largest |z| of the components' means over dimension 1, with the predicted variance."""
    return float(((draws.mean(1) - mean) / (variance / draws.shape[1]).sqrt()).abs().max())


def largest_z_of_variance(draws: Tensor, mean: Tensor, variance: Tensor) -> float:
    """Largest |z| of the components' mean squared deviations, whose standard error comes from their own fourth moment."""
    square = (draws - mean.unsqueeze(1)).square()
    return float(((square.mean(1) - variance) / (square.std(1) / draws.shape[1] ** 0.5)).abs().max())


@pytest.fixture
def check():
    """``check(draws, mean, variance)``: draws [K, n, ...] have that mean and that variance [K, ...], within SIGMAS."""

    def within(draws: Tensor, mean: Tensor, variance: Tensor) -> None:
        of_mean, of_variance = largest_z_of_mean(draws, mean, variance), largest_z_of_variance(draws, mean, variance)
        print(f"largest z of the mean {of_mean:.2f}, of the variance {of_variance:.2f}, bound {SIGMAS}")
        assert of_mean < SIGMAS
        assert of_variance < SIGMAS

    return within

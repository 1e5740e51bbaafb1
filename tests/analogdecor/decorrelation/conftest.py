"""One visit of a decorrelator, and steps of a rule on samples whose second moment is known exactly."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from analogdecor.decorrelating import DecorrelationRule
from analogdecor.decorrelator import Decorrelator
from analogdecor.linear import CrossbarLinear
from analogdecor.passes import Visit
from analogdecor.update import apply
from crossbar.array import Array
from crossbar.exact import Exact


def _visit(decorrelator: Decorrelator, x_KBI: Tensor) -> Visit:
    array = decorrelator.array
    layer = CrossbarLinear(Exact(torch.zeros(array.chips, 1, array.shape[1])), decorrelator=decorrelator)
    z_KBI, xstar_KBI = decorrelator(x_KBI)
    return Visit(layer, x_KBI, z_KBI, xstar_KBI, xstar_KBI[:, :, :1])


@pytest.fixture
def visit() -> Callable[[Decorrelator, Tensor], Visit]:
    """What a pass with these inputs leaves of the decorrelator."""
    return _visit


@pytest.fixture
def steps() -> Callable[..., Tensor]:
    """``steps(rule, decorrelator, x_KBI, n)``: n updates on the same samples; returns x* of the last R [K, B, I]."""

    def run(rule: DecorrelationRule, decorrelator: Decorrelator, x_KBI: Tensor, n: int) -> Tensor:
        for _ in range(n):
            proposal = rule.propose(decorrelator, _visit(decorrelator, x_KBI))
            apply(proposal.updates)
            if proposal.gain_K is not None:
                decorrelator.set_gain(proposal.gain_K, torch.ones(decorrelator.array.chips, dtype=torch.bool))
        return decorrelator(x_KBI).xstar_KBI

    return run


@pytest.fixture
def identity() -> Callable[..., Decorrelator]:
    """An untrained decorrelator without centring, whose array holds R or M = I."""

    def make(chips: int, lines: int, wrap: Callable[[Array], Array] = lambda array: array, **options: object) -> Decorrelator:
        array = wrap(Exact(torch.zeros(chips, lines, lines, dtype=torch.float64)))
        array.program(torch.eye(lines, dtype=torch.float64).expand(chips, lines, lines))
        return Decorrelator(array, **{"centring": "none", **options})

    return make


@pytest.fixture
def correlated(normal) -> Callable[..., tuple[Tensor, Tensor]]:
    """Zero-mean samples [K, B, I] whose second moment over the batch is exactly a given covariance [K, I, I]; both are returned.

    Correlations of all sizes, variances from 0.2 to 2, condition numbers below 40.
    """

    def make(seed: int, chips: int, samples: int, lines: int) -> tuple[Tensor, Tensor]:
        raw = normal(seed, chips, samples, lines)
        white, _ = torch.linalg.qr(raw - raw.mean(1, keepdim=True))
        turn, _ = torch.linalg.qr(normal(seed + 1, chips, lines, lines))
        root = torch.diag_embed(torch.linspace(0.2, 1.2, lines, dtype=torch.float64).expand(chips, lines)) @ turn.mT
        x_KBI = samples**0.5 * white @ root
        return x_KBI, root.mT @ root

    return make

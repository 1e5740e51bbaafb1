"""natural: how far a rule's update points along the exact natural gradient, and what decorrelated inputs and deltas each would give."""

import copy

import torch
from torch import Tensor

from analogdecor import natural
from analogdecor.draws import Draws
from analogdecor.linear import CrossbarLinear, crossbar_layers
from analogdecor.rule import Batch
from analogdecor.training import for_chips
from crossbar.exact import Exact
from experiments.probes import Situation

DAMPING = 1e-3
LARGEST = 20_000
"""Effective weights beyond which an exact Fisher matrix is refused: it would take 3 GB."""

_SHARE = "cosine with the exact natural gradient in the Fisher metric"
CATALOGUE = {
    "natural_alignment": ("1", f"{_SHARE}: the rule's update, in the effective weights"),
    "natural_alignment_euclidean": (
        "1",
        "cosine of the rule's update with the exact natural gradient, Euclidean, in the effective weights",
    ),
    "natural_of_gradient": ("1", f"{_SHARE}: the plain gradient of the effective weights"),
    "natural_of_inputs": ("1", f"{_SHARE}: the gradient with the correlation of inputs taken off layer by layer"),
    "natural_of_deltas": ("1", f"{_SHARE}: the gradient with the correlation of deltas taken off layer by layer"),
    "natural_of_both": ("1", f"{_SHARE}: the gradient with both correlations taken off layer by layer (K-FAC)"),
    "delta_correlation": ("1", "correlation of deltas: off-diagonal over diagonal norm of <delta delta^T>, mean over layers"),
}


def measure(situation: Situation) -> dict[str, Tensor]:
    """Everything of every chip, on the probe's samples, from exact copies of its arrays in evaluation mode; F damped by 1e-3 of its mean.

    Raises:
        ValueError: the network is too large for an exact Fisher matrix.
    """
    chips, size = len(situation.seeds), len(situation.samples)
    x_N, label_N = (for_chips(part.cpu(), chips) for part in (situation.samples.inputs, situation.samples.labels))
    situation.network.eval()
    layers = crossbar_layers(situation.network)
    effective = sum(layer.weight.shape[0] * (layer.weight.shape[1] + 1) for layer in layers.values())
    if effective > LARGEST:
        raise ValueError(f"the probe 'natural' is for small networks: {effective} effective weights, and {LARGEST} are accepted")
    found: dict[str, list[Tensor]] = {name: [] for name in CATALOGUE}
    for chip in range(chips):
        own = slice(chip * size, (chip + 1) * size)
        alone = _alone(situation, chip)
        for name, value in _of_one(situation, alone, x_N[own], label_N[own], chip).items():
            found[name].append(value)
    device = situation.samples.inputs.device
    return {name: torch.stack(values).to(device) for name, values in found.items()}


def _of_one(situation: Situation, network: torch.nn.Module, x_N: Tensor, label_N: Tensor, chip: int) -> dict[str, Tensor]:
    batch, draws = Batch(x_N, label_N, situation.loss, 1), Draws([situation.seeds[chip]], "probe", "natural")
    state = {name: Exact(array.weights()[chip : chip + 1].cpu()) for name, array in situation.state.items()}
    rule = situation.rule
    if torch.as_tensor(getattr(rule, "sigma", 0.0)).ndim:
        rule = copy.copy(rule)
        object.__setattr__(rule, "sigma", float(torch.as_tensor(situation.rule.sigma)[chip]))  # type: ignore[attr-defined]
    updates = [update._replace(lr=1.0) for update in rule.propose(state, network, batch, draws).updates]
    curved = natural.curvature(network, x_N, label_N)
    fisher = curved.fisher_PP + DAMPING * curved.fisher_PP.diagonal().mean() * torch.eye(len(curved.fisher_PP), dtype=torch.float64)
    steepest = natural.natural(curved, DAMPING)
    own = -natural.effective(updates, list(crossbar_layers(network).values()))
    factors = {"inputs": (True, False), "deltas": (False, True), "both": (True, True)}
    reached = {f"natural_of_{name}": natural.factored(curved, DAMPING, inputs=x, deltas=d) for name, (x, d) in factors.items()}
    reached |= {"natural_of_gradient": curved.gradient_P, "natural_alignment": own}
    off = [torch.linalg.matrix_norm(s - torch.diag(s.diagonal())) / s.diagonal().norm() for s in curved.deltas]
    return {
        **{name: natural.cosine(direction, steepest, fisher) for name, direction in reached.items()},
        "natural_alignment_euclidean": natural.cosine(own, steepest),
        "delta_correlation": torch.stack(off).mean(),
    }


def _alone(situation: Situation, chip: int) -> torch.nn.Module:
    """One chip of the fleet on exact float64 arrays."""
    layers = crossbar_layers(situation.network)
    memo = {id(layer): _exact(layer, chip) for layer in layers.values()}
    return copy.deepcopy(situation.network, memo).cpu().double()


def _exact(layer: CrossbarLinear, chip: int) -> CrossbarLinear:
    def held(array: object) -> Exact:
        return Exact(array.weights()[chip : chip + 1].cpu())  # type: ignore[attr-defined]

    decorrelator = None
    if layer.decorrelator is not None:
        memo = {id(layer.decorrelator.array): held(layer.decorrelator.array)}
        decorrelator = copy.deepcopy(layer.decorrelator, memo)
        decorrelator.gain_K, decorrelator.mean_KI = decorrelator.gain_K[chip : chip + 1], decorrelator.mean_KI[chip : chip + 1]
        decorrelator.centring = "running" if decorrelator.centring == "batch" else decorrelator.centring
    bias = None if layer.bias is None else held(layer.bias)
    return CrossbarLinear(held(layer.weight), bias=bias, decorrelator=decorrelator).train(layer.training)

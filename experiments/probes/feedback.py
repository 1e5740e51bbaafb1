"""feedback: how far fixed feedback arrays B have come to agree with the weights W they stand for, under feedback alignment."""

from functools import reduce

import torch
from torch import Tensor

from analogdecor.linear import CrossbarLinear, crossbar_layers
from experiments.probes import Situation

CATALOGUE = {
    "feedback_alignment": ("1", "cosine of the feedback B with the weights W, mean over the layers but the first"),
    "feedback_alignment_of": ("1", "cosine of the feedback B with the weights W"),
    "effective_feedback_alignment": (
        "1",
        "cosine of B R with W R, what the signal passes on its way back, mean over the layers but the first",
    ),
}


def measure(situation: Situation) -> dict[str, Tensor]:
    """<B, W> / (|B| |W|) and the same of B R and W R, Frobenius. No signal goes back through the first layer, so that it is left out.

    Raises:
        ValueError: the rule has no feedback arrays of the weights' shape.
    """
    layers = dict(list(crossbar_layers(situation.network).items())[1:])
    fits = [name in situation.state and situation.state[name].shape == layer.weight.shape for name, layer in layers.items()]
    if not layers or not all(fits):
        raise ValueError("the probe 'feedback' is for feedback alignment (fa) in a network of at least two layers")
    pairs = {name: (situation.state[name].weights(), layer.weight.weights()) for name, layer in layers.items()}
    each = {name: _cosine(*pair) for name, pair in pairs.items()}
    behind = [_cosine(_behind(b, layers[name]), _behind(w, layers[name])) for name, (b, w) in pairs.items()]
    return {
        "feedback_alignment": reduce(torch.add, each.values()) / len(each),
        "effective_feedback_alignment": reduce(torch.add, behind) / len(behind),
        **{f"feedback_alignment_of_{name}": value_K for name, value_K in each.items()},
    }


def _behind(w_KOI: Tensor, layer: CrossbarLinear) -> Tensor:
    if layer.decorrelator is None:
        return w_KOI
    held_KII = layer.decorrelator.array.weights()
    return w_KOI @ held_KII if layer.decorrelator.form == "matrix" else torch.linalg.solve(held_KII.mT, w_KOI.mT).mT


def _cosine(b_KOI: Tensor, w_KOI: Tensor) -> Tensor:
    return (b_KOI * w_KOI).sum((1, 2)) / (b_KOI.square().sum((1, 2)) * w_KOI.square().sum((1, 2))).sqrt()

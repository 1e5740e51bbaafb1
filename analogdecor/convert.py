"""Swap the linear layers of an existing torch model for crossbar layers."""

import copy
from collections.abc import Callable

from torch import Tensor, nn

from analogdecor.decorrelator import Decorrelator
from analogdecor.linear import CrossbarLinear
from crossbar.array import Array
from crossbar.exact import Exact

MakeArray = Callable[[str, Tensor], Array]
"""(name of the layer, initial weights w_KOI) -> the array that holds them."""

MakeDecorrelator = Callable[[str, int], Decorrelator]
"""(name of the layer, number of input lines) -> its decorrelator."""


def convert(model: nn.Module, *, chips: int, array: MakeArray, decorrelator: MakeDecorrelator | None = None) -> nn.Module:
    """A copy of the model in which every ``nn.Linear`` is a ``CrossbarLinear`` of K chips with the same weights and a digital bias.

    Everything else is copied as it is; its parameters are frozen, because a rule changes nothing but arrays.

    Args:
        model: any torch module; left as it was.
        chips: K; every chip starts with the model's weights.
        array: makes the array of one layer.
        decorrelator: makes the decorrelator of one layer, or None for none.

    Raises:
        ValueError: the model has no ``nn.Linear``.
    """
    converted = copy.deepcopy(model)
    linears = [name for name, module in converted.named_modules() if isinstance(module, nn.Linear)]
    if not linears:
        raise ValueError(f"nothing to convert: {type(model).__name__} has no nn.Linear")
    for name in linears:
        layer = _crossbar(name, converted.get_submodule(name), chips, array, decorrelator)
        if not name:
            return layer
        parent, _, child = name.rpartition(".")
        setattr(converted.get_submodule(parent), child, layer)
    for parameter in converted.parameters():
        parameter.requires_grad_(False)
    return converted


def _crossbar(name: str, linear: nn.Module, chips: int, array: MakeArray, decorrelator: MakeDecorrelator | None) -> CrossbarLinear:
    assert isinstance(linear, nn.Linear)
    weight = array(name, linear.weight.detach().expand(chips, -1, -1))
    bias = None if linear.bias is None else Exact(linear.bias.detach().expand(chips, -1).unsqueeze(-1), dtype=weight.dtype)
    return CrossbarLinear(weight, bias=bias, decorrelator=decorrelator(name, linear.in_features) if decorrelator else None)

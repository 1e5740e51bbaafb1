"""Swap the linear layers and convolutions of an existing torch model for crossbar layers."""

import copy
from collections.abc import Callable

from torch import Tensor, nn

from analogdecor.conv import CrossbarConv2d
from analogdecor.decorrelator import Decorrelator
from analogdecor.linear import CrossbarLinear
from crossbar.array import Array
from crossbar.exact import Exact

MakeArray = Callable[[str, Tensor], Array]
"""(name of the layer as in ``crossbar_layers``, initial weights w_KOI) -> the array that holds them."""

MakeDecorrelator = Callable[[str, int], Decorrelator]
"""(name of the layer as in ``crossbar_layers``, number of input lines) -> its decorrelator."""


def convert(model: nn.Module, *, chips: int, array: MakeArray, decorrelator: MakeDecorrelator | None = None) -> nn.Module:
    """A copy of the model with every ``nn.Linear`` and ``nn.Conv2d`` on crossbar arrays of K chips: same weights, digital biases.

    Everything else is copied as it is; its parameters are frozen, because a rule changes nothing but arrays. A layer that the model uses in
    several places stays one layer.

    Args:
        model: any torch module; left as it was.
        chips: K; every chip starts with the model's weights.
        array: makes the array of one layer.
        decorrelator: makes the decorrelator of one layer, or None for none.

    Raises:
        ValueError: the model has nothing to convert, a convolution of an unsupported kind, or a layer that would mix chips (batch
            normalisation, K > 1) or draw from torch's global generator (dropout).
    """
    converted = copy.deepcopy(model)
    layers: dict[nn.Module, nn.Module] = {}
    for name, module in list(converted.named_modules(remove_duplicate=False)):
        _refuse(name, module, chips)
        if not isinstance(module, nn.Linear | nn.Conv2d):
            continue
        if module not in layers:
            layers[module] = _crossbar(name, module, chips, array, decorrelator)
        if not name:
            return layers[module]
        converted.set_submodule(name, layers[module])
    if not layers:
        raise ValueError(f"nothing to convert: {type(model).__name__} has no nn.Linear and no nn.Conv2d")
    return converted.requires_grad_(False)


def _refuse(name: str, module: nn.Module, chips: int) -> None:
    if chips > 1 and isinstance(module, nn.modules.batchnorm._BatchNorm):
        raise ValueError(f"{name!r} is a {type(module).__name__}, whose statistics would mix {chips} chips; accepted with one chip only")
    if isinstance(module, nn.modules.dropout._DropoutNd) and module.p > 0:
        raise ValueError(f"{name!r} is a {type(module).__name__}: every pass would be another network; accepted with p = 0 only")


def _crossbar(name: str, module: nn.Linear | nn.Conv2d, chips: int, array: MakeArray, decorrelator: MakeDecorrelator | None) -> nn.Module:
    if isinstance(module, nn.Linear):
        return _linear(name, module.weight, module.bias, chips, array, decorrelator)
    square = not isinstance(module.padding, str) and all(
        len(set(pair)) == 1 for pair in (module.kernel_size, module.stride, module.padding)
    )
    if not square or module.dilation != (1, 1) or module.groups != 1 or module.padding_mode != "zeros":
        raise ValueError(f"{name!r} is {module}; accepted: square kernels, strides and zero padding, no dilation, no groups")
    inner = f"{name}.linear" if name else "linear"
    linear = _linear(inner, module.weight.flatten(1), module.bias, chips, array, decorrelator)
    return CrossbarConv2d(linear, kernel=module.kernel_size[0], stride=module.stride[0], padding=int(module.padding[0]))


def _linear(
    name: str, w_OI: Tensor, bias_O: Tensor | None, chips: int, array: MakeArray, decorrelator: MakeDecorrelator | None
) -> CrossbarLinear:
    weight = array(name, w_OI.detach().expand(chips, -1, -1))
    bias = None if bias_O is None else Exact(bias_O.detach().to(weight.device).expand(chips, -1).unsqueeze(-1), dtype=weight.dtype)
    return CrossbarLinear(weight, bias=bias, decorrelator=decorrelator(name, w_OI.shape[1]) if decorrelator else None)

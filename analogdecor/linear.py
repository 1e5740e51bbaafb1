"""A linear layer whose weights live on a crossbar array."""

from typing import Any

import torch
from torch import Tensor, nn

from analogdecor import passes
from analogdecor.decorrelator import Decorrelated, Decorrelator
from analogdecor.ones import ones
from crossbar.array import Array
from crossbar.reading import NOTHING, After, read


class _Read(torch.autograd.Function):
    """a = W x + b with the gradient carried back by transposed reads of an array, W's own or another."""

    @staticmethod
    def forward(ctx: Any, x_KBI: Tensor, array: Array, after: After, back: Array) -> Tensor:
        ctx.back = back
        return read(array, "forward", x_KBI, after)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        return ctx.back.backward(grads[0]), None, None, None


class CrossbarLinear(nn.Module):
    """a = W x* + b for K chips, with x* = g R (x - mu) where there is a decorrelator, else x* = x.

    Input [K*B, ..., I] and output [K*B, ..., O], chip by chip; middle dimensions count as extra samples. The bias is a digital O x 1 array
    driven by a constant 1, so that everything that learns is an array.

    Args:
        weight: the array W [K, O, I].
        bias: a digital array [K, O, 1], or None.
        decorrelator: in front of W, or None.

    Raises:
        ValueError: the parts' shapes or chips do not fit.
    """

    def __init__(self, weight: Array, *, bias: Array | None = None, decorrelator: Decorrelator | None = None) -> None:
        super().__init__()
        outputs, inputs = weight.shape
        if bias is not None and (bias.shape != (outputs, 1) or bias.chips != weight.chips):
            raise ValueError(f"a bias for {outputs} outputs of {weight.chips} chips cannot be {bias.shape} of {bias.chips}")
        if decorrelator is not None and (decorrelator.array.shape != (inputs, inputs) or decorrelator.array.chips != weight.chips):
            found = decorrelator.array
            raise ValueError(f"a decorrelator for {inputs} inputs of {weight.chips} chips cannot be {found.shape} of {found.chips}")
        self.weight = weight
        self.bias = bias
        self.decorrelator = decorrelator

    @property
    def chips(self) -> int:
        """K."""
        return self.weight.chips

    def forward(self, x_N: Tensor) -> Tensor:
        """[K*B, ..., I] -> [K*B, ..., O].

        Raises:
            ValueError: the input has another number of lines, or samples that cannot be shared out over the chips.
        """
        inputs = self.weight.shape[1]
        if x_N.ndim < 2 or x_N.shape[-1] != inputs or x_N.shape[0] % self.chips:
            raise ValueError(f"input of shape {tuple(x_N.shape)} does not fit {self.chips} chips with {inputs} input lines")
        a_KBO = self._visit(x_N.reshape(self.chips, -1, inputs).to(self.weight.dtype))
        return a_KBO.reshape(*x_N.shape[:-1], self.weight.shape[0])

    def _visit(self, x_KBI: Tensor) -> Tensor:
        this = passes.current()
        z_KBI, xstar_KBI = self._decorrelate(x_KBI.detach() if this.cut else x_KBI)
        xstar_KBI = xstar_KBI.to(self.weight.dtype)  # a decorrelator may be digital in another format
        after = NOTHING if self.bias is None else After(offset_KN=self._offset(self.bias))
        if xstar_KBI.requires_grad:
            a_KBO = _Read.apply(xstar_KBI, self.weight, after, this.feedback.get(self, self.weight))
        else:
            a_KBO = read(self.weight, "forward", xstar_KBI, after)
        if this.perturb is not None:
            a_KBO = this.perturb(len(this.visits), xstar_KBI, a_KBO)
        if torch.is_grad_enabled() and not a_KBO.requires_grad:
            a_KBO.requires_grad_()  # the first layer: its delta is wanted, but not the gradient of its input
        this.visits.append(passes.Visit(self, x_KBI, z_KBI, xstar_KBI, a_KBO))
        return a_KBO

    def _offset(self, bias: Array) -> Tensor:
        return bias.forward(ones(self.chips, 1, bias.dtype, bias.device)).squeeze(1)

    def _decorrelate(self, x_KBI: Tensor) -> Decorrelated:
        return Decorrelated(x_KBI, x_KBI) if self.decorrelator is None else self.decorrelator(x_KBI)


def crossbar_layers(network: nn.Module) -> dict[str, CrossbarLinear]:
    """The crossbar layers of a network by name, in the order of its modules."""
    return {name: module for name, module in network.named_modules() if isinstance(module, CrossbarLinear)}

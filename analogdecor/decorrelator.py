"""The decorrelator in front of a weight array: x* = g R (x - mu)."""

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from analogdecor.settle import settle
from crossbar.array import Array

Form = Literal["matrix", "lateral"]
Centring = Literal["running", "batch", "none"]


class Decorrelated(NamedTuple):
    """What a decorrelator made of its input.

    Attributes:
        z_KBI: the centred input x - mu.
        xstar_KBI: the decorrelated x*.
    """

    z_KBI: Tensor
    xstar_KBI: Tensor


class _Transform(torch.autograd.Function):
    """x* = R z with the gradient carried back by transposed reads of the same array."""

    @staticmethod
    def forward(ctx: Any, z_KBI: Tensor, decorrelator: "Decorrelator") -> Tensor:
        ctx.decorrelator = decorrelator
        return decorrelator.transform(z_KBI)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return ctx.decorrelator.transform_back(grads[0]), None


class Decorrelator(nn.Module):
    """x* = g R (x - mu): R on an array, the gain g and the mean mu digital.

    Matrix form: the array holds R. Lateral form: the array holds M with R = M^-1, reached by settling (Foldiak).
    At the start R = I, g = 1, mu = 0. The loss never trains R: a decorrelation rule does.

    Args:
        array: a square array [K, I, I].
        form: what the array holds, R ("matrix") or M ("lateral").
        centring: mu is a running mean, in training too ("running": a digital register), the batch's mean in training and the running
            mean in evaluation ("batch", as in the paper), or 0 ("none").
        momentum: of the running mean, mu <- mu + momentum (mean(x) - mu) [1].
        iterations: reads until the lateral form is taken as settled [1].
        damping: step of the lateral form's relaxation [1].
    """

    gain_K: Tensor
    mean_KI: Tensor

    def __init__(
        self,
        array: Array,
        *,
        form: Form = "matrix",
        centring: Centring = "running",
        momentum: float = 0.1,
        iterations: int = 20,
        damping: float = 0.5,
    ) -> None:
        super().__init__()
        if array.shape[0] != array.shape[1]:
            raise ValueError(f"a decorrelator needs a square array, not {array.shape[0]} x {array.shape[1]}")
        self.array = array
        self.form = form
        self.centring = centring
        self.momentum = momentum
        self.iterations = iterations
        self.damping = damping
        self.register_buffer("gain_K", torch.ones(array.chips, dtype=array.dtype))
        self.register_buffer("mean_KI", torch.zeros(array.chips, array.shape[1], dtype=array.dtype))

    def forward(self, x_KBI: Tensor) -> Decorrelated:
        """Centre and decorrelate [K, B, I]."""
        z_KBI = x_KBI.to(self.array.dtype) - self._centre(x_KBI)
        return Decorrelated(z_KBI, self.gain_K[:, None, None] * _Transform.apply(z_KBI, self))

    def _centre(self, x_KBI: Tensor) -> Tensor:
        if self.centring == "batch" and self.training:
            return x_KBI.to(self.array.dtype).mean(1, keepdim=True)
        return self.mean_KI[:, None, :]

    def transform(self, z_KBI: Tensor) -> Tensor:
        """R z, without gain: one read (matrix) or the settled reads (lateral)."""
        if self.form == "matrix":
            return self.array.forward(z_KBI)
        return settle(self.array.forward, z_KBI, iterations=self.iterations, damping=self.damping)

    def transform_back(self, d_KBI: Tensor) -> Tensor:
        """R^T d, without gain, by transposed reads."""
        if self.form == "matrix":
            return self.array.backward(d_KBI)
        return settle(self.array.backward, d_KBI, iterations=self.iterations, damping=self.damping)

    def set_gain(self, gain_K: Tensor) -> None:
        """Write the digital gain [K]."""
        self.gain_K.copy_(gain_K)

    def track_mean(self, x_KBI: Tensor) -> None:
        """mu <- mu + momentum (mean of the batch - mu); nothing where centring is "none"."""
        if self.centring != "none":
            self.mean_KI += self.momentum * (x_KBI.detach().to(self.array.dtype).mean(1) - self.mean_KI)

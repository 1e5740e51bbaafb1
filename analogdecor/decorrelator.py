"""The decorrelator in front of a weight array: x* = g R (x - mu)."""

from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from analogdecor.settle import settle
from crossbar.array import Array
from crossbar.kept import Kept
from crossbar.moments import mean
from crossbar.reading import NOTHING, After, read

Form = Literal["matrix", "lateral"]
"""What the array holds: R ("matrix") or M with R = M^-1 ("lateral")."""

Centring = Literal["running", "batch", "none"]
"""Where the mean comes from, see ``Decorrelator``."""


class Decorrelated(NamedTuple):
    """What a decorrelator made of its input.

    Attributes:
        z_KBI: the centred input x - mu.
        xstar_KBI: the decorrelated x*.
    """

    z_KBI: Tensor
    xstar_KBI: Tensor


class _Transform(torch.autograd.Function):
    """x* = g R z with the gradient carried back by transposed reads of the same array."""

    @staticmethod
    def forward(ctx: Any, z_KBI: Tensor, decorrelator: "Decorrelator") -> Tensor:
        ctx.decorrelator = decorrelator
        return decorrelator.decorrelate(z_KBI)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return ctx.decorrelator.transform_back(ctx.decorrelator.gained(grads[0])), None


class Decorrelator(nn.Module):
    """x* = g R (x - mu): R on an array, the gain g and the mean mu digital.

    Matrix form: the array holds R. Lateral form: the array holds M with R = M^-1, reached by settling (Foldiak).
    At the start R = I, g = 1, mu = 0. The loss never trains R: a decorrelation rule does.

    Args:
        array: a square array [K, I, I].
        form: what the array holds, R ("matrix") or M ("lateral").
        centring: mu is a running mean, in training too ("running": a digital register), the batch's mean in training and the running
            mean in evaluation ("batch", as in the paper), or 0 ("none"). "batch" couples the samples of a training batch: noise on one
            sample also moves the others, and the gradient through the mean (bp takes it, and so does wp, which scores whole batches) is
            invisible to node perturbation, which scores each sample by its own loss: np, anp and inp then estimate dL_n/da_n alone.
        momentum: of the running mean, mu <- mu + momentum (mean(x) - mu) [1].
        iterations: reads until the lateral form is taken as settled [1].
        damping: step of the lateral form's relaxation [1].

    Raises:
        ValueError: the array is not square, or a choice or number is not accepted.
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
        if form not in get_args(Form) or centring not in get_args(Centring):
            raise ValueError(f"form is one of {get_args(Form)} and centring one of {get_args(Centring)}, not {form!r} and {centring!r}")
        if not 0 < momentum <= 1:
            raise ValueError(f"momentum must be in (0, 1], not {momentum}")
        if iterations < 1 or not damping > 0:
            raise ValueError(f"settling takes at least 1 iteration and a positive damping, not {iterations} and {damping}")
        self.array = array
        self.form = form
        self.centring = centring
        self.momentum = momentum
        self.iterations = iterations
        self.damping = damping
        self._behind: Kept[After] = Kept()
        self.register_buffer("gain_K", torch.ones(array.chips, dtype=array.dtype, device=array.device))
        self.register_buffer("mean_KI", torch.zeros(array.chips, array.shape[1], dtype=array.dtype, device=array.device))

    def forward(self, x_KBI: Tensor) -> Decorrelated:
        """Centre and decorrelate [K, B, I]."""
        z_KBI = x_KBI.to(self.array.dtype) - self._centre(x_KBI)
        return Decorrelated(z_KBI, _Transform.apply(z_KBI, self) if z_KBI.requires_grad else self.decorrelate(z_KBI))

    def _centre(self, x_KBI: Tensor) -> Tensor:
        if self.centring == "batch" and self.training:
            return x_KBI.to(self.array.dtype).mean(1, keepdim=True)
        return self.mean_KI[:, None, :]

    def decorrelate(self, z_KBI: Tensor) -> Tensor:
        """g R z."""
        return self.transform(z_KBI, self._gain())

    def gained(self, d_KBI: Tensor) -> Tensor:
        """g d."""
        return d_KBI if self._gain() is NOTHING else self.gain_K[:, None, None] * d_KBI

    def _gain(self) -> After:
        """What the gain does behind R: nothing as long as it is 1, as where no rule sets it."""
        return self._behind.get(self.gain_K, lambda gain_K: After(gain_K) if bool((gain_K != 1).any()) else NOTHING)

    def transform(self, z_KBI: Tensor, after: After = NOTHING) -> Tensor:
        """R z: one read (matrix) or the settled reads (lateral); and what is done behind it."""
        if self.form == "matrix":
            return read(self.array, "forward", z_KBI, after)
        settled_KBI = settle(self.array.forward, z_KBI, iterations=self.iterations, damping=self.damping)
        return after.of(settled_KBI, z_KBI)

    def transform_back(self, d_KBI: Tensor) -> Tensor:
        """R^T d, without gain, by transposed reads."""
        if self.form == "matrix":
            return self.array.backward(d_KBI)
        return settle(self.array.backward, d_KBI, iterations=self.iterations, damping=self.damping)

    def set_gain(self, gain_K: Tensor, chosen_K: Tensor | None = None) -> None:
        """Write the digital gain [K] of the chosen chips [K], bool, or of all."""
        self.gain_K.copy_(gain_K if chosen_K is None else torch.where(chosen_K, gain_K, self.gain_K))

    def track_mean(self, x_KBI: Tensor, chosen_K: Tensor | None = None) -> None:
        """mu <- mu + momentum (mean of the batch - mu) for the chosen chips [K], bool, or all; nothing where centring is "none"."""
        if self.centring == "none":
            return
        mean_KI = mean(x_KBI.to(self.array.dtype))
        if chosen_K is None:
            self.mean_KI.lerp_(mean_KI, self.momentum)
        else:
            self.mean_KI.copy_(torch.where(chosen_K[:, None], self.mean_KI.lerp(mean_KI, self.momentum), self.mean_KI))

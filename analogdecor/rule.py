"""What a learning rule is: it looks at passes through a network and proposes; it changes nothing.

A rule is a frozen dataclass of hyper-parameters with a learning rate ``lr``. What it must remember between steps (feedback arrays) is made
by ``init`` and handed back to it. Every file in ``analogdecor/rules/`` defines one and names it ``RULE``.

Shapes: K chips, B samples per chip, N = K B samples chip by chip, C outputs of the network.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from analogdecor.draws import Draws
from analogdecor.losses import Loss
from analogdecor.ones import ones
from analogdecor.passes import Trace, Visit
from analogdecor.update import Update
from crossbar.array import Array, Rate

RuleState = Mapping[str, Array]
"""What a rule remembers: named arrays."""


class Batch(NamedTuple):
    """Samples for every chip.

    Attributes:
        x_N: inputs [K*B, ...].
        label_N: labels [K*B].
        loss: outputs and labels to one loss per sample.
        chips: K.
    """

    x_N: Tensor
    label_N: Tensor
    loss: Loss
    chips: int

    def losses(self, trace: Trace) -> Tensor:
        """Loss of every sample [K, B]."""
        return self.loss(trace.output_NC, self.label_N).reshape(self.chips, -1)


class Proposal(NamedTuple):
    """What a rule returns.

    Attributes:
        updates: outer products for arrays; nothing has been written yet.
        trace: the clean pass.
        losses_KB: loss of every sample in the clean pass.
    """

    updates: tuple[Update, ...]
    trace: Trace
    losses_KB: Tensor


class Rule(Protocol):
    """A learning rule."""

    @property
    def lr(self) -> Rate:
        """Learning rate, one number or one per chip [K]."""
        ...

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        """What the rule must remember, drawn from one seed per chip; empty for most."""
        ...

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        """Outer products that lower the batch's mean loss. Writes nothing."""
        ...


def outer_products(trace: Trace, deltas: Sequence[Tensor], lr: Rate) -> tuple[Update, ...]:
    """dW = -lr sum_b delta_b x*_b^T and db = -lr sum_b delta_b for every visited layer.

    Args:
        trace: gives the decorrelated inputs x*.
        deltas: one [K, B, O] per visit, already divided by the number of samples.
        lr: learning rate.
    """
    updates = []
    for visit, delta_KBO in zip(trace.visits, deltas, strict=True):
        updates.append(Update(visit.layer.weight, visit.xstar_KBI.detach(), delta_KBO, lr))
        if visit.layer.bias is not None:
            one_KB1 = ones(*delta_KBO.shape[:2], visit.layer.bias.dtype, delta_KBO.device)
            updates.append(Update(visit.layer.bias, one_KB1, delta_KBO, lr))
    return tuple(updates)


def per_chip(number: Rate, like: Tensor) -> Tensor:
    """One number, or one per chip [K], so that it multiplies what comes chip by chip: [1, 1, 1] or [K, 1, 1], of the kind of ``like``."""
    return torch.as_tensor(number, dtype=torch.float64, device=like.device).to(like.dtype).reshape(-1, 1, 1)


def per_position(value_KB: Tensor, visit: Visit) -> Tensor:
    """One number per sample, repeated for the positions that a layer sees of it: [K, B] -> [K, B positions, 1]."""
    return at_positions(value_KB.unsqueeze(-1), visit)


def at_positions(value_KBI: Tensor, visit: Visit) -> Tensor:
    """One vector per sample, repeated for the positions that a layer sees of it: [K, B, I] -> [K, B positions, I]."""
    positions = visit.x_KBI.shape[1] // value_KBI.shape[1]
    return value_KBI if positions == 1 else value_KBI.repeat_interleave(positions, dim=1)


def squares_per_sample(value_KBO: Tensor, samples: int) -> Tensor:
    """Sum of squares over the positions and outputs of each sample: [K, B positions, O] -> [K, B]."""
    return torch.linalg.vector_norm(value_KBO.reshape(value_KBO.shape[0], samples, -1), dim=-1).square()

"""One pass through a network, and its trace: what was physically there at every crossbar layer it visited."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from crossbar.array import Array

if TYPE_CHECKING:
    from analogdecor.linear import CrossbarLinear


@dataclass(frozen=True)
class Visit:
    """One crossbar layer in one pass. N = K B samples may come with several positions each: B here counts samples x positions.

    Attributes:
        layer: the crossbar layer.
        x_KBI: arriving.
        z_KBI: centred (x where there is no decorrelator).
        xstar_KBI: decorrelated (x where there is no decorrelator).
        a_KBO: leaving, with bias and any perturbation.
    """

    layer: "CrossbarLinear"
    x_KBI: Tensor
    z_KBI: Tensor
    xstar_KBI: Tensor
    a_KBO: Tensor


@dataclass(frozen=True)
class Trace:
    """What one pass returns.

    Attributes:
        visits: one per crossbar layer, in the order of the pass.
        output_NC: the network's output [K*B, C].
    """

    visits: tuple[Visit, ...]
    output_NC: Tensor


Perturb = Callable[[int, Tensor, Tensor], Tensor]
"""(position of the visit in the pass, x*_KBI, a_KBO) -> perturbed a_KBO."""


@dataclass
class Pass:
    """How one pass runs.

    Attributes:
        feedback: arrays that carry the signal back in place of a layer's own weights.
        perturb: changes what leaves each layer.
        cut: the gradient stops where it enters a crossbar layer, so that no transposed read is made.
        visits: filled as the pass goes.
    """

    feedback: Mapping["CrossbarLinear", Array] = field(default_factory=dict)
    perturb: Perturb | None = None
    cut: bool = False
    visits: list[Visit] = field(default_factory=list)


_CURRENT: ContextVar[Pass | None] = ContextVar("current pass", default=None)


def current() -> Pass:
    """The pass that is under way; outside of any, a plain one that nobody looks at."""
    return _CURRENT.get() or Pass()


@contextmanager
def _under(this: Pass) -> Iterator[None]:
    token = _CURRENT.set(this)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def run(
    network: nn.Module,
    x_N: Tensor,
    *,
    gradient: bool = False,
    feedback: Mapping["CrossbarLinear", Array] | None = None,
    perturb: Perturb | None = None,
    cut: bool = False,
) -> Trace:
    """Run the network once.

    Args:
        network: any module with crossbar layers in it.
        x_N: inputs [K*B, ...], chip by chip.
        gradient: keep torch's graph, so that ``deltas`` can be taken.
        feedback: arrays that carry the signal back in place of a layer's own weights (feedback alignment).
        perturb: changes what leaves each layer (node and weight perturbation).
        cut: stop the gradient at the input of every crossbar layer (direct feedback alignment).
    """
    this = Pass(feedback=feedback or {}, perturb=perturb, cut=cut)
    with _under(this), torch.set_grad_enabled(gradient):
        output_NC = network(x_N)
    return Trace(tuple(this.visits), output_NC)


def deltas(trace: Trace, losses_KB: Tensor) -> tuple[Tensor, ...]:
    """delta = d (mean loss) / d a of every visit [K, B, O], through torch between the arrays and transposed reads inside them."""
    share_KB = torch.full_like(losses_KB, 1.0 / losses_KB.shape[1])
    return torch.autograd.grad(losses_KB, [visit.a_KBO for visit in trace.visits], share_KB)

"""Which implementation serves a device: Triton kernels on a GPU, plain torch elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from crossbar.gpu import converters, plain, products, trains


@dataclass(frozen=True)
class Functions:
    """One implementation of everything that draws; see the modules of the same names."""

    normals: Callable[..., Tensor]
    plan: Callable[..., trains.Plan]
    fill: Callable[..., Tensor]
    walk: Callable[..., None]
    addressed: Callable[..., None]
    largest: Callable[..., tuple[Tensor, Tensor]]
    prepare: Callable[..., Tensor]
    finish: Callable[..., tuple[Tensor, Tensor]]
    multiply: Callable[..., Tensor]
    descend: Callable[..., None]


PLAIN = Functions(
    normals=plain.normals,
    plan=trains.plan,
    fill=trains.fill,
    walk=plain.walk,
    addressed=plain.addressed,
    largest=converters.largest,
    prepare=converters.prepare,
    finish=converters.finish,
    multiply=products.multiply,
    descend=products.descend,
)


def functions(device: torch.device) -> Functions:
    """The fastest implementation for a device."""
    return fused() if device.type == "cuda" else PLAIN


@cache
def fused() -> Functions:
    """The Triton kernels; compiled at their first call and kept on disk.

    Raises:
        ValueError: Triton is not installed.
    """
    try:
        from crossbar.gpu.fused import converters as ends
        from crossbar.gpu.fused import products as tiles
        from crossbar.gpu.fused import pulses, streams
        from crossbar.gpu.fused import trains as lines
    except ImportError as error:
        raise ValueError(f"device = 'cuda' needs Triton, which comes with torch for Linux: {error}; use device = 'cpu'") from None
    return Functions(
        normals=streams.normals,
        plan=lines.plan,
        fill=lines.fill,
        walk=pulses.walk,
        addressed=pulses.addressed,
        largest=ends.largest,
        prepare=ends.prepare,
        finish=ends.finish,
        multiply=tiles.multiply,
        descend=tiles.descend,
    )

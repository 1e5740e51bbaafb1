"""Noisy passes beside a clean one: what node perturbation rules share."""

from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor, nn

from analogdecor import passes
from analogdecor.draws import Draws
from analogdecor.passes import Trace
from analogdecor.rule import Batch, per_chip
from crossbar.array import Rate


class NoisyPass(NamedTuple):
    """One noisy pass compared with the clean one.

    Attributes:
        noise: what was added at each visit [K, B, O].
        change: how the pre-activation of each visit changed in all, a_noisy - a_clean [K, B, O].
        dloss_KB: L_noisy - L_clean of every sample.
    """

    noise: tuple[Tensor, ...]
    change: tuple[Tensor, ...]
    dloss_KB: Tensor


def clean_pass(network: nn.Module, batch: Batch) -> tuple[Trace, Tensor]:
    """The pass without injected noise, and its losses [K, B]."""
    trace = passes.run(network, batch.x_N)
    return trace, batch.losses(trace)


def noisy_pass(
    network: nn.Module, batch: Batch, clean: tuple[Trace, Tensor], sigma: Rate, draws: Draws, *, only: int | None = None
) -> NoisyPass:
    """Add sigma N(0, 1) to the pre-activations of all visits, or of one only, and compare with the clean pass.

    Args:
        network: any module with crossbar layers.
        batch: the same samples as in the clean pass.
        clean: what ``clean_pass`` returned.
        sigma: standard deviation of the injected noise, one number or one per chip [1].
        draws: one stream per chip.
        only: position of the one visit that gets noise; None for all.
    """
    noise: list[Tensor] = []

    def perturb(position: int, xstar_KBI: Tensor, a_KBO: Tensor) -> Tensor:
        if only is not None and position != only:
            noise.append(torch.zeros_like(a_KBO))
        else:
            noise.append(per_chip(sigma, a_KBO) * draws.normal(*a_KBO.shape[1:], dtype=a_KBO.dtype).to(a_KBO.device))
        return a_KBO + noise[-1]

    trace = passes.run(network, batch.x_N, perturb=perturb)
    clean_trace, clean_KB = clean
    change = tuple(noisy.a_KBO - quiet.a_KBO for noisy, quiet in zip(trace.visits, clean_trace.visits, strict=True))
    return NoisyPass(tuple(noise), change, batch.losses(trace) - clean_KB)


def average(estimates: list[tuple[Tensor, ...]], samples: int) -> tuple[Tensor, ...]:
    """Mean over noisy passes, divided by the number of samples: the deltas of the batch's mean loss."""
    return tuple(reduce(torch.add, layer) / (len(estimates) * samples) for layer in zip(*estimates, strict=True))

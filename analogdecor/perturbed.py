"""Noisy passes beside a clean one: what node perturbation rules share."""

from functools import reduce
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from analogdecor import passes
from analogdecor.draws import Draws
from analogdecor.passes import Trace
from analogdecor.rule import Batch, per_chip
from crossbar.array import Rate

Noise = Literal["injected", "read"]
"""Where the perturbation comes from: a generator beside the array, or the array's own read noise, which differs from pass to pass."""

Unit = Literal["absolute", "read_noise"]
"""What sigma counts in: pre-activations, or the standard deviation of each layer's own reads."""


class NoisyPass(NamedTuple):
    """One noisy pass, or an antithetic pair of them, compared with the clean one.

    Attributes:
        noise: what was added at each visit [K, B, O].
        sigma: its standard deviation at each visit, one number or one per chip.
        change: how the pre-activation of each visit changed in all, a_noisy - a_clean [K, B, O]; (a_plus - a_minus) / 2 of a pair.
        dloss_KB: L_noisy - L_clean of every sample; (L_plus - L_minus) / 2 of a pair.
    """

    noise: tuple[Tensor, ...]
    sigma: tuple[Rate, ...]
    change: tuple[Tensor, ...]
    dloss_KB: Tensor


def clean_pass(network: nn.Module, batch: Batch) -> tuple[Trace, Tensor]:
    """The pass without injected noise, and its losses [K, B]."""
    trace = passes.run(network, batch.x_N)
    return trace, batch.losses(trace)


def noisy_passes(
    network: nn.Module,
    batch: Batch,
    clean: tuple[Trace, Tensor],
    draws: Draws,
    *,
    sigma: Rate,
    sigma_in: Unit = "absolute",
    count: int = 1,
    antithetic: bool = False,
    noise: Noise = "injected",
) -> list[NoisyPass]:
    """Several noisy passes beside one clean pass.

    Args:
        network: any module with crossbar layers.
        batch: the same samples as in the clean pass.
        clean: what ``clean_pass`` returned.
        draws: one stream per chip.
        sigma: standard deviation of the injected noise, one number or one per chip.
        sigma_in: what sigma counts in; ``read_noise`` costs one more pass, in which the reads' noise is measured.
        count: noisy passes, or antithetic pairs of them.
        antithetic: every pass comes with one whose noise has the opposite sign.
        noise: ``read`` injects nothing: the clean pass is the first noisy one, and sigma has no part in it.

    Raises:
        ValueError: the reads are free of noise where their noise is needed.
    """
    if noise == "read":
        found = [_compared(passes.run(network, batch.x_N), clean, batch) for _ in range(count)]
        if not all(bool(change.any()) for each in found for change in each.change):
            raise ValueError("noise = 'read' learns from the noise of the reads, and some of these reads have none")
        return found
    sigmas = _sigmas(network, batch, clean[0], sigma, sigma_in)
    return [_injected(network, batch, clean, sigmas, draws, antithetic=antithetic) for _ in range(count)]


def _sigmas(network: nn.Module, batch: Batch, trace: Trace, sigma: Rate, sigma_in: Unit) -> tuple[Rate, ...]:
    if sigma_in == "absolute":
        return (sigma,) * len(trace.visits)
    again = passes.run(network, batch.x_N)
    differences = [(two.a_KBO - one.a_KBO) for one, two in zip(trace.visits, again.visits, strict=True)]
    measured = [(change.double().square().mean((1, 2)) / 2).sqrt() for change in differences]
    if not all(bool((noise_K > 0).all()) for noise_K in measured):
        raise ValueError("sigma_in = 'read_noise' measures the noise of the reads, and some of these reads have none")
    return tuple(torch.as_tensor(sigma, dtype=noise_K.dtype, device=noise_K.device) * noise_K for noise_K in measured)


def _compared(trace: Trace, clean: tuple[Trace, Tensor], batch: Batch) -> NoisyPass:
    change = tuple(noisy.a_KBO - quiet.a_KBO for noisy, quiet in zip(trace.visits, clean[0].visits, strict=True))
    return NoisyPass(change, (1.0,) * len(change), change, batch.losses(trace) - clean[1])


def _injected(
    network: nn.Module, batch: Batch, clean: tuple[Trace, Tensor], sigmas: tuple[Rate, ...], draws: Draws, *, antithetic: bool
) -> NoisyPass:
    noise = tuple(
        draws.normal(*visit.a_KBO.shape[1:], dtype=visit.a_KBO.dtype, device=visit.a_KBO.device).mul_(per_chip(sigma, visit.a_KBO))
        for sigma, visit in zip(sigmas, clean[0].visits, strict=True)
    )
    plus = passes.run(network, batch.x_N, perturb=lambda position, xstar_KBI, a_KBO: a_KBO + noise[position])
    if not antithetic:
        return _compared(plus, clean, batch)._replace(noise=noise, sigma=sigmas)
    minus = passes.run(network, batch.x_N, perturb=lambda position, xstar_KBI, a_KBO: a_KBO - noise[position])
    change = tuple((up.a_KBO - down.a_KBO) / 2 for up, down in zip(plus.visits, minus.visits, strict=True))
    return NoisyPass(noise, sigmas, change, (batch.losses(plus) - batch.losses(minus)) / 2)


def noisy_layer(network: nn.Module, batch: Batch, clean: tuple[Trace, Tensor], sigma: Rate, draws: Draws, only: int) -> NoisyPass:
    """Add sigma N(0, 1) to the pre-activations of one visit only, at the position ``only``, and compare with the clean pass."""
    noise = [torch.zeros_like(visit.a_KBO) for visit in clean[0].visits]
    a_KBO = noise[only]
    noise[only] = draws.normal(*a_KBO.shape[1:], dtype=a_KBO.dtype, device=a_KBO.device).mul_(per_chip(sigma, a_KBO))
    trace = passes.run(network, batch.x_N, perturb=lambda position, xstar_KBI, a_KBO: a_KBO + noise[position])
    return _compared(trace, clean, batch)._replace(noise=tuple(noise), sigma=(sigma,) * len(noise))


def share_of(count: int, losses_KB: Tensor) -> float:
    """What one of ``count`` noisy passes and one of the samples adds to the deltas of the batch's mean loss."""
    return 1.0 / (count * losses_KB.shape[1])


def added(estimates: list[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Layer by layer, the sum over noisy passes."""
    return tuple(reduce(torch.add, layer) for layer in zip(*estimates, strict=True))

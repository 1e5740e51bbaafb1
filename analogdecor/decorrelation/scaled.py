"""scaled: the rule of "Correlations Are Ruining Your Gradient Descent": whiten, and keep the norm by one scalar gain."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from analogdecor.decorrelating import DecorrelationProposal, correlation_times, first, rows_times
from analogdecor.decorrelator import Decorrelator, Form
from analogdecor.passes import Visit
from analogdecor.ranges import check
from crossbar.array import Rate


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """gR <- q (I - lr C) gR, q = <||z|| / (||x*|| + 1e-8)>, C = <x* x*^T> with its diagonal.

    The gain g takes the factor q and stays digital; R takes R <- R - lr C R by one outer product x* (R^T x*)^T per sample, so that nothing
    rescales the array. z is the centred input, x* includes the gain.
    Fixed point: cov(x*) = s I: whitening at kept norm. q keeps the mean ratio of norms, not the trace:
    sqrt(s) = (1 - lr s) <||z|| / ||cov(z)^(-1/2) z||>, so that s is near, and not equal to, tr(cov z) over the number of lines.
    There R and g go on moving against each other, R by 1 - lr s and g by its inverse at every step: in float32 they leave its range after
    about 88 / (lr s) steps, and a bounded array's diagonal ends at its lower bound. ``stationary`` splits the same product otherwise, which
    is exact for any c with lr c < 1: R <- R - lr / (1 - lr c) (C - c 1) R, g <- q (1 - lr c) g. With c the mean diagonal of C both rest.
    A line that never carries a signal has no restoring term; with the gain apart from R its cells stay where they are.
    Source: Ahmad, arXiv 2407.10780, section 3 and algorithm 1.
    Cost on a crossbar: one transposed read of R per sample used; with ``stationary`` also I one-hot transposed reads.

    Attributes:
        lr: eta_R.
        share: part of the batch that C and q are estimated on, (0, 1].
        every: R is updated at every n-th step.
        stationary: whether the common shrinking of R goes into the gain, so that R comes to rest.
    """

    form: ClassVar[Form] = "matrix"
    lr: Rate = 1e-3
    share: float = 1.0
    every: int = 1
    stationary: bool = False

    def __post_init__(self) -> None:
        check(self)

    def propose(self, decorrelator: Decorrelator, visit: Visit) -> DecorrelationProposal:
        z_KBI, xstar_KBI = first(self.share, visit.z_KBI, visit.xstar_KBI)
        ratio_K = (z_KBI.norm(dim=2) / (xstar_KBI.norm(dim=2) + 1e-8)).mean(1)
        gain_K, array = decorrelator.gain_K * ratio_K, decorrelator.array
        if not self.stationary:
            return DecorrelationProposal((correlation_times(array, xstar_KBI, self.lr),), gain_K)
        lr = torch.as_tensor(self.lr, dtype=xstar_KBI.dtype, device=xstar_KBI.device)
        common_K = torch.minimum(xstar_KBI.square().mean((1, 2)), 0.5 / lr)  # any number with lr c < 1 gives the same g R
        rest = 1.0 - lr * common_K
        rate = lr / rest
        rows = rows_times(array, -common_K[:, None].expand(-1, array.shape[0]), rate)
        return DecorrelationProposal((correlation_times(array, xstar_KBI, rate), *rows), gain_K * rest)


RULE = Scaled

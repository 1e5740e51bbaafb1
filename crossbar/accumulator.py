"""A digital memory of the change that is wanted and not yet written: of full size, or of low rank.

Shapes: K chips, B batch, I input lines, O output lines, R rank.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor

from crossbar import products
from crossbar.array import Array, Rate, State
from crossbar.kernels import whole_steps
from crossbar.kernels.outer import Change
from crossbar.rates import Rates, rate_per_chip
from crossbar.rows import Outer, Weighted

WINDOW = 2.0
"""Width of the cells' window in weights: no change beyond it can be written."""


class Taking(NamedTuple):
    """How whole steps are taken out of a wanted change.

    Attributes:
        up_K: size of a step up, in weights.
        down_K: size of a step down, positive.
        chosen_K: chips that are written, bool.
    """

    up_K: Tensor
    down_K: Tensor
    chosen_K: Tensor


class WholeSteps(ABC):
    """An array of pulsed cells that takes whole steps out of a wanted change and writes them without a number of pulses for every cell."""

    @abstractmethod
    def write_whole_steps(self, wanted_KOI: Tensor, taking: Taking, change: Change) -> None:
        """H <- H + change, n = trunc(H / step) with H cut to +-WINDOW, on the chosen chips; ``pulse(n)``; H <- H - n step, in place.

        Raises:
            ValueError: what is wanted cannot be changed in place, or is not a number.
        """


class FullMemory:
    """H <- H - lr sum_b d_b x_b^T, one number per cell, saturating at the width of the cells' window.

    Args:
        array: that is written; gives chips, shape, dtype and device.
    """

    def __init__(self, array: Array) -> None:
        self._wanted_KOI = torch.zeros(array.chips, *array.shape, dtype=array.dtype, device=array.device)
        self._rates = Rates(array.chips, array.dtype, array.device)

    def add(self, lr: Rate, outer: Outer | None, rows: Weighted | None = None) -> None:
        """H <- H - lr (sum_b d_b x_b^T + diag(factor) rows)."""
        products.descend(self._wanted_KOI, self._rates(lr), outer, rows)

    def wanted(self) -> Tensor:
        """H [K, O, I], within the window; not a copy."""
        return self._wanted_KOI.clamp_(-WINDOW, WINDOW)

    def write(self, array: Array, taking: Taking, lr: Rate, outer: Outer | None, rows: Weighted | None = None) -> None:
        """``add``, and whole steps of the chosen chips, taken out of H and pulsed on ``array``."""
        if isinstance(array, WholeSteps):
            array.write_whole_steps(self._wanted_KOI, taking, products.change(self._wanted_KOI, self._rates(lr), outer, rows))
        else:
            self.add(lr, outer, rows)
            array.pulse(self.whole_steps(taking.up_K, taking.down_K, taking.chosen_K[:, None, None]))

    def whole_steps(self, up_K: Tensor, down_K: Tensor, chosen_K11: Tensor) -> Tensor:
        """n = trunc(H / step), taken out of H, on the chosen chips [K, 1, 1], bool; elsewhere 0."""
        if not bool(chosen_K11.all()):
            before_KOI = self._wanted_KOI.clone()
            n_KOI = torch.where(chosen_K11, self._taken(up_K, down_K), 0.0)
            self._wanted_KOI = torch.where(chosen_K11, self._wanted_KOI, before_KOI)
            return n_KOI
        return self._taken(up_K, down_K)

    def _taken(self, up_K: Tensor, down_K: Tensor) -> Tensor:
        if self._wanted_KOI.device.type == "cpu":
            return torch.from_numpy(whole_steps.take(self._wanted_KOI.numpy(), up_K.numpy(), down_K.numpy(), WINDOW))
        wanted_KOI = self.wanted()
        step_KOI = torch.where(wanted_KOI > 0, up_K[:, None, None], down_K[:, None, None])
        n_KOI = torch.trunc(wanted_KOI / step_KOI)
        wanted_KOI -= n_KOI * step_KOI
        return n_KOI

    def keep(self, wanted_KOI: Tensor) -> None:
        """What is left after a write."""
        self._wanted_KOI = wanted_KOI

    def clear(self, chosen_K11: Tensor) -> None:
        """Forget everything on the chosen chips [K, 1, 1], bool."""
        self._wanted_KOI = torch.where(chosen_K11, 0.0, self._wanted_KOI)

    def operations(self, samples: int) -> int:
        """Digital multiply-accumulates of ``add``, for one chip."""
        return samples * self._wanted_KOI.shape[1] * self._wanted_KOI.shape[2]

    def state(self) -> State:
        """What is remembered."""
        return {"wanted_KOI": self._wanted_KOI}

    def load_state(self, state: State) -> None:
        """Restore what ``state`` returned."""
        self._wanted_KOI = state["wanted_KOI"].to(self._wanted_KOI.device, copy=True)


class LowRankMemory:
    """H ~ L R^T with R columns, R (O + I) numbers instead of O I: every batch is added exactly and the sum is cut back to its R largest
    singular values (the biased form of low-rank training, Gural, Nadeau, Tikekar and Murmann, arXiv 2009.03887).

    Nothing is left after a write: the remainder below one step is not of low rank.

    Args:
        array: that is written; gives chips, shape, dtype and device.
        rank: R.
    """

    def __init__(self, array: Array, rank: int) -> None:
        self._rank = min(rank, *array.shape)
        self._left_KOR, self._right_KIR = (
            torch.zeros(array.chips, lines, self._rank, dtype=array.dtype, device=array.device) for lines in array.shape
        )

    def add(self, lr: Rate, outer: Outer | None, rows: Weighted | None = None) -> None:
        """One batch, rows as samples of it; chip by chip, so that a chip's bits do not depend on its fleet."""
        batches = [] if outer is None else [outer]
        batches += [] if rows is None else [Outer(rows.rows_KOI, torch.diag_embed(rows.factor_KO))]
        x_KBI, d_KBO = (torch.cat(both, 1) for both in zip(*batches, strict=True))
        dtype = self._left_KOR.dtype
        lr_K = rate_per_chip(lr, len(self._left_KOR), dtype, self._left_KOR.device)
        grown_left = torch.cat([self._left_KOR, -(lr_K[:, None, None] * d_KBO.to(dtype)).mT], 2)
        grown_right = torch.cat([self._right_KIR, x_KBI.to(dtype).mT.expand(len(grown_left), -1, -1)], 2)
        cut = [_cut(left, right, self._rank) for left, right in zip(grown_left, grown_right, strict=True)]
        self._left_KOR, self._right_KIR = (torch.stack(factors) for factors in zip(*cut, strict=True))

    def wanted(self) -> Tensor:
        """H [K, O, I], built for one write and not kept."""
        return products.product(self._left_KOR, self._right_KIR.mT).clamp(-WINDOW, WINDOW)

    def clear(self, chosen_K11: Tensor) -> None:
        """Forget everything on the chosen chips [K, 1, 1], bool."""
        self._left_KOR, self._right_KIR = (torch.where(chosen_K11, 0.0, factor) for factor in (self._left_KOR, self._right_KIR))

    def operations(self, samples: int) -> int:
        """Digital multiply-accumulates of ``add``, for one chip, of leading order: two orthogonalisations of R + B columns."""
        lines = self._left_KOR.shape[1] + self._right_KIR.shape[1]
        return 2 * lines * (self._rank + samples) ** 2

    def state(self) -> State:
        """What is remembered."""
        return {"left_KOR": self._left_KOR, "right_KIR": self._right_KIR}

    def load_state(self, state: State) -> None:
        """Restore what ``state`` returned."""
        device = self._left_KOR.device
        self._left_KOR, self._right_KIR = (state[name].to(device, copy=True) for name in ("left_KOR", "right_KIR"))


Memory = FullMemory | LowRankMemory


def _cut(left_ON: Tensor, right_IN: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The best approximation of left right^T of the given rank, as two factors; zeros where what comes is not finite."""
    if not bool(torch.isfinite(left_ON).all() & torch.isfinite(right_IN).all()):
        return torch.full_like(left_ON[:, :rank], torch.nan), torch.full_like(right_IN[:, :rank], torch.nan)
    (q_left, r_left), (q_right, r_right) = torch.linalg.qr(left_ON), torch.linalg.qr(right_IN)
    u, s, vh = torch.linalg.svd(r_left @ r_right.mT, full_matrices=False)
    found = min(rank, len(s))
    root = s[:found].sqrt()
    pad = (0, rank - found)
    return torch.nn.functional.pad(q_left @ u[:, :found] * root, pad), torch.nn.functional.pad(q_right @ vh[:found].mT * root, pad)

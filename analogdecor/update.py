"""What a rule proposes and the loop applies."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from crossbar.array import Array, Rate
from crossbar.rows import Outer, Weighted, add_rows


class Update(NamedTuple):
    """W <- W - lr sum_b d_b x_b^T, on one array.

    Attributes:
        array: the array to be written.
        x_KBI: what drives the input lines [K, B, I].
        d_KBO: what drives the output lines [K, B, O]; it or x is already divided by the number of samples.
        lr: learning rate, one number or one per chip [K].
    """

    array: Array
    x_KBI: Tensor
    d_KBO: Tensor
    lr: Rate

    def write(self) -> None:
        """Write it."""
        self.array.update(self.x_KBI, self.d_KBO, self.lr)

    def parts(self) -> tuple[Tensor, ...]:
        """What is finite where this is, chip by chip."""
        return self.x_KBI, self.d_KBO

    def only(self, chosen_K: Tensor) -> "Update":
        """The same with nothing for the chips that are not chosen [K], bool."""
        chosen_K11 = chosen_K[:, None, None]
        return self._replace(x_KBI=torch.where(chosen_K11, self.x_KBI, 0.0), d_KBO=torch.where(chosen_K11, self.d_KBO, 0.0))


class Rows(NamedTuple):
    """W <- W - lr diag(factor) W: the update with one-hot d, without multiplying by ones and zeros where the array can (``crossbar.rows``).

    Attributes:
        array: the array to be written.
        rows_KOI: its rows as they were read [K, O, I].
        factor_KO: one number per row [K, O].
        lr: learning rate, one number or one per chip [K].
    """

    array: Array
    rows_KOI: Tensor
    factor_KO: Tensor
    lr: Rate

    def write(self, beside: Outer | None = None) -> None:
        """Write it, together with outer products."""
        add_rows(self.array, Weighted(self.rows_KOI, self.factor_KO), self.lr, beside)

    def parts(self) -> tuple[Tensor, ...]:
        """As of an update; factors come from what was read through these rows, which need not be looked at themselves."""
        return (self.factor_KO,)

    def only(self, chosen_K: Tensor) -> "Rows":
        """The same with nothing for the chips that are not chosen [K], bool."""
        return self._replace(
            rows_KOI=torch.where(chosen_K[:, None, None], self.rows_KOI, 0.0), factor_KO=torch.where(chosen_K[:, None], self.factor_KO, 0.0)
        )


def apply(updates: Iterable[Update | Rows]) -> None:
    """Write all proposals. They were all made before the first write: a lazy proposal would see an array that had already changed.

    Rows that follow an outer product for the same array at the same rate are one write with it.
    """
    waiting: Update | None = None
    for update in tuple(updates):
        if waiting is not None and isinstance(update, Rows) and update.array is waiting.array and update.lr is waiting.lr:
            update.write(Outer(waiting.x_KBI, waiting.d_KBO))
            waiting = None
            continue
        if waiting is not None:
            waiting.write()
        waiting = update if isinstance(update, Update) else None
        if isinstance(update, Rows):
            update.write()
    if waiting is not None:
        waiting.write()

"""accumulate: a batch's net change is summed digitally, and only whole steps are written, by addressed pulses."""

from typing import Annotated, Literal, get_args

import torch
from pydantic import Field
from torch import Tensor

from crossbar.accumulator import FullMemory, LowRankMemory, Memory, Taking
from crossbar.array import Array, Rate, State
from crossbar.kept import Kept
from crossbar.rates import rate_per_chip
from crossbar.rows import Outer, Rowwise, Weighted
from crossbar.surroundings import Surroundings
from crossbar.wrapper import Wrapper

Rounding = Literal["truncate", "stochastic"]
"""How a wanted change becomes whole steps: towards 0, with the rest kept; or up or down at random, with nothing kept."""


class Accumulate(Wrapper, Rowwise):
    """H <- H - lr sum_b d_b x_b^T;  every n-th update: n = whole steps in H;  pulse(n);  H <- H - n step.

    The step is the published mean cell's at weight 0, one for each direction: open loop, nothing is read back. What is left below one
    step stays in H, so that small changes add up and opposite changes cancel before a cell is touched. H saturates at the width of the
    cells' window, 2: no change beyond it can be written, however large the rate.

    Stochastic rounding writes floor(|H| / step + u), u from U[0, 1): right on average, so that H is forgotten after every write and needs
    to be held for ``every`` updates only. A low-rank H cannot keep what is left either, so that it is rounded at random too.

    Digital memory: one number per cell (H), or rank x (O + I). Extra reads: none.

    Args:
        inner: the array that is pulsed.
        around: seeds of the random rounding.
        rounding: how wanted changes become whole steps.
        rank: of the digital memory; 0 is one number per cell.
        every: updates from one write to the next.

    Raises:
        ValueError: the array has no smallest step (an ideal cell), so whole steps mean nothing; or an option is out of its range.
    """

    def __init__(
        self, inner: Array, around: Surroundings | None = None, *, rounding: Rounding = "truncate", rank: int = 0, every: int = 1
    ) -> None:
        super().__init__(inner)
        up_K, down_K = inner.steps()
        if not bool((up_K > 0).all() and (down_K > 0).all()):
            raise ValueError("accumulate writes whole steps, and this cell has none; use the write scheme 'direct'")
        if rounding not in get_args(Rounding):
            raise ValueError(f"rounding must be one of {', '.join(get_args(Rounding))}, not {rounding!r}")
        if rank < 0 or every < 1:
            raise ValueError(f"rank must be at least 0 and every at least 1, not {rank} and {every}")
        if rank and rounding == "truncate":
            raise ValueError("a memory of low rank cannot keep what truncation leaves; give rounding = 'stochastic' with rank")
        if rounding == "stochastic" and around is None:
            raise ValueError("stochastic rounding needs the chips' seeds")
        self._around, self._every, self._updates = around, every, 0
        self._stochastic = rounding == "stochastic"
        self._up_K, self._down_K = up_K, down_K
        self._kept: Kept[Taking] = Kept()
        self._memory: Memory = LowRankMemory(inner, rank) if rank else FullMemory(inner)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self._add(lr, Outer(x_KBI, d_KBO))

    def add_rows(self, rows: Weighted, lr: Rate, beside: Outer | None = None) -> None:
        """H <- H - lr (diag(factor) rows + beside), and whole steps as after any update."""
        self._add(lr, beside, rows)

    def _add(self, lr: Rate, outer: Outer | None, rows: Weighted | None = None) -> None:
        samples = (0 if outer is None else outer.x_KBI.shape[1]) + (0 if rows is None else self.shape[0])
        self.spend(digital_ops=self._memory.operations(samples))
        self._updates += 1
        if self._updates % self._every:
            self._memory.add(lr, outer, rows)
            return
        self.spend(digital_ops=self.shape[0] * self.shape[1])  # one for each n
        taking = self._kept.get(lr, self._taking)
        if isinstance(self._memory, FullMemory) and not self._stochastic:
            self._memory.write(self.inner, taking, lr, outer, rows)
            return
        self._memory.add(lr, outer, rows)
        learning_K11 = taking.chosen_K[:, None, None]
        n_KOI = torch.where(learning_K11, self._stochastically(), 0.0)  # a rate of 0 writes nothing, now
        self._memory.clear(learning_K11)
        self.inner.pulse(n_KOI)  # even where all are 0: whether the cells count a write must not hang on the other chips

    def _taking(self, lr: Rate) -> Taking:
        return Taking(self._up_K, self._down_K, rate_per_chip(lr, self.chips, self.dtype, self.device) > 0)

    def _stochastically(self) -> Tensor:
        assert self._around is not None
        wanted_KOI = self._memory.wanted()
        steps_KOI = wanted_KOI / torch.where(wanted_KOI > 0, self._up_K[:, None, None], self._down_K[:, None, None])
        u_KOI = self._around.uniform(self.shape, self.dtype, "stochastic rounding", self._updates).to(self.device)
        return steps_KOI.sign() * torch.floor(steps_KOI.abs() + u_KOI)

    def program(self, w_KOI: Tensor) -> None:
        self._memory.clear(torch.ones(self.chips, 1, 1, dtype=torch.bool, device=self.device))
        self.inner.program(w_KOI)

    def weights(self) -> Tensor:
        return self.inner.weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self.inner.steps()

    def own_state(self) -> State:
        return {**self._memory.state(), "updates": torch.tensor(self._updates)}

    def load_own_state(self, state: State) -> None:
        self._updates = int(state["updates"])
        self._memory.load_state(state)


def scheme(
    array: Array,
    around: Surroundings,
    *,
    rounding: Rounding = "truncate",
    rank: Annotated[int, Field(ge=0)] = 0,
    every: Annotated[int, Field(ge=1)] = 1,
) -> Array:
    """The array behind a digital accumulator."""
    return Accumulate(array, around, rounding=rounding, rank=rank, every=every)

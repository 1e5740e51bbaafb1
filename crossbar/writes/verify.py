"""verify: whole steps are written, read back, compared and corrected, a bounded number of times; and amplitude ramps, read before write."""

from functools import cache
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from crossbar.accumulator import FullMemory
from crossbar.array import Array, Rate, State
from crossbar.cell_reads import read_cells
from crossbar.rates import rate_per_chip
from crossbar.rows import Outer
from crossbar.surroundings import Surroundings
from crossbar.wrapper import Wrapper
from device_models.cell import Cell
from device_models.ramp import Ramp, ramp


class Verify(Wrapper):
    """H <- H - lr sum_b d_b x_b^T;  every n-th update, for the cells where H holds at least one step:

        read w;  n = whole steps of H;  H <- H - n step;  target = w + n step;  pulse(n)
        ``rounds`` times: read w;  n = round((target - w) / step) where |target - w| > tolerance step and > ``sure`` sigma;  pulse(n)

    The step is the published mean cell's at weight 0. Only cells whose H held a step are corrected. H keeps what is below a step and
    nothing of what was read: the noise of the reads would add up in it, write after write.

    ``ramp`` writes by an amplitude ramp indexed by the state that was read: pulses are counted along the mean cell's programming curve
    (``device_models.ramp``), from w to w + H, instead of in steps at 0. Linear programming curves that were measured with ramps (Jerry et
    al., IEDM 2017) hold for such writes only, which read before every write; with ``rounds = 0`` this is all they do.

    Read noise sets the limit: where a read is wrong by more than the tolerance, a write would be "corrected" by it. ``reads`` averages, and
    misses within ``sure`` standard deviations of a difference of two reads are left alone; the deviation is measured once, by
    reading all cells twice before the first write.

    Digital memory: one number per cell (H). Extra reads: all columns one-hot, ``reads`` vectors each, ``rounds`` + 1 times per write,
    counted among the forward reads, and once twice more; the cells among them that were compared are the verify reads.

    Args:
        inner: the array that is pulsed.
        around: the published cells.
        rounds: corrections at most.
        every: updates from one write to the next.
        reads: reads averaged.
        tolerance: what is not corrected [steps].
        sure: what is not corrected [standard deviations of a difference of two averaged reads].
        ramp: see above.

    Raises:
        ValueError: the array has no smallest step, an option is out of its range, or ``ramp`` with a cell that has no programming curve.
    """

    def __init__(
        self,
        inner: Array,
        around: Surroundings,
        *,
        rounds: int = 2,
        every: int = 1,
        reads: int = 1,
        tolerance: float = 0.5,
        sure: float = 3.0,
        ramp: bool = False,
    ) -> None:
        super().__init__(inner)
        up_K, down_K = inner.steps()
        if not bool((up_K > 0).all() and (down_K > 0).all()):
            raise ValueError("verify writes whole steps, and this cell has none; use the write scheme 'direct'")
        if rounds < 0 or every < 1 or reads < 1 or not tolerance >= 0.5 or not sure >= 0:
            raise ValueError(
                "rounds and sure are at least 0, every and reads at least 1 and tolerance at least 0.5 steps, which whole steps can "
                f"reach: not {rounds}, {sure}, {every}, {reads} and {tolerance}"
            )
        self._rounds, self._every, self._reads, self._tolerance, self._sure = rounds, every, reads, tolerance, sure
        self._noise_K11 = torch.full((inner.chips, 1, 1), -1.0, dtype=inner.dtype, device=inner.device)  # not measured
        self._up_K, self._down_K = up_K, down_K
        self._ramps = _ramps(around.cells) if ramp else None
        self._memory = FullMemory(inner)
        self._updates = 0

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self._memory.add(lr, Outer(x_KBI, d_KBO))
        self.spend(digital_ops=self._memory.operations(x_KBI.shape[1]))
        self._updates += 1
        if self._updates % self._every == 0:
            self._write((rate_per_chip(lr, self.chips, self.dtype, self.device) > 0)[:, None, None])

    def _write(self, learning_K11: Tensor) -> None:
        """The same reads and pulses whatever is wanted: the streams of a chip must not hang on the other chips.

        What nobody compares is read, too, and counted, but its values are not computed.
        """
        if bool((self._noise_K11 < 0).all()):
            difference_KOI = read_cells(self.inner, self._reads) - read_cells(self.inner, self._reads)
            self._noise_K11 = difference_KOI.square().mean((1, 2), keepdim=True).sqrt()
        chip_K11 = torch.arange(self.chips, device=self.device)[:, None, None]
        wanted_KOI = self._memory.wanted()
        start_KOI = wanted_KOI if self._ramps is None else read_cells(self.inner, self._reads)
        n_KOI = torch.where(learning_K11, self._in_steps(wanted_KOI, start_KOI, chip_K11).trunc_(), 0.0)
        chosen_KOI = n_KOI != 0
        compared_K, looked_KI = chosen_KOI.sum((1, 2)).double() * self._reads, chosen_KOI.any(1)
        now_KOI = read_cells(self.inner, self._reads, looked_KI) if self._ramps is None else start_KOI
        self._count(compared_K)
        self.inner.pulse(n_KOI)
        done_KOI = self._moved(now_KOI, n_KOI, chip_K11)
        self._memory.keep(wanted_KOI - done_KOI)
        at_N = chosen_KOI.nonzero(as_tuple=True)
        noise_N, target_N = self._noise_K11.reshape(-1)[at_N[0]], now_KOI[at_N] + done_KOI[at_N]
        for _ in range(self._rounds):
            now_N = read_cells(self.inner, self._reads, looked_KI)[at_N]
            self._count(compared_K)
            miss_N = target_N - now_N
            left_N = self._in_steps(miss_N, now_N, at_N[0])
            due_N = (left_N.abs() > self._tolerance) & (miss_N.abs() > self._sure * noise_N)
            n_KOI = torch.zeros_like(n_KOI)
            n_KOI[at_N] = torch.where(due_N, torch.round(left_N), 0.0)
            self.inner.pulse(n_KOI)

    def _in_steps(self, change: Tensor, start: Tensor, chip: Tensor) -> Tensor:
        """A wanted change as pulses, with its sign; of cells of the chips of these numbers."""
        if self._ramps is None:
            return change / torch.where(change > 0, self._up_K[chip], self._down_K[chip])
        return self._on_ramps(lambda one, start, change: one.pulses(start, start + change), start, change, chip)

    def _moved(self, start: Tensor, n: Tensor, chip: Tensor) -> Tensor:
        """What n pulses do to the mean cell."""
        if self._ramps is None:
            return n * torch.where(n > 0, self._up_K[chip], self._down_K[chip])
        return self._on_ramps(lambda one, start, n: one.after(start, n) - start.clip(one.weight_N[0], one.weight_N[-1]), start, n, chip)

    def _on_ramps(self, answer, start: Tensor, signed: Tensor, chip: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        assert self._ramps is not None
        answered, chip = torch.empty_like(signed), chip.expand_as(signed)
        for k, pair in enumerate(self._ramps):
            start_N, signed_N = (v[chip == k].cpu().double() for v in (start, signed))
            up_N, down_N = (torch.from_numpy(answer(one, start_N.numpy(), signed_N.numpy())) for one in pair)
            answered[chip == k] = torch.where(signed_N > 0, up_N, down_N).to(answered)
        return answered

    def _count(self, compared_K: Tensor) -> None:
        self.spend(verify_reads=compared_K, converted=True, digital_ops=2 * self.shape[0] * self.shape[1])

    def program(self, w_KOI: Tensor) -> None:
        self._memory.clear(torch.ones(self.chips, 1, 1, dtype=torch.bool, device=self.device))
        self.inner.program(w_KOI)

    def weights(self) -> Tensor:
        return self.inner.weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self.inner.steps()

    def own_state(self) -> State:
        return {**self._memory.state(), "updates": torch.tensor(self._updates), "noise_K11": self._noise_K11}

    def load_own_state(self, state: State) -> None:
        self._updates, self._noise_K11 = int(state["updates"]), state["noise_K11"].to(self.device, copy=True)
        self._memory.load_state(state)


def _ramps(cells: tuple[Cell, ...]) -> list[tuple[Ramp, Ramp]]:
    """Up and down curve of every chip's cell; equal responses are walked once."""

    @cache
    def both(index: int) -> tuple[Ramp, Ramp]:
        return ramp(cells[index].response, +1), ramp(cells[index].response, -1)

    first = {repr(cell.response): k for k, cell in reversed(list(enumerate(cells)))}
    return [both(first[repr(cell.response)]) for cell in cells]


def scheme(
    array: Array,
    around: Surroundings,
    *,
    rounds: Annotated[int, Field(ge=0)] = 2,
    every: Annotated[int, Field(ge=1)] = 1,
    reads: Annotated[int, Field(ge=1)] = 1,
    tolerance: Annotated[float, Field(ge=0.5)] = 0.5,
    sure: Annotated[float, Field(ge=0)] = 3.0,
    ramp: bool = False,
) -> Array:
    """The array behind read, compare, pulse again."""
    return Verify(array, around, rounds=rounds, every=every, reads=reads, tolerance=tolerance, sure=sure, ramp=ramp)

"""Cells that age: what their clock, their counters and their reads do to the weights of any array of cells.

Shapes: K chips, O output lines, I input lines.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.block_diagonal import BlockDiagonal
from crossbar.ledger import Ledger
from crossbar.seeds import generator
from crossbar.several import Several
from crossbar.split import Split
from crossbar.wrapper import Wrapper
from device_models.ageing import Ageing, retain, shifted_up_down
from device_models.ageing.ageing import draw_factors

_PREFIX = "Aged."
_CLOCKS = ("w_KOI", "since_write_KOI", "held_KOI", "shift_KOI", "written_at_KOI", "disturbed_to_KOI", "worn_KOI")


class Aged:
    """w = F(n) u: the wrapped array keeps w, which is what reads see; a write acts on u, the weight of the fresh cell.

    F is the window after n write cycles over that of the woken cell (1 + A of ``Fatigue``), because that is the cell whose numbers are
    published. Every pulse counts as one cycle.

    * ``elapse`` relaxes weights (retention, by the time since a cell was last written), shifts the loop (imprint, by the time since the
      sign of the weight last changed), and applies the disturb of the reads since the last ``elapse``.
    * A write moves u by the fresh cell's pulses; a loop that has shifted shortens the steps against it. A write of several pulses
      shortens their sum, which is exact for one pulse, and to first order in the change of the step along the way for more.
    * A cell whose cycles have reached its own breakdown keeps its weight for ever; within a write of several pulses it keeps the weight
      from before them.

    Weights are set by ``program`` of the wrapped array, which must hold what it is told: no cells with write noise, no domains. Where an
    ideal array changes without pulses it has no cycles. Reads of any purpose disturb. Between writes the weights are kept in float64, so
    that many short times are one long one.

    Args:
        inner: the bare cells: a host, or one block of a split array.
        ageing: the laws.
        seeds: one per chip; the spread of the laws and the breakdowns have streams of their own.
        cycles: write cycles that every cell has been through before.

    Raises:
        ValueError: not one seed per chip, cycles are negative, or the array does not count pulses that a law needs.
    """

    def __init__(self, inner: Array, ageing: Ageing, *, seeds: Sequence[int], cycles: float = 0.0) -> None:
        self.inner = inner
        if len(seeds) != inner.chips:
            raise ValueError(f"{len(seeds)} seeds do not fit {inner.chips} chips")
        if not cycles >= 0:
            raise ValueError(f"cycles are 0 or more, not {cycles}")
        self._ageing = ageing
        shape = (inner.chips, *inner.shape)
        own: State = {name: torch.zeros(shape, dtype=torch.float64) for name in _CLOCKS}
        own |= {"broken_KOI": torch.zeros(shape, dtype=torch.int8), "reads": torch.zeros((), dtype=torch.float64)}
        own["worn_KOI"] += cycles
        own |= self._drawn([int(seed) for seed in seeds])
        self._own = {name: value.to(inner.device) for name, value in own.items()}
        self._laws = self._spread()
        wears = ageing.fatigue is not None or ageing.endurance is not None
        if wears and not bool(torch.isfinite(self._cycles()).all()):
            raise ValueError("fatigue and endurance need an array that counts the pulses on its cells")
        self._known = self._counted()
        if wears:
            self._write(lambda: None)  # some may be broken from the start

    def _drawn(self, seeds: list[int]) -> State:
        """Factors of the laws and cycles to breakdown of every cell."""
        laws = self._ageing.laws()
        chips = [draw_factors(self._ageing, self.shape, {name: generator(seed, "ageing", name) for name in laws}) for seed in seeds]
        drawn = {f"{name}_factor_KOI": torch.stack([chip[name] for chip in chips]) for name in chips[0]}
        if self._ageing.endurance is not None:
            life = self._ageing.endurance
            drawn["breakdown_KOI"] = torch.stack([life.draw(self.shape, generator(seed, "ageing", "endurance")) for seed in seeds])
        return drawn

    def _spread(self) -> Ageing:
        factors = {name.removesuffix("_factor_KOI"): value for name, value in self._own.items() if name.endswith("_factor_KOI")}
        return self._ageing.spread(factors)

    @property
    def chips(self) -> int:
        return self.inner.chips

    @property
    def shape(self) -> tuple[int, int]:
        return self.inner.shape

    @property
    def dtype(self) -> torch.dtype:
        return self.inner.dtype

    @property
    def device(self) -> torch.device:
        return self.inner.device

    def forward(self, x_KBI: Tensor) -> Tensor:
        self._own["reads"] = self._own["reads"] + x_KBI.shape[1]
        return self.inner.forward(x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        self._own["reads"] = self._own["reads"] + d_KBO.shape[1]
        return self.inner.backward(d_KBO)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self._write(lambda: self.inner.update(x_KBI, d_KBO, lr))

    def pulse(self, n_KOI: Tensor) -> None:
        self._write(lambda: self.inner.pulse(n_KOI))

    def program(self, w_KOI: Tensor) -> None:
        """Write targets, clipped to each cell's present window; a broken cell does not answer."""
        before = self.inner.weights()
        window = self._known[1].to(before)
        self.inner.program(w_KOI / window.clamp(min=torch.finfo(before.dtype).tiny))
        after = torch.where(self._broken(), before, window * self.inner.weights())
        self.inner.program(after)
        self._mark(~self._broken(), before, after)

    def weights(self) -> Tensor:
        return self.inner.weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        """Those of the fresh cell."""
        return self.inner.steps()

    def elapse(self, seconds: float) -> None:
        if not seconds >= 0:
            raise ValueError(f"time does not run backwards: {seconds} s")
        self.inner.elapse(seconds)
        own, laws, before = self._own, self._laws, self.inner.weights()
        w = held = torch.where(before == own["w_KOI"].to(before), own["w_KOI"], before.double())
        window = self._known[1]
        if laws.read_disturb is not None:
            reads = (own["disturbed_to_KOI"] - own["written_at_KOI"], own["reads"] - own["written_at_KOI"])
            w = laws.read_disturb.disturb(w, *reads)
            own["disturbed_to_KOI"] = own["reads"].expand_as(w).clone()
        if laws.imprint is not None:
            stop = own["held_KOI"] + seconds
            state = (w / window.clamp(min=torch.finfo(w.dtype).tiny)).clamp(-1, 1)
            own["shift_KOI"] = own["shift_KOI"] + laws.imprint.shift(state, own["held_KOI"], stop)
            own["held_KOI"] = stop
        if laws.retention is not None:
            stop = own["since_write_KOI"] + seconds
            w = retain(laws.retention, w, own["since_write_KOI"], stop, relaxed=laws.relaxed * window)
            own["since_write_KOI"] = stop
        if w is not held:
            own["w_KOI"] = torch.where(self._broken(), held, w)
            self.inner.program(own["w_KOI"].to(before))

    def wear(self, cycles: float) -> None:
        """Put every cell through further write cycles that end at the state they began with.

        Raises:
            ValueError: the number is negative, or beyond what a law is trusted for.
        """
        if not cycles >= 0:
            raise ValueError(f"cycles are 0 or more, not {cycles}")
        self._own["worn_KOI"] = self._own["worn_KOI"] + cycles
        self._write(lambda: None, worn=True)

    def broken(self) -> Tensor:
        """Which cells are broken [K, O, I], bool."""
        return self._broken().clone()

    def cycles(self) -> Tensor:
        """Write cycles of every cell so far, with those from before [K, O, I], float64."""
        return self._cycles()

    def ledger(self) -> Ledger:
        return self.inner.ledger()

    def state(self) -> State:
        return {**self.inner.state(), **{_PREFIX + name: value.to("cpu", copy=True) for name, value in self._own.items()}}

    def load_state(self, state: State) -> None:
        self.inner.load_state(state)
        self._own = {name: state[_PREFIX + name].to(self.device, copy=True) for name in self._own}
        self._laws = self._spread()
        self._known = self._counted()

    def _broken(self) -> Tensor:
        return self._own["broken_KOI"] != 0

    def _cycles(self) -> Tensor:
        ledger = self.inner.ledger()
        return self._own["worn_KOI"] + (ledger.pulses_up_KOI + ledger.pulses_down_KOI).to(self.device)

    def _window(self, cycles_KOI: Tensor) -> Tensor:
        """F [K, O, I], float64; 1 without a law."""
        law = self._laws.fatigue
        return torch.ones_like(cycles_KOI) if law is None else law.window(cycles_KOI) / (1 + law.wake_up)

    def _counted(self) -> tuple[Tensor, Tensor]:
        """Cycles and window of every cell, both [K, O, I], float64: what ``_known`` holds between writes."""
        cycles_KOI = self._cycles()
        return cycles_KOI, self._window(cycles_KOI)

    def _recounted(self) -> tuple[Tensor, Tensor]:
        """``_counted`` after a write, computed for the cells that it reached."""
        (known_KOI, window_KOI), cycles_KOI, law = self._known, self._cycles(), self._laws.fatigue
        if law is None:
            return cycles_KOI, window_KOI
        new_KOI = cycles_KOI != known_KOI
        of_these = replace(law, loss=torch.as_tensor(law.loss, dtype=torch.float64, device=self.device).expand_as(new_KOI)[new_KOI])
        return cycles_KOI, window_KOI.masked_scatter(new_KOI, of_these.window(cycles_KOI[new_KOI]) / (1 + law.wake_up))

    def _write(self, act: Callable[[], None], *, worn: bool = False) -> None:
        """A write of the wrapped array as the aged cells answer it.

        Args:
            act: writes the wrapped array.
            worn: nothing is written; the caller has added cycles.
        """
        laws, before = self._laws, self.inner.weights()
        n_before, window = self._known[0], self._known[1].to(before)
        if laws.fatigue is not None:
            self.inner.program(before / window.clamp(min=torch.finfo(before.dtype).tiny))
        u = self.inner.weights()
        act()
        self._known = self._recounted()
        change, n = self.inner.weights() - u, self._known[0]
        if laws.imprint is not None:
            change = change * self._balance(change)
        moved = (change != 0) | (n > n_before)
        after = torch.where(moved, self._known[1].to(before) * (u + change), before)
        if laws.endurance is not None:
            self._break(n)
            stays = before if laws.stuck_at is None else torch.full_like(before, laws.stuck_at)
            after = torch.where(self._broken(), stays, after)
        if not (laws.fatigue is laws.imprint is laws.endurance is None):
            self.inner.program(after)
        if not worn:
            self._mark(moved & ~self._broken(), before, after)

    def _balance(self, change: Tensor) -> Tensor:
        """By how much imprint shortens a change in either direction."""
        up_down = shifted_up_down(self._own["shift_KOI"], self._laws.sensitivity).to(change)
        return torch.where(change > 0, 1 + up_down.clamp(max=0), 1 - up_down.clamp(min=0))

    def _break(self, cycles_KOI: Tensor) -> None:
        self._own["broken_KOI"] = (self._broken() | (cycles_KOI >= self._own["breakdown_KOI"])).to(torch.int8)

    def _mark(self, written_KOI: Tensor, before: Tensor, after: Tensor) -> None:
        """Cells that were written: their clocks start again; that of imprint where the sign of the weight has changed."""
        own = self._own
        own["since_write_KOI"] = own["since_write_KOI"].masked_fill(written_KOI, 0.0)
        for name in ("written_at_KOI", "disturbed_to_KOI"):
            own[name] = torch.where(written_KOI, own["reads"], own[name])
        own["held_KOI"] = own["held_KOI"].masked_fill(before.sign() != after.sign(), 0.0)


def aged_arrays(array: Array) -> Iterator[Aged]:
    """The aged cells inside of an array, whatever is around them."""
    if isinstance(array, Aged):
        yield array
    elif isinstance(array, Wrapper | BlockDiagonal):
        yield from aged_arrays(array.inner)
    elif isinstance(array, Split | Several):
        for part in array.arrays if isinstance(array, Split) else array.arrays.values():
            yield from aged_arrays(part)

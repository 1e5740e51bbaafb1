"""An array hosted by aihwkit: the reference physics, one C++ tile per chip.

Shapes: K chips, B batch, I input lines, O output lines.
"""

import ctypes
from collections.abc import Sequence

import torch
from aihwkit.simulator.configs import IOParameters, UpdateParameters
from torch import Tensor

from crossbar.array import Rate, State
from crossbar.coincidences import Counter, checked
from crossbar.ledger import Ledger, slots
from crossbar.seeds import derive
from crossbar.tile import Tile, under
from device_models.cell import Cell
from device_models.steps import nominal_steps


class Hosted:
    """K chips of O x I cells, each an aihwkit tile, in float32.

    ``update`` is aihwkit's stochastic coincidence write: each sample is a pair of pulse trains of at most ``desired_bl`` slots, so that
    one sample moves a weight by at most ``desired_bl`` mean steps (31 by default) however large lr d x is. Samples follow one another.
    A cell's ``read_noise`` belongs into both peripheries beforehand (``crossbar.io.with_read_noise``).

    Decay and diffusion (``lifetime``, ``diffusion``) act once per ``update``, as in aihwkit's optimizer; ``elapse`` applies its
    conductance drift. The ledger's pulses are expectations for ``update`` and counts for ``pulse``; they are nan where aihwkit writes
    hidden weights by its own rule (Tiki-Taka and its relatives). A pulse on a unit cell counts once; refreshes are not counted.

    Args:
        shape: (O, I).
        cells: one cell for all chips, or one for each.
        seeds: one seed per chip; it fixes the device-to-device spread (see ``seeding``).
        forward_io: periphery of forward reads.
        backward_io: periphery of transposed reads.
        update_parameters: how a wanted change becomes pulse trains; aihwkit's default if None.
        count: whether the expected pulses of every ``update`` are computed; two matrix products, which is much for cells so coarse that a
            batch is a handful of pulses. If False, the ledger's pulses are nan.

    Raises:
        ValueError: no seeds, a number of cells that is not that of the seeds, or a pulse type without coincidences.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        cells: Cell | Sequence[Cell],
        *,
        seeds: Sequence[int],
        forward_io: IOParameters,
        backward_io: IOParameters,
        update_parameters: UpdateParameters | None = None,
        count: bool = True,
    ) -> None:
        if len(seeds) == 0:
            raise ValueError("an array has at least one chip, and each needs a seed")
        self._cells = [cells] * len(seeds) if isinstance(cells, Cell) else list(cells)
        if len(self._cells) != len(seeds):
            raise ValueError(f"{len(self._cells)} cells do not fit {len(seeds)} seeds; accepted: one cell, or one for each seed")
        self._shape = shape
        self._parameters = checked(update_parameters or UpdateParameters())
        self._io = (forward_io, backward_io)
        self._build([1 + derive(seed, "device-to-device") % (2**31 - 1) for seed in seeds])
        self._known = [tile.ideal or (count and tile.counts) for tile in self._tiles]
        self._counters = [Counter(shape, tile.granularity, self._parameters) for tile in self._tiles]
        self._reads = {"forward_reads_K": 0, "backward_reads_K": 0}  # all chips read together
        self._slots_K = torch.zeros(len(seeds), dtype=torch.float64)

    def _build(self, draws: list[int]) -> None:
        """The tiles of these draws of the device-to-device spread."""
        self._draws = draws
        self._tiles = [
            Tile(
                self._shape,
                cell,
                seed=draw,
                forward_io=self._io[0],
                backward_io=self._io[1],
                parameters=self._parameters,
            )
            for cell, draw in zip(self._cells, draws, strict=True)
        ]

    @property
    def chips(self) -> int:
        return len(self._tiles)

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def forward(self, x_KBI: Tensor) -> Tensor:
        self._reads["forward_reads_K"] += x_KBI.shape[1]
        return _fleet([tile.raw.forward(x_BI) for tile, x_BI in zip(self._tiles, x_KBI.float(), strict=True)])

    def backward(self, d_KBO: Tensor) -> Tensor:
        self._reads["backward_reads_K"] += d_KBO.shape[1]
        return _fleet([tile.raw.backward(d_BO) for tile, d_BO in zip(self._tiles, d_KBO.float(), strict=True)])

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        rates = lr.reshape(-1).expand(self.chips).tolist() if isinstance(lr, Tensor) else [lr] * self.chips
        if not min(rates) >= 0:
            raise ValueError(f"a learning rate must not be negative, not {min(rates)}")
        for k, (x_BI, d_BO, rate) in enumerate(zip(x_KBI.float(), d_KBO.float(), rates, strict=True)):
            if rate > 0:
                self._slots_K[k] += x_BI.shape[0] * self._parameters.desired_bl
                self._tiles[k].update(x_BI, d_BO, rate)
                if self._known[k] and not self._tiles[k].ideal:
                    self._counters[k].add(x_BI, d_BO, rate)

    def pulse(self, n_KOI: Tensor) -> None:
        for tile in self._tiles:
            tile.check_pulse()
        self._slots_K = self._slots_K + slots(n_KOI)
        for tile, counter, n_OI in zip(self._tiles, self._counters, n_KOI, strict=True):
            tile.pulse(n_OI)
            counter.up_OI += n_OI.clamp(min=0)
            counter.down_OI -= n_OI.clamp(max=0)

    def program(self, w_KOI: Tensor) -> None:
        for tile, w_OI in zip(self._tiles, w_KOI.detach().float(), strict=True):
            tile.program(w_OI)

    def weights(self) -> Tensor:
        return torch.stack([tile.w_OI for tile in self._tiles])

    def steps(self) -> tuple[Tensor, Tensor]:
        up_K, down_K = torch.tensor([nominal_steps(cell.response) for cell in self._cells]).T
        return up_K, down_K

    def elapse(self, seconds: float) -> None:
        for tile in self._tiles:
            tile.elapse(seconds)

    def state(self) -> State:
        own = {f"{k}.{name}": value for k, tile in enumerate(self._tiles) for name, value in tile.state().items()}
        return {"draws_K": torch.tensor(self._draws), **self._pulses(), **self._counts(), **own}

    def load_state(self, state: State) -> None:
        draws = state["draws_K"].tolist()
        if draws != self._draws:
            self._build(draws)
        for k, tile in enumerate(self._tiles):
            tile.load_state(under(f"{k}.", state))
        for counter, up_OI, down_OI in zip(self._counters, state["pulses_up_KOI"], state["pulses_down_KOI"], strict=True):
            counter.restart(up_OI, down_OI)
        self._reads = {name: int(state[name][0]) for name in self._reads}
        self._slots_K = state["write_slots_K"].clone()

    def ledger(self) -> Ledger:
        unknown_K11 = torch.tensor([0.0 if known else torch.nan for known in self._known])[:, None, None]
        pulses = {name: pulses_KOI + unknown_K11 for name, pulses_KOI in self._pulses().items()}
        return Ledger.of_cells(counting="expected", **pulses, **self._counts())

    def _pulses(self) -> State:
        for counter in self._counters:
            counter.fold()
        return {
            "pulses_up_KOI": torch.stack([counter.up_OI for counter in self._counters]),
            "pulses_down_KOI": torch.stack([counter.down_OI for counter in self._counters]),
        }

    def _counts(self) -> State:
        reads = {name: torch.full((self.chips,), float(count), dtype=torch.float64) for name, count in self._reads.items()}
        return {**reads, "write_slots_K": self._slots_K.clone()}

    def seeding(self) -> dict[str, str]:
        """Which draws follow the seeds, and which do not."""
        return dict(SEEDING)


def _fleet(reads: list[Tensor]) -> Tensor:
    """Reads of all chips as one tensor; that of a single chip is not copied."""
    return reads[0][None] if len(reads) == 1 else torch.stack(reads)


SEEDING = {
    "device-to-device spread": "seeded: each chip's seed is its tile's construction_seed",
    "pulse trains": "not seeded: libc's rand(), restarted from the clock whenever a tile is built; reseed() makes them repeatable",
    "cycle-to-cycle spread": "not seeded: a table of 32768 normals per tile, drawn from the clock; rand() picks from it",
    "read noise": "not seeded: the same table",
    "write noise": "not seeded: a generator per tile, started from the clock",
    "systematic offsets of the periphery": "not seeded: drawn from the clock when a tile is built; part of the state",
}
"""What aihwkit lets one seed; it goes into every results file."""


def reseed(seed: int) -> None:
    """Restart libc's ``rand()``, from which all tiles of this process draw their pulse trains.

    Call it after every tile is built, because building one restarts it from the clock. It makes updates repeatable only where no normal
    number is drawn: no cycle-to-cycle spread, no read noise, no write noise.
    """
    ctypes.CDLL(None).srand(ctypes.c_uint(derive(seed, "libc") & 0xFFFFFFFF))

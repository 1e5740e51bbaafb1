"""Pulsed arrays in compiled code: aihwkit's cells and periphery for K chips, on explicit seeds, with every pulse counted."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from aihwkit.simulator.configs.devices import IdealDevice
from aihwkit.simulator.parameters.io import IOParameters
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.accumulator import WINDOW, Taking, WholeSteps
from crossbar.array import Rate, State
from crossbar.kept import Kept
from crossbar.kernels import addressed, reads, trains, whole_steps
from crossbar.kernels.cells import Cells
from crossbar.kernels.finite import finite
from crossbar.kernels.fleet import gathered
from crossbar.kernels.ideal import IdealCells
from crossbar.kernels.outer import Change
from crossbar.ledger import Ledger
from crossbar.numbers import numbers
from crossbar.pulsed_side import Side, values
from crossbar.reading import NOTHING, After, Drives, Finishing, Way
from device_models.cell import Cell

Order = Literal["sequential", "batched"]
_READS: dict[str, Way] = {"forward_reads_K": "forward", "backward_reads_K": "backward"}
_WINDOW = np.float32(WINDOW)
_SAMPLES = 64  # samples whose trains are in memory at once: 64 samples of 31 slots are 31 words per line


class Pulsed(Finishing, WholeSteps):
    """Arrays of pulsed cells with the physics of aihwkit 1.1.0's AnalogTile, for K chips at once.

    The cell's aihwkit device says how a pulse changes it and how cells and pulses spread; IOParameters describe the reads and
    UpdateParameters the pulse trains. Every random number is a function of the chip's seed, of what it is for, and of how many updates
    (reads) came before: a chip gives the same bits alone or in a fleet and on any number of threads. The device's own ``construction_seed``
    is not used.

    Weights start at 0, clipped to each cell's range. Decay and diffusion act once per ``update``. A chip's pulses are counted
    exactly. ``elapse`` changes nothing: aihwkit's power-law drift is refused.

    Attributes:
        chips: K.
        shape: (O, I).
        dtype: float32.
        device: the CPU.

    Args:
        shape: (O, I).
        cells: one cell for all chips, or K cells of the same device class.
        seeds: K integers.
        forward_io: periphery of ``forward``.
        backward_io: periphery of ``backward``.
        update_parameters: pulse trains; aihwkit's defaults where None.
        order: ``sequential`` applies every pulse of every sample in turn, as aihwkit does. ``batched`` is an approximation that
            needs only the numbers of up and down pulses of a batch; see ``crossbar.kernels.batched``.

    Raises:
        ValueError: the device has no compiled law (compounds, for example: use the host ``hosted``), the K cells are of different classes,
            or a parameter is outside of what is modelled.
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
        order: Order = "sequential",
    ) -> None:
        if order not in get_args(Order):
            raise ValueError(f"order must be one of {', '.join(get_args(Order))}, not {order!r}")
        self._trains = update_parameters or UpdateParameters()
        trains.check(self._trains)
        reads.check(forward_io)
        reads.check(backward_io)
        self.shape = (int(shape[0]), int(shape[1]))
        self.dtype, self.device = torch.float32, torch.device("cpu")
        self._seeds = tuple(int(seed) for seed in seeds)
        self.chips = len(self._seeds)
        self._order = order
        each = per_chip(cells, len(self._seeds))
        self._chips = [_made(cell.response, self.shape, seed) for cell, seed in zip(each, self._seeds, strict=True)]
        self._fleet = gathered(self._chips)
        self._sides = {way: Side(way, self.shape, io, self._seeds, self._fleet) for way, io in _ways(forward_io, backward_io)}
        self._taken: Kept[tuple[Any, ...]] = Kept()
        self._wanted: Kept[Any] = Kept()
        self._counts = {name: np.zeros(self.chips) for name in (*_READS, "write_slots_K")}
        self._writes = 0  # so far: the streams' step numbers

    def read(self, way: Way, v: Drives, after: After = NOTHING) -> Tensor:
        return self._sides[way].read(v, after)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        x, d = values(x_KBI, self.chips, self.shape[1], "x"), values(d_KBO, self.chips, self.shape[0], "d")
        if x.shape[1] != d.shape[1]:
            raise ValueError(f"x and d must have the same number of samples, not {x.shape[1]} and {d.shape[1]}")
        for name, each in (("x", x), ("d", d)):
            if not finite(each, 1).all():
                raise ValueError(f"{name} must be finite to become pulses")
        lr_K = np.full(self.chips, np.asarray(lr, np.float64).reshape(-1))
        if not all(rate >= 0 for rate in lr_K.tolist()):
            raise ValueError(f"lr must not be negative, not {lr}")
        self._counts["write_slots_K"] += float(x.shape[1] * self._trains.desired_bl) * (lr_K > 0)
        self._fleet.update(x, d, lr_K, self._trains, self._next_write(), self._order, _SAMPLES)

    def pulse(self, n_KOI: Tensor) -> None:
        n = n_KOI.detach().to(torch.float32).contiguous().numpy()
        fits = n.shape == (self.chips, *self.shape)
        whole, span_KO = addressed.asked(n) if fits else (False, np.zeros((0, 0), dtype=np.int64))
        if not whole:
            raise ValueError(
                f"pulses must be whole numbers of shape {(self.chips, *self.shape)}, not {tuple(n_KOI.shape)} of {n_KOI.dtype}"
            )
        self._counts["write_slots_K"] += span_KO.sum(1)
        self._fleet.pulse(n, span_KO, self._next_write())

    def write_whole_steps(self, wanted_KOI: Tensor, taking: Taking, change: Change) -> None:
        """H <- H + change, n = whole steps of H, ``pulse(n)``, H <- H - n step in place: as ``crossbar.accumulator.WholeSteps``."""
        up_K, down_K, chosen_K = self._taken.get(taking, lambda each: tuple(numbers(v, v.dtype) for v in each))
        wanted = whole_steps.Wanted(self._wanted.get(wanted_KOI, self._in_place), up_K, down_K, chosen_K, _WINDOW)
        self._fleet.write_whole_steps(wanted, change, self._next_write(), self._counts["write_slots_K"])

    def _in_place(self, wanted_KOI: Tensor) -> Any:
        shape = (self.chips, *self.shape)
        if wanted_KOI.shape != shape or wanted_KOI.dtype is not torch.float32 or not wanted_KOI.is_contiguous():
            found = f"{wanted_KOI.dtype} {tuple(wanted_KOI.shape)}"
            raise ValueError(f"what is wanted must be contiguous float32 of shape {shape}, not {found}")
        return wanted_KOI.numpy()

    def program(self, w_KOI: Tensor) -> None:
        step = self._next_write()
        for cells, w_OI in zip(self._chips, w_KOI.detach().to(torch.float32).numpy(), strict=True):
            cells.program(w_OI, step)

    def weights(self) -> Tensor:
        return torch.from_numpy(self._fleet.read_KOI.copy())

    def steps(self) -> tuple[Tensor, Tensor]:
        nominal = torch.tensor([cells.nominal() for cells in self._chips], dtype=torch.float32)
        return nominal[:, 0].clone(), nominal[:, 1].clone()

    def elapse(self, seconds: float) -> None:
        if not seconds >= 0:
            raise ValueError(f"time does not run backwards: {seconds} s")

    def state(self) -> State:
        chips = [cells.state() for cells in self._chips]
        cells = {name: torch.from_numpy(np.stack([chip[name] for chip in chips])) for name in chips[0]}
        steps = [self._writes, *(side.step for side in self._sides.values())]
        return {**cells, **self._counted(), "steps": torch.tensor(steps)}

    def _counted(self) -> State:
        vectors = {name: self._sides[way].vectors for name, way in _READS.items()}
        return {name: torch.from_numpy(count_K + vectors.get(name, 0)) for name, count_K in self._counts.items()}

    def load_state(self, state: State) -> None:
        for k, cells in enumerate(self._chips):
            cells.load_state({name: state[name][k].numpy() for name in cells.state()})
        self._counts = {name: state[name].numpy().copy() for name in self._counts}
        self._writes, *steps = state["steps"].tolist()
        for side, step in zip(self._sides.values(), steps, strict=True):
            side.step, side.vectors = step, 0

    def ledger(self) -> Ledger:
        up = torch.from_numpy(self._fleet.up_KOI.astype(np.float64))
        down = torch.from_numpy(self._fleet.down_KOI.astype(np.float64))
        return Ledger.of_cells(pulses_up_KOI=up, pulses_down_KOI=down, counting="counted", **self._counted())

    def _next_write(self) -> int:
        self._writes += 1
        return self._writes


def _ways(forward_io: IOParameters, backward_io: IOParameters) -> tuple[tuple[Way, IOParameters], ...]:
    return ("forward", forward_io), ("backward", backward_io)


def _made(response: Any, shape: tuple[int, int], seed: int) -> Cells | IdealCells:
    return IdealCells.made(response, shape, seed) if isinstance(response, IdealDevice) else Cells.made(response, shape, seed)


def per_chip(cells: Cell | Sequence[Cell], chips: int) -> list[Cell]:
    """One cell per chip.

    Raises:
        ValueError: no chip, another number of cells than chips, or cells of different device classes.
    """
    each = [cells] * chips if isinstance(cells, Cell) else list(cells)
    if chips < 1 or len(each) != chips:
        raise ValueError(f"one cell or one per chip, and at least one chip: {len(each)} cells for {chips} seeds")
    classes = {type(cell.response) for cell in each}
    if len(classes) != 1:
        raise ValueError(f"all chips of a fleet need the same device class, not {', '.join(sorted(kind.__name__ for kind in classes))}")
    return each

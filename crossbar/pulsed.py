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
from crossbar.kernels import addressed, fused, reads, trains, whole_steps
from crossbar.kernels.cells import Cells
from crossbar.kernels.fleet import gathered
from crossbar.kernels.ideal import IdealCells
from crossbar.kernels.outer import Change
from crossbar.kernels.streams import Purpose
from crossbar.ledger import Ledger
from crossbar.numbers import finite, numbers
from crossbar.reading import NOTHING, After, Drives, Finishing, OneHot, Way, samples
from device_models.cell import Cell

Order = Literal["sequential", "batched"]
_COUNTS = ("forward_reads_K", "backward_reads_K", "write_slots_K")
_WAYS: dict[Way, tuple[Purpose, int, str]] = {
    "forward": (Purpose.FORWARD, 1, "forward_reads_K"),
    "backward": (Purpose.BACKWARD, 2, "backward_reads_K"),
}  # streams, where their step numbers are, and what is counted
_ONE = np.ones((1, 1, 1), np.float32)
_SAMPLES = 64  # samples whose trains are in memory at once: 64 samples of 31 slots are 31 words per line


class Pulsed(Finishing, WholeSteps):
    """Arrays of pulsed cells with the physics of aihwkit 1.1.0's AnalogTile, for K chips at once.

    The cell's aihwkit device says how a pulse changes it and how cells and pulses spread; IOParameters describe the reads and
    UpdateParameters the pulse trains. Every random number is a function of the chip's seed, of what it is for, and of how many updates
    (reads) came before: a chip gives the same bits alone or in a fleet and on any number of threads. The device's own ``construction_seed``
    is not used.

    Weights start at 0, clipped to each cell's range. Decay and diffusion act once per ``update``. A chip's pulses are counted
    exactly. ``elapse`` changes nothing: aihwkit's power-law drift is refused.

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
        self._shape = (int(shape[0]), int(shape[1]))
        self._seeds = tuple(int(seed) for seed in seeds)
        self._order = order
        each = per_chip(cells, len(self._seeds))
        self._chips = [_made(cell.response, self._shape, seed) for cell, seed in zip(each, self._seeds, strict=True)]
        self._fleet = gathered(self._chips)
        self._periphery: dict[Way, list[reads.Read]] = {
            "forward": [self._read(forward_io, seed, Purpose.FORWARD) for seed in self._seeds],
            "backward": [self._read(backward_io, seed, Purpose.BACKWARD) for seed in self._seeds],
        }
        self._noise_KN = {way: np.stack([read.noise_N for read in each]) for way, each in self._periphery.items()}
        self._fixed = {way: fused.fixed(each[0].io, each[0].bounded) for way, each in self._periphery.items() if fused.fits(each[0].io)}
        self._plain = fused.plain(self.chips)
        self._digital: dict[Way, Kept[fused.Digital]] = {way: Kept() for way in _WAYS}
        self._lines: dict[Way, Kept[Any]] = {way: Kept() for way in _WAYS}
        self._taken: Kept[tuple[Any, ...]] = Kept()
        self._counts = {name: np.zeros(self.chips) for name in _COUNTS}
        self._vectors = {"forward_reads_K": 0, "backward_reads_K": 0}  # beside those in the counts: by all chips alike
        self._steps = [0, 0, 0]  # writes, forward and backward reads so far: the streams' step numbers

    def _read(self, io: IOParameters, seed: int, purpose: Purpose) -> reads.Read:
        lines = self._shape[0] if purpose is Purpose.FORWARD else self._shape[1]
        return reads.Read(io, purpose is Purpose.FORWARD, reads.adc_noise(io, lines, seed, purpose))

    @property
    def chips(self) -> int:
        return len(self._seeds)

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def read(self, way: Way, v: Drives, after: After = NOTHING) -> Tensor:
        purpose, counter, name = _WAYS[way]
        (values, lines), digital = self._driven(v, way), self._digital[way].get(after, lambda after: self._behind(after, way))
        step, fleet = self._steps[counter], self._fleet
        self._steps[counter] += 1
        self._vectors[name] += samples(v)
        if way in self._fixed:
            fixed, noise_KN = self._fixed[way], self._noise_KN[way]
            return torch.from_numpy(fused.read(fixed, noise_KN, fleet.seeds_K, fleet.read_KOI, values, purpose, step, lines, digital))
        read_KBN = []  # chip by chip, with what the kernel for all chips does not model
        for cells, read, seed, v_BM in zip(self._chips, self._periphery[way], self._seeds, values, strict=True):
            read_KBN.append(read(cells.apparent if way == "forward" else cells.apparent.T, v_BM, seed, purpose, step))
        return after.of(torch.from_numpy(np.stack(read_KBN)), torch.from_numpy(values))

    def _driven(self, v: Drives, way: Way) -> tuple[Any, Any]:
        """Vectors, and the lines of one-hot ones where they need not be written out."""
        lines, name = (self._shape[1], "x") if way == "forward" else (self._shape[0], "d")
        if isinstance(v, Tensor):
            return self._values(v, lines, name), fused.DENSE
        if way not in self._fixed or self._fixed[way].io.inp_noise > 0 or v.line_KB.numel() == 0:
            return self._values(v.drives(self, way), lines, name), fused.DENSE
        return _ONE, self._lines[way].get(v, lambda v: self._looked_at(v, lines, name))

    def _looked_at(self, v: OneHot, lines: int, name: str) -> Any:
        line_KB = v.looked_at().numpy()
        if line_KB.ndim != 2 or len(line_KB) != self.chips or line_KB.max() >= lines or line_KB.min() < -1:
            raise ValueError(f"one-hot {name} names lines below {lines} for {self.chips} chips [K, B]")
        return line_KB

    def _behind(self, after: After, way: Way) -> fused.Digital:
        outputs, inputs = self._shape
        if after.carry_K is not None and outputs != inputs:
            raise ValueError(f"only a square array carries past the cells what drives it, not {outputs} x {inputs}")
        one, digital = (self.chips,), []
        shapes = (one, one, (*one, outputs if way == "forward" else inputs))
        for name, given, shape, otherwise in zip(After._fields, after, shapes, self._plain, strict=True):
            if given is not None and given.shape != shape:
                raise ValueError(f"{name} must be of shape {shape}, not {tuple(given.shape)}")
            digital.append(otherwise if given is None else numbers(given))
        return fused.Digital(*digital)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        x, d = self._values(x_KBI, self._shape[1], "x"), self._values(d_KBO, self._shape[0], "d")
        if x.shape[1] != d.shape[1]:
            raise ValueError(f"x and d must have the same number of samples, not {x.shape[1]} and {d.shape[1]}")
        for name, values in (("x", x), ("d", d)):
            if not finite([torch.from_numpy(values)], 1):
                raise ValueError(f"{name} must be finite to become pulses")
        lr_K = np.full(self.chips, np.asarray(lr, np.float64).reshape(-1))
        if not all(rate >= 0 for rate in lr_K.tolist()):
            raise ValueError(f"lr must not be negative, not {lr}")
        self._counts["write_slots_K"] += float(x.shape[1] * self._trains.desired_bl) * (lr_K > 0)
        self._fleet.update(x, d, lr_K, self._trains, self._next_write(), self._order, _SAMPLES)

    def pulse(self, n_KOI: Tensor) -> None:
        n = n_KOI.detach().to(torch.float32).contiguous().numpy()
        fits = n.shape == (self.chips, *self._shape)
        whole, span_KO = addressed.asked(n) if fits else (False, np.zeros((0, 0), dtype=np.int64))
        if not whole:
            raise ValueError(
                f"pulses must be whole numbers of shape {(self.chips, *self._shape)}, not {tuple(n_KOI.shape)} of {n_KOI.dtype}"
            )
        self._counts["write_slots_K"] += span_KO.sum(1)
        self._fleet.pulse(n, span_KO, self._next_write())

    def write_whole_steps(self, wanted_KOI: Tensor, taking: Taking, change: Change) -> None:
        """H <- H + change, n = whole steps of H, ``pulse(n)``, H <- H - n step in place: as ``crossbar.accumulator.WholeSteps``."""
        shape = (self.chips, *self._shape)
        if wanted_KOI.shape != shape or wanted_KOI.dtype is not torch.float32 or not wanted_KOI.is_contiguous():
            found = f"{wanted_KOI.dtype} {tuple(wanted_KOI.shape)}"
            raise ValueError(f"what is wanted must be contiguous float32 of shape {shape}, not {found}")
        up_K, down_K, chosen_K = self._taken.get(taking, lambda each: tuple(numbers(v, v.dtype) for v in each))
        wanted = whole_steps.Wanted(wanted_KOI.numpy(), up_K, down_K, chosen_K, np.float32(WINDOW))
        self._fleet.write_whole_steps(wanted, change, self._next_write(), self._counts["write_slots_K"])

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
        return {**cells, **self._counted(), "steps": torch.tensor(self._steps)}

    def _counted(self) -> State:
        return {name: torch.from_numpy(count_K + self._vectors.get(name, 0)) for name, count_K in self._counts.items()}

    def load_state(self, state: State) -> None:
        for k, cells in enumerate(self._chips):
            cells.load_state({name: state[name][k].numpy() for name in cells.state()})
        self._counts, self._vectors = {name: state[name].numpy().copy() for name in self._counts}, dict.fromkeys(self._vectors, 0)
        self._steps = state["steps"].tolist()

    def ledger(self) -> Ledger:
        up = torch.from_numpy(self._fleet.up_KOI.astype(np.float64))
        down = torch.from_numpy(self._fleet.down_KOI.astype(np.float64))
        return Ledger.of_cells(pulses_up_KOI=up, pulses_down_KOI=down, counting="counted", **self._counted())

    def _next_write(self) -> int:
        self._steps[0] += 1
        return self._steps[0]

    def _values(self, v_KBN: Tensor, lines: int, name: str) -> Any:
        shape = v_KBN.shape
        if len(shape) != 3 or shape[0] != self.chips or shape[2] != lines:
            raise ValueError(f"{name} must be [{self.chips}, B, {lines}], not of shape {tuple(shape)}")
        return numbers(v_KBN)


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

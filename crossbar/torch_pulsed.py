"""The pulsed array on a GPU: the law of ``crossbar.pulsed`` for K chips in one tensor."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from aihwkit.simulator.configs.devices import IdealDevice
from aihwkit.simulator.parameters.io import IOParameters
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.array import Rate, State
from crossbar.gpu.cells import TorchCells
from crossbar.gpu.ideal import TorchIdealCells
from crossbar.gpu.reads import Reads
from crossbar.kernels import reads, trains
from crossbar.kernels.cells import Cells
from crossbar.kernels.ideal import IdealCells
from crossbar.kernels.streams import Purpose
from crossbar.ledger import Ledger, slots
from crossbar.pulsed import per_chip
from crossbar.rates import rate_per_chip
from device_models.cell import Cell

_COUNTS = ("forward_reads_K", "backward_reads_K", "write_slots_K")
_MOST = 2**24  # beyond, a number in float32 is not sure to be the one that was meant


class TorchPulsed:
    """``crossbar.pulsed.Pulsed`` on any torch device, meant for GPUs: the same cells from the same seeds, the same trains, the same law.

    Every coincidence is applied pulse by pulse in the order of its slot, whatever the device law: there is no closed form and no
    approximation here. The order ``batched`` of the CPU's array therefore does not exist. Pulse trains and counts are those of the CPU bit
    for bit; weights and reads are so where the law has no exponential or power, but for the order in which products are summed, and for
    devices with affine steps, whose pulses the CPU adds up in closed form with draws of their own.

    A chip gives the same bits alone or in a fleet on one kind of device. A state can be restored in either array on any device.

    Args:
        shape: (O, I).
        cells: one cell for all chips, or K cells of the same device class.
        seeds: K integers.
        forward_io: periphery of ``forward``.
        backward_io: periphery of ``backward``.
        update_parameters: pulse trains; aihwkit's defaults where None.
        device: where the cells live, see ``crossbar.computing``.

    Raises:
        ValueError: as ``Pulsed``.
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
        device: torch.device,
    ) -> None:
        self._trains = update_parameters or UpdateParameters()
        trains.check(self._trains)
        reads.check(forward_io)
        reads.check(backward_io)
        self._shape, self._device = (int(shape[0]), int(shape[1])), device
        self._cells = _made(per_chip(cells, len(seeds)), self._shape, [int(seed) for seed in seeds], device)
        self._forward = self._reads(forward_io, seeds, Purpose.FORWARD)
        self._backward = self._reads(backward_io, seeds, Purpose.BACKWARD)
        self._counts = {name: torch.zeros(self.chips, dtype=torch.float64) for name in _COUNTS}
        self._steps = torch.zeros(3, dtype=torch.int64)  # writes, forward and backward reads so far: the streams' step numbers

    def _reads(self, io: IOParameters, seeds: Sequence[int], purpose: Purpose) -> Reads:
        lines = self._shape[0] if purpose is Purpose.FORWARD else self._shape[1]
        noise_KN = np.stack([reads.adc_noise(io, lines, int(seed), purpose) for seed in seeds])
        return Reads(io, purpose is Purpose.FORWARD, torch.from_numpy(noise_KN).to(self._device), self._cells.seeds_K, purpose)

    @property
    def chips(self) -> int:
        return len(self._cells.apparent_KOI)

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    @property
    def device(self) -> torch.device:
        return self._device

    def forward(self, x_KBI: Tensor) -> Tensor:
        x_KBI = self._values(x_KBI, self._shape[1], "x")
        self._counts["forward_reads_K"] += x_KBI.shape[1]
        return self._forward(self._cells.apparent_KOI, x_KBI, self._next(1) - 1)

    def backward(self, d_KBO: Tensor) -> Tensor:
        d_KBO = self._values(d_KBO, self._shape[0], "d")
        self._counts["backward_reads_K"] += d_KBO.shape[1]
        return self._backward(self._cells.apparent_KOI.mT, d_KBO, self._next(2) - 1)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        x_KBI, d_KBO = self._values(x_KBI, self._shape[1], "x"), self._values(d_KBO, self._shape[0], "d")
        if x_KBI.shape[1] != d_KBO.shape[1]:
            raise ValueError(f"x and d must have the same number of samples, not {x_KBI.shape[1]} and {d_KBO.shape[1]}")
        lr_K = rate_per_chip(lr, self.chips, torch.float64, self._device)
        self._counts["write_slots_K"] += float(x_KBI.shape[1] * self._trains.desired_bl) * self._check(x_KBI, d_KBO, lr_K)
        step = self._next(0)
        if x_KBI.shape[1]:
            self._cells.update(x_KBI, d_KBO, lr_K, self._trains, step)
        self._cells.rest(step)

    def _check(self, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor) -> Tensor:
        """Which chips learn [K], bool, on the CPU."""
        largest = [v_KBN.abs().amax() if v_KBN.numel() else v_KBN.new_zeros(()) for v_KBN in (x_KBI, d_KBO)]
        x_max, d_max, *rates = torch.cat([torch.stack(largest), lr_K]).cpu().tolist()  # one wait
        for name, value in (("x", x_max), ("d", d_max)):
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite to become pulses")
        if not all(rate >= 0 for rate in rates):
            raise ValueError(f"lr must not be negative, not {rates}")
        return torch.tensor(rates) > 0

    def pulse(self, n_KOI: Tensor) -> None:
        n = n_KOI.detach().to(torch.float32)
        if n.shape != (self.chips, *self._shape) or not bool(((n.abs() < _MOST) & (n.round() == n)).all()):
            size = (self.chips, *self._shape)
            raise ValueError(f"pulses must be whole numbers of shape {size}, not {tuple(n_KOI.shape)} of {n_KOI.dtype}")
        self._counts["write_slots_K"] += slots(n)
        self._cells.pulse(n, self._next(0))

    def program(self, w_KOI: Tensor) -> None:
        self._cells.program(w_KOI.detach().to(torch.float32), self._next(0))

    def weights(self) -> Tensor:
        return self._cells.apparent_KOI.clone()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self._cells.nominal_K2[:, 0].clone(), self._cells.nominal_K2[:, 1].clone()

    def elapse(self, seconds: float) -> None:
        if not seconds >= 0:
            raise ValueError(f"time does not run backwards: {seconds} s")

    def state(self) -> State:
        counts = {name: count.clone() for name, count in self._counts.items()}
        return {**self._cells.state(), **counts, "steps": self._steps.clone()}

    def load_state(self, state: State) -> None:
        self._cells.load_state(state)
        self._counts = {name: state[name].clone() for name in self._counts}
        self._steps = state["steps"].clone()

    def ledger(self) -> Ledger:
        up_KOI, down_KOI = self._cells.counted()
        counts_K = {name: count.clone() for name, count in self._counts.items()}
        return Ledger.of_cells(pulses_up_KOI=up_KOI, pulses_down_KOI=down_KOI, counting="counted", **counts_K)

    def _next(self, counter: int) -> int:
        self._steps[counter] += 1
        return int(self._steps[counter])

    def _values(self, v_KBN: Tensor, lines: int, name: str) -> Tensor:
        if v_KBN.ndim != 3 or v_KBN.shape[0] != self.chips or v_KBN.shape[2] != lines:
            raise ValueError(f"{name} must be [{self.chips}, B, {lines}], not of shape {tuple(v_KBN.shape)}")
        return v_KBN.detach().to(torch.float32)


def _made(each: Sequence[Cell], shape: tuple[int, int], seeds: Sequence[int], device: torch.device) -> TorchCells | TorchIdealCells:
    """Drawn on the CPU, so that chips are the same everywhere, and moved."""
    responses = [cell.response for cell in each]
    if isinstance(responses[0], IdealDevice):
        return TorchIdealCells.made([IdealCells.made(r, shape, seed) for r, seed in zip(responses, seeds, strict=True)], device)
    return TorchCells.made([Cells.made(r, shape, seed) for r, seed in zip(responses, seeds, strict=True)], device)

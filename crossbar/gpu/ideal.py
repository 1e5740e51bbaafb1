"""Cells without faults (aihwkit's IdealDevice) on one torch device: ``crossbar.kernels.ideal`` for all chips at once.

Shapes: K chips, B samples, O x I cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar import products
from crossbar.array import State
from crossbar.gpu.functions import functions
from crossbar.gpu.streams import Stream
from crossbar.kernels.ideal import STEP, IdealCells
from crossbar.kernels.streams import Purpose
from crossbar.rows import Outer


@dataclass
class TorchIdealCells:
    """Ideal cells of K chips: w <- w - lr d^T x, unbounded; only addressed pulses are counted.

    Attributes:
        nominal_K2: size of an addressed pulse, both ways.
        seeds_K: of the chips, int64.
        decay_K11: factor per batch.
        diffusion_K11: standard deviation per batch.
        rests: whether there is either.
        apparent_KOI: the weights.
        up_KOI: up pulses.
        down_KOI: down pulses.
    """

    nominal_K2: Tensor
    seeds_K: Tensor
    decay_K11: Tensor
    diffusion_K11: Tensor
    rests: bool
    apparent_KOI: Tensor
    up_KOI: Tensor
    down_KOI: Tensor

    @staticmethod
    def made(chips: Sequence[IdealCells], device: torch.device) -> "TorchIdealCells":
        """The cells of these chips, moved to a device."""
        size = (len(chips), *chips[0].w.shape)
        decay = [1 - 1 / chip.response.lifetime if chip.response.lifetime > 1 else 1.0 for chip in chips]
        diffusion = [max(chip.response.diffusion, 0.0) for chip in chips]
        up_KOI, down_KOI = (torch.zeros(size, dtype=torch.int32, device=device) for _ in range(2))
        return TorchIdealCells(
            nominal_K2=torch.full((len(chips), 2), STEP, device=device),
            seeds_K=torch.tensor([chip.seed for chip in chips], device=device),
            decay_K11=torch.tensor(decay, device=device)[:, None, None],
            diffusion_K11=torch.tensor(diffusion, device=device)[:, None, None],
            rests=any(factor != 1 for factor in decay) or any(deviation > 0 for deviation in diffusion),
            apparent_KOI=torch.zeros(size, device=device),
            up_KOI=up_KOI,
            down_KOI=down_KOI,
        )

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor, parameters: UpdateParameters, step: int) -> None:
        """Gradient descent."""
        products.descend(self.apparent_KOI, lr_K.to(self.apparent_KOI.dtype).contiguous(), Outer(x_KBI, d_KBO))

    def pulse(self, n_KOI: Tensor, step: int) -> None:
        """n pulses of ``STEP``."""
        self.apparent_KOI.add_(n_KOI, alpha=STEP)
        self.up_KOI.add_(n_KOI.clamp(min=0).int())
        self.down_KOI.add_((-n_KOI).clamp(min=0).int())

    def program(self, w_KOI: Tensor, step: int) -> None:
        """Write targets."""
        self.apparent_KOI.copy_(w_KOI)

    def rest(self, step: int) -> None:
        """Decay towards 0 and diffusion."""
        if self.rests:
            stream = Stream(self.seeds_K, (int(Purpose.DIFFUSION), step))
            xi_KOI = functions(self.apparent_KOI.device).normals(stream, self.apparent_KOI.shape[1:])
            self.apparent_KOI.mul_(self.decay_K11).add_(self.diffusion_K11 * xi_KOI)

    def state(self) -> State:
        """What ``crossbar.pulsed`` holds of these chips, under the same names, on the CPU."""
        counts = {"up": self.up_KOI.cpu().view(torch.uint32), "down": self.down_KOI.cpu().view(torch.uint32)}
        return {name: value.to("cpu", copy=True) for name, value in {"w": self.apparent_KOI, **counts}.items()}

    def load_state(self, state: State) -> None:
        """Restore what ``state`` returned."""
        self.apparent_KOI.copy_(state["w"])
        self.up_KOI.copy_(state["up"].view(torch.int32))
        self.down_KOI.copy_(state["down"].view(torch.int32))

    def counted(self) -> tuple[Tensor, Tensor]:
        """Up and down pulses per cell [K, O, I], float64, on the CPU."""
        up_KOI, down_KOI = ((count.cpu().long() & 0xFFFFFFFF).double() for count in (self.up_KOI, self.down_KOI))
        return up_KOI, down_KOI

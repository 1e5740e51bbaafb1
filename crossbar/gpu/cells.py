"""The cells of all chips of a fleet on one torch device: drawn and described by ``crossbar.kernels.cells``, pulsed here.

Shapes: K chips, P parameters per cell, O x I cells, B samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.array import State
from crossbar.gpu import plain, trains
from crossbar.gpu.functions import functions
from crossbar.gpu.steps import form_of
from crossbar.gpu.streams import Stream
from crossbar.kernels.cells import Cells, write_noise_std
from crossbar.kernels.laws import law_module
from crossbar.kernels.streams import Purpose

SAMPLES = 512
"""Samples whose trains are in memory at once."""


@dataclass(frozen=True)
class Rests:
    """What happens to every cell once per batch, without pulses.

    Attributes:
        decays_K11: chips whose cells decay, bool.
        diffuses_K11: chips whose cells diffuse, bool.
        rest_K3OI: decay factor, diffusion and reset value per cell; None where no chip has either.
    """

    decays_K11: Tensor
    diffuses_K11: Tensor
    rest_K3OI: Tensor | None


@dataclass
class TorchCells:
    """Cells of one device class on K chips.

    Attributes:
        nominal_K2: steps up and down of the mean cell at weight 0 of each chip, both positive.
        granularity_K: the weight change that one pulse is counted as when trains are planned, float64.
        seeds_K: of the chips, int64.
        pulsed: weights, parameters and counters.
        bounds_K2OI: lower and upper bound of what can be written.
        rests: decay and diffusion.
        noise_K11: standard deviation of the write noise; None where no chip has any.
        on_set_K11: whether programming has write noise, too, bool.
        apparent_KOI: the weights that are read; ``pulsed.w_KOI`` itself without write noise.
    """

    nominal_K2: Tensor
    granularity_K: Tensor
    seeds_K: Tensor
    pulsed: plain.Pulsed
    bounds_K2OI: Tensor
    rests: Rests
    noise_K11: Tensor | None
    on_set_K11: Tensor
    apparent_KOI: Tensor

    @staticmethod
    def made(chips: Sequence[Cells], device: torch.device) -> "TorchCells":
        """The cells of these chips, moved to a device.

        Raises:
            ValueError: their law has no step in torch.
        """
        first = chips[0]
        g_KG = _stacked([chip.g for chip in chips], device)
        counts = [torch.zeros(len(chips), *first.w.shape, dtype=torch.int32, device=device) for _ in range(2)]
        p_KPOI, w_KOI = _stacked([chip.p_POI for chip in chips], device), _stacked([chip.w for chip in chips], device)
        noises = [write_noise_std(chip.response) * chip.response.dw_min for chip in chips]
        noisy = any(noise > 0 for noise in noises)
        return TorchCells(
            nominal_K2=torch.tensor([chip.nominal() for chip in chips], dtype=torch.float32, device=device),
            granularity_K=_numbers([law_module(chip.law).granularity(chip.response) for chip in chips], torch.float64, device),
            seeds_K=torch.tensor([chip.seed for chip in chips], device=device),
            pulsed=plain.Pulsed(form_of(first.law), p_KPOI, g_KG, any(bool(chip.g.any()) for chip in chips), w_KOI, *counts),
            bounds_K2OI=_stacked([chip.bounds_2OI for chip in chips], device),
            rests=_rests(chips, device),
            noise_K11=_numbers(noises, torch.float32, device)[:, None, None] if noisy else None,
            on_set_K11=_numbers([_on_set(chip) for chip in chips], torch.bool, device)[:, None, None],
            apparent_KOI=w_KOI.clone() if noisy else w_KOI,
        )

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor, parameters: UpdateParameters, step: int) -> None:
        """Pulse trains of a batch and what they do, sample by sample."""
        before = self._touched()
        make = functions(x_KBI.device)
        plan = make.plan(x_KBI, d_KBO, lr_K, self.granularity_K, parameters)
        slot_KW, noise = trains.first_slots(plan), Stream(self.seeds_K, (int(Purpose.PULSE), step))
        for first in range(0, x_KBI.shape[1], SAMPLES):
            part = plan.samples(first, first + SAMPLES)
            words = []
            for purpose, v_KBN, gain_KB in ((Purpose.X_TRAIN, x_KBI, part.x_gain_KB), (Purpose.D_TRAIN, d_KBO, part.d_gain_KB)):
                stream = Stream(self.seeds_K, (int(purpose), step))
                words.append(make.fill(stream, v_KBN[:, first : first + SAMPLES], gain_KB, part, parameters))
            slots = slice(first * plan.words, (first + SAMPLES) * plan.words)
            make.walk(noise, *words, slot_KW[:, slots], self.pulsed)
        self._show(before, step)

    def pulse(self, n_KOI: Tensor, step: int) -> None:
        """Exactly n pulses on every cell."""
        before = self._touched()
        functions(n_KOI.device).addressed(Stream(self.seeds_K, (int(Purpose.ADDRESSED), step)), n_KOI, self.pulsed)
        self._show(before, step)

    def program(self, w_KOI: Tensor, step: int) -> None:
        """Write targets, clipped to each cell's range."""
        self.pulsed.w_KOI.copy_(self._bounded(w_KOI))
        if self.noise_K11 is not None:
            self.apparent_KOI.copy_(self.pulsed.w_KOI)
            self._noise(self.on_set_K11, Purpose.PROGRAM, step)

    def rest(self, step: int) -> None:
        """Decay towards each cell's reset value, and diffusion."""
        rests, w_KOI = self.rests, self.pulsed.w_KOI
        if rests.rest_K3OI is None:
            return
        decay_KOI, diffusion_KOI, reset_KOI = rests.rest_K3OI.unbind(1)
        decayed_KOI = self._bounded((w_KOI - reset_KOI) * decay_KOI + reset_KOI)
        w_KOI.copy_(torch.where(rests.decays_K11, decayed_KOI, w_KOI))
        xi_KOI = functions(w_KOI.device).normals(Stream(self.seeds_K, (int(Purpose.DIFFUSION), step)), w_KOI.shape[1:])
        w_KOI.copy_(torch.where(rests.diffuses_K11, self._bounded(w_KOI + diffusion_KOI * xi_KOI), w_KOI))
        self._noise(rests.decays_K11 | rests.diffuses_K11, Purpose.REST, step)

    def state(self) -> State:
        """What ``crossbar.pulsed`` holds of these chips, under the same names, on the CPU."""
        pulsed = self.pulsed
        rest_K3OI = torch.empty(len(pulsed.w_KOI), 0, *pulsed.w_KOI.shape[1:]) if self.rests.rest_K3OI is None else self.rests.rest_K3OI
        held = {"p_POI": pulsed.p_KPOI, "g": pulsed.g_KG, "bounds_2OI": self.bounds_K2OI, "rest_3OI": rest_K3OI, "w": pulsed.w_KOI}
        if self.noise_K11 is not None:
            held["apparent"] = self.apparent_KOI
        counts = {name: count.cpu().view(torch.uint32) for name, count in (("up", pulsed.up_KOI), ("down", pulsed.down_KOI))}
        return {name: value.to("cpu", copy=True) for name, value in {**held, **counts}.items()}

    def load_state(self, state: State) -> None:
        """Restore what ``state`` returned."""
        pulsed = self.pulsed
        targets = {"p_POI": pulsed.p_KPOI, "g": pulsed.g_KG, "bounds_2OI": self.bounds_K2OI, "w": pulsed.w_KOI}
        if self.rests.rest_K3OI is not None:
            targets["rest_3OI"] = self.rests.rest_K3OI
        if self.noise_K11 is not None:
            targets["apparent"] = self.apparent_KOI
        for name, target in targets.items():
            target.copy_(state[name])
        pulsed.up_KOI.copy_(state["up"].view(torch.int32))
        pulsed.down_KOI.copy_(state["down"].view(torch.int32))

    def counted(self) -> tuple[Tensor, Tensor]:
        """Up and down pulses per cell [K, O, I], float64, on the CPU."""
        up_KOI, down_KOI = ((count.cpu().long() & 0xFFFFFFFF).double() for count in (self.pulsed.up_KOI, self.pulsed.down_KOI))
        return up_KOI, down_KOI

    def _bounded(self, w_KOI: Tensor) -> Tensor:
        low_KOI, high_KOI = self.bounds_K2OI.unbind(1)
        return torch.minimum(torch.maximum(w_KOI, low_KOI), high_KOI)

    def _touched(self) -> tuple[Tensor, Tensor] | None:
        return None if self.noise_K11 is None else (self.pulsed.up_KOI.clone(), self.pulsed.down_KOI.clone())

    def _show(self, before: tuple[Tensor, Tensor] | None, step: int) -> None:
        if before is not None:
            self._noise((self.pulsed.up_KOI != before[0]) | (self.pulsed.down_KOI != before[1]), Purpose.WRITE_NOISE, step)

    def _noise(self, touched: Tensor, purpose: Purpose, step: int) -> None:
        """The apparent weight of every touched cell is its persistent weight and new noise."""
        if self.noise_K11 is not None:
            w_KOI = self.pulsed.w_KOI
            xi_KOI = functions(w_KOI.device).normals(Stream(self.seeds_K, (int(purpose), step)), w_KOI.shape[1:])
            self.apparent_KOI.copy_(torch.where(touched, w_KOI + self.noise_K11 * xi_KOI, self.apparent_KOI))


def _on_set(chip: Cells) -> bool:
    return write_noise_std(chip.response) > 0 and bool(chip.response.apply_write_noise_on_set)


def _rests(chips: Sequence[Cells], device: torch.device) -> Rests:
    decays = _numbers([chip.response.lifetime > 0 for chip in chips], torch.bool, device)[:, None, None]
    diffuses = _numbers([chip.response.diffusion > 0 for chip in chips], torch.bool, device)[:, None, None]
    if not any(len(chip.rest_3OI) for chip in chips):
        return Rests(decays, diffuses, None)
    empty = np.zeros((3, *chips[0].w.shape), dtype=np.float32)
    return Rests(decays, diffuses, _stacked([chip.rest_3OI if len(chip.rest_3OI) else empty for chip in chips], device))


def _stacked(arrays: Sequence[np.ndarray], device: torch.device) -> Tensor:
    return torch.from_numpy(np.stack(arrays)).to(device)


def _numbers(values: Sequence[float], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=dtype, device=device)

"""One way of reading pulsed cells: forward or by transposed reads.

Shapes: K chips, B samples, M lines in, N lines out.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from aihwkit.simulator.parameters.io import IOParameters
from torch import Tensor

from crossbar.kept import Kept
from crossbar.kernels import fused, reads
from crossbar.kernels.fleet import Fleet
from crossbar.kernels.streams import Purpose
from crossbar.numbers import numbers
from crossbar.reading import After, Drives, OneHot, Way, samples

_PURPOSE = {"forward": Purpose.FORWARD, "backward": Purpose.BACKWARD}
_ONE = np.ones((1, 1, 1), np.float32)


class Side:
    """Periphery, streams and counters of one way of reading.

    Attributes:
        step: reads so far, the streams' step numbers.
        vectors: samples read so far, by every chip.

    Args:
        way: forward or transposed.
        shape: (O, I).
        io: the periphery.
        seeds: one per chip.
        fleet: the cells.
    """

    def __init__(self, way: Way, shape: tuple[int, int], io: IOParameters, seeds: Sequence[int], fleet: Fleet) -> None:
        self.step, self.vectors = 0, 0
        self._forward, self._purpose, self._seeds, self._fleet = way == "forward", _PURPOSE[way], seeds, fleet
        self._out, self._in = shape if self._forward else shape[::-1]
        self._name, self._chips = "x" if self._forward else "d", len(seeds)
        noises = [reads.adc_noise(io, self._out, seed, self._purpose) for seed in seeds]
        self._reads = [reads.Read(io, self._forward, noise_N) for noise_N in noises]
        self._listed = not io.inp_noise > 0  # lines instead of one-hot vectors: noise would be on all lines
        fixed = (fused.fixed(io, self._reads[0].bounded),) if fused.fits(io) else ()
        self._fused = (*fixed, np.stack(noises), fleet.seeds_K, fleet.read_KOI, self._purpose) if fixed else None
        self._plain = fused.plain(self._chips)
        self._digital: Kept[fused.Digital] = Kept()
        self._lines: Kept[Any] = Kept()

    def read(self, v: Drives, after: After) -> Tensor:
        """s W v + c v + b, or the same with W^T [K, B, N]."""
        values, lines = self._driven(v)
        digital = self._digital.get(after, self._behind)
        step = self.step
        self.step += 1
        self.vectors += samples(v)
        if self._fused is not None:
            return torch.from_numpy(fused.read(*self._fused, values, step, lines, digital))
        read_KBN = []  # chip by chip, with what the kernel for all chips does not model
        for chip, read, seed, v_BM in zip(self._fleet.chips, self._reads, self._seeds, values, strict=True):
            read_KBN.append(read(chip.apparent if self._forward else chip.apparent.T, v_BM, seed, self._purpose, step))
        return after.of(torch.from_numpy(np.stack(read_KBN)), torch.from_numpy(values))

    def _driven(self, v: Drives) -> tuple[Any, Any]:
        """Vectors, and the lines of one-hot ones where they need not be written out."""
        if isinstance(v, Tensor):
            return values(v, self._chips, self._in, self._name), fused.DENSE
        if self._fused is None or not self._listed or v.line_KB.numel() == 0:
            return values(v.drives(self._in, torch.float32), self._chips, self._in, self._name), fused.DENSE
        return _ONE, self._lines.get(v, self._looked_at)

    def _looked_at(self, v: OneHot) -> Any:
        line_KB = v.looked_at().numpy()
        if line_KB.ndim != 2 or len(line_KB) != self._chips or line_KB.max() >= self._in or line_KB.min() < -1:
            raise ValueError(f"one-hot {self._name} names lines below {self._in} for {self._chips} chips [K, B]")
        return line_KB

    def _behind(self, after: After) -> fused.Digital:
        if after.carry_K is not None and self._out != self._in:
            outputs, inputs = self._fleet.w_KOI.shape[1:]
            raise ValueError(f"only a square array carries past the cells what drives it, not {outputs} x {inputs}")
        one, digital = (self._chips,), []
        for name, given, shape, otherwise in zip(After._fields, after, (one, one, (*one, self._out)), self._plain, strict=True):
            if given is not None and given.shape != shape:
                raise ValueError(f"{name} must be of shape {shape}, not {tuple(given.shape)}")
            digital.append(otherwise if given is None else numbers(given))
        return fused.Digital(*digital)


def values(v_KBM: Tensor, chips: int, lines: int, name: str) -> Any:
    """What drives the lines of every chip, in float32.

    Raises:
        ValueError: another number of chips or lines.
    """
    shape = v_KBM.shape
    if len(shape) != 3 or shape[0] != chips or shape[2] != lines:
        raise ValueError(f"{name} must be [{chips}, B, {lines}], not of shape {tuple(shape)}")
    return numbers(v_KBM)

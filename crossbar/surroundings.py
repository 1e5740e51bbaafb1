"""What an array built from others may use: the chips' seeds, what a designer knows of the cells, and further arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from crossbar.array import Array
from crossbar.seeds import generator
from device_models.cell import Cell

Another = Callable[[str, tuple[int, int]], Array]
"""(name, shape (O, I)) -> a further array of the same cells and periphery, with a device draw of its own."""


@dataclass(frozen=True)
class Surroundings:
    """What a write scheme or a multi-cell weight may use beside the array that it wraps.

    Attributes:
        seeds: one per chip; of whatever it draws itself.
        cells: the published cell of each chip: what a designer knows of it.
        another: makes a further array.
    """

    seeds: tuple[int, ...]
    cells: tuple[Cell, ...]
    another: Another

    def uniform(self, shape: tuple[int, ...], dtype: torch.dtype, *purpose: str | int) -> Tensor:
        """Numbers from U[0, 1) [K, *shape], each chip's from a stream of its own; the same purpose gives the same numbers."""
        return torch.stack([torch.rand(shape, generator=generator(seed, *purpose), dtype=dtype) for seed in self.seeds])

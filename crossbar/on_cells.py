"""Arrays on cells for people who bring their own model: one call from a cell's name to what ``analogdecor.convert`` needs."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from crossbar.aged import Aged
from crossbar.array import Array
from crossbar.computing import device_of
from crossbar.io import Periphery
from crossbar.pulsed_on import pulsed_on
from crossbar.scaled import Scaled
from crossbar.seeds import derive
from crossbar.surroundings import Surroundings
from crossbar.writes import FOLDER
from device_models.ageing import Ageing
from device_models.cell import as_cell


def on_cells(
    cell: Any,
    *,
    seeds: Sequence[int],
    write: str = "accumulate",
    weight_range: float = 8.0,
    periphery: Periphery | None = None,
    ageing: Ageing | None = None,
    device: str = "cpu",
) -> Callable[[str, Tensor], Array]:
    """A function (name of a layer, initial weights w_KOI) -> the pulsed array that holds them, one chip per seed.

    The cells' range [-1, 1] holds +- ``weight_range`` standard deviations of the layer's initial weights, by a digital scale.

    Args:
        cell: a preset's name, a ``Cell``, or an aihwkit device.
        seeds: one per chip; each layer draws its devices and pulses from a stream of its own.
        write: write scheme, a file of ``crossbar/writes``.
        weight_range: see above [1].
        periphery: converters and read noise; 7 and 9 bits with aihwkit's noise where None.
        ageing: how the cells age, for example ``preset("fefet_jerry2017_mirror").ageing``; not at all where None.
        device: where the arrays are simulated, ``cpu`` or ``cuda``.

    Raises:
        ValueError: cell or write scheme are unknown, the pulsed array has no law for the cell, or there is no such device.
    """
    chosen, scheme, around = as_cell(cell), FOLDER.load(write).scheme, periphery or Periphery()
    where = device_of(device)

    def host(name: str, shape: tuple[int, int]) -> Array:
        own = [derive(seed, "device", name) for seed in seeds]
        bare = pulsed_on(where, shape, chosen, seeds=own, forward_io=around.forward_io(), backward_io=around.backward_io())
        return bare if ageing is None else Aged(bare, ageing, seeds=own)

    def make(name: str, w_KOI: Tensor) -> Array:
        own = tuple(derive(seed, "writes", name) for seed in seeds)
        beside = Surroundings(own, (chosen,) * len(own), lambda more, shape: host(f"{name} {more}", shape))
        array = Scaled(scheme(host(name, (w_KOI.shape[1], w_KOI.shape[2])), beside), weight_range * float(w_KOI.std()))
        array.program(w_KOI.to(array.device))
        return array

    return make

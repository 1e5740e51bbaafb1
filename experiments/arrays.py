"""From specs to arrays: hosts, cells, periphery, scales and write schemes, for K chips at once.

Composition from the inside out: host, cells of one weight, write scheme, digital scale, and for a decorrelator the identity beside it.
Shapes: K chips, O output lines, I input lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from crossbar import computing, io, multicell, optimizers, writes
from crossbar.aged import Aged
from crossbar.array import Array
from crossbar.block_diagonal import BlockDiagonal, blocks_of
from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.ferroelectric import Ferroelectric
from crossbar.hosted import Hosted
from crossbar.low_rank import LowRank, orthonormal
from crossbar.programming import program_by_pulses
from crossbar.pulsed_on import pulsed_on
from crossbar.scaled import Scaled
from crossbar.seeds import derive
from crossbar.split import Split
from crossbar.surroundings import Another, Surroundings
from device_models.cell import Cell, as_cell
from experiments.ageing import AgeingLaws, ageing_of
from experiments.cells import cell_of
from experiments.options import given
from experiments.periphery import periphery_of
from experiments.sections import Device, Feedback, Optimizer, Periphery, Weight, Write
from experiments.spec import Spec


@dataclass(frozen=True)
class Analog:
    """An array on cells, with what is needed to say what it spent.

    Attributes:
        array: with all its wrappers.
        cells: one per chip.
        count: physical cells of one chip's array, with those of further arrays that its weights and its write scheme use.
    """

    array: Array
    cells: tuple[Cell, ...]
    count: int


@dataclass(frozen=True)
class Site:
    """Where an array stands: what its cells are, how they are written, which chips.

    Attributes:
        name: of the array; its device draw depends on it and on the chip's seed.
        devices: the [device] section of every chip.
        periphery: the [array] section.
        weight: the [weight] section: the cells of one weight.
        write: the [write] section.
        optimizer: the [optimizer] section.
        ageing: the [ageing] section.
        seeds: train.seed of every chip.
    """

    name: str
    devices: tuple[Device, ...]
    periphery: Periphery
    weight: Weight
    write: Write
    optimizer: Optimizer
    ageing: AgeingLaws
    seeds: tuple[int, ...]


def weight_site(specs: Sequence[Spec], name: str) -> Site:
    """Where the weights of a layer stand."""
    first = specs[0]
    seeds = tuple(s.train.seed for s in specs)
    return Site(name, tuple(s.device for s in specs), first.array, first.weight, first.write, first.optimizer, first.ageing, seeds)


def decorrelator_site(specs: Sequence[Spec], name: str) -> Site:
    """Where the decorrelator of a layer stands, with its own cell and write scheme where the spec gives them."""
    first = specs[0]
    devices = tuple(s.decorrelation.device or s.device for s in specs)
    weight, write = first.decorrelation.weight or first.weight, first.decorrelation.write or first.write
    seeds = tuple(s.train.seed for s in specs)
    return Site(f"{name} decorrelator", devices, first.array, weight, write, Optimizer(), first.ageing, seeds)


def feedback_site(specs: Sequence[Spec], name: str) -> Site:
    """Where the fixed feedback array of a layer stands: single cells of its own, which are never written while learning."""
    first = specs[0]
    devices = tuple(s.feedback.device or s.device for s in specs)
    seeds = tuple(s.train.seed for s in specs)
    return Site(f"{name} feedback", devices, first.array, Weight(), Write(scheme="direct"), Optimizer(), first.ageing, seeds)


def feedback_array(site: Site, b_KOI: Tensor, section: Feedback) -> Analog:
    """B on cells, programmed by pulses: +-range standard deviations of B fill the cells' range [-1, 1]."""
    scale = section.range * (2.0 / b_KOI.shape[2]) ** 0.5
    analog = _on_cells(site, (b_KOI.shape[1], b_KOI.shape[2]), scale)
    program_by_pulses(analog.array, b_KOI.to(analog.array.device), scale, section.rounds, section.reads)
    return analog


def weight_array(site: Site, w_KOI: Tensor) -> Analog:
    """Initial weights programmed onto cells: +-weight_range standard deviations of the initial weights fill the cells' range [-1, 1].

    The standard deviation is the nominal one of He's initial weights, sqrt(2 / I).
    """
    scale = site.periphery.weight_range * (2.0 / w_KOI.shape[2]) ** 0.5
    analog = _on_cells(site, (w_KOI.shape[1], w_KOI.shape[2]), scale)
    analog.array.program(w_KOI.to(analog.array.device))
    return analog


def decorrelator_array(site: Site, lines: int, reach: float, *, full: bool, block: int = 0) -> Analog:
    """R = I on cells: as a deviation A = 0 with +-reach filling the cells' range, or the whole of R; block-diagonal where ``block``.

    Raises:
        ValueError: the whole of R, with a reach below its diagonal, 1.
    """
    if full and reach < 1:
        raise ValueError(f"decorrelation.range = {reach} is not accepted with full = true: the identity needs a range of at least 1")
    count, size = blocks_of(lines, block or lines)
    held = _on_cells(_blockwise(site, count), (size, size), reach)
    array = held.array if full else Deviation(held.array)
    analog = Analog(array if count == 1 else BlockDiagonal(array, lines, len(site.seeds)), held.cells[::count], held.count * count)
    analog.array.program(torch.eye(lines, dtype=array.dtype, device=array.device).expand(len(site.seeds), -1, -1))
    return analog


def low_rank_decorrelator(site: Site, lines: int, rank: int, reach: float) -> tuple[LowRank, dict[str, Analog]]:
    """R = 1 + U V^T on cells, U = 0 and V random at the start, and its two arrays by name.

    +-sqrt(reach) of each factor fills the cells' range, so that a product of two of their numbers reaches +-reach.
    """
    rank = min(rank, lines)
    factors = {
        f"{site.name} {word}": _on_cells(replace(site, name=f"{site.name} {word}"), shape, reach**0.5)
        for word, shape in (("U", (lines, rank)), ("V", (rank, lines)))
    }
    up, down = (one.array for one in factors.values())
    up.program(torch.zeros(len(site.seeds), lines, rank, dtype=up.dtype, device=up.device))
    down.program(orthonormal(site.seeds, lines, rank, site.name).to(down.device, down.dtype))
    return LowRank(up, down), factors


def _blockwise(site: Site, count: int) -> Site:
    """The site of a chip's blocks as chips of their own, each with its own draw of devices and pulses."""
    if count == 1:
        return site
    seeds = tuple(derive(seed, "block", place) for seed in site.seeds for place in range(count))
    return replace(site, devices=tuple(device for device in site.devices for _ in range(count)), seeds=seeds)


def _on_cells(site: Site, shape: tuple[int, int], scale: float) -> Analog:
    exact = site.periphery.host == "exact"
    cells = tuple(as_cell("ideal") if exact else cell_of(device) for device in site.devices)
    made: list[int] = []

    def host(name: str, shape: tuple[int, int]) -> Array:
        made.append(shape[0] * shape[1])
        return _host(replace(site, name=name), shape, cells)

    def weights(name: str, shape: tuple[int, int]) -> Array:
        kind = multicell.FOLDER.load(site.weight.kind).weight
        array: Array = kind(host(name, shape), _around(site, name, cells, host), **given(site.weight, Weight))
        return array

    scheme = writes.FOLDER.load(site.write.scheme).scheme
    array = scheme(weights(site.name, shape), _around(site, site.name, cells, weights), **given(site.write, Write))
    return Analog(Scaled(optimized(array, site.optimizer), scale), cells, sum(made))


def _around(site: Site, name: str, cells: tuple[Cell, ...], make: Another) -> Surroundings:
    """What an array may use beside it; further arrays are named after it, and draw their devices from streams of their own."""
    seeds = tuple(derive(seed, "writes", name) for seed in site.seeds)
    return Surroundings(seeds, cells, lambda more, shape: make(f"{name} {more}", shape))


def _host(site: Site, shape: tuple[int, int], cells: tuple[Cell, ...]) -> Array:
    make = _ageing(HOSTS[site.periphery.host])
    largest = (site.periphery.max_rows or shape[0], site.periphery.max_columns or shape[1])
    if largest[0] >= shape[0] and largest[1] >= shape[1]:
        return make(site, shape, cells, ())
    return Split(shape, largest, lambda block, row, column: make(site, block, cells, (row, column)))


def optimized(array: Array, section: Optimizer) -> Array:
    """An array behind the optimizer of an [optimizer] section.

    Raises:
        ValueError: the optimizer assumes digital hardware, and the array is none.
    """
    return optimizers.FOLDER.load(section.name).optimizer(array, **given(section, Optimizer))


Place = tuple[int, ...]
"""Row and column of a block in a split array; empty where the array is whole."""

Host = Callable[[Site, tuple[int, int], tuple[Cell, ...], Place], Array]
"""Makes the bare cells: site, (O, I), one cell per chip, place of the block."""


def _exact(site: Site, shape: tuple[int, int], cells: tuple[Cell, ...], place: Place) -> Array:
    dtype = {"float64": torch.float64, "float32": torch.float32}[site.periphery.dtype]
    return Exact(torch.zeros(len(cells), *shape, device=computing.device_of(site.periphery.device)), dtype=dtype)


def _hosted(site: Site, shape: tuple[int, int], cells: tuple[Cell, ...], place: Place) -> Array:
    if site.periphery.device != "cpu":
        raise ValueError(f"array.device = {site.periphery.device!r} is not for the host 'hosted', which works on the CPU alone")
    forward, backward = _reads(site, cells)
    return Hosted(shape, cells, seeds=_device_seeds(site, place), forward_io=forward, backward_io=backward)


def _pulsed(site: Site, shape: tuple[int, int], cells: tuple[Cell, ...], place: Place) -> Array:
    forward, backward = _reads(site, cells)
    seeds, device = _device_seeds(site, place), computing.device_of(site.periphery.device)
    return pulsed_on(device, shape, cells, seeds=seeds, forward_io=forward, backward_io=backward)


def _domains(site: Site, shape: tuple[int, int], cells: tuple[Cell, ...], place: Place) -> Array:
    if site.periphery.device != "cpu":
        raise ValueError(f"array.device = {site.periphery.device!r} is not for the host 'domains', which works on the CPU alone")
    film = cells[0].film
    if film is None:
        raise ValueError(f"the host 'domains' needs a cell with switching physics, and {cells[0].name!r} has none; give [device.switching]")
    forward, backward = _reads(site, cells)
    return Ferroelectric(shape, film, seeds=_device_seeds(site, place), forward_io=forward, backward_io=backward)


HOSTS: dict[str, Host] = {"domains": _domains, "exact": _exact, "hosted": _hosted, "pulsed": _pulsed}


def _ageing(make: Host) -> Host:
    """The bare cells as they age, where they do."""

    def made(site: Site, shape: tuple[int, int], cells: tuple[Cell, ...], place: Place) -> Array:
        host, laws = make(site, shape, cells, place), ageing_of(site.ageing, cells[0])
        if laws is not None and isinstance(host, Ferroelectric):
            raise ValueError("the host 'domains' does not age: its weights are whole domains; use the host 'pulsed' with the same cell")
        return host if laws is None else Aged(host, laws, seeds=_device_seeds(site, place), cycles=site.ageing.cycles)

    return made


def _device_seeds(site: Site, place: Place) -> list[int]:
    return [derive(seed, "device", site.name, *place) for seed in site.seeds]


def _reads(site: Site, cells: tuple[Cell, ...]) -> tuple[io.IOParameters, io.IOParameters]:
    """The periphery of both directions, with the cells' own read noise.

    Raises:
        ValueError: the chips' read noises differ; one fleet shares one periphery.
    """
    noises = {cell.read_noise for cell in cells}
    if len(noises) > 1:
        raise ValueError(f"chips of one fleet share their periphery: read noises {sorted(noises)} do not fit into one")
    periphery = periphery_of(site.periphery)
    return io.with_read_noise(periphery.forward_io(), *noises), io.with_read_noise(periphery.backward_io(), *noises)

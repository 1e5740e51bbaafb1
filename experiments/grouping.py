"""Which runs of a sweep go together as one fleet. Grouping changes no result: a chip gives the same bits in every fleet."""

import json
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import overload

import torch

from experiments.build import VECTORISABLE, plan_of, shared
from experiments.cells import cell_of
from experiments.plan import layers_of
from experiments.spec import Spec, decorrelation_rule_of
from experiments.splits import load

FLEETS = ("pulsed", "domains", "exact")
"""Hosts whose chips may share a fleet. aihwkit's tiles draw from one common stream: a run would depend on its neighbours."""

LARGEST = 64
"""Chips of the largest fleet: a fleet that is killed starts again, and above this size a chip costs no less."""

WHOLE = 16
"""Chips up to which a fleet is not divided just to let all workers end together: a step of few chips costs hardly more than that of one."""

SHARE = 0.25
"""Part of the machine's memory that all workers' fleets may take together."""

GPU_SHARE = 0.5
"""Likewise of what is free of a GPU's memory when the sweep begins."""

BYTES_PER_CELL = 128
BYTES_PER_VALUE = 64
BYTES_PER_DOMAIN = 48
"""Of every cell, and of every line's value for one sample: upper bounds of what resident memory grows by with one chip more. Measured were
70 to 125 bytes per cell (arrays of 10^5 cells; host, write scheme and rule varied) and 12 to 60 bytes per value (batches of 512). Exact
arrays in float32 take half.
Of a ferroelectric domain: activation, direction, history, rank, half-selected exposures, and what is made on the way to them."""

Memory = Callable[[str], int]
"""Bytes of a device that one fleet may take."""

_EVALUATED = 256  # samples read at a time outside of learning


def memory_for(workers: int, device: str = "cpu") -> int:
    """Bytes of a device that the fleet of one of so many workers may take; of this machine's memory where the GPUs are on others."""
    if device == "cuda" and torch.cuda.is_available():
        return int(GPU_SHARE * torch.cuda.mem_get_info()[0] / workers)
    return int(SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / workers)


class Chosen(Sequence[Spec]):
    """Some of many specs, which are made when they are asked for: a long sweep lies in memory as numbers.

    Args:
        make: gives the spec at a place.
        places: which ones.
    """

    __slots__ = ("_make", "_places")

    def __init__(self, make: Callable[[int], Spec], places: Sequence[int]) -> None:
        self._make, self._places = make, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Spec: ...
    @overload
    def __getitem__(self, index: slice) -> "Chosen": ...
    def __getitem__(self, index: int | slice) -> "Spec | Chosen":
        return self._make(self._places[index]) if isinstance(index, int) else Chosen(self._make, self._places[index])

    def __iter__(self) -> Iterator[Spec]:
        return map(self._make, self._places)


@dataclass(frozen=True)
class _Kind:
    """Runs that may share a fleet.

    Attributes:
        size: bytes of one chip.
        device: where they are.
        most: chips of a fleet, memory apart.
        places: of the runs.
    """

    size: int
    device: str
    most: int
    places: "array[int]" = field(default_factory=lambda: array("L"))

    def fits(self, memory: int) -> int:
        """Chips of the largest fleet that fits into the memory."""
        return max(1, min(self.most, memory // self.size))


def groups(specs: Sequence[Spec], *, workers: int, memory: Memory) -> Iterator[Chosen]:
    """Fleets of runs that differ in ``VECTORISABLE`` keys only, largest arrays first, so that no worker is late with a large one.

    A fleet has at most ``LARGEST`` chips and fits into the memory; there are as many fleets as workers, or one per run. Fleets of more than
    ``WHOLE`` chips are divided until a fleet is at most a quarter of a worker's share of all runs. Chips whose read noise differs do not go
    together: a fleet has one periphery.

    Args:
        specs: all runs, each once.
        workers: fleets that run at the same time.
        memory: bytes that one fleet may take on a device.

    Raises:
        ValueError: data are missing.
    """
    kinds = sorted(_alike(specs), key=lambda kind: -kind.size)
    memories = {device: memory(device) for device in {kind.device for kind in kinds}}
    fitting = [kind.fits(memories[kind.device]) for kind in kinds]
    largest = _largest([len(kind.places) for kind in kinds], fitting, workers)
    parts = (part for kind, fits in zip(kinds, fitting, strict=True) for part in _divided(kind.places, min(largest, fits)))
    return (Chosen(specs.__getitem__, part) for part in parts)


def _alike(specs: Sequence[Spec]) -> list[_Kind]:
    alike: dict[str, _Kind] = {}
    for place, spec in enumerate(specs):
        name = _shared(spec)
        if name not in alike:
            alike[name] = _Kind(bytes_per_chip(spec), spec.array.device, LARGEST if spec.array.host in FLEETS else 1)
        alike[name].places.append(place)
    return list(alike.values())


def _shared(spec: Spec) -> str:
    """What all chips of a fleet have in common, as text."""
    return json.dumps(shared(spec, but=[key for key in VECTORISABLE if not key.endswith("device.read")]), sort_keys=True)


def bytes_per_chip(spec: Spec) -> int:
    """An upper bound of the memory that one chip of a fleet takes: its cells, and what a batch leaves on its lines.

    Raises:
        ValueError: data are missing.
    """
    splits = load(spec.data)
    layers = layers_of(plan_of(spec, splits.sample, splits.classes))
    cells = sum(layer.inputs * layer.outputs for layer in layers)
    if decorrelation_rule_of(spec) is not None:
        cells += sum(spec.decorrelation.numbers(layer.inputs) for layer in layers)
    values = sum((layer.inputs + layer.outputs) * layer.positions for layer in layers)
    film = cell_of(spec.device).film if spec.array.host == "domains" else None
    per_cell = BYTES_PER_CELL + (BYTES_PER_DOMAIN * film.domains if film is not None else 0)
    size = per_cell * cells + BYTES_PER_VALUE * max(spec.train.batch_size, _EVALUATED) * values
    return size // 2 if spec.array.host == "exact" and spec.array.dtype == "float32" else size


def _largest(sizes: Sequence[int], fitting: Sequence[int], workers: int) -> int:
    """Chips of the largest fleet with which every worker has one and none has one that the others wait for."""
    runs = sum(sizes)
    largest = min(LARGEST, max(WHOLE, runs // (4 * workers)))
    while sum(_fleets(size, min(largest, fits)) for size, fits in zip(sizes, fitting, strict=True)) < min(workers, runs):
        largest -= 1
    return largest


def _fleets(size: int, largest: int) -> int:
    return -(-size // largest)


def _divided(places: "array[int]", largest: int) -> Iterator["array[int]"]:
    """As few fleets as possible, equal up to one chip, in order."""
    parts = _fleets(len(places), largest)
    cuts = (len(places) * part // parts for part in range(parts + 1))
    return (places[start:stop] for start, stop in pairwise(cuts))

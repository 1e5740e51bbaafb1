"""Which runs of a sweep go together as one fleet. Grouping changes no result: a chip gives the same bits in every fleet."""

import json
import os
from collections.abc import Sequence
from itertools import pairwise

from experiments.build import VECTORISABLE, plan_of, shared
from experiments.plan import layers_of
from experiments.spec import Spec, decorrelation_rule_of
from experiments.splits import load

FLEETS = ("pulsed", "exact")
"""Hosts whose chips may share a fleet. aihwkit's tiles draw from one common stream: a run would depend on its neighbours."""

LARGEST = 64
"""Chips of the largest fleet: a fleet that is killed starts again, and above this size a chip costs no less."""

WHOLE = 16
"""Chips up to which a fleet is not divided just to let all workers end together: a step of few chips costs hardly more than that of one."""

SHARE = 0.25
"""Part of the machine's memory that all workers' fleets may take together."""

BYTES_PER_CELL = 128
BYTES_PER_VALUE = 64
"""Of every cell, and of every line's value for one sample: upper bounds of what resident memory grows by with one chip more. Measured were
70 to 125 bytes per cell (arrays of 10^5 cells; host, write scheme and rule varied) and 12 to 60 bytes per value (batches of 512)."""

_EVALUATED = 256  # samples read at a time outside of learning


def memory_for(workers: int) -> int:
    """Bytes that the fleet of one of so many workers may take."""
    return int(SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / workers)


def groups(specs: Sequence[Spec], *, workers: int, memory: int) -> list[list[Spec]]:
    """Fleets of runs that differ in ``VECTORISABLE`` keys only, largest arrays first, so that no worker is late with a large one.

    A fleet has at most ``LARGEST`` chips and fits into the memory; there are as many fleets as workers, or one per run. Fleets of more than
    ``WHOLE`` chips are divided until a fleet is at most a quarter of a worker's share of all runs. Chips whose read noise differs do not go
    together: a fleet has one periphery.

    Args:
        specs: all runs, each once.
        workers: fleets that run at the same time.
        memory: bytes that one fleet may take.

    Raises:
        ValueError: data are missing.
    """
    alike: dict[str, list[Spec]] = {}
    for spec in specs:
        alike.setdefault(_shared(spec), []).append(spec)
    kinds = sorted(((bytes_per_chip(kind[0]), kind) for kind in alike.values()), key=lambda pair: -pair[0])
    fitting = [max(1, memory // size) for size, _ in kinds]
    largest = _largest([len(kind) for _, kind in kinds], fitting, workers)
    return [fleet for (_, kind), fits in zip(kinds, fitting, strict=True) for fleet in _divided(kind, min(largest, fits))]


def _shared(spec: Spec) -> str:
    """What all chips of a fleet have in common, as text."""
    if spec.array.host not in FLEETS:
        return spec.hash
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
        cells += sum(layer.inputs**2 for layer in layers)
    values = sum((layer.inputs + layer.outputs) * layer.positions for layer in layers)
    return BYTES_PER_CELL * cells + BYTES_PER_VALUE * max(spec.train.batch_size, _EVALUATED) * values


def _largest(sizes: Sequence[int], fitting: Sequence[int], workers: int) -> int:
    """Chips of the largest fleet with which every worker has one and none has one that the others wait for."""
    runs = sum(sizes)
    largest = min(LARGEST, max(WHOLE, runs // (4 * workers)))
    while sum(_fleets(size, min(largest, fits)) for size, fits in zip(sizes, fitting, strict=True)) < min(workers, runs):
        largest -= 1
    return largest


def _fleets(size: int, largest: int) -> int:
    return -(-size // largest)


def _divided(kind: Sequence[Spec], largest: int) -> list[list[Spec]]:
    """As few fleets as possible, equal up to one chip, in order."""
    parts = _fleets(len(kind), largest)
    cuts = [len(kind) * part // parts for part in range(parts + 1)]
    return [list(kind[start:stop]) for start, stop in pairwise(cuts)]

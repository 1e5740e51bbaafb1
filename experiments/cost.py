"""What a run costs before anything like it has been run: a guess that is good enough to weigh kinds of runs against one another."""

import json
import math

from experiments.build import plan_of, shared
from experiments.cells import cell_of
from experiments.plan import layers_of
from experiments.spec import Spec, decorrelation_rule_of
from experiments.splits import load

_RUN = 0.02
_STEP = 7.5e-4
_CELL = {"pulsed": 1.1e-10, "exact": 1.1e-10, "domains": 1.1e-10, "hosted": 2e-8}
_DOMAIN = 1e-9
"""Seconds of a run that learns nothing, of a step per array, and per sample and cell. Fitted to the CPU times of 48 kinds of runs of
benchmarks/sweep_forecast.py on our own host, which they meet within 20 %; aihwkit's tiles: of the order that pulsed_speed.py finds. Seconds
of a step per ferroelectric domain, of the order of one pulse per epoch and cell; half-selected pulses are ten times as many."""


def kind_of(spec: Spec) -> str:
    """What runs have in common that take as long as one another: all but seeds, noise multipliers and rates."""
    return json.dumps(shared(spec), sort_keys=True)


def cost_of(spec: Spec) -> float:
    """Seconds, roughly.

    Raises:
        ValueError: data are missing.
    """
    splits = load(spec.data)
    layers = layers_of(plan_of(spec, splits.sample, splits.classes))
    cells, arrays = sum(layer.inputs * layer.positions * layer.outputs for layer in layers), len(layers)
    if decorrelation_rule_of(spec) is not None:
        cells += sum(layer.positions * spec.decorrelation.numbers(layer.inputs) for layer in layers)
        arrays *= 2
    learnt = len(splits.train) * spec.train.epochs
    read = (len(splits.test) + len(splits.validation)) * (spec.train.epochs + 1)
    steps = math.ceil(len(splits.train) / spec.train.batch_size) * spec.train.epochs
    film = cell_of(spec.device).film if spec.array.host == "domains" else None
    domains = 0 if film is None else film.domains * (1 + 10 * (film.selection != "none"))
    return _RUN + _STEP * steps * arrays + _DOMAIN * steps * cells * domains + _CELL[spec.array.host] * cells * (3 * learnt + read)

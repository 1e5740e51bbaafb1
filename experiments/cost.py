"""What a run costs before anything like it has been run: a guess that is good enough to weigh kinds of runs against one another."""

import json
import math

from experiments.build import plan_of, shared
from experiments.plan import layers_of
from experiments.spec import Spec, decorrelation_rule_of
from experiments.splits import load

_STEP = 1e-3
_CELL = 1e-9
_HOSTED = 20.0
"""Seconds of a step of the smallest network, seconds per sample and cell, and how much more aihwkit's tiles take per cell: of the order
that benchmarks/pulsed_speed.py finds."""


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
    cells = sum(layer.inputs * layer.positions * layer.outputs for layer in layers)
    if decorrelation_rule_of(spec) is not None:
        cells += sum(layer.inputs * layer.positions * (spec.decorrelation.block or layer.inputs) for layer in layers)
    per_cell = _CELL * (_HOSTED if spec.array.host == "hosted" else 1.0)
    learnt = len(splits.train) * spec.train.epochs
    read = (len(splits.test) + len(splits.validation)) * (spec.train.epochs + 1)
    steps = math.ceil(len(splits.train) / spec.train.batch_size) * spec.train.epochs
    return _STEP * (1 + steps) + per_cell * cells * (3 * learnt + read)

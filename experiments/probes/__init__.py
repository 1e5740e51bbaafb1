"""Probes: what a study looks at beside losses and accuracies, one file each: the folder is the registry.

A file defines ``measure(situation) -> {name: number of every chip [K]}``, asked before training and after every epoch, and ``CATALOGUE``:
start of a name -> (units, long name). A probe changes nothing and draws from streams of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from analogdecor.losses import Loss
from analogdecor.rule import Rule, RuleState
from device_models.folder import Folder
from experiments.splits import Part

FOLDER = Folder("experiments.probes", "probe")


@dataclass(frozen=True)
class Situation:
    """What a probe is shown.

    Attributes:
        network: K chips, after an epoch.
        rule: the learning rule.
        state: what the rule remembers.
        loss: one loss per sample.
        seeds: train.seed of every chip.
        samples: a few training samples, the same at every epoch.
    """

    network: nn.Module
    rule: Rule
    state: RuleState
    loss: Loss
    seeds: Sequence[int]
    samples: Part


def described(name: str) -> tuple[str, str]:
    """Units and long name of a probe's variable; what follows the start of the name in the catalogue is a layer."""
    for probe in FOLDER.names():
        for start, (units, long_name) in FOLDER.load(probe).CATALOGUE.items():
            if name == start or name.startswith(f"{start}_"):
                layer = name.removeprefix(start).removeprefix("_")
                return units, f"{long_name}, {layer}" if layer else long_name
    raise KeyError(name)

"""A spec: everything that defines a run. A value, hashable, and the same text on every machine."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from device_models.folder import unknown
from experiments.ageing import AgeingLaws, Shelf
from experiments.parsing import SECTIONS, decorrelation_rule_from, rule_from, section_of
from experiments.sections import Data, Decorrelation, Device, Feedback, Network, Optimizer, Periphery, Rule, Train, Weight, Write

Tree = dict[str, Any]
"""A spec as nested tables, as TOML and JSON hold it."""


@dataclass(frozen=True, eq=False)
class Spec:
    """Everything that defines one run. Two specs are equal when their canonical JSON is.

    Attributes:
        data: the data set.
        network: the layers.
        device: the cell.
        array: host and periphery.
        weight: the cells of one weight.
        write: the write scheme.
        optimizer: what becomes of a batch's outer products.
        rule: the learning rule.
        feedback: the fixed arrays that carry the error back.
        decorrelation: the decorrelators.
        ageing: how cells age.
        train: the loop.
        shelf: what becomes of the chip after training.
    """

    data: Data
    network: Network
    device: Device
    array: Periphery
    weight: Weight
    write: Write
    optimizer: Optimizer
    rule: Rule
    feedback: Feedback
    decorrelation: Decorrelation
    ageing: AgeingLaws
    train: Train
    shelf: Shelf

    @staticmethod
    def from_tree(tree: Mapping[str, Any]) -> "Spec":
        """A spec from nested tables; what is not given takes its default.

        Raises:
            ValueError: one line with the dotted key, the value, and what is accepted.
        """
        for name in tree:
            if name not in SECTIONS:
                raise unknown("section", name, SECTIONS)
        return Spec(**{name: cast(Any, section_of(name, tree.get(name, {}))) for name in SECTIONS})

    def tree(self) -> Tree:
        """The spec as nested tables, every default written out."""
        return {name: getattr(self, name).model_dump(mode="json", by_alias=True) for name in SECTIONS}

    def json(self) -> str:
        """Canonical JSON: sorted keys, no spaces."""
        return json.dumps(self.tree(), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, as 64 hexadecimal digits."""
        return hashlib.sha256(self.json().encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and self.json() == other.json()

    def __hash__(self) -> int:
        return hash(self.json())


def rule_of(spec: Spec) -> Any:
    """The learning rule of a spec, with its hyper-parameters."""
    return rule_from(spec.rule)


def decorrelation_rule_of(spec: Spec) -> Any:
    """The decorrelation rule of a spec, or None where decorrelation is off."""
    return decorrelation_rule_from(spec.decorrelation)

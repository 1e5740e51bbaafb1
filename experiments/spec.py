"""A spec: everything that defines a run. A value, hashable, and the same text on every machine."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from pydantic import ValidationError, create_model

from analogdecor import decorrelation as decorrelation_rules
from analogdecor import rules
from crossbar import writes
from device_models.folder import Folder, unknown
from experiments import data as data_sets
from experiments.cells import cell_of
from experiments.complaints import complaint
from experiments.options import Fields, given, options_of
from experiments.periphery import periphery_of
from experiments.sections import Data, Decorrelation, Device, Network, Periphery, Rule, Section, Train, Write

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
        write: the write scheme.
        rule: the learning rule.
        decorrelation: the decorrelators.
        train: the loop.
    """

    data: Data
    network: Network
    device: Device
    array: Periphery
    write: Write
    rule: Rule
    decorrelation: Decorrelation
    train: Train

    @staticmethod
    def from_tree(tree: Mapping[str, Any]) -> "Spec":
        """A spec from nested tables; what is not given takes its default.

        Raises:
            ValueError: one line with the dotted key, the value, and what is accepted.
        """
        for name in tree:
            if name not in SECTIONS:
                raise unknown("section", name, SECTIONS)
        spec = Spec(**{name: cast(Any, _section(name, tree.get(name, {}))) for name in SECTIONS})
        _check(spec)
        return spec

    def tree(self) -> Tree:
        """The spec as nested tables, every default written out."""
        return {name: getattr(self, name).model_dump(mode="json", by_alias=True) for name in SECTIONS}

    def json(self) -> str:
        """Canonical JSON: sorted keys, no spaces."""
        return json.dumps(self.tree(), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, as 64 hexadecimal digits."""
        return hashlib.sha256(self.json().encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and self.json() == other.json()

    def __hash__(self) -> int:
        return hash(self.json())


SECTIONS: dict[str, type[Section]] = {
    "data": Data,
    "network": Network,
    "device": Device,
    "array": Periphery,
    "write": Write,
    "rule": Rule,
    "decorrelation": Decorrelation,
    "train": Train,
}


@dataclass(frozen=True)
class Registry:
    """How a section finds its entry.

    Attributes:
        folder: the folder of entries.
        key: the section's field that names one.
        options: the module of an entry -> its options.
    """

    folder: Folder
    key: str
    options: Callable[[Any], Fields]


REGISTRIES = {
    "data": Registry(data_sets.FOLDER, "name", lambda module: options_of(module.load)),
    "write": Registry(writes.FOLDER, "scheme", lambda module: options_of(module.scheme, skip=1)),
    "rule": Registry(rules.FOLDER, "name", lambda module: options_of(module.RULE)),
    "decorrelation": Registry(decorrelation_rules.FOLDER, "name", lambda module: options_of(module.RULE)),
}


def _section(name: str, table: Any) -> Section:
    if not isinstance(table, Mapping):
        raise ValueError(f"{name} = {table!r} is not accepted: a table of settings is")
    model = _model(name, table)
    try:
        return model.model_validate_json(json.dumps(table, default=str))  # strict JSON takes a list for a tuple, strict Python does not
    except ValidationError as error:
        raise complaint(error, name, table, model) from None


def _model(section: str, table: Mapping[str, Any]) -> type[Section]:
    base = SECTIONS[section]
    if section not in REGISTRIES:
        return base
    registry = REGISTRIES[section]
    entry = table.get(registry.key, base.model_fields[registry.key].default)
    nested = table.get("write") if section == "decorrelation" else None
    scheme = _model("write", nested) if isinstance(nested, Mapping) else None
    return _extended(section, str(entry), scheme)


@lru_cache(maxsize=256)
def _extended(section: str, entry: str, scheme: type[Section] | None) -> type[Section]:
    """The section's model with the entry's options as further fields, and a nested [write] with its scheme's."""
    base = SECTIONS[section]
    fields = dict(_entry_options(section, entry))
    clash = sorted(set(fields) & set(base.model_fields))
    if clash:
        raise ValueError(f"{section} {entry!r} has options that the section itself has: {', '.join(clash)}")
    if scheme is not None:
        fields["write"] = (scheme | None, None)
    return create_model(base.__name__, __base__=base, **cast(Any, fields))


def _entry_options(section: str, entry: str) -> Fields:
    registry = REGISTRIES[section]
    if section == "decorrelation" and entry == "none":  # whatever a rule may have been given stays without effect
        every = [registry.options(registry.folder.load(name)) for name in registry.folder.names()]
        return {name: field for options in every for name, field in options.items()}
    try:
        return registry.options(registry.folder.load(entry))
    except ValueError as error:
        raise ValueError(f"{section}.{registry.key}: {error}") from None


def _check(spec: Spec) -> None:
    """What only the entries themselves can judge: cells, and the rules' own limits."""
    _named("array", lambda: periphery_of(spec.array))
    _named("device", lambda: cell_of(spec.device))
    if spec.decorrelation.device is not None:
        own = spec.decorrelation.device
        _named("decorrelation.device", lambda: cell_of(own))
    _named("rule", lambda: rule_of(spec))
    _named("decorrelation", lambda: decorrelation_rule_of(spec))


def _named(key: str, make: Callable[[], object]) -> None:
    try:
        make()
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def rule_of(spec: Spec) -> Any:
    """The learning rule of a spec, with its hyper-parameters."""
    return rules.FOLDER.load(spec.rule.name).RULE(**given(spec.rule, Rule))


def decorrelation_rule_of(spec: Spec) -> Any:
    """The decorrelation rule of a spec, or None where decorrelation is off."""
    section = spec.decorrelation
    if "none" in (section.name, section.on):
        return None
    return decorrelation_rules.FOLDER.load(section.name).RULE(**given(section, Decorrelation))

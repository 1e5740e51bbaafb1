"""One section from one table: strict, with the options of the entry that it names."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import torch
from pydantic import ValidationError, create_model

from analogdecor import decorrelation as decorrelation_rules
from analogdecor import rules
from crossbar import multicell, optimizers, writes
from crossbar.exact import Exact
from crossbar.surroundings import Surroundings
from device_models.cell import as_cell
from device_models.folder import Folder, unknown
from experiments import data as data_sets
from experiments import probes
from experiments.ageing import AgeingLaws, Shelf
from experiments.cells import cell_of
from experiments.complaints import complaint
from experiments.factories import NETWORKS, Factories
from experiments.options import Fields, given, options_of
from experiments.periphery import periphery_of, technology_of
from experiments.sections import Data, Decorrelation, Device, Feedback, Network, Optimizer, Periphery, Rule, Section, Train, Weight, Write

SECTIONS: dict[str, type[Section]] = {
    "data": Data,
    "network": Network,
    "device": Device,
    "array": Periphery,
    "weight": Weight,
    "write": Write,
    "optimizer": Optimizer,
    "rule": Rule,
    "feedback": Feedback,
    "decorrelation": Decorrelation,
    "ageing": AgeingLaws,
    "train": Train,
    "shelf": Shelf,
}


@dataclass(frozen=True)
class Registry:
    """How a section finds its entry.

    Attributes:
        folder: the folder of entries.
        key: the section's field that names one.
        options: the module of an entry -> its options.
    """

    folder: Folder | Factories
    key: str
    options: Callable[[Any], Fields]


REGISTRIES = {
    "network": Registry(NETWORKS, "layers", lambda module: options_of(module.plan, skip=3)),
    "data": Registry(data_sets.FOLDER, "name", lambda module: options_of(module.load)),
    "weight": Registry(multicell.FOLDER, "kind", lambda module: options_of(module.weight, skip=2)),
    "write": Registry(writes.FOLDER, "scheme", lambda module: options_of(module.scheme, skip=2)),
    "optimizer": Registry(optimizers.FOLDER, "name", lambda module: options_of(module.optimizer, skip=1)),
    "rule": Registry(rules.FOLDER, "name", lambda module: options_of(module.RULE)),
    "decorrelation": Registry(decorrelation_rules.FOLDER, "name", lambda module: options_of(module.RULE)),
}


NESTED = ("weight", "write")
"""Registry sections that [decorrelation] may hold for itself."""


def section_of(name: str, table: Any) -> Section:
    """A section from its table; what is not given takes its default. The entry itself has judged its numbers.

    Raises:
        ValueError: one line with the dotted key, the value, and what is accepted.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{name} = {table!r} is not accepted: a table of settings is")
    return _parsed(name, json.dumps(_pinned(name, table), default=str))


def _pinned(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table with the SHA-256 of every cell file that it names."""
    if name == "device":
        return {**table, **_fingerprint(name, table)}
    nested = table.get("device")
    if name in ("decorrelation", "feedback") and isinstance(nested, Mapping):
        return {**table, "device": {**nested, **_fingerprint(f"{name}.device", nested)}}
    return table


def _fingerprint(key: str, device: Mapping[str, Any]) -> dict[str, str]:
    preset = device.get("preset")
    if not isinstance(preset, str) or not preset.endswith(".toml") or not Path(preset).is_file():
        return {}
    found = hashlib.sha256(Path(preset).read_bytes()).hexdigest()
    wanted = device.get("preset_sha256") or found
    if wanted != found:
        raise ValueError(f"{key}.preset = {preset!r} has changed: its SHA-256 is {found}, the spec means {wanted}")
    return {"preset_sha256": found}


@lru_cache(maxsize=4096)
def _parsed(name: str, text: str) -> Section:
    """From JSON, because strict JSON takes a list for a tuple and strict Python does not. Cached: a sweep asks for the same ones again."""
    table = json.loads(text)
    model = _model(name, table)
    try:
        section = model.model_validate_json(text)
    except ValidationError as error:
        raise complaint(error, name, table, model) from None
    _judge(name, section)
    return section


def _model(section: str, table: Mapping[str, Any]) -> type[Section]:
    base = SECTIONS[section]
    if section not in REGISTRIES:
        return base
    registry = REGISTRIES[section]
    entry = table.get(registry.key, base.model_fields[registry.key].default)
    nested = {name: table.get(name) for name in NESTED} if section == "decorrelation" else {}
    models = tuple((name, _model(name, own)) for name, own in nested.items() if isinstance(own, Mapping))
    return _extended(section, str(entry), models)


@lru_cache(maxsize=256)
def _extended(section: str, entry: str, nested: tuple[tuple[str, type[Section]], ...]) -> type[Section]:
    """The section's model with the entry's options as further fields, and nested sections with those of the entries that they name."""
    base = SECTIONS[section]
    fields = dict(_entry_options(section, entry))
    clash = sorted(set(fields) & set(base.model_fields))
    if clash:
        raise ValueError(f"{section} {entry!r} has options that the section itself has: {', '.join(clash)}")
    fields |= {name: (model | None, None) for name, model in nested}
    return create_model(base.__name__, __base__=base, **cast(Any, fields))


def _entry_options(section: str, entry: str) -> Fields:
    registry = REGISTRIES[section]
    names = registry.folder.names()
    if section == "decorrelation" and entry == "none":  # whatever a rule may have been given stays without effect
        every = [registry.options(registry.folder.load(name)) for name in names]
        return {name: field for options in every for name, field in options.items()}
    try:
        if section == "decorrelation" and entry not in names:
            raise unknown(registry.folder.kind, entry, ("none", *names))
        return registry.options(registry.folder.load(entry))
    except ValueError as error:
        raise ValueError(f"{section}.{registry.key}: {error}") from None


def _judge(name: str, section: Section) -> None:
    """What only the entries themselves can tell: cells, converters, and the rules' own limits."""
    try:
        match section:
            case Periphery():
                periphery_of(section)
                technology_of(section)
            case Device():
                cell_of(section)
            case Rule():
                rule_from(section)
            case Train():
                for probe in section.probes:
                    probes.FOLDER.load(probe)
            case Decorrelation():
                decorrelation_rule_from(section)
                for own in ("device", *NESTED):
                    if (nested := getattr(section, own)) is not None:
                        _judge(own, nested)
            case Feedback():
                if section.device is not None:
                    _judge("device", section.device)
            case Weight() | Write():
                _on_trial(section)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _on_trial(section: Weight | Write) -> None:
    """Build the entry around two by two exact cells, so that it refuses now what it would refuse later."""

    def exact(_: str, shape: tuple[int, int]) -> Exact:
        return Exact(torch.zeros(1, *shape), step=0.1)

    # the mean cell of a ramp is the run's own; any cell shows here whether the options fit together
    around = Surroundings((0,), (as_cell("fefet_jerry2017_mirror"),), exact)
    if isinstance(section, Weight):
        multicell.FOLDER.load(section.kind).weight(exact("", (2, 2)), around, **given(section, Weight))
    else:
        writes.FOLDER.load(section.scheme).scheme(exact("", (2, 2)), around, **given(section, Write))


def rule_from(section: Rule) -> Any:
    """The learning rule of a [rule] section, with its hyper-parameters."""
    return rules.FOLDER.load(section.name).RULE(**given(section, Rule))


def decorrelation_rule_from(section: Decorrelation) -> Any:
    """The decorrelation rule of a [decorrelation] section, or None where decorrelation is off."""
    if "none" in (section.name, section.on):
        return None
    return decorrelation_rules.FOLDER.load(section.name).RULE(**given(section, Decorrelation))

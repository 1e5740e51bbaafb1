"""[[when]] tables: settings and axes that hold where other settings have certain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.axis import axes_of
from experiments.overrides import flat


@dataclass(frozen=True)
class When:
    """One [[when]] table.

    Attributes:
        condition: dotted keys and the values that they must all have.
        settings: dotted keys and what they are then set to.
        axes: dotted keys and the values that they then run over; elsewhere a run is the same all along such an axis.
    """

    condition: Mapping[str, Any]
    settings: Mapping[str, Any]
    axes: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def holds(self, complete: Mapping[str, Any]) -> bool:
        """Whether a spec, with every default written out, fulfils the condition."""
        return all(_at(complete, key) == value for key, value in self.condition.items())

    def table(self) -> dict[str, Any]:
        """As it is written in a file."""
        axes = {"sweep": {key: list(values) for key, values in self.axes.items()}} if self.axes else {}
        return {"if": dict(self.condition), "set": dict(self.settings), **axes}


def _at(tree: Mapping[str, Any], key: str) -> Any:
    """The value under a dotted key; None where this spec has no such key, which equals no value of a condition."""
    value: Any = tree
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def whens_of(tables: Any) -> tuple[When, ...]:
    """The conditional settings and axes of a study: tables with ``if`` and with ``set`` or ``sweep`` or both.

    Raises:
        ValueError: a table has other keys, or one of them is missing or empty.
    """
    if not isinstance(tables, list):
        raise ValueError("when is not accepted: write [[when]] tables with 'if' and 'set'")
    return tuple(_when(table) for table in tables)


def _when(table: Any) -> When:
    parts = table if isinstance(table, Mapping) else {}
    right = set(parts) in ({"if", "set"}, {"if", "sweep"}, {"if", "set", "sweep"})
    if not right or not all(isinstance(part, Mapping) for part in parts.values()) or not parts["if"]:
        raise ValueError(f"when = {table!r} is not accepted: tables 'if' and 'set' are, as in if.rule.name = 'fa' with set.rule.lr = 0.1")
    if not any(parts[name] for name in ("set", "sweep") if name in parts):
        raise ValueError(f"when = {table!r} is not accepted: 'set' and 'sweep' are empty")
    return When(dict(flat(parts["if"])), dict(flat(parts.get("set", {}))), axes_of(parts.get("sweep", {})))

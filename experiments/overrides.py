"""``key=value`` on the command line: dotted keys, TOML values, bare words allowed where TOML wants quotes."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.nested import DEEPEST, toml_of
from experiments.spacing import is_range, spaced


def parse(override: str) -> tuple[str, Any]:
    """``rule.lr=0.01`` -> ("rule.lr", 0.01); ``rule.name=anp`` -> ("rule.name", "anp").

    Raises:
        ValueError: there is no ``=``, or the key is not dotted.
    """
    key, text = _divide(override)
    return key, value_of(text)


def parse_axis(override: str) -> tuple[str, Any]:
    """As ``parse``, but ``a,b,c`` is a list and ``start:stop:steps`` a range; see ``spacing``."""
    key, text = _divide(override)
    parts = at_commas(text)
    if len(parts) > 1:
        return key, Axis([value_of(part) for part in parts])
    if is_range(text):
        return key, Axis(spaced(text, key))
    return key, value_of(text)


class Axis(list[Any]):
    """Values of an axis, as opposed to one value that is a list."""


def _divide(override: str) -> tuple[str, str]:
    key, equals, text = override.partition("=")
    if not equals or not all(key.strip().split(".")) or not 1 <= key.count(".") < DEEPEST:
        raise ValueError(f"{override!r} is not accepted: section.key=value is, for example rule.lr=0.01")
    return key.strip(), text.strip()


def value_of(text: str) -> Any:
    """A TOML value; what is none is a bare word."""
    try:
        parsed = toml_of(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if list(parsed) == ["value"] else text


def at_commas(text: str) -> list[str]:
    """Parts between the commas outside of brackets and quotes: ``[8],[8,8]`` has two."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
        elif not quote:
            depth += (character in "[{") - (character in "]}")
        if character == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def with_values(tree: Mapping[str, Any], values: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A copy of nested tables with dotted keys set, the later ones last.

    Raises:
        ValueError: a key goes through something that is no table.
    """
    result = _copied(tree)
    for key, value in values:
        *path, last = key.split(".")
        table = result
        for depth, name in enumerate(path):
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ValueError(f"{key} is not accepted: {'.'.join(path[: depth + 1])} = {table!r} is no table")
        table[last] = value
    return result


def _copied(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _copied(value) if isinstance(value, Mapping) else value for name, value in tree.items()}


def flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested tables as dotted keys: ``"device.c2c" = 1`` and ``device.c2c = 1`` are the same."""
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        pairs += flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(f"{prefix}{name}", value)]
    return pairs

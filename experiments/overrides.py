"""``key=value`` on the command line: dotted keys, TOML values, bare words allowed where TOML wants quotes."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any


def parse(override: str) -> tuple[str, Any]:
    """``rule.lr=0.01`` -> ("rule.lr", 0.01); ``rule.name=anp`` -> ("rule.name", "anp").

    Raises:
        ValueError: there is no ``=``, or the key is not dotted.
    """
    key, text = _divide(override)
    return key, value_of(text)


def parse_axis(override: str) -> tuple[str, Any]:
    """As ``parse``, but ``a,b,c`` is a list and ``start:stop:steps`` that many equally spaced numbers, both ends included."""
    key, text = _divide(override)
    parts = _at_commas(text)
    if len(parts) > 1:
        return key, Axis([value_of(part) for part in parts])
    if is_range(text):
        return key, Axis(spaced(text))
    return key, value_of(text)


class Axis(list[Any]):
    """Values of an axis, as opposed to one value that is a list."""


def _divide(override: str) -> tuple[str, str]:
    key, equals, text = override.partition("=")
    if not equals or not all(key.strip().split(".")) or "." not in key:
        raise ValueError(f"{override!r} is not accepted: section.key=value is, for example rule.lr=0.01")
    return key.strip(), text.strip()


def value_of(text: str) -> Any:
    """A TOML value; what is none is a bare word."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if list(parsed) == ["value"] else text


def _at_commas(text: str) -> list[str]:
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


def is_range(text: object) -> bool:
    """Whether it is written ``start:stop:steps``."""
    return isinstance(text, str) and text.count(":") == 2 and all(_is_number(part) for part in text.split(":"))


def spaced(text: str) -> list[float]:
    """``0:4:5`` -> [0, 1, 2, 3, 4].

    Raises:
        ValueError: steps is not a whole number of at least 2, or an end is not finite.
    """
    start, stop, steps = (float(part) for part in text.split(":"))
    if not all(map(math.isfinite, (start, stop, steps))) or steps != math.floor(steps) or steps < 2:
        raise ValueError(f"{text!r} is not accepted: start:stop:steps with at least 2 steps is, for example 0:4:5")
    gaps = int(steps) - 1
    return [start + (stop - start) * i / gaps for i in range(gaps)] + [stop]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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

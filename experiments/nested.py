"""Tables and lists from text that may come from a stranger: TOML and JSON, no larger and no deeper than anything that we read."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

DEEPEST = 20
LARGEST = 2**24
"""Bytes of a spec."""


def toml_of(text: str) -> dict[str, Any]:
    """The tables of TOML text.

    Raises:
        tomllib.TOMLDecodeError: it is none.
        ValueError: it is nested too deeply, or holds a number that Python does not read.
    """
    found: dict[str, Any] = _shallow(tomllib.loads, text)
    return found


def json_of(text: str) -> Any:
    """The value of JSON text.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    return _shallow(json.loads, text)


def _shallow(read: Callable[[str], Any], text: str) -> Any:
    try:
        value = read(text)
    except RecursionError:
        value, deep = None, True
    else:
        deep = _deeper(value, DEEPEST)
    if deep:
        raise ValueError(f"tables and lists are nested more than {DEEPEST} deep")
    return value


def _deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_deeper(each, levels - 1) for each in inner)


def text_of(path: Path) -> str:
    """The text of a spec.

    Raises:
        ValueError: it cannot be read, is no UTF-8, or is larger than any spec.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError(f"cannot read {path}: it has more than {LARGEST} bytes")
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}") from None

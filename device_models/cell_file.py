"""A cell as a file: ``cell.toml`` holds every number of a ``Cell``, and reads back as the same cell.

The response is a table whose ``class`` names the aihwkit class; nested parameters, the devices of a unit cell and the laws of ageing are
tables of the same kind. A file written by hand may leave fields out, which then keep their defaults; a key that does not exist is an error.
"""

import importlib
import inspect
import json
import os
import tempfile
import tomllib
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from device_models.ageing import Ageing
from device_models.cell import Cell, Response, Source
from device_models.folder import unknown

_MODULES = (
    "aihwkit.simulator.configs.devices",
    "aihwkit.simulator.configs.compounds",
    "aihwkit.simulator.presets.devices",
    "aihwkit.simulator.presets.compounds",
    "aihwkit.simulator.presets.utils",
    "aihwkit.simulator.parameters.io",
    "aihwkit.simulator.parameters.training",
    "aihwkit.simulator.parameters.inference",
    "device_models.ageing",
    "device_models.switching",
    "device_models.switching.activation",
    "device_models.switching.readout",
)


def write_cell(cell: Cell, path: Path) -> None:
    """Write a cell to ``path``, whole or not at all.

    Args:
        cell: the cell.
        path: the file; an existing one is replaced.

    Raises:
        ValueError: the response holds a class that is not aihwkit's own, or a value that TOML cannot hold; nothing is written.
    """
    text = _document(cell)
    path = Path(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


def read_cell(path: Path) -> Cell:
    """The cell in a file that ``write_cell`` wrote, or that was written by hand.

    Raises:
        ValueError: the file is not TOML, or a key, a class or a value is not accepted; the message names the file and the key.
    """
    try:
        with Path(path).open("rb") as file:
            return _cell(tomllib.load(file))
    except (ValueError, RecursionError) as error:  # tomllib's own error is a ValueError too
        raise ValueError(f"{path}: {error}") from None


def _document(cell: Cell) -> str:
    own = [f.name for f in fields(Cell) if f.name not in ("source", "response")]
    lines = [_assignment(name, getattr(cell, name)) for name in own if getattr(cell, name) is not None]
    source = [_assignment(f.name, getattr(cell.source, f.name)) for f in fields(Source) if getattr(cell.source, f.name) is not None]
    response = [_assignment(key, value) for key, value in _entries(cell.response)]
    return "\n".join([*lines, "", "[source]", *source, "", "[response]", *response, ""])


def _assignment(key: str, value: object) -> str:
    return f"{key} = {_literal(value)}"


def _entries(value: Any) -> list[tuple[str, object]]:
    """The class and the fields of a dataclass. A None is left out, because reading puts the default back; it must be the default."""
    kind: Any = type(value)
    if _classes().get(kind.__name__) != kind:
        raise ValueError(f"a cell file holds aihwkit's own classes and the laws of ageing, not {kind.__module__}.{kind.__name__}")
    held = {f.name: getattr(value, f.name) for f in fields(kind)}
    lost = [f.name for f in fields(kind) if held[f.name] is None and _default(f) is not None]
    if lost:
        raise ValueError(f"{kind.__name__}.{lost[0]} is None, which TOML cannot hold")
    return [("class", kind.__name__), *((name, entry) for name, entry in held.items() if entry is not None)]


def _literal(value: object) -> str:
    if isinstance(value, Enum):
        return _literal(value.name)
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return repr(float(value))  # the shortest text that reads back as the same number; inf and nan are TOML too
    if isinstance(value, list | tuple):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{{{', '.join(_assignment(key, item) for key, item in _entries(value))}}}"
    raise ValueError(f"a cell file cannot hold {value!r}")


def _cell(document: dict[str, Any]) -> Cell:
    for key in ("name", "source", "response"):
        if key not in document:
            raise ValueError(f"no {key!r}; a cell file has name, [source] and [response]")
    table = {key: value for key, value in document.items() if key not in ("source", "response")}
    source = _made(Source, document["source"], "source")
    response = _object(document["response"], "response")
    if "ageing" in table and not isinstance(_object(table["ageing"], "ageing"), Ageing):
        raise ValueError(f"ageing.class is Ageing, not {table['ageing']['class']!r}")
    if not isinstance(response, Response):
        raise ValueError(f"response.class is an aihwkit device or unit cell, not {type(response).__name__}")
    return Cell(source=source, response=response, **_values(Cell, table, ""))


def _object(table: object, where: str) -> object:
    """The dataclass that a table with a ``class`` describes."""
    if not isinstance(table, dict) or "class" not in table:
        raise ValueError(f"{where} is a table with a key 'class', not {table!r}")
    classes = _classes()
    if table["class"] not in classes:
        raise unknown(f"{where}.class", table["class"], classes)
    return _made(classes[table["class"]], {key: value for key, value in table.items() if key != "class"}, where)


def _made(kind: Any, table: object, where: str) -> Any:
    if not isinstance(table, dict):
        raise ValueError(f"{where} is a table, not {table!r}")
    values = _values(kind, table, f"{where}.")
    missing = [f.name for f in fields(kind) if f.name not in values and f.default is MISSING and f.default_factory is MISSING]
    if missing:
        raise ValueError(f"{where} lacks the key {missing[0]!r}")
    return kind(**values)


def _values(kind: Any, table: dict[str, Any], prefix: str) -> dict[str, Any]:
    known = {f.name: f for f in fields(kind)}
    for key in table:
        if key not in known:
            raise unknown(f"key of {prefix.rstrip('.') or 'a cell file'}", key, known)
    return {key: _value(value, known[key], prefix + key) for key, value in table.items()}


def _value(value: object, field: Field, where: str) -> object:
    """The value for a field, checked against the type of the field's default, and where that says nothing, its annotation."""
    default = _default(field)
    if isinstance(default, Enum):
        return _member(type(default), value, where)
    if isinstance(value, dict):
        return _object(value, where)
    if isinstance(value, list):
        value = [_object(item, f"{where}[{i}]") if isinstance(item, dict) else item for i, item in enumerate(value)]
    accepted = _accepted(field, default)
    if isinstance(value, bool) != (accepted is bool) or not isinstance(value, accepted):
        raise ValueError(f"{where} is {_WORDS[accepted]}, not {value!r}")
    return value


def _accepted(field: Field, default: object) -> Any:
    if isinstance(default, bool):
        return bool
    if isinstance(default, list | str):
        return type(default)
    return str if "str" in str(field.type) or "Literal" in str(field.type) else (int, float)


_WORDS: dict[Any, str] = {bool: "true or false", str: "a text", list: "a list", (int, float): "a number"}


def _member(kind: type[Enum], value: object, where: str) -> Enum:
    if value not in kind.__members__:
        raise unknown(where, value, kind.__members__)
    return kind[str(value)]


def _default(field: Field) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return None if field.default is MISSING else field.default


@cache
def _classes() -> dict[str, type]:
    """aihwkit's dataclasses and the laws of ageing by name."""
    modules = [importlib.import_module(name) for name in _MODULES]
    members = [pair for module in modules for pair in inspect.getmembers(module, inspect.isclass)]
    return {"Source": Source, **{name: kind for name, kind in members if is_dataclass(kind)}}

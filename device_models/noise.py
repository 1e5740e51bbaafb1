"""Noise as a sweep axis: multiples of the published spreads, and single fields set absolutely. Both return a new cell.

Sources that publish no device-to-device spread leave those fields at 0, and a multiple of 0 is 0: set the field instead, for
example ``with_fields(cell, {"response.dw_min_dtod": 0.05})``.
"""

import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from device_models.cell import Cell
from device_models.folder import unknown

_CYCLE = ("dw_min_std", "write_noise_std", "reset_std")
_DEVICE = ("reference_std",)  # besides all *_dtod: a reference is drawn once per device


def scaled(cell: Cell, *, c2c: float = 1.0, d2d: float = 1.0, read: float = 1.0) -> Cell:
    """The cell with its spreads multiplied, in every device of its response.

    Args:
        cell: published or the user's own.
        c2c: factor of the cycle-to-cycle spread: ``dw_min_std``, ``write_noise_std``, ``reset_std``.
        d2d: factor of the device-to-device spread: every ``*_dtod``, and ``reference_std``.
        read: factor of ``read_noise``.

    Raises:
        ValueError: a factor is negative or not finite.
    """
    for name, factor in (("c2c", c2c), ("d2d", d2d), ("read", read)):
        if not 0 <= factor < math.inf:
            raise ValueError(f"the noise multiplier {name} must be 0 or more, not {factor}")
    new = replace(cell, read_noise=cell.read_noise * read)  # owns a copy of the response
    for device in parts(new.response):
        for field in fields(device):
            if field.name in _CYCLE:
                setattr(device, field.name, getattr(device, field.name) * c2c)
            elif field.name.endswith("_dtod") or field.name in _DEVICE:
                setattr(device, field.name, getattr(device, field.name) * d2d)
    return new


def parts(value: Any) -> Iterator[Any]:
    """A response and every dataclass inside it: the devices of a unit cell, parameter groups such as ``drift``."""
    if is_dataclass(value):
        yield value
        for field in fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


def with_fields(cell: Cell, values: Mapping[str, Any]) -> Cell:
    """The cell with single fields set: ``{"response.dw_min_std": 0.3, "read_noise": 0.01}``.

    A path walks attributes and, in a unit cell, list positions: ``"response.unit_cell_devices.0.dw_min_dtod"``.

    Args:
        cell: the cell to start from; it is not changed.
        values: new values by dotted path.

    Raises:
        ValueError: there is no such field (the nearest is named), a value has another type than the field, or a spread is negative.
    """
    own: dict[str, Any] = {}
    response = deepcopy(cell.response)
    for path, value in values.items():
        head, _, rest = path.partition(".")
        if head == "response" and rest:
            _set(response, rest, path, value)
        elif path in _OWN:
            own[path] = _checked(cell, path, path, value)
        else:
            raise unknown("cell field", path, [*_OWN, "response.<field of the device>"])
    return replace(cell, response=response, **own)


_OWN = tuple(field.name for field in fields(Cell) if field.name not in ("response", "source", "film", "ageing"))


def _set(target: Any, rest: str, path: str, value: Any) -> None:
    *way, last = rest.split(".")
    for name in way:
        target = _child(target, name)
    current = _child(target, last)
    if _names(current):
        raise ValueError(f"{path} is a group of fields; set one of them: {', '.join(f'{path}.{name}' for name in _names(current))}")
    setattr(target, last, _checked(target, last, path, value))


def _names(value: Any) -> list[str]:
    """Names below a value: fields of a device, positions in a list of devices."""
    if isinstance(value, list):
        return [str(i) for i, item in enumerate(value) if is_dataclass(item)]
    return [field.name for field in fields(value)] if is_dataclass(value) else []


def _child(value: Any, name: str) -> Any:
    if name not in _names(value):
        raise unknown(f"field of {type(value).__name__}", name, _names(value))
    return value[int(name)] if isinstance(value, list) else getattr(value, name)


def _checked(owner: Any, name: str, path: str, value: Any) -> Any:
    """The value, if it has the declared type of the owner's field and is possible."""
    kinds = _kinds(next(field.type for field in fields(owner) if field.name == name))
    if not any(_fits(value, kind) for kind in kinds):
        raise ValueError(f"{path} must be {' or '.join(_WORDS.get(kind, kind.__name__) for kind in kinds)}, not {value!r}")
    if (name.endswith(("_dtod", "_std")) or name == "read_noise") and value < 0:
        raise ValueError(f"{path} is a standard deviation and must be 0 or more, not {value}")
    return value


_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    list: "a list of finite numbers",
    NoneType: "nothing",
}


def _kinds(declared: Any) -> tuple[type, ...]:
    """The plain types of an annotation: ``int | None`` is (int, NoneType), ``List[float]`` is (list,)."""
    members = get_args(declared) if isinstance(declared, UnionType) else (declared,)
    return tuple(get_origin(member) or member for member in members)


def _fits(value: Any, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and len(value) > 0 and all(_fits(item, float) for item in value)
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, kind)

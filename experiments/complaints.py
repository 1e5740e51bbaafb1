"""What was wrong with a request, in one line: the dotted key, the value, what is accepted."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from device_models.folder import unknown


def complaint(error: ValidationError, section: str, table: Mapping[str, Any], model: type[BaseModel]) -> ValueError:
    """The first fault that pydantic found in a section, as one line.

    Args:
        error: what pydantic raised.
        section: name of the section.
        table: the section as it was given.
        model: what the section was checked against; its fields are the known keys.
    """
    first = error.errors(include_url=False)[0]
    path = _path(first["loc"], table)
    key = ".".join((section, *path))
    if first["type"] == "extra_forbidden":
        return unknown("key", key, _siblings(section, path, model))
    if first["type"] == "missing":
        return ValueError(f"{key} is missing: give it a value")
    message = first["msg"].removeprefix("Value error, ")
    return ValueError(f"{key} = {_shown(first['input'])} is not accepted: {message[0].lower()}{message[1:]}")


def _path(loc: tuple[int | str, ...], table: Any) -> tuple[str, ...]:
    """The part of pydantic's location that names keys: it appends the members of a union, which no user wrote."""
    path: list[str] = []
    for depth, part in enumerate(loc):
        inside = isinstance(table, Mapping) and part in table
        if depth and not inside:
            break
        path.append(str(part))
        table = table[part] if inside else None
    return tuple(path)


def _siblings(section: str, path: tuple[str, ...], model: type[BaseModel]) -> list[str]:
    for part in path[:-1]:
        model = _model(model.model_fields[part].annotation)
    prefix = ".".join((section, *path[:-1]))
    return [f"{prefix}.{field.alias or name}" for name, field in model.model_fields.items()]


def _model(annotation: Any) -> type[BaseModel]:
    members = (annotation, *getattr(annotation, "__args__", ()))
    return next(m for m in members if isinstance(m, type) and issubclass(m, BaseModel))


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."

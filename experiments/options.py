"""The options of a registry entry, read off the signature that takes them: a new entry needs no edit here."""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field
from torch import Tensor

Fields = dict[str, tuple[Any, Any]]
"""Name -> (type, default), as ``pydantic.create_model`` takes them; the default is ``...`` where a value must be given."""

Rate = Annotated[float, Field(ge=0)]


def options_of(entry: Callable[..., object], *, skip: int = 0) -> Fields:
    """The keyword options of a class or function, without its first ``skip`` parameters.

    A learning rate (float or one number per chip) becomes a number >= 0: in a spec every chip has its own.
    """
    hints = typing.get_type_hints(entry.__init__ if dataclasses.is_dataclass(entry) else entry, include_extras=True)
    parameters = list(inspect.signature(entry).parameters.values())[skip:]
    return {p.name: (_plain(hints[p.name]), ... if p.default is p.empty else p.default) for p in parameters}


def _plain(hint: Any) -> Any:
    members = typing.get_args(hint)
    return Rate if Tensor in members and float in members else hint


def given(section: BaseModel, base: type[BaseModel]) -> Mapping[str, Any]:
    """What a section holds beyond its base class: the entry's own options, by name."""
    return {name: getattr(section, name) for name in type(section).model_fields if name not in base.model_fields}

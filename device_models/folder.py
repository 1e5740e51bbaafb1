"""A folder as a registry: every module in it is an entry, named after its file. Nothing else has to be edited to add one."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType


def unknown(kind: str, name: object, known: Iterable[str]) -> ValueError:
    """The one sentence for a name that does not exist: the value, the nearest known name, and all that are accepted."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return ValueError(f"unknown {kind} {name!r}{hint}; known: {', '.join(names)}")


@dataclass(frozen=True)
class Folder:
    """The modules of one package, as a registry.

    Attributes:
        package: dotted name of the package, for example ``"device_models.presets"``.
        kind: what an entry is called in messages, for example ``"preset"``.
    """

    package: str
    kind: str

    def names(self) -> tuple[str, ...]:
        """Names of all entries, sorted. A module whose name starts with an underscore is a helper, not an entry."""
        path = importlib.import_module(self.package).__path__
        return tuple(sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")))

    def load(self, name: str) -> ModuleType:
        """The module of one entry.

        Raises:
            ValueError: there is no such entry; the message names the nearest and lists all.
        """
        if name not in self.names():
            raise unknown(self.kind, name, self.names())
        return importlib.import_module(f"{self.package}.{name}")

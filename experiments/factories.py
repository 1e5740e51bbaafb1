"""Networks of your own: ``network.layers = "module:function"`` names code, and code runs only where somebody has said that it may.

The function has the form of ``plan`` in ``experiments/networks``; its keyword options become keys of [network]. The module is found as
Python finds modules, and in the working directory. A spec says which function, not what is in it: keep the file with the results.
"""

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from device_models.folder import Folder
from experiments import networks

ALLOWED = "ANALOGDECOR_ALLOW_CODE"
"""Environment variable: 1 where code may run. ``--allow-code`` sets it for this machine's processes; workers of a cluster need it too."""


@dataclass(frozen=True)
class Factories:
    """A registry folder beside whose entries ``module:function`` stands.

    Attributes:
        folder: the registry.
        function: what an entry of the folder calls such a function.
    """

    folder: Folder
    function: str

    @property
    def kind(self) -> str:
        """As ``Folder.kind``."""
        return self.folder.kind

    def names(self) -> tuple[str, ...]:
        """Names of the folder's entries."""
        return self.folder.names()

    def load(self, name: str) -> Any:
        """An entry, or what stands for one.

        Raises:
            ValueError: there is no such entry; or it is code that may not run, or is not there.
        """
        return SimpleNamespace(**{self.function: _function(name)}) if ":" in name else self.folder.load(name)


NETWORKS = Factories(networks.FOLDER, "plan")


def allow(value: bool) -> bool:
    """Let code run from now on, in this process and in those that it starts."""
    if value:
        os.environ[ALLOWED] = "1"
    return value


def _function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), attribute)):
        raise ValueError(f"{name!r} is not accepted: module:function is")
    if os.environ.get(ALLOWED) != "1":
        raise ValueError(f"{name!r} names code, which runs only with --allow-code (on the workers of a cluster: with {ALLOWED}=1)")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        function = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise ValueError(f"{name!r} cannot be used: {type(error).__name__}: {' '.join(str(error).split())}") from None
    if not callable(function):
        raise ValueError(f"{name!r} is not accepted: it is no function")
    made: Callable[..., Any] = function
    return made

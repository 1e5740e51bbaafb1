"""One file per pulse response; the folder is the registry.

A file defines ``DEVICES`` (the aihwkit device classes it answers for), ``draw`` (its per-cell parameters), ``constants`` (its per-chip
numbers), ``granularity``, and the compiled ``step(w, is_down, xi, p, o, i, g)``: the weight after one pulse with standard normal xi,
before the bounds, where p [P, O, I] is what ``draw`` returned, the bounds under pulses first, and g what ``constants`` returned.
"""

from functools import cache
from types import ModuleType
from typing import Any

from aihwkit.simulator.configs.compounds import UnitCell
from aihwkit.simulator.presets import devices

from device_models.folder import Folder

_FOLDER = Folder("crossbar.kernels.laws", "device law")


@cache
def law_module(name: str) -> ModuleType:
    """The law in ``<name>.py``; the folder is looked at once per name."""
    return _FOLDER.load(name)


def law_of(device: Any) -> str:
    """The name of the law that an aihwkit device follows; aihwkit's presets only set fields and follow their base class.

    Raises:
        ValueError: no law answers for its class.
    """
    known = []
    for name in _FOLDER.names():
        classes = law_module(name).DEVICES
        if _plain_class(device) in classes:
            return name
        known += [kind.__name__ for kind in classes]
    what = "is made of several devices" if isinstance(device, UnitCell) else "has no compiled law"
    raise ValueError(f"{type(device).__name__} {what}; the pulsed array knows {', '.join(sorted(known))}; use the host 'hosted' for others")


def _plain_class(device: Any) -> type:
    """The device class behind a preset: the nearest one that is not declared among aihwkit's presets."""
    return next(kind for kind in type(device).__mro__ if kind.__module__ != devices.__name__)

"""Published cells, one file each: the folder is the registry. A file defines ``CELL``."""

from dataclasses import replace

from device_models.cell import Cell
from device_models.folder import Folder

FOLDER = Folder("device_models.presets", "preset")


def preset_names() -> tuple[str, ...]:
    """Names of all presets, sorted."""
    return FOLDER.names()


def preset(name: str) -> Cell:
    """The preset of this name, as the caller's own copy: nothing that is done to its response reaches the next caller.

    Raises:
        ValueError: there is none; the message names the nearest and lists all.
    """
    cell = FOLDER.load(name).CELL
    assert isinstance(cell, Cell)
    return replace(cell)

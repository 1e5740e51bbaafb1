"""The pair of torch and aihwkit: checked once, on import, because the wrong pair imports and then reads garbage."""

import importlib.metadata

import torch
from aihwkit.simulator.rpu_base import tiles

PAIRS = "aihwkit==1.1.0 with torch>=2.10,<2.13 on Python 3.11 or 3.12, or aihwkit==1.2.0 with torch==2.14.* on Python 3.13 or 3.14"


def check_pair() -> None:
    """Write a 2 x 3 matrix into an aihwkit tile and read it back.

    aihwkit's wheel holds inlined code of the torch it was compiled with; another torch moves the tensor's sizes in memory, so
    ``set_weights`` misreads them while the import still succeeds.

    Raises:
        ImportError: the installed pair does not work; the message says what to install.
    """
    wanted = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    tile = tiles.FloatingPointTile(3, 2)
    try:
        tile.set_weights(wanted)
        works = bool(torch.equal(tile.get_weights(), wanted))
    except RuntimeError:
        works = False
    if not works:
        found = f"aihwkit {importlib.metadata.version('aihwkit')} with torch {torch.__version__}"
        raise ImportError(f"{found} do not fit together: install {PAIRS}")

"""Cells as numbers with sources: presets, pulse response, noise multipliers. The lowest of the four floors."""

from device_models.host import check_pair

check_pair()

from device_models.cell import Cell, Source, as_cell  # noqa: E402  (after the check: a wrong pair must fail here, with its sentence)
from device_models.presets import preset, preset_names  # noqa: E402

__all__ = ["Cell", "Source", "as_cell", "preset", "preset_names"]

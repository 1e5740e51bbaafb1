"""The cell that a [device] section describes."""

import inspect

from aihwkit.simulator.configs import devices

from device_models.cell import Cell, as_cell
from device_models.compounds import compound
from device_models.folder import unknown
from device_models.noise import scaled, with_fields
from experiments.sections import Device


def device_classes() -> dict[str, type]:
    """aihwkit's pulsed device classes by name, and the ideal device."""
    accepted = (devices.PulsedDevice, devices.IdealDevice)
    classes = {name: kind for name, kind in inspect.getmembers(devices, inspect.isclass) if issubclass(kind, accepted)}
    return {name: kind for name, kind in classes.items() if kind is not devices.PulsedDevice}


def cell_of(device: Device) -> Cell:
    """A preset, a device class or a switching film: absolute fields are set first, then the multipliers of the spreads apply; inside a
    compound where one is named.

    Raises:
        ValueError: an unknown preset, class, compound or field; the message names the nearest and lists all.
    """
    cell = with_fields(_base(device), {f"response.{field}": value for field, value in device.response.items()})
    spread = scaled(cell, c2c=device.c2c, d2d=device.d2d, read=device.read)
    return compound(spread, device.compound, device.compound_fields) if device.compound else spread


def _base(device: Device) -> Cell:
    if device.switching is not None:
        return device.switching.made()
    if not device.device_class:
        return as_cell(device.preset)
    classes = device_classes()
    if device.device_class not in classes:
        raise unknown("device class", device.device_class, classes)
    return as_cell(classes[device.device_class]())

"""What no fit can mend: each fault of a measurement is one sentence that names the row or the reason."""

import numpy as np

from device_models.fit.reading import Floats, Measurement, Train

LEAST_PULSES = 4
"""Pulses of each polarity that a fit needs: a step law has two parameters for each, and something must be left over to judge it by."""

_DECADES = 2.5  # an empty gap this wide between two groups of values: powers of 1000 are 3 decades apart


def check(measurement: Measurement) -> None:
    """Refuse a measurement that no cell can be fitted to.

    Raises:
        ValueError: mixed units, more reads missing than there, too few pulses of one polarity, a constant conductance, or a
            reversed polarity; the message names the row or the device.
    """
    _units(measurement.trains)
    _missing(measurement.trains)
    for device in devices(measurement.trains):
        own = tuple(train for train in measurement.trains if train.device == device)
        _pulses(device, own)
        _constant(device, own)
        _reversed(own)


def devices(trains: tuple[Train, ...]) -> tuple[str, ...]:
    """Labels of the devices, in the order of the file."""
    return tuple(dict.fromkeys(train.device for train in trains))


def steps(train: Train) -> tuple[Floats, Floats]:
    """(polarity, change of the conductance) of the pulses with a read on both sides."""
    change = np.diff(train.conductance_T)
    seen = ~np.isnan(change) & (train.polarity_T[1:] != 0)
    return train.polarity_T[1:][seen].astype(np.float64), change[seen]


def _units(trains: tuple[Train, ...]) -> None:
    """Two groups of values, decades apart and nothing between: rows in different units."""
    values = np.concatenate([train.conductance_T for train in trains])
    rows = np.concatenate([train.row_T for train in trains])[~np.isnan(values)]
    values = values[~np.isnan(values)]
    if values.size == 0 or values.min() <= 0:
        return
    order = np.argsort(values)
    gaps = np.diff(np.log10(values[order]))
    low = int(np.argmax(gaps)) + 1 if gaps.size else 0
    if gaps.size and gaps.max() > _DECADES and min(low, values.size - low) > 0.02 * values.size:
        below = values <= values[order[low - 1]]
        first = rows[below != below[0]].min()
        raise ValueError(f"row {first}: the conductances fall into two groups {10 ** gaps.max():.0f} times apart; are the units mixed?")


def _missing(trains: tuple[Train, ...]) -> None:
    missing = sum(int(np.isnan(train.conductance_T).sum()) for train in trains)
    total = sum(train.conductance_T.size for train in trains)
    if 2 * missing > total:
        raise ValueError(f"{missing} of {total} reads are missing or NaN; a fit needs at least half of them")


def _pulses(device: str, trains: tuple[Train, ...]) -> None:
    polarity = np.concatenate([steps(train)[0] for train in trains])
    for name, sign in (("up", 1), ("down", -1)):
        count = int((polarity == sign).sum())
        if count < LEAST_PULSES:
            raise ValueError(
                f"device {device}: {count} {name} pulses with a read before and after; a fit needs at least {LEAST_PULSES} of each polarity"
            )


def _constant(device: str, trains: tuple[Train, ...]) -> None:
    values = np.concatenate([train.conductance_T for train in trains])
    if np.nanmax(values) - np.nanmin(values) <= 1e-9 * np.nanmax(np.abs(values)):
        raise ValueError(f"device {device}: the conductance is {np.nanmax(values):g} in every row; no pulse changes it")


def _reversed(trains: tuple[Train, ...]) -> None:
    span = np.ptp(np.concatenate([train.conductance_T[~np.isnan(train.conductance_T)] for train in trains]))
    for train in trains:
        polarity, change = steps(train)
        if (polarity * change).sum() < -0.2 * span:
            raise ValueError(
                f"row {train.row_T[0]}: in cycle {train.cycle} of device {train.device} up pulses lower the conductance and down pulses "
                "raise it; is the polarity reversed?"
            )

"""A whole train of pulses on cells of domains."""

import torch
from torch import Tensor

from device_models.switching.nucleation import DomainState, NucleationModel, apply_pulse
from device_models.switching.pulses import PulseTrain


def drive(
    model: NucleationModel, state: DomainState, train: PulseTrain, direction: int, generator: torch.Generator
) -> tuple[DomainState, Tensor]:
    """Apply a train to all cells.

    Args:
        model: the film.
        state: cells X; not changed.
        train: N pulses.
        direction: +1 up, -1 down.
        generator: decides which domains switch.

    Returns:
        The cells afterwards, and the fraction of domains up before the first and after every pulse, [N + 1, X].

    Raises:
        ValueError: the direction is neither +1 nor -1.
    """
    check_direction(direction)
    fractions = [state.fraction()]
    for field, width in zip(train.fields(), train.widths(), strict=True):
        state = apply_pulse(model, state, direction * float(field), float(width), generator)
        fractions.append(state.fraction())
    return state, torch.stack(fractions)


def check_direction(direction: int) -> None:
    """Raise a ValueError unless the direction is +1 or -1."""
    if direction not in (1, -1):
        raise ValueError(f"direction must be +1 or -1, not {direction}")

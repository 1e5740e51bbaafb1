"""How cells of domains answer their trains, pulse by pulse, and what one pulse of any field and width switches."""

import numpy as np
import torch

from device_models.switching.activation import Floats
from device_models.switching.drive import drive
from device_models.switching.expected import QUANTILES, activation_at_quantiles, exposure
from device_models.switching.film import Film
from device_models.switching.nucleation import NucleationModel, draw_state


def film_response(film: Film, *, devices: int, generator: torch.Generator, cycles: int = 2) -> Floats:
    """Weights of D devices before the first and after every pulse of one train up and one down, [N_up + N_down + 1, D].

    Args:
        film: the cell.
        devices: D.
        generator: draws domains and switching.
        cycles: ways up and down before, so that the window has settled.
    """
    state = draw_state(film.model, (devices,), film.domains, generator)
    for _ in range(cycles):
        state, _ = drive(film.model, state, film.scheme.up, +1, generator)
        state, _ = drive(film.model, state, film.scheme.down, -1, generator)
    state, up = drive(film.model, state, film.scheme.up, +1, generator)
    _, down = drive(film.model, state, film.scheme.down, -1, generator)
    return film.weight(np.concatenate([up.numpy(), down.numpy()[1:]]))


def switching_map(model: NucleationModel, fields: Floats, widths: Floats) -> Floats:
    """Fraction of a saturated film that one pulse against it switches, for fields [F] in V/m and widths [W] in s: [W, F]."""
    activation_Q = activation_at_quantiles(model, QUANTILES // 8)
    history = np.stack([[exposure(model, activation_Q, field, width) for field in fields] for width in widths])
    return np.asarray(-np.expm1(-(history**model.beta)).mean(axis=2))

"""Nucleation-limited switching with accumulative history: a cell is many domains, each of which switches by chance.

A domain with activation field E_a under a field E that opposes its polarisation has the time constant

    tau = tau0 exp((E_a / |E|)^alpha)

and gathers history h += dt / tau. It switches during the pulse with probability P = 1 - exp(h_old^beta - h_new^beta), and then starts again
from h = 0. A field along its polarisation takes history away at the same rate, down to 0. After pulses in one direction the probability of
not having switched is exp(-h^beta), whatever the pulses were.

C. Alessandri et al., IEEE TED 66, 3527 (2019), doi 10.1109/TED.2019.2922268; S. Deng et al., VLSI Technology 2020,
doi 10.1109/VLSITechnology18217.2020.9265014.

Shapes: X any axes of cells, D domains of one cell. Fields in V/m, positive towards "up"; times in s.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from device_models.cell import Source
from device_models.switching.activation import ActivationField

Drive = float | Tensor
"""A field or a duration: one number for all cells, or one per cell, broadcast against X."""


@dataclass(frozen=True, kw_only=True)
class NucleationModel:
    """The switching law of one film.

    Attributes:
        name: what the film is called.
        activation: distribution of the domains' activation fields.
        tau0: time constant at infinite field [s].
        alpha: exponent of the activation field over the field [1].
        beta: exponent of the history; of constant nucleation, the dimension of growth [1].
        remanence: remanent polarisation with all domains aligned [C/m^2].
        source: where the numbers come from.
        relaxation: time constant with which history fades without a field [s]; infinite in both papers.

    Raises:
        ValueError: a number is not positive.
    """

    name: str
    activation: ActivationField
    tau0: float
    alpha: float
    beta: float
    remanence: float
    source: Source
    relaxation: float = math.inf

    def __post_init__(self) -> None:
        for field in ("tau0", "alpha", "beta", "remanence", "relaxation"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field} of the film {self.name!r} must be positive, not {getattr(self, field)}")

    def rate(self, activation: Tensor, field: Tensor) -> Tensor:
        """1 / tau [1/s] of domains with the given activation field under the given field, both V/m, broadcast; 0 without a field."""
        return torch.where(field == 0, 0.0, torch.exp(-((activation / field.abs()) ** self.alpha)) / self.tau0)


@dataclass(frozen=True)
class DomainState:
    """The domains of cells X: what each is, where it points and what it has gathered.

    Attributes:
        activation_XD: activation fields [V/m]; they belong to the device and never change.
        up_XD: whether a domain points up (bool).
        history_XD: h [1], >= 0.
    """

    activation_XD: Tensor
    up_XD: Tensor
    history_XD: Tensor

    def fraction(self) -> Tensor:
        """Fraction of domains that point up, [X]."""
        return self.up_XD.to(self.history_XD.dtype).mean(-1)

    def polarisation(self) -> Tensor:
        """Polarisation over remanence, -1 (all down) to +1 (all up), [X]."""
        return 2 * self.fraction() - 1


def draw_state(
    model: NucleationModel,
    cells: tuple[int, ...],
    domains: int,
    generator: torch.Generator,
    *,
    up: bool = False,
    dtype: torch.dtype = torch.float32,
) -> DomainState:
    """New cells, all domains pointing one way and without history.

    Args:
        model: the film.
        cells: shape X.
        domains: D, domains of one cell; 20 to 1000 for cells between 50 nm and 1 um wide.
        generator: draws the activation fields, on its own device.
        up: which way the domains point.
        dtype: of activation field and history.

    Raises:
        ValueError: a cell needs at least one domain.
    """
    if domains < 1:
        raise ValueError(f"a cell has at least one domain, not {domains}")
    u = 1 - torch.rand((*cells, domains), generator=generator, dtype=torch.float64, device=generator.device)  # in (0, 1]
    activation = torch.from_numpy(model.activation.quantile(u.cpu().numpy())).to(u.device, dtype)
    return DomainState(activation, torch.full_like(activation, up, dtype=torch.bool), torch.zeros_like(activation))


def apply_pulse(model: NucleationModel, state: DomainState, field: Drive, width: Drive, generator: torch.Generator) -> DomainState:
    """The cells after one pulse.

    Args:
        model: the film.
        state: the cells before; it is not changed.
        field: signed field of the pulse, one number or [X] [V/m].
        width: duration, one number or [X] [s].
        generator: decides which domains switch; one number is drawn per domain.

    Raises:
        ValueError: a duration is negative.
    """
    field_X1, width_X1 = _per_cell(field, state), _per_cell(width, state)
    if not bool((width_X1 >= 0).all()):
        raise ValueError(f"a pulse lasts 0 s or longer, not {width}")
    exposure = width_X1 * model.rate(state.activation_XD, field_X1)
    opposed = torch.where(state.up_XD, field_X1 < 0, field_X1 > 0)
    gathered = torch.where(opposed, state.history_XD + exposure, (state.history_XD - exposure).clamp(min=0))
    chance = -torch.expm1(state.history_XD**model.beta - gathered**model.beta)
    draws = torch.rand(gathered.shape, generator=generator, dtype=gathered.dtype, device=gathered.device)
    switched = opposed & (draws < chance)
    return replace(state, up_XD=state.up_XD ^ switched, history_XD=torch.where(switched, 0.0, gathered))


def rest(model: NucleationModel, state: DomainState, seconds: Drive) -> DomainState:
    """The cells after a time without a field: history fades as exp(-t / relaxation), no domain switches.

    Raises:
        ValueError: the time is negative.
    """
    seconds_X1 = _per_cell(seconds, state)
    if not bool((seconds_X1 >= 0).all()):
        raise ValueError(f"a rest lasts 0 s or longer, not {seconds}")
    return replace(state, history_XD=state.history_XD * torch.exp(-seconds_X1 / model.relaxation))


def _per_cell(drive: Drive, state: DomainState) -> Tensor:
    """The drive with an axis for the domains."""
    return torch.as_tensor(drive, dtype=state.history_XD.dtype, device=state.history_XD.device)[..., None]

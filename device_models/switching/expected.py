"""What infinitely many domains do: switching without chance, exact for every sequence of pulses.

Shapes: Q domains at evenly spaced quantiles of the activation field, N pulses, G groups.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device_models.switching.activation import Floats
from device_models.switching.drive import check_direction
from device_models.switching.nucleation import NucleationModel
from device_models.switching.pulses import PulseTrain

QUANTILES = 4096
"""Q: the mean over the film is the midpoint rule in the quantile, here to about 1e-6."""


def activation_at_quantiles(model: NucleationModel, quantiles: int = QUANTILES) -> Floats:
    """Activation fields [V/m] at the middles of Q equal parts of the film, [Q]."""
    return model.activation.quantile((np.arange(quantiles) + 0.5) / quantiles)


def exposure(model: NucleationModel, activation_Q: Floats, field: float, width: float) -> Floats:
    """Delta h = width / tau that one pulse of a given magnitude [V/m] and duration [s] adds, [Q]."""
    return np.asarray(width / model.tau0 * np.exp(-((activation_Q / abs(field)) ** model.alpha)))


def survival(model: NucleationModel, train: PulseTrain, quantiles: int = QUANTILES) -> Floats:
    """Probability exp(-h^beta) of not having switched after 0 ... N pulses from saturation, [N + 1, Q]."""
    activation_Q = activation_at_quantiles(model, quantiles)
    pulses = zip(train.fields(), train.widths(), strict=True)
    exposures_NQ = np.stack([exposure(model, activation_Q, field, width) for field, width in pulses])
    history = np.concatenate([np.zeros((1, quantiles)), np.cumsum(exposures_NQ, axis=0)])
    return np.asarray(np.exp(-(history**model.beta)))


def switched_path(model: NucleationModel, train: PulseTrain, quantiles: int = QUANTILES) -> Floats:
    """Fraction of the film that has switched after 0 ... N pulses from saturation, [N + 1]."""
    return 1 - survival(model, train, quantiles).mean(axis=1)


@dataclass(frozen=True)
class ExpectedState:
    """The film as groups that share direction and history at each activation field.

    Domains that switch in one train start together from h = 0 and keep no history while the field goes on along them, so that every change
    of direction makes one new group, and nothing is lost by counting them as one.

    Attributes:
        activation_Q: activation fields [V/m].
        up_G: direction of each group.
        mass_GQ: probability that a domain is in the group; over the groups it adds up to 1.
        history_GQ: h of the group's domains.
    """

    activation_Q: Floats
    up_G: NDArray[np.bool_]
    mass_GQ: Floats
    history_GQ: Floats

    def fraction(self) -> float:
        """Fraction of the film that points up."""
        return float(self.mass_GQ[self.up_G].sum(axis=0).mean())


def saturated(model: NucleationModel, *, up: bool = False, quantiles: int = QUANTILES) -> ExpectedState:
    """The whole film in one direction, without history."""
    one_Q = np.ones((1, quantiles))
    return ExpectedState(activation_at_quantiles(model, quantiles), np.array([up]), one_Q, 0 * one_Q)


def expected_pulse(model: NucleationModel, state: ExpectedState, field: float, width: float) -> ExpectedState:
    """The film after one pulse of a signed field [V/m] and a duration [s]."""
    state = _with_group(state, up=field > 0)
    exposure_Q = exposure(model, state.activation_Q, field, width)
    opposed_G1 = (state.up_G != (field > 0))[:, None]
    history_GQ = np.where(opposed_G1, state.history_GQ + exposure_Q, np.maximum(state.history_GQ - exposure_Q, 0))
    stays_GQ = np.exp(np.minimum(state.history_GQ**model.beta - history_GQ**model.beta, 0))  # 1 where history did not grow
    mass_GQ = state.mass_GQ * stays_GQ
    mass_GQ[-1] += (state.mass_GQ - mass_GQ).sum(axis=0)
    return ExpectedState(state.activation_Q, state.up_G, mass_GQ, history_GQ)


def expected_train(model: NucleationModel, state: ExpectedState, train: PulseTrain, direction: int) -> tuple[ExpectedState, Floats]:
    """The film after a train, and the fraction up before the first and after every pulse, [N + 1].

    Raises:
        ValueError: the direction is neither +1 nor -1.
    """
    check_direction(direction)
    path = [state.fraction()]
    for field, width in zip(train.fields(), train.widths(), strict=True):
        state = expected_pulse(model, state, direction * float(field), float(width))
        path.append(state.fraction())
    return state, np.array(path)


def _with_group(state: ExpectedState, *, up: bool) -> ExpectedState:
    """The state, its last group an empty or fresh one that receives what now switches."""
    if state.up_G[-1] == up:
        return state
    empty_1Q = np.zeros_like(state.mass_GQ[:1])
    return ExpectedState(
        state.activation_Q,
        np.append(state.up_G, up),
        np.concatenate([state.mass_GQ, empty_1Q]),
        np.concatenate([state.history_GQ, empty_1Q]),
    )

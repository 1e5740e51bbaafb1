"""How noisy a step is because a cell has only so many domains.

Domain i of activation field E_i switches at pulse k with probability p_ik. Over fresh cells the number that switch is binomial with the
mean probability p_k, so that the step has the variance p_k (1 - p_k) / D. It has two parts, mean_i[p_ik (1 - p_ik)] / D from cycle to cycle
of one cell and var_i[p_ik] / D from cell to cell, because each cell has its own domains.
"""

from dataclasses import dataclass

import numpy as np

from device_models.switching.activation import Floats
from device_models.switching.expected import QUANTILES, survival
from device_models.switching.nucleation import NucleationModel
from device_models.switching.pulses import PulseTrain


@dataclass(frozen=True)
class StepSpread:
    """Standard deviations of the N steps from saturation, as fractions of all domains, [N].

    Attributes:
        c2c: of one cell from cycle to cycle.
        d2d: of the cells' mean steps.
    """

    c2c: Floats
    d2d: Floats

    @property
    def total(self) -> Floats:
        """sqrt(p (1 - p) / D), over cycles and cells."""
        return np.hypot(self.c2c, self.d2d)


def step_spread(model: NucleationModel, train: PulseTrain, domains: int, quantiles: int = QUANTILES) -> StepSpread:
    """The spread of every step of a train from saturation, for cells of D domains.

    Raises:
        ValueError: a cell needs at least one domain.
    """
    if domains < 1:
        raise ValueError(f"a cell has at least one domain, not {domains}")
    p_NQ = -np.diff(survival(model, train, quantiles), axis=0)
    return StepSpread(
        c2c=np.sqrt((p_NQ * (1 - p_NQ)).mean(axis=1) / domains),
        d2d=p_NQ.std(axis=1) / np.sqrt(domains),
    )

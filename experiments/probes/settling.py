"""settling: how near the recurrent form of a decorrelator comes to its fixed point, and how fast it goes there."""

from functools import reduce

import torch
from torch import Tensor

from analogdecor import passes
from analogdecor.linear import crossbar_layers
from analogdecor.training import for_chips
from experiments.probes import Situation

CATALOGUE = {
    "settling_error": (
        "1",
        "what settling leaves: |x* - M^-1 z| / |M^-1 z| after the decorrelator's own number of reads, mean over layers",
    ),
    "settling_rate": ("1", "largest |1 - c lambda(M)|, the factor by which one read shrinks the error in the end, largest over layers"),
}


def measure(situation: Situation) -> dict[str, Tensor]:
    """Both over the layers with a lateral decorrelator, on the probe's samples.

    Raises:
        ValueError: there is none.
    """
    network, chips = situation.network, len(situation.seeds)
    decorrelators = [layer.decorrelator for layer in crossbar_layers(network).values()]
    if not any(found is not None and found.form == "lateral" for found in decorrelators):
        raise ValueError("the probe 'settling' is for the recurrent form: decorrelation.name = 'recurrent'")
    network.eval()
    errors, rates = [], []
    for visit in passes.run(network, for_chips(situation.samples.inputs, chips)).visits:
        found = visit.layer.decorrelator
        if found is not None and found.form == "lateral":
            m_KII = found.array.weights().double()
            rest_KIB, failed_K = torch.linalg.solve_ex(m_KII, visit.z_KBI.double().mT)
            sound_K = torch.isfinite(m_KII).all(2).all(1) & (failed_K == 0)
            rest_KBI, reached_KBI = rest_KIB.mT, visit.xstar_KBI.double() / found.gain_K.double()[:, None, None]
            error_K = (reached_KBI - rest_KBI).flatten(1).norm(dim=1) / rest_KBI.flatten(1).norm(dim=1)
            rate_K = (1 - found.damping * torch.linalg.eigvals(torch.where(sound_K[:, None, None], m_KII, 0.0))).abs().amax(1)
            errors.append(torch.where(sound_K, error_K, torch.nan))
            rates.append(torch.where(sound_K, rate_K, torch.nan))
    return {"settling_error": reduce(torch.add, errors) / len(errors), "settling_rate": reduce(torch.maximum, rates)}

import math
from dataclasses import replace

import pytest
import torch

from device_models.ageing.read_disturb import ReadDisturb
from device_models.cell import Source
from device_models.switching.activation import MV_PER_CM, SingleField
from device_models.switching.expected import switched_path
from device_models.switching.pulses import IdenticalPulses
from device_models.switching.tables import DENG_FEFET

LAW = ReadDisturb(n_r=1e5, beta=2.0, towards=1.0, most=1e9, source=Source(citation="a test", confidence="assumed"))
W = torch.tensor([-1.0, 0.3, 1.0], dtype=torch.float64)


def test_the_distance_shrinks_as_a_stretched_exponential():
    assert LAW.disturb(W, 0.0, 1e5).tolist() == pytest.approx([1 - 2 / math.e, 1 - 0.7 / math.e, 1.0])


@pytest.mark.parametrize("counts", [(0.0, 1.0, 1e5), (1e3, 1e4, 2e5), (7.0, 7.0, 8.0)])
def test_reads_compose(counts):
    n0, n1, n2 = counts
    assert torch.allclose(LAW.disturb(LAW.disturb(W, n0, n1), n1, n2), LAW.disturb(W, n0, n2), rtol=1e-12, atol=1e-15)


def test_one_activation_field_switches_by_this_law():
    """n reads of a weak field on a saturated film: w = 2 (switched fraction) - 1, n_r = tau / width."""
    film, field, width = replace(DENG_FEFET, activation=SingleField(field=2.3 * MV_PER_CM)), 1.2 * MV_PER_CM, 1e-6
    tau = film.tau0 * math.exp((2.3 / 1.2) ** film.alpha)
    law = replace(LAW, n_r=tau / width, beta=film.beta)
    count = 40
    path = 2 * switched_path(film, IdenticalPulses(field=field, width=width, count=count), quantiles=1) - 1
    w = law.disturb(torch.full((count + 1,), -1.0, dtype=torch.float64), 0.0, torch.arange(count + 1.0))
    assert torch.allclose(w, torch.from_numpy(path), atol=1e-9)
    assert w[-1] > 0.5


def test_errors_name_the_value():
    with pytest.raises(ValueError, match=r"within 0 and 1e\+09 reads, where the law holds, not from 0.0 to 10000000000.0"):
        LAW.disturb(W, 0.0, 1e10)
    with pytest.raises(ValueError, match="beta must be above 0"):
        replace(LAW, beta=0.0)

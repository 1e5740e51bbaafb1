import math
from dataclasses import replace

import pytest
import torch

from device_models.ageing.retention import LogTime, PowerLaw, StretchedExponential, retain
from device_models.cell import Source

ASSUMED = Source(citation="a test", confidence="assumed")
STRETCHED = StretchedExponential(tau=1e4, m=0.3, longest=1e9, source=ASSUMED)
POWER = PowerLaw(nu=0.05, t0=1.0, longest=1e9, source=ASSUMED)
LOG = LogTime(r=0.04, t0=1.0, longest=1e9, source=ASSUMED)
CELLS = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
PER_CELL = [
    StretchedExponential(tau=1e4 * CELLS, m=0.3 * CELLS, longest=1e9, source=ASSUMED),
    PowerLaw(nu=0.05 * CELLS, t0=CELLS, longest=1e9, source=ASSUMED),
    LogTime(r=0.04 * CELLS, t0=CELLS, longest=1e9, source=ASSUMED),
]
LAWS = [STRETCHED, POWER, LOG, *PER_CELL]


@pytest.mark.parametrize(
    ("law", "left"),
    [(STRETCHED, math.exp(-(100**0.3))), (POWER, (1 + 1e6) ** -0.05), (LOG, 1 - 0.04 * math.log10(1 + 1e6))],
)
def test_the_law_from_the_write_on(law, left):
    assert law.remaining(0.0, 1e6).item() == pytest.approx(left, rel=1e-12)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("clock", [(0.0, 1e-3, 10.0), (0.0, 0.0, 1e8), (5.0, 7.0, 7.0), (1e2, 1e5, 1e8)])
def test_intervals_compose(law, clock):
    """(t0 -> t2) is (t1 -> t2) after (t0 -> t1), whatever the three are: only rounding is left."""
    w = torch.tensor([-0.9, 0.1, 0.7], dtype=torch.float64)
    t0, t1, t2 = clock
    once = retain(law, w, t0, t2, relaxed=0.2)
    assert torch.allclose(retain(law, retain(law, w, t0, t1, relaxed=0.2), t1, t2, relaxed=0.2), once, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("law", LAWS)
def test_weights_approach_the_relaxed_one_without_passing_it(law):
    left = torch.stack([law.remaining(0.0, t).expand(3) for t in (0.0, 1.0, 1e3, 1e6, 1e9)])
    assert torch.all(left[0] == 1)
    assert torch.all(left.diff(dim=0) < 0)
    assert torch.all(left >= 0)


def test_every_cell_has_its_own_clock():
    w, clock = torch.ones(2), torch.tensor([0.0, 1e6])
    after = retain(STRETCHED, w, clock, clock + 1e4)
    assert after[0].item() == pytest.approx(math.exp(-1), rel=1e-6)
    assert after[1] > 0.9  # an old write loses little more
    assert after.dtype == torch.float32
    assert torch.equal(w, torch.ones(2))


def test_one_stretched_exponential_is_the_exponential():
    law = replace(STRETCHED, m=1.0)
    assert law.remaining(123.0, 123.0 + 1e4).item() == pytest.approx(math.exp(-1), rel=1e-12)


def test_what_the_logarithm_has_used_up_stays_gone():
    """r = 1 from t0 = 1 s is used up at 9 s, exactly."""
    law = LogTime(r=1.0, t0=1.0, longest=1e9, source=ASSUMED)
    assert law.remaining(0.0, 9.0).item() == pytest.approx(0, abs=1e-15)
    assert law.remaining(20.0, 30.0).item() == 0


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("start", "stop"), [(-1.0, 1.0), (2.0, 1.0), (0.0, 2e9), (0.0, float("nan"))])
def test_outside_its_range_a_law_says_nothing(law, start, stop):
    with pytest.raises(ValueError, match=r"within 0 and 1e\+09 s, where the law holds, not from"):
        law.remaining(start, stop)


@pytest.mark.parametrize(
    ("law", "change", "words"),
    [
        (STRETCHED, {"tau": 0.0}, "tau must be above 0 s, not 0.0"),
        (STRETCHED, {"m": 1.2}, "m must be above 0 and at most 1 , not 1.2"),
        (STRETCHED, {"m": torch.tensor([0.5, -0.1])}, "m must be above 0"),
        (POWER, {"nu": -0.1}, "nu must be above 0"),
        (POWER, {"t0": float("nan")}, "t0 must be above 0 s, not nan"),
        (LOG, {"r": 1.5}, "r must be above 0 and at most 1 per decade, not 1.5"),
        (LOG, {"longest": 0.0}, "longest must be above 0 s"),
    ],
)
def test_parameters_have_a_range_too(law, change, words):
    with pytest.raises(ValueError, match=words):
        replace(law, **change)

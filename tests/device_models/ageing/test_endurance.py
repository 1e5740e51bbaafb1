import math

import pytest
import torch
from scipy.stats import kstest

from device_models.ageing import published
from device_models.ageing.endurance import Endurance, stuck
from device_models.cell import Source

LAW = Endurance(eta=1e6, k=1.7, source=Source(citation="a test", confidence="assumed"))


def test_drawn_lives_follow_weibull():
    """Kolmogorov-Smirnov at a false alarm of 1e-4 against scipy's Weibull, over the whole sample of 20,000."""
    lives = LAW.draw((100, 200), torch.Generator().manual_seed(0))
    assert lives.shape == (100, 200)
    assert kstest(lives.flatten().numpy(), "weibull_min", args=(LAW.k, 0, LAW.eta)).pvalue > 1e-4


def test_the_test_sees_a_wrong_slope():
    lives = LAW.draw((20_000,), torch.Generator().manual_seed(0))
    assert kstest(lives.numpy(), "weibull_min", args=(1.8, 0, LAW.eta)).pvalue < 1e-4


def test_failures_of_successive_intervals_compose():
    """Survival multiplies."""
    whole = 1 - LAW.failure(0.0, 3e6)
    parts = (1 - LAW.failure(0.0, 1e5)) * (1 - LAW.failure(1e5, 1e6)) * (1 - LAW.failure(1e6, 3e6))
    assert parts.item() == pytest.approx(whole.item(), rel=1e-12)
    assert LAW.failure(0.0, 1e6).item() == pytest.approx(1 - math.exp(-1))


def test_failures_are_what_the_drawn_lives_show():
    """Of the cells alive after 3e5 cycles, those broken after 1e6: binomial, 4.5 sigma (7e-6)."""
    lives = LAW.draw((50_000,), torch.Generator().manual_seed(1))
    alive = lives > 3e5
    share, p, n = (lives[alive] <= 1e6).double().mean().item(), LAW.failure(3e5, 1e6).item(), int(alive.sum())
    assert abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / n)


def test_lives_may_differ_from_cell_to_cell_and_follow_their_seed():
    law = Endurance(eta=torch.tensor([1.0, 1e9], dtype=torch.float64), k=2.0, source=LAW.source)
    lives = law.draw((1000, 2), torch.Generator().manual_seed(2))
    assert lives[:, 0].max() < 100 < 1e6 < lives[:, 1].min()
    assert torch.equal(lives, law.draw((1000, 2), torch.Generator().manual_seed(2)))


def test_a_broken_cell_keeps_its_weight():
    before, after = torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0.5, 0.6, 0.7])
    kept = stuck(before, after, torch.tensor([9, 10, 11]), torch.full((3,), 10.0))
    assert torch.equal(kept, torch.tensor([0.5, 0.2, 0.3]))


def test_published_lives_say_what_is_assumed():
    laws = [law for law in vars(published).values() if isinstance(law, Endurance)]
    assert sorted(law.eta for law in laws) == [1e4, 5e6, 1e10]
    assert all(law.source.confidence == "assumed" and "slope 2 is assumed" in law.source.note for law in laws)


def test_errors_name_the_value():
    with pytest.raises(ValueError, match=r"not from -1\.0 to 1\.0"):
        LAW.failure(-1.0, 1.0)
    with pytest.raises(ValueError, match="k must be above 0"):
        Endurance(eta=1e6, k=0.0, source=LAW.source)

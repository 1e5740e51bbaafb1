import torch

from analogdecor.initial import kaiming_uniform


def test_is_uniform_with_variance_two_over_the_inputs():
    """40,000 numbers: the mean's standard error is sd / 200, that of the variance relative to itself sqrt(0.8 / n) = 1 / 224."""
    w_KOI = kaiming_uniform([0, 1], (400, 50), dtype=torch.float64)
    bound = (6 / 50) ** 0.5
    assert w_KOI.shape == (2, 400, 50)
    assert w_KOI.abs().max() <= bound
    assert abs(w_KOI.mean()) < 5 * (2 / 50) ** 0.5 / 200
    assert abs(w_KOI.square().mean() / (2 / 50) - 1) < 5 / 224
    # the largest of n numbers misses the bound by about bound / n: by ten times that with a probability of e^-10 per side
    assert w_KOI.max() > bound * (1 - 2 * 10 / 40_000)
    assert w_KOI.min() < -bound * (1 - 2 * 10 / 40_000)


def test_differs_between_arrays_and_chips():
    one = kaiming_uniform([0, 1], (3, 4), "first")
    assert not torch.equal(one[0], one[1])
    assert not torch.equal(one, kaiming_uniform([0, 1], (3, 4), "second"))
    assert torch.equal(one, kaiming_uniform([0, 1], (3, 4), "first"))

"""Means against float64, and with the same bits in every fleet and on any number of threads."""

import pytest
import torch

from crossbar.kernels import threads
from crossbar.moments import mean, mean_square


@pytest.mark.parametrize(("samples", "lines"), [(1, 1), (64, 17), (130, 64), (1000, 33)])
def test_means_over_samples(samples, lines):
    """Sums of 64, and of at most 16 such sums: at most 80 roundings of 2^-24 of the sum of what is added, and two more."""
    x = torch.randn(3, samples, lines, generator=torch.Generator().manual_seed(samples))
    for found, each in ((mean(x), x), (mean_square(x), x.square())):
        bound = 82.5 * 2.0**-24 * each.abs().double().mean(1)
        assert ((found.double() - each.double().mean(1)).abs() <= bound).all()
    torch.testing.assert_close(mean(x.double()), x.double().mean(1))
    torch.testing.assert_close(mean_square(x.double()), x.double().square().mean(1))


def test_neither_fleet_nor_threads_change_a_bit():
    x = torch.randn(5, 100, 37, generator=torch.Generator().manual_seed(0))
    before, found = threads.threads(), []
    for count in (1, 3):
        threads.limit(count)
        found += [mean_square(x), torch.cat([mean_square(x[k : k + 1]) for k in range(5)])]
    threads.limit(before)
    assert all(torch.equal(one, found[0]) for one in found)


def test_what_is_not_contiguous_and_what_learns():
    x = torch.randn(2, 9, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert torch.equal(mean(x[:, :4]), mean(x.detach()[:, :4].clone()))
    assert not mean(x).requires_grad

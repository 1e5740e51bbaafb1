import pytest
import torch

from crossbar.rates import Rates, rate_per_chip

CPU = torch.device("cpu")


def test_rates_are_one_number_or_one_per_chip():
    assert rate_per_chip(0.5, 3, torch.float64, CPU).tolist() == [0.5, 0.5, 0.5]
    assert rate_per_chip(torch.tensor([1.0, 2.0], dtype=torch.float64), 2, torch.float32, CPU).dtype == torch.float32
    assert rate_per_chip(0.5, 3, torch.float32, CPU).is_contiguous()
    with pytest.raises(RuntimeError):
        rate_per_chip(torch.tensor([1.0, 2.0]), 3, torch.float32, CPU)


def test_the_same_rate_is_made_once_and_another_is_seen():
    rates, lr = Rates(2, torch.float32, CPU), torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert rates(lr) is rates(lr)
    lr.mul_(2)
    assert rates(lr).tolist() == [2.0, 4.0]
    assert rates(0.25).tolist() == [0.25, 0.25]

import torch

from analogdecor.ones import ones


def test_ones_for_every_sample_are_made_once():
    found = ones(2, 3, torch.float64, torch.device("cpu"))
    assert torch.equal(found, torch.ones(2, 3, 1, dtype=torch.float64))
    assert ones(2, 3, torch.float64, torch.device("cpu")) is found
    assert ones(2, 3, torch.float32, torch.device("cpu")).dtype == torch.float32

import torch

from analogdecor.settle import settle


def test_does_not_settle_where_an_eigenvalue_is_above_two_over_the_damping():
    z = torch.ones(1, 1, 2, dtype=torch.float64)
    diagonal = torch.tensor([1.9, 2.1], dtype=torch.float64)
    y = settle(lambda y: diagonal * y, z, iterations=400, damping=1.0)
    error = (y - z / diagonal).abs().squeeze()
    torch.testing.assert_close(error[0], torch.tensor(0.9**400 * (1 - 1 / 1.9), dtype=torch.float64), rtol=1e-3, atol=1e-15)
    torch.testing.assert_close(error[1], torch.tensor(1.1**400 * (1 - 1 / 2.1), dtype=torch.float64), rtol=1e-9, atol=0)

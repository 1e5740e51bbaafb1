import pytest
import torch

from analogdecor.decorrelation.dbp import Dbp

K, B, D = 2, 40, 5


@pytest.mark.parametrize("kappa", [0.05, 0.5])
def test_whitens_to_unit_variance(identity, steps, correlated, kappa):
    x_KBI, _ = correlated(0, K, B, D)
    xstar_KBI = steps(Dbp(lr=0.2, kappa=kappa), identity(K, D), x_KBI, 1200)
    one_KII = torch.eye(D, dtype=torch.float64).expand(K, D, D)
    # near C = I a variance's error falls by 1 - 2 lr kappa per step: 0.98^1200 = 3e-11
    torch.testing.assert_close(xstar_KBI.mT @ xstar_KBI / B, one_KII, rtol=0, atol=1e-8)


def test_only_normalises_where_kappa_is_one(identity, steps, correlated):
    x_KBI, sigma_KII = correlated(0, K, B, D)
    xstar_KBI = steps(Dbp(lr=0.1, kappa=1.0), identity(K, D), x_KBI, 300)
    spread_KI = sigma_KII.diagonal(dim1=1, dim2=2).sqrt()
    wanted = sigma_KII / (spread_KI[:, :, None] * spread_KI[:, None, :])
    torch.testing.assert_close(xstar_KBI.mT @ xstar_KBI / B, wanted, rtol=0, atol=1e-8)


def test_equals_copi_where_kappa_is_zero(identity, steps, correlated):
    from analogdecor.decorrelation.copi import Copi

    x_KBI, _ = correlated(0, K, B, D)
    found = [steps(rule, identity(K, D), x_KBI, 20) for rule in (Dbp(lr=0.1, kappa=0.0), Copi(lr=0.1))]
    torch.testing.assert_close(*found, rtol=1e-12, atol=1e-12)

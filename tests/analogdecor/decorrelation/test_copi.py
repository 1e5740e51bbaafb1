import torch

from analogdecor.decorrelation.copi import Copi

K, B, D = 2, 40, 5


def test_off_diagonal_vanishes_and_variances_shrink_and_stay_unequal(identity, steps, correlated):
    x_KBI, sigma_KII = correlated(0, K, B, D)
    xstar_KBI = steps(Copi(lr=0.1), identity(K, D), x_KBI, 1500)
    for k in range(K):
        c_II = xstar_KBI[k].T @ xstar_KBI[k] / B
        variance_I = c_II.diagonal()
        # once small, an off-diagonal falls by 1 - lr (c_i + c_j) per step, and variances only shrink, so the last ones give the slowest
        # rate; half of the steps are left to the nonlinear start, and rounding ends it
        bound = sigma_KII[k].abs().max() * torch.exp(-0.1 * variance_I.sort().values[:2].sum() * 750)
        off = (c_II - torch.diag(variance_I)).abs().max()
        print(f"chip {k}: largest off-diagonal {off:.2e}, bound {bound:.2e}, trace {sigma_KII[k].trace():.3f} -> {variance_I.sum():.3f}")
        assert off < max(bound, 1e-12)
        assert variance_I.sum() < sigma_KII[k].trace()
        assert variance_I.max() / variance_I.min() > 1.5

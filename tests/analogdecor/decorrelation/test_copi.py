import torch

from analogdecor.decorrelation.copi import Copi

K, B, D = 2, 40, 5


def test_off_diagonal_vanishes_and_variances_shrink_and_stay_unequal(identity, steps, correlated):
    x_KBI, sigma_KII = correlated(0, K, B, D)
    xstar_KBI = steps(Copi(lr=0.1), identity(K, D), x_KBI, 3000)
    for k in range(K):
        c_II = xstar_KBI[k].T @ xstar_KBI[k] / B
        variance_I = c_II.diagonal()
        # off-diagonals fall as exp(-lr (c_i + c_j)/2 n) at least; measured variances say how far that is after 3000 steps
        slowest = 0.5 * variance_I.sort().values[:2].sum()
        bound = sigma_KII[k].abs().max() * torch.exp(-0.1 * slowest * 3000 / 2)
        off = (c_II - torch.diag(variance_I)).abs().max()
        print(f"chip {k}: largest off-diagonal {off:.2e}, bound {bound:.2e}, trace {sigma_KII[k].trace():.3f} -> {variance_I.sum():.3f}")
        assert off < max(bound, 1e-12)
        assert variance_I.sum() < sigma_KII[k].trace()
        assert variance_I.max() / variance_I.min() > 1.5

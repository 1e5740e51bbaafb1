import torch

from analogdecor.decorrelation.scaled import Scaled

K, B, D = 2, 40, 5


def test_whitens_to_the_predicted_variance(identity, steps, correlated):
    """At the fixed point C = s I and q (1 - lr s) = 1. There ||x*||^2 = s z^T Sigma^-1 z for each sample, whatever the rotation of R, so
    that sqrt(s) / (1 - lr s) = <||z|| / ||Sigma^-1/2 z||>. The contraction per step towards it is 1 - 2 lr s.
    """
    x_KBI, sigma_KII = correlated(0, K, B, D)
    rule = Scaled(lr=0.05)
    xstar_KBI = steps(rule, identity(K, D), x_KBI, 1500)
    whitened_KB = torch.einsum("kbi,kij,kbj->kb", x_KBI, torch.linalg.inv(sigma_KII), x_KBI).sqrt()
    ratio_K = (x_KBI.norm(dim=2) / whitened_KB).mean(1)
    for k in range(K):
        c_II = xstar_KBI[k].T @ xstar_KBI[k] / B
        s = c_II.trace() / D
        torch.testing.assert_close(c_II, s * torch.eye(D, dtype=torch.float64), rtol=0, atol=1e-8)
        torch.testing.assert_close(s.sqrt() / (1 - rule.lr * s), ratio_K[k], rtol=1e-6, atol=0)
        mean_variance = sigma_KII[k].trace() / D
        print(f"chip {k}: s = {s:.4f}, tr(Sigma)/d = {mean_variance:.4f}")
        assert 0.8 < s / mean_variance < 1.1


def test_stationary_is_the_same_transform_and_comes_to_rest(identity, steps, correlated):
    """g R is the same at every step; only its split differs. At the fixed point the plain split still moves by lr s, this one does not.

    Also far from it, where lr tr(C)/I is above 1/2 and the split is bounded.
    """
    x_KBI, _ = correlated(0, K, B, D)
    for lr, n in ((0.05, 30), (2.0, 1)):
        transforms = []
        for stationary in (False, True):
            decorrelator = identity(K, D)
            steps(Scaled(lr=lr, stationary=stationary), decorrelator, x_KBI, n)
            transforms.append(decorrelator.gain_K[:, None, None] * decorrelator.array.weights())
        torch.testing.assert_close(*transforms, rtol=1e-10, atol=1e-12)
    plain, resting = identity(K, D), identity(K, D)
    for decorrelator, stationary in ((plain, False), (resting, True)):
        steps(Scaled(lr=0.05, stationary=stationary), decorrelator, x_KBI, 1500)
        r_KII, gain_K = decorrelator.array.weights(), decorrelator.gain_K.clone()
        steps(Scaled(lr=0.05, stationary=stationary), decorrelator, x_KBI, 100)
        moved_K = torch.linalg.matrix_norm(decorrelator.array.weights() - r_KII) / torch.linalg.matrix_norm(r_KII)
        grown_K = decorrelator.gain_K / gain_K
        print(f"stationary {stationary}: R moved by {moved_K.tolist()}, the gain by a factor of {grown_K.tolist()}")
        assert bool((moved_K < 1e-9).all()) is stationary
        assert bool(((grown_K - 1).abs() < 1e-9).all()) is stationary


def test_keeps_each_samples_norm_on_average(identity, steps, correlated):
    x_KBI, _ = correlated(3, K, B, D)
    xstar_KBI = steps(Scaled(lr=1e-4), identity(K, D), x_KBI, 300)
    ratio_K = (x_KBI.norm(dim=2) / xstar_KBI.norm(dim=2)).mean(1)
    # after a step the ratio is off by at most what R changed in it, lr max eigenvalue of C
    largest = torch.linalg.eigvalsh(xstar_KBI.mT @ xstar_KBI / B)[:, -1]
    assert bool(((ratio_K - 1).abs() < 1.1e-4 * largest).all())


def test_a_larger_gain_is_no_larger_step_for_a_silent_line(identity, steps, correlated):
    """A line without signal gets no update: its row and column of R stay those of the identity, only g grows."""
    x_KBI, _ = correlated(0, K, B, D)
    x_KBI = torch.cat([x_KBI, torch.zeros(K, B, 1, dtype=torch.float64)], 2)
    decorrelator = identity(K, D + 1)
    steps(Scaled(lr=0.05), decorrelator, x_KBI, 50)
    one = torch.eye(D + 1, dtype=torch.float64)[D]
    assert torch.equal(decorrelator.array.weights()[:, D], one.expand(K, -1))
    assert torch.equal(decorrelator.array.weights()[:, :, D], one.expand(K, -1))

import pytest
import torch

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.perturbed import clean_pass, noisy_passes
from analogdecor.rule import Batch
from analogdecor.rules.anp import ActivityNodePerturbation
from analogdecor.rules.bp import Backpropagation
from analogdecor.rules.np import NodePerturbation
from crossbar.io import Periphery
from crossbar.pulsed import Pulsed
from device_models.presets import preset

K, B = 2, 400


@pytest.fixture
def batch(normal):
    return Batch(normal(1, K * B, 4), torch.arange(K * B) % 3, cross_entropy, K)


@pytest.fixture
def noisy(mlp):
    """The same network with its first weights on noisy reads (0.05 per output) and the last on twice as noisy ones."""

    def make():
        network = mlp(0, K, (4, 5, 3), decorrelated=False)
        for module, noise in ((network[0], 0.05), (network[-1], 0.1)):
            io = Periphery(dac_bits=0, adc_bits=0, out_noise=noise, noise_management="NONE", bound_management="NONE").forward_io()
            array = Pulsed(module.weight.shape, preset("ideal"), seeds=range(K), forward_io=io, backward_io=io)
            array.program(module.weight.weights())
            module.weight = array
        return network

    return make


def test_an_antithetic_pair_is_half_the_difference_of_two_passes(mlp, batch):
    """Exact arrays, large sigma: change and loss are odd in the noise; curvature, which a one-sided difference holds, drops out."""
    network = mlp(0, K, (4, 5, 3))
    clean = clean_pass(network, batch)
    (one,) = noisy_passes(network, batch, clean, Draws(range(K), "noise"), sigma=1.0)
    (pair,) = noisy_passes(network, batch, clean, Draws(range(K), "noise"), sigma=1.0, antithetic=True)
    assert all(torch.equal(a, b) for a, b in zip(one.noise, pair.noise, strict=True))
    torch.testing.assert_close(pair.change[0], pair.noise[0])
    curvature = [float(each.dloss_KB.mean()) for each in (one, pair)]
    assert curvature[0] > 5 * abs(curvature[1]), curvature


def test_sigma_counts_in_the_measured_noise_of_each_layers_reads(noisy, batch):
    """0.05 and about 0.1 per read: 400 samples of 5 and 3 outputs give each within 5 sigma, 5 / sqrt(2 * 400 * 3) = 10 %."""
    network = noisy()
    (each,) = noisy_passes(network, batch, clean_pass(network, batch), Draws(range(K), "noise"), sigma=3.0, sigma_in="read_noise")
    assert each.sigma[0].tolist() == pytest.approx([0.15] * K, rel=0.1)
    assert all(0.3 <= sigma < 0.45 for sigma in each.sigma[1].tolist()), "the last layer's also holds what the first one's did"
    for noise, sigma in zip(each.noise, each.sigma, strict=True):
        assert noise.std((1, 2)).tolist() == pytest.approx(sigma.tolist(), rel=0.1)


def test_intrinsic_noise_injects_nothing_and_points_along_the_gradient(mlp, noisy, batch, gradients):
    """400 samples, 40 noisy passes: the proposal for the last layer has a cosine above 0.5 with exact backpropagation's, on every chip."""
    network, ideal = noisy(), mlp(0, K, (4, 5, 3), decorrelated=False)
    exact = gradients(Backpropagation().propose({}, ideal, batch, Draws(range(K), "noise")).updates)[ideal[-1].weight]
    rule = ActivityNodePerturbation(noise="read", passes=40)
    updates = rule.propose({}, network, batch, Draws(range(K), "noise")).updates
    found = gradients(tuple(one._replace(x_KBI=one.x_KBI.double(), d_KBO=one.d_KBO.double()) for one in updates))[network[-1].weight]
    for k in range(K):
        cosine = torch.cosine_similarity(exact[k].flatten().double(), found[k].flatten().double(), dim=0)
        assert float(cosine) > 0.5


@pytest.mark.parametrize("rule", [ActivityNodePerturbation(noise="read"), NodePerturbation(sigma_in="read_noise")])
def test_reads_without_noise_cannot_perturb(mlp, batch, rule):
    with pytest.raises(ValueError, match="some of these reads have none"):
        rule.propose({}, mlp(0, K, (4, 5, 3)), batch, Draws(range(K), "noise"))


def test_intrinsic_noise_has_no_sign_to_turn():
    with pytest.raises(ValueError, match="noise = 'read' injects nothing"):
        ActivityNodePerturbation(noise="read", antithetic=True)


@pytest.mark.parametrize("rule", [NodePerturbation, ActivityNodePerturbation])
def test_antithetic_passes_keep_the_estimate(mlp, batch, gradients, rule):
    """Mean over 60 proposals of each kind agrees within 5 standard errors, weight by weight (2 x 35 weights: 4e-5)."""
    network = mlp(0, K, (4, 5, 3))
    means, errors = [], []
    for antithetic in (False, True):
        draws = Draws(range(K), "noise", str(antithetic))
        proposals = [rule(sigma=1e-3, antithetic=antithetic).propose({}, network, batch, draws) for _ in range(60)]
        found = torch.stack([gradients(each.updates)[network[0].weight] for each in proposals])
        means.append(found.mean(0))
        errors.append(found.var(0) / len(found))
    z = (means[0] - means[1]) / (errors[0] + errors[1]).sqrt()
    assert float(z.abs().max()) < 5

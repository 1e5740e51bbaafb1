import pytest
import torch
import torch.nn.functional as F
from torch import nn

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.anp import ActivityNodePerturbation

SIGMAS = 5.5  # see conftest


class Positions(nn.Module):
    """Samples of several positions [N, T, I], averaged before the last layer."""

    def __init__(self, first, last):
        super().__init__()
        self.first, self.last = first, last

    def forward(self, x):
        return self.last(F.leaky_relu(self.first(x), 0.1).mean(1))


@pytest.mark.parametrize("case", ["single"], indirect=True)
@pytest.mark.parametrize("passes", [1, 4])
def test_is_unbiased_with_the_predicted_variance_in_one_layer(case, check, passes):
    """Variance N/(N+2) (|g|^2 + 2 g_i^2) - g_i^2, divided by the passes."""
    (draws,), (g,) = case.draws(ActivityNodePerturbation(sigma=1e-4, passes=passes)), case.gradient
    units, square_K11 = g[0].numel(), g.square().sum((1, 2), keepdim=True)
    check(draws, g, (units / (units + 2) * (square_K11 + 2 * g.square()) - g.square()) / passes)


def _linearised(model, x, label):
    """Jacobian of all pre-activations and gradient of the loss with respect to noise on every pre-activation, at none."""
    first, activation, last = model
    units = first.weight.shape[0]

    def perturbed(xi):
        a1 = first(x) + xi[:units]
        a2 = last(activation(a1)) + xi[units:]
        return torch.cat([a1, a2]), cross_entropy(a2[None], label[None])[0]

    total = units + last.weight.shape[0]
    jacobian, gradient = torch.func.jacrev(perturbed)(torch.zeros(total, dtype=torch.float64))
    return jacobian.detach(), gradient.detach()


@pytest.mark.parametrize("case", ["deep"], indirect=True)
def test_follows_the_activity_in_a_deep_network(case, plain, normal):
    """The mean is E[N (g.u) J u / ||J u||^2], u ~ N(0, 1), from the exact Jacobian; it points along the gradient, but is not it."""
    draws = torch.cat([each[:, :, 0] for each in case.draws(ActivityNodePerturbation(sigma=1e-4))], 2)
    u = normal(9, 200_000, draws.shape[2])
    for k in range(2):
        jacobian, g = _linearised(plain(case.network, k), case.batch.x_N[k], case.batch.label_N[k])
        change = u @ jacobian.T
        oracle = len(g) * (u @ g)[:, None] * change / change.square().sum(1, keepdim=True)
        error = (draws[k].var(0) / len(draws[k]) + oracle.var(0) / len(oracle)).sqrt()
        z = (draws[k].mean(0) - oracle.mean(0)) / error
        cosine = torch.cosine_similarity(oracle.mean(0), g, dim=0)
        print(f"chip {k}: largest z {z.abs().max():.2f}, cosine with the gradient {cosine:.3f}")
        assert z.abs().max() < SIGMAS
        assert cosine > 0.5
        assert ((oracle.mean(0) - g).abs() / error).max() > 10


def test_equals_its_formula_with_the_norm_over_all_units_and_positions(layer, normal, plain, gradients):
    chips, samples, positions, sigma = 2, 3, 4, 0.1
    g = torch.Generator().manual_seed(4)
    network = Positions(layer(g, chips, 3, 2), layer(g, chips, 2, 5))
    batch = Batch(normal(1, chips * samples, positions, 3), torch.arange(chips * samples) % 5, cross_entropy, chips)
    proposal = ActivityNodePerturbation(sigma=sigma).propose({}, network, batch, Draws([3, 4], "noise"))
    again = Draws([3, 4], "noise")
    noise = [sigma * again.normal(*shape, dtype=torch.float64) for shape in ((samples * positions, 2), (samples, 5))]
    found = gradients(proposal.updates)
    for k in range(chips):
        model = plain(network, k)
        x, label = (part.unflatten(0, (chips, samples))[k] for part in (batch.x_N, batch.label_N))
        with torch.no_grad():
            a1, b1 = model.first(x), model.first(x) + noise[0][k].reshape(samples, positions, 2)
            a2, b2 = (model.last(F.leaky_relu(a, 0.1).mean(1)) for a in (a1, b1))
            b2 = b2 + noise[1][k]
            da1, da2 = b1 - a1, b2 - a2
            dloss = cross_entropy(b2, label) - cross_entropy(a2, label)
        worth = (positions * 2 + 5) * dloss / (da1.square().sum((1, 2)) + da2.square().sum(1)) / samples
        xstar1, xstar2 = (visit.xstar_KBI[k] for visit in proposal.trace.visits)
        wanted1 = torch.einsum("b,bto,bti->oi", worth, da1, xstar1.reshape(samples, positions, 3))
        torch.testing.assert_close(found[network.first.weight][k], wanted1, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(found[network.last.weight][k], (worth[:, None] * da2).T @ xstar2, rtol=1e-10, atol=1e-12)

import pytest
import torch

from analogdecor.draws import Draws
from analogdecor.linear import CrossbarLinear, crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.rules.wp import WeightPerturbation
from crossbar.exact import Exact


@pytest.mark.parametrize(("passes", "chips"), [(1, 8000), (4, 3000)])
def test_is_unbiased_with_the_predicted_variance(mlp, normal, gradients, check, passes, chips):
    """One draw per chip, all with the same weights. Variance |g|^2 + g_i^2 with g over all weights and biases, divided by the passes."""
    one, samples = mlp(4, 1, (2, 3, 2), decorrelated=False), 3
    x_B, label_B = normal(5, samples, 2), torch.arange(samples) % 2
    g = gradients(Backpropagation().propose({}, one, Batch(x_B, label_B, cross_entropy, 1), Draws([0])).updates)
    many = mlp(4, 1, (2, 3, 2), decorrelated=False)
    for name, layer in crossbar_layers(one).items():
        copies = [Exact(array.weights().expand(chips, -1, -1)) for array in (layer.weight, layer.bias)]
        many.set_submodule(name, CrossbarLinear(copies[0], bias=copies[1]))
    batch = Batch(x_B.repeat(chips, 1), label_B.repeat(chips), cross_entropy, chips)
    found = gradients(WeightPerturbation(sigma=1e-4, passes=passes).propose({}, many, batch, Draws(range(chips), "noise")).updates)
    square = sum(gradient.square().sum() for gradient in g.values())
    for a, b in zip(crossbar_layers(one).values(), crossbar_layers(many).values(), strict=True):
        for mine, theirs in ((a.weight, b.weight), (a.bias, b.bias)):
            check(found[theirs][None], g[mine], (square + g[mine].square()) / passes)


def test_equals_its_formula_for_the_noise_that_was_drawn_behind_a_decorrelator(mlp, normal, gradients):
    chips, samples, sigma = 2, 3, 0.1
    network = mlp(0, chips, (3, 4), decorrelated=True)
    (layer,) = network
    batch = Batch(normal(1, chips * samples, 3), torch.arange(chips * samples) % 4, cross_entropy, chips)
    proposal = WeightPerturbation(sigma=sigma).propose({}, network, batch, Draws([3, 4], "noise"))
    again = Draws([3, 4], "noise")
    noise, noise_b = (sigma * again.normal(*shape, dtype=torch.float64) for shape in ((4, 3), (4, 1)))
    found = gradients(proposal.updates)
    for k in range(chips):
        xstar = proposal.trace.visits[0].xstar_KBI[k]
        label = batch.label_N.unflatten(0, (chips, samples))[k]
        w, b = layer.weight.weights()[k], layer.bias.weights()[k]
        noisy = xstar @ (w + noise[k]).T + (b + noise_b[k]).T
        dloss = (cross_entropy(noisy, label) - cross_entropy(xstar @ w.T + b.T, label)).mean()
        torch.testing.assert_close(found[layer.weight][k], dloss * noise[k] / sigma**2, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(found[layer.bias][k], dloss * noise_b[k] / sigma**2, rtol=1e-10, atol=1e-12)

import pytest
import torch

from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.rules.np import NodePerturbation


@pytest.mark.parametrize("case", ["deep", "positions"], indirect=True)
@pytest.mark.parametrize("passes", [1, 4])
def test_is_unbiased_with_the_predicted_variance(case, check, passes):
    """Variance |g|^2 + g_i^2 with g over all units, divided by the passes."""
    square_K11 = torch.stack([g.square().sum((1, 2)) for g in case.gradient]).sum(0)[:, None, None]
    for draws, g in zip(case.draws(NodePerturbation(sigma=1e-4, passes=passes)), case.gradient, strict=True):
        check(draws, g, (square_K11 + g.square()) / passes)


def test_equals_its_formula_for_the_noise_that_was_drawn(mlp, normal, plain, gradients):
    chips, samples, sigma = 2, 3, 0.1
    network = mlp(0, chips, (3, 4, 3))
    batch = Batch(normal(1, chips * samples, 3), torch.arange(chips * samples) % 3, cross_entropy, chips)
    proposal = NodePerturbation(sigma=sigma).propose({}, network, batch, Draws([3, 4], "noise"))
    again = Draws([3, 4], "noise")
    noise = [sigma * again.normal(samples, outputs, dtype=torch.float64) for outputs in (4, 3)]
    found = gradients(proposal.updates)
    for k in range(chips):
        first, activation, last = plain(network, k)
        x, label = batch.x_N.unflatten(0, (chips, samples))[k], batch.label_N.unflatten(0, (chips, samples))[k]
        with torch.no_grad():
            noisy = last(activation(first(x) + noise[0][k])) + noise[1][k]
            dloss = cross_entropy(noisy, label) - cross_entropy(last(activation(first(x))), label)
        for visit, xi in zip(proposal.trace.visits, noise, strict=True):
            delta = dloss[:, None] * xi[k] / sigma**2 / samples
            torch.testing.assert_close(found[visit.layer.weight][k], delta.T @ visit.xstar_KBI[k], rtol=1e-10, atol=1e-12)
            torch.testing.assert_close(found[visit.layer.bias][k, :, 0], delta.sum(0), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", ["deep"], indirect=True)
def test_batch_centring_hides_the_gradient_through_the_mean(case):
    """Two samples, each repeated: the estimate is each sample's own f'(a) g R^T W^T delta, bp also takes the mean of it away."""
    repeats = 10_000
    for layer in crossbar_layers(case.network).values():
        layer.decorrelator.centring = "batch"
    x_N = torch.stack([case.batch.x_N, -case.batch.x_N], 1).flatten(0, 1)
    two = case.batch._replace(x_N=x_N, label_N=case.batch.label_N.repeat_interleave(2))
    many = two._replace(x_N=two.x_N.repeat_interleave(repeats, 0), label_N=two.label_N.repeat_interleave(repeats))
    hidden, last = crossbar_layers(case.network).values()
    bp = Backpropagation().propose({}, case.network, two, Draws([0, 1]))
    errors = 2 * next(update.d_KBO for update in bp.updates if update.array is last.weight)
    carried = last.decorrelator.gain_K[:, None, None] * last.decorrelator.array.backward(last.weight.backward(errors))
    slope = torch.where(bp.trace.visits[0].a_KBO > 0, torch.ones_like(carried), 0.1)
    np = NodePerturbation(sigma=1e-4).propose({}, case.network, many, Draws([0, 1], "noise"))
    draws = (2 * repeats * next(update.d_KBO for update in np.updates if update.array is hidden.weight)).unflatten(1, (2, repeats))
    error = draws.std(2) / repeats**0.5
    own, full = slope * carried, slope * (carried - carried.mean(1, keepdim=True))
    assert (((draws.mean(2) - own) / error).abs()).max() < 5.5  # 16 numbers, see SIGMAS
    assert (((draws.mean(2) - full) / error).abs()).max() > 10

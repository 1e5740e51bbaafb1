import pytest
import torch

from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.rules.fa import FeedbackAlignment
from crossbar.exact import Exact

K, B, C = 2, 7, 3
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture
def batch(normal):
    return Batch(normal(3, K * B, 4), torch.arange(K * B) % C, cross_entropy, K)


@pytest.mark.parametrize("centring", ["running", "batch"])
def test_equals_bp_where_feedback_is_the_weights(mlp, batch, gradients, centring):
    network = mlp(0, K, (4, 6, 5, C), centring=centring)
    state = {name: Exact(layer.weight.weights()) for name, layer in crossbar_layers(network).items()}
    fa = gradients(FeedbackAlignment().propose(state, network, batch, Draws(range(K))).updates)
    bp = gradients(Backpropagation().propose({}, network, batch, Draws(range(K))).updates)
    assert fa.keys() == bp.keys()
    for array in bp:
        torch.testing.assert_close(fa[array], bp[array], **CLOSE)


def test_its_own_feedback_moves_hidden_layers_elsewhere_and_the_last_as_bp(mlp, batch, gradients):
    network = mlp(0, K, (4, 6, C))
    rule = FeedbackAlignment()
    fa = gradients(rule.propose(rule.init(network, [0, 1]), network, batch, Draws(range(K))).updates)
    bp = gradients(Backpropagation().propose({}, network, batch, Draws(range(K))).updates)
    hidden, last = crossbar_layers(network).values()
    torch.testing.assert_close(fa[last.weight], bp[last.weight], **CLOSE)
    assert (fa[hidden.weight] - bp[hidden.weight]).norm() > 0.1 * bp[hidden.weight].norm()


def test_equals_the_formula_through_the_true_transposed_r(mlp, batch, gradients):
    network = mlp(0, K, (4, 6, C))
    rule = FeedbackAlignment()
    state = rule.init(network, [5, 6])
    found = gradients(rule.propose(state, network, batch, Draws(range(K))).updates)
    (_, hidden), (name, last) = crossbar_layers(network).items()
    x_KBI, label_KB = batch.x_N.unflatten(0, (K, B)), batch.label_N.unflatten(0, (K, B))
    for k in range(K):
        xstar, a = _through(hidden, k, x_KBI[k])
        h = torch.where(a > 0, a, 0.1 * a)
        _, output = _through(last, k, h)
        error = (torch.softmax(output, 1) - torch.eye(C, dtype=torch.float64)[label_KB[k]]) / B
        back = last.decorrelator.gain_K[k] * (error @ state[name].weights()[k]) @ last.decorrelator.array.weights()[k]
        delta = torch.where(a > 0, back, 0.1 * back)
        torch.testing.assert_close(found[hidden.weight][k], delta.T @ xstar, **CLOSE)


def _through(layer, k, x):
    decorrelator = layer.decorrelator
    xstar = decorrelator.gain_K[k] * (x - decorrelator.mean_KI[k]) @ decorrelator.array.weights()[k].T
    return xstar, xstar @ layer.weight.weights()[k].T + layer.bias.weights()[k, :, 0]


def test_no_weight_array_is_read_transposed(mlp, batch):
    network = mlp(0, K, (4, 6, 5, C))
    rule = FeedbackAlignment()
    state = rule.init(network, [0, 1])
    rule.propose(state, network, batch, Draws(range(K)))
    names = list(crossbar_layers(network))
    assert all(layer.weight.ledger().backward_reads_K.sum() == 0 for layer in crossbar_layers(network).values())
    assert [state[name].ledger().backward_reads_K.tolist() for name in names] == [[0.0] * K, [float(B)] * K, [float(B)] * K]


def test_feedback_is_drawn_per_chip_and_fixed_by_its_seed(mlp):
    network = mlp(0, K, (4, 6, C))
    both, other = FeedbackAlignment().init(network, [7, 8]), FeedbackAlignment().init(network, [8, 7])
    for name, layer in crossbar_layers(network).items():
        assert both[name].shape == layer.weight.shape
        assert torch.equal(both[name].weights(), other[name].weights().flip(0))
        assert not torch.equal(both[name].weights()[0], both[name].weights()[1])

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from analogdecor.draws import Draws
from analogdecor.linear import crossbar_layers
from analogdecor.losses import cross_entropy
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.rules.dfa import DirectFeedbackAlignment

K, B, C = 2, 7, 3
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def _error(output, label):
    return (torch.softmax(output, 1) - torch.eye(C, dtype=torch.float64)[label]) / B


def _slope(a):
    return torch.where(a > 0, torch.ones_like(a), 0.1)


def _through(layer, k, x):
    decorrelator = layer.decorrelator
    xstar = decorrelator.gain_K[k] * (x - decorrelator.mean_KI[k]) @ decorrelator.array.weights()[k].T
    return xstar, xstar @ layer.weight.weights()[k].T + layer.bias.weights()[k, :, 0]


@pytest.fixture
def batch(normal):
    return Batch(normal(3, K * B, 4), torch.arange(K * B) % C, cross_entropy, K)


def test_equals_the_formula(mlp, batch, gradients):
    network = mlp(0, K, (4, 6, 5, C))
    rule = DirectFeedbackAlignment()
    state = rule.init(network, [0, 1])
    found = gradients(rule.propose(state, network, batch, Draws(range(K))).updates)
    (_, one), (name_two, two), (name_three, three) = crossbar_layers(network).items()
    for k in range(K):
        x1, a1 = _through(one, k, batch.x_N.unflatten(0, (K, B))[k])
        x2, a2 = _through(two, k, F.leaky_relu(a1, 0.1))
        x3, output = _through(three, k, F.leaky_relu(a2, 0.1))
        error = _error(output, batch.label_N.unflatten(0, (K, B))[k])
        delta1 = _slope(a1) * (error @ state[name_two].weights()[k])
        delta2 = _slope(a2) * (error @ state[name_three].weights()[k])
        for layer, delta, xstar in ((one, delta1, x1), (two, delta2, x2), (three, error, x3)):
            torch.testing.assert_close(found[layer.weight][k], delta.T @ xstar, **CLOSE)
            torch.testing.assert_close(found[layer.bias][k, :, 0], delta.sum(0), **CLOSE)


def test_no_array_of_the_network_is_read_transposed(mlp, batch):
    network = mlp(0, K, (4, 6, 5, C))
    rule = DirectFeedbackAlignment()
    rule.propose(rule.init(network, [0, 1]), network, batch, Draws(range(K)))
    for layer in crossbar_layers(network).values():
        for array in (layer.weight, layer.decorrelator.array):
            assert array.ledger().backward_reads_K.tolist() == [0.0] * K
            assert array.ledger().forward_reads_K.tolist() == [float(B)] * K


def test_equals_bp_without_hidden_layers(mlp, batch, gradients):
    network = mlp(0, K, (4, C))
    rule = DirectFeedbackAlignment()
    dfa = gradients(rule.propose(rule.init(network, [0, 1]), network, batch, Draws(range(K))).updates)
    bp = gradients(Backpropagation().propose({}, network, batch, Draws(range(K))).updates)
    for array in bp:
        torch.testing.assert_close(dfa[array], bp[array], **CLOSE)


class Pooled(nn.Module):
    """Positions [N, T, I], averaged behind the second layer. The last layer is registered first, so that the orders differ."""

    def __init__(self, first, middle, last, head):
        super().__init__()
        self.middle, self.first, self.head, self.last = middle, first, head, last

    def forward(self, x):
        h = F.leaky_relu(self.middle(F.leaky_relu(self.first(x), 0.1)), 0.1)
        return self.last(F.leaky_relu(self.head(h.mean(1)), 0.1))


def test_every_position_of_a_sample_gets_the_samples_error(layer, normal, gradients):
    g, positions = torch.Generator().manual_seed(1), 5
    network = Pooled(*(layer(g, K, inputs, outputs) for inputs, outputs in ((4, 6), (6, 5), (4, C), (5, 4))))
    batch = Batch(normal(3, K * B, positions, 4), torch.arange(K * B) % C, cross_entropy, K)
    rule = DirectFeedbackAlignment()
    state = rule.init(network, [0, 1])
    proposal = rule.propose(state, network, batch, Draws(range(K)))
    found = gradients(proposal.updates)
    for k in range(K):
        x1, a1 = _through(network.first, k, batch.x_N.unflatten(0, (K, B))[k])
        x2, a2 = _through(network.middle, k, F.leaky_relu(a1, 0.1))
        error = _error(proposal.trace.output_NC.detach().unflatten(0, (K, B))[k], batch.label_N.unflatten(0, (K, B))[k])
        back1 = (error @ state["middle"].weights()[k])[:, None].expand(-1, positions, -1)
        back2 = (error @ state["head"].weights()[k])[:, None].expand(-1, positions, -1) / positions  # the mean over positions
        torch.testing.assert_close(found[network.first.weight][k], torch.einsum("bto,bti->oi", _slope(a1) * back1, x1), **CLOSE)
        torch.testing.assert_close(found[network.middle.weight][k], torch.einsum("bto,bti->oi", _slope(a2) * back2, x2), **CLOSE)

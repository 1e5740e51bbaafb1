import pytest
import torch

from analogdecor.draws import Draws
from analogdecor.losses import cross_entropy
from analogdecor.measures import alignment, condition_number, correlations, off_diagonal_correlation, second_moment, wanted_changes
from analogdecor.rule import Batch
from analogdecor.rules.bp import Backpropagation
from analogdecor.rules.fa import FeedbackAlignment
from analogdecor.update import Update
from crossbar.exact import Exact

# four samples of two lines with C = [[1, r], [r, 1]] exactly, r = 0.6
PAIRS = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]], dtype=torch.float64)
TURNED = PAIRS @ torch.linalg.cholesky(torch.tensor([[1.0, 0.6], [0.6, 1.0]], dtype=torch.float64)).T
X_KBI = torch.stack([TURNED, 3.0 * PAIRS, torch.zeros_like(PAIRS)])


def test_second_moment():
    torch.testing.assert_close(second_moment(X_KBI)[0], torch.tensor([[1.0, 0.6], [0.6, 1.0]], dtype=torch.float64))


def test_off_diagonal_correlation_against_the_closed_form():
    """sqrt(2) r / sqrt(2) = r; 0 for uncorrelated lines of any size and for silent ones."""
    torch.testing.assert_close(off_diagonal_correlation(X_KBI), torch.tensor([0.6, 0.0, 0.0], dtype=torch.float64))


def test_condition_number_against_the_closed_form():
    """(1 + r) / (1 - r), whatever the mean; inf where a direction carries nothing."""
    found_K = condition_number(X_KBI + 5.0)
    torch.testing.assert_close(found_K[:2], torch.tensor([1.6 / 0.4, 1.0], dtype=torch.float64))
    assert found_K[2] == torch.inf
    line = torch.linspace(-1, 1, 9, dtype=torch.float64)
    assert condition_number(torch.stack([line, 2 * line], 1)[None]).item() == torch.inf


def test_wanted_changes_are_what_an_exact_array_does(normal):
    array = Exact(torch.zeros(2, 3, 4))
    rate_K = torch.tensor([0.1, 0.2], dtype=torch.float64)
    updates = [Update(array, normal(0, 2, 5, 4), normal(1, 2, 5, 3), rate_K), Update(array, normal(2, 2, 1, 4), normal(3, 2, 1, 3), 0.3)]
    wanted = wanted_changes(updates)[array]
    for update in updates:
        array.update(update.x_KBI, update.d_KBO, update.lr)
    torch.testing.assert_close(wanted, array.weights())


def test_alignment_against_closed_forms():
    one, two = Exact(torch.zeros(2, 1, 2)), Exact(torch.zeros(2, 1, 1))
    unit = torch.ones(2, 1, 1, dtype=torch.float64)

    def proposal(x, y, z):
        return [Update(one, torch.tensor([[[x, y]]] * 2), unit, 0.1), Update(two, unit, z * unit, 0.2)]

    reference = proposal(1.0, 0.0, 0.5)  # changes (-0.1, 0) and -0.1
    torch.testing.assert_close(alignment(reference, reference), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(alignment(proposal(-2.0, 0.0, -1.0), reference), -torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(alignment(proposal(0.0, 1.0, 0.5), reference), torch.full((2,), 0.5, dtype=torch.float64))
    assert bool(alignment(proposal(0.0, 0.0, 0.0), reference).isnan().all())
    with pytest.raises(ValueError, match="same arrays"):
        alignment(reference[:1], reference)


def test_alignment_of_fa_with_bp_lies_between(mlp, normal):
    network = mlp(0, 2, (4, 8, 8, 3))
    batch = Batch(normal(1, 20, 4), torch.arange(20) % 3, cross_entropy, 2)
    bp, fa = Backpropagation(lr=0.3), FeedbackAlignment(lr=0.7)
    reference = bp.propose({}, network, batch, Draws([0, 1])).updates
    own = fa.propose(fa.init(network, [0, 1]), network, batch, Draws([0, 1])).updates
    torch.testing.assert_close(alignment(bp.propose({}, network, batch, Draws([0, 1])).updates, reference), torch.ones(2).double())
    assert bool((alignment(own, reference).abs() < 1 - 1e-3).all())


def test_correlations_of_what_enters_each_layers_weights(mlp, normal):
    network, x = mlp(0, 2, (4, 5, 3)), normal(1, 30, 4)
    found = correlations(network, x)
    xstar = network[0].decorrelator(x.expand(2, 30, 4)).xstar_KBI
    assert list(found) == ["0", "2"]
    torch.testing.assert_close(found["0"], off_diagonal_correlation(xstar))

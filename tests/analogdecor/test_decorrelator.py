import pytest
import torch

from analogdecor.decorrelator import Decorrelator
from crossbar.exact import Exact

K, B, D = 2, 6, 4
ALL = torch.ones(K, dtype=torch.bool)


def _near_one(normal, seed=0):
    return torch.eye(D, dtype=torch.float64) + 0.1 * normal(seed, K, D, D)


def test_starts_as_the_identity(normal):
    x_KBI = normal(0, K, B, D)
    z_KBI, xstar_KBI = Decorrelator(Exact(torch.eye(D, dtype=torch.float64).expand(K, D, D)))(x_KBI)
    assert torch.equal(z_KBI, x_KBI)
    assert torch.equal(xstar_KBI, x_KBI)


@pytest.mark.parametrize("damping", [0.5, 1.0])
def test_lateral_form_settles_to_the_inverse_within_the_derived_bound(normal, damping):
    """y_n - M^-1 z = (1 - c M)^n (z - M^-1 z): in norm at most ||1 - c M||^n ||z - M^-1 z||, transposed reads alike."""
    m_KII, z_KBI = _near_one(normal), normal(1, K, B, D)
    for iterations in (1, 5, 12):
        decorrelator = Decorrelator(Exact(m_KII), form="lateral", iterations=iterations, damping=damping)
        for k in range(K):
            shrink = torch.linalg.matrix_norm(torch.eye(D) - damping * m_KII[k], ord=2) ** iterations
            for settled, m in ((decorrelator.transform(z_KBI)[k], m_KII[k]), (decorrelator.transform_back(z_KBI)[k], m_KII[k].T)):
                fixed = z_KBI[k] @ torch.linalg.inv(m).T
                error = (settled - fixed).norm(dim=1)
                assert bool((error <= shrink * (z_KBI[k] - fixed).norm(dim=1) + 1e-14).all())
                assert bool((error > 0).all()) or iterations > 5  # the bound is about something


def test_settling_costs_one_read_per_iteration(normal):
    decorrelator = Decorrelator(Exact(_near_one(normal)), form="lateral", iterations=7)
    decorrelator.transform(normal(1, K, B, D))
    ledger = decorrelator.array.ledger()
    assert ledger.forward_reads_K.tolist() == [7.0 * B] * K
    assert ledger.backward_reads_K.tolist() == [0.0] * K


@pytest.mark.parametrize("form", ["matrix", "lateral"])
def test_the_gradient_is_carried_by_the_adjoint(normal, form):
    """<d, x*(z)> = <back(d), z> for the very reads that were made, settled or not."""
    decorrelator = Decorrelator(Exact(_near_one(normal)), form=form, centring="none", iterations=3)
    decorrelator.set_gain(torch.tensor([0.5, 2.0]), ALL)
    x_KBI, d_KBI = normal(1, K, B, D).requires_grad_(), normal(2, K, B, D)
    xstar_KBI = decorrelator(x_KBI).xstar_KBI
    (back_KBI,) = torch.autograd.grad(xstar_KBI, x_KBI, d_KBI)
    torch.testing.assert_close((d_KBI * xstar_KBI).sum((1, 2)), (back_KBI * x_KBI).sum((1, 2)), rtol=1e-12, atol=1e-12)


def test_a_gain_that_comes_from_elsewhere_is_seen(normal):
    """1 needs no multiplication; whoever changes the register in place, as loading a state does, changes reads and gradients."""
    decorrelator, x_KBI = Decorrelator(Exact(_near_one(normal)), centring="none"), normal(1, K, B, D).requires_grad_()
    read, back = [], []
    for gain in (1.0, 3.0, 0.5, 1.0):
        decorrelator.load_state_dict(decorrelator.state_dict() | {"gain_K": torch.full((K,), gain)})
        xstar_KBI = decorrelator(x_KBI).xstar_KBI
        read.append(xstar_KBI.detach() / gain)
        back.append(torch.autograd.grad(xstar_KBI.sum(), x_KBI)[0] / gain)
    for found in (read, back):
        for each in found[1:]:
            torch.testing.assert_close(each, found[0], rtol=1e-12, atol=1e-12)


def test_centring(normal):
    x_KBI, mean_KI = normal(0, K, B, D), normal(1, K, D)
    for centring, training, wanted in (
        ("running", True, mean_KI),
        ("running", False, mean_KI),
        ("batch", True, x_KBI.mean(1)),
        ("batch", False, mean_KI),
        ("none", True, torch.zeros(K, D)),
    ):
        decorrelator = Decorrelator(Exact(_near_one(normal)), centring=centring, momentum=1.0)
        decorrelator.track_mean(mean_KI[:, None], ALL)
        torch.testing.assert_close(decorrelator.train(training)(x_KBI).z_KBI, x_KBI - wanted[:, None])


def test_mean_and_gain_of_the_chosen_chips_only(normal):
    x_KBI = normal(0, K, B, D)
    decorrelator = Decorrelator(Exact(_near_one(normal)), momentum=0.25)
    for _ in range(2):
        decorrelator.track_mean(x_KBI, torch.tensor([True, False]))
    decorrelator.set_gain(torch.tensor([3.0, 5.0]), torch.tensor([False, True]))
    torch.testing.assert_close(decorrelator.mean_KI[0], (1 - 0.75**2) * x_KBI[0].mean(0))
    assert decorrelator.mean_KI[1].tolist() == [0.0] * D
    assert decorrelator.gain_K.tolist() == [1.0, 5.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "recurrent"}, "recurrent"),
        ({"centring": "mean"}, "mean"),
        ({"momentum": 0.0}, "momentum"),
        ({"momentum": 1.5}, "1.5"),
        ({"iterations": 0}, "iteration"),
        ({"damping": 0.0}, "damping"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        Decorrelator(Exact(torch.eye(D).expand(K, D, D)), **options)


def test_refuses_an_array_that_is_not_square():
    with pytest.raises(ValueError, match="3 x 4"):
        Decorrelator(Exact(torch.zeros(K, 3, 4)))

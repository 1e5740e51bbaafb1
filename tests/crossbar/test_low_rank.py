"""A low-rank array against the dense matrix it stands for, and its update against the projections of the full one."""

import pytest
import torch

from crossbar.array import Array
from crossbar.exact import Exact
from crossbar.low_rank import LowRank, orthonormal
from crossbar.seeds import generator

K, LINES, RANK = 2, 7, 3
CLOSE = {"rtol": 1e-12, "atol": 1e-12}
EYE = torch.eye(LINES, dtype=torch.float64)
RATES = torch.tensor([0.1, 0.3], dtype=torch.float64)


def random(*shape):
    return torch.randn(*shape, generator=generator(4, *shape), dtype=torch.float64)


def made(rank=RANK, *, started=False):
    """At the start, U = 0 and V orthonormal, or with both of them random."""
    v_KrI = orthonormal((0, 1), LINES, rank)
    return LowRank(Exact(0 * v_KrI.mT), Exact(v_KrI)) if started else LowRank(Exact(random(K, LINES, rank)), Exact(random(K, rank, LINES)))


def test_it_is_the_dense_matrix():
    array = made()
    assert isinstance(array, Array)
    w = EYE + array.up.weights() @ array.down.weights()
    torch.testing.assert_close(array.weights(), w, **CLOSE)
    x = random(K, 4, LINES)
    before = x.clone()
    torch.testing.assert_close(array.forward(x), x @ w.mT, **CLOSE)
    torch.testing.assert_close(array.backward(x), x @ w, **CLOSE)
    assert torch.equal(x, before)
    assert (array.chips, array.shape, array.rank, array.dtype, array.device.type) == (K, (LINES, LINES), RANK, torch.float64, "cpu")
    assert array.steps()[0].shape == (K,)
    array.elapse(1.0)


def test_a_chips_weights_do_not_depend_on_its_fleet():
    """Bit for bit, in float32: products are our own."""
    u, v = random(5, 37, 24).float(), random(5, 24, 37).float()
    fleet = LowRank(Exact(u, dtype=torch.float32), Exact(v, dtype=torch.float32)).weights()
    for k in range(5):
        assert torch.equal(
            LowRank(Exact(u[k : k + 1], dtype=torch.float32), Exact(v[k : k + 1], dtype=torch.float32)).weights()[0], fleet[k]
        )


def test_its_memory_and_what_it_spends():
    array = made()
    assert sum(factor.weights()[0].numel() for factor in (array.up, array.down)) == 2 * RANK * LINES
    array.forward(random(K, 4, LINES))
    array.backward(random(K, 5, LINES))
    spent = array.ledger()
    assert spent.forward_reads_K.tolist() == [2 * 4] * K
    assert spent.backward_reads_K.tolist() == [2 * 5] * K
    assert spent.digital_ops_K.tolist() == [9 * (2 * RANK * LINES + LINES)] * K
    assert array.additions_K().tolist() == [9 * LINES] * K
    array.up.pulse(torch.ones(K, LINES, RANK, dtype=torch.int64))
    assert array.ledger().pulses_up_KOI.shape == (K, LINES, 2 * RANK)
    assert array.ledger().pulses_K().tolist() == [LINES * RANK] * K


def test_every_factor_takes_what_the_other_lets_through():
    array, x, d = made(), random(K, 4, LINES), random(K, 5, LINES)[:, :4]
    u, v, r = array.up.weights(), array.down.weights().mT, array.weights()
    wanted, lr = d.mT @ x, RATES[:, None, None]
    array.update(x, d, RATES)
    torch.testing.assert_close(array.up.weights(), u - lr * wanted @ v, **CLOSE)
    torch.testing.assert_close(array.down.weights().mT, v - lr * wanted.mT @ u, **CLOSE)
    first = wanted @ v @ v.mT + u @ u.mT @ wanted
    torch.testing.assert_close(array.weights(), r - lr * first + lr**2 * wanted @ v @ u.mT @ wanted, **CLOSE)
    inner = (wanted * first).sum((1, 2))
    torch.testing.assert_close(inner, (wanted @ v).square().sum((1, 2)) + (u.mT @ wanted).square().sum((1, 2)), **CLOSE)


def test_the_factors_follow_the_gradient_of_any_loss_of_r():
    """G by autograd, with respect to R and with respect to U and V."""
    array, target = made(), random(K, LINES, LINES)
    u, v = array.up.weights().requires_grad_(), array.down.weights().requires_grad_()
    ((EYE + u @ v - target) ** 2).sum().backward()
    wanted = 2 * (array.weights() - target)
    before = (array.up.weights(), array.down.weights())
    array.update(EYE.expand(K, -1, -1), wanted.mT, 0.01)
    torch.testing.assert_close(array.up.weights(), before[0] - 0.01 * u.grad, **CLOSE)
    torch.testing.assert_close(array.down.weights(), before[1] - 0.01 * v.grad, **CLOSE)


@pytest.mark.parametrize("rank", [RANK, LINES])
def test_the_first_update_is_the_full_one_on_the_span_of_v(rank):
    array, x, d = made(rank, started=True), random(K, 4, LINES), random(K, 5, LINES)[:, :4]
    full = Exact(EYE.expand(K, -1, -1))
    assert torch.equal(array.weights(), full.weights())
    projection = array.down.weights().mT @ array.down.weights()
    array.update(x, d, RATES)
    full.update(x, d, RATES)
    torch.testing.assert_close(array.weights() - EYE, (full.weights() - EYE) @ projection, **CLOSE)
    if rank == LINES:
        torch.testing.assert_close(array.weights(), full.weights(), **CLOSE)


def test_rows_are_scaled_without_being_read_one_by_one():
    """As the update with one-hot deltas of every row; 4 r vectors instead of 2 I read."""
    array, again, factor = made(), made(), random(K, LINES)
    array.update(array.weights(), torch.diag_embed(factor), RATES)
    for each in again.rows_times(factor):
        each.array.update(each.x_KBI, each.d_KBO, RATES)
    torch.testing.assert_close(again.up.weights(), array.up.weights(), **CLOSE)
    torch.testing.assert_close(again.down.weights(), array.down.weights(), **CLOSE)
    spent = again.ledger()
    assert (spent.forward_reads_K + spent.backward_reads_K).tolist() == [6 * RANK] * K  # r of each factor, r each way through both


@pytest.mark.parametrize("rank", [1, RANK, LINES])
def test_programming_takes_the_nearest_of_its_rank(rank):
    array, target = made(rank), EYE + random(K, LINES, LINES)
    array.program(target)
    sizes = torch.linalg.svdvals(target - EYE)
    lost = (array.weights() - target).square().sum((1, 2))
    torch.testing.assert_close(lost, sizes[:, rank:].square().sum(1), **CLOSE)
    v = array.down.weights()
    torch.testing.assert_close(v @ v.mT, torch.eye(rank, dtype=torch.float64).expand(K, -1, -1), **CLOSE)


def test_the_identity_keeps_v_so_that_it_can_learn():
    array = made(started=True)
    v = array.down.weights()
    array.update(random(K, 4, LINES), random(K, 5, LINES)[:, :4], 0.1)
    moved = array.down.weights()
    array.program(EYE.expand(K, -1, -1))
    assert torch.equal(array.weights(), EYE.expand(K, -1, -1))
    assert torch.equal(array.down.weights(), moved)
    assert torch.equal(moved, v)  # U was 0, so that V^T was asked for nothing


def test_state_restores_it():
    array, again = made(), made(started=True)
    array.forward(random(K, 4, LINES))
    kept = array.state()
    again.load_state(kept)
    assert torch.equal(again.weights(), array.weights())
    for name, value in again.ledger().tensors().items():
        assert torch.equal(value, array.ledger().tensors()[name]), name


def test_starts_are_orthonormal_random_and_each_chips_own():
    two = orthonormal((0, 1), 64, 16, "layer1")
    torch.testing.assert_close(two @ two.mT, torch.eye(16, dtype=torch.float64).expand(2, -1, -1), **CLOSE)
    assert torch.equal(orthonormal((1,), 64, 16, "layer1")[0], two[1])
    assert not torch.equal(two[0], two[1])
    assert not torch.equal(orthonormal((0,), 64, 16, "layer2")[0], two[0])
    overlap = two[0] @ two[1].mT  # of independent subspaces: <cos^2> = 1 / I, and of a squared cosine the spread is near sqrt(2) / I
    assert abs(float(overlap.square().mean()) * 64 - 1) < 5 * 2**0.5 / 16


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="do not make a square matrix"):
        LowRank(Exact(torch.zeros(K, 7, 3)), Exact(torch.zeros(K, 3, 6)))
    with pytest.raises(ValueError, match="do not make a square matrix"):
        LowRank(Exact(torch.zeros(K, 7, 3)), Exact(torch.zeros(K, 3, 7), dtype=torch.float32))
    with pytest.raises(ValueError, match="has no cell for each of its numbers"):
        made().pulse(torch.zeros(K, LINES, LINES))

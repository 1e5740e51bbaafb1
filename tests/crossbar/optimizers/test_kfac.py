"""K-FAC against the Kronecker product written out."""

import torch

from crossbar.exact import Exact
from crossbar.optimizers.kfac import optimizer

DECAY, DAMPING, LR = 0.7, 0.05, 0.3


def _wanted(w_OI, history, x_BI, d_BO):
    """-lr (A' (x) S')^-1 vec(G) with the damping shared out, in one dense matrix."""
    a = s = None
    for x, d in history:
        now_a, now_s = x.T @ x / len(x), len(d) * d.T @ d
        a, s = (now_a, now_s) if a is None else (DECAY * a + (1 - DECAY) * now_a, DECAY * s + (1 - DECAY) * now_s)
    pi = ((a.trace() / len(a)) / (s.trace() / len(s))).sqrt()
    a_damped = a + DAMPING**0.5 * pi * torch.eye(len(a), dtype=a.dtype)
    s_damped = s + DAMPING**0.5 / pi * torch.eye(len(s), dtype=s.dtype)
    fisher = torch.kron(s_damped, a_damped)  # of the rows of W one behind the other
    gradient = (d_BO.T @ x_BI).reshape(-1)
    return w_OI - LR * torch.linalg.solve(fisher, gradient).reshape(w_OI.shape)


def test_it_is_the_kronecker_product_written_out(weights, batches) -> None:
    array = optimizer(Exact(weights), decay=DECAY, damping=DAMPING, every=1)
    wanted, history = weights.clone(), []
    for x_KBI, d_KBO in batches(4):
        array.update(x_KBI, d_KBO, LR)
        history.append((x_KBI, d_KBO))
        for chip in range(len(weights)):
            wanted[chip] = _wanted(wanted[chip], [(x[chip], d[chip]) for x, d in history], x_KBI[chip], d_KBO[chip])
    torch.testing.assert_close(array.weights(), wanted, rtol=1e-9, atol=1e-10)


def test_inverses_are_as_old_as_asked_for(weights, batches) -> None:
    lazy, keen = (optimizer(Exact(weights), damping=DAMPING, every=every) for every in (3, 1))
    for step, (x, d) in enumerate(batches(3)):
        lazy.update(x, d, LR)
        keen.update(x, d, LR)
        assert torch.equal(lazy.weights(), keen.weights()) == (step == 0)
    again = optimizer(Exact(torch.zeros_like(weights)), damping=DAMPING, every=3)
    again.load_state(lazy.state())
    for x, d in batches(2):
        lazy.update(x, d, LR)
        again.update(x, d, LR)
    assert torch.equal(lazy.weights(), again.weights())

"""One step of every rule against its dense formula, written down independently, for K chips with their own rates."""

import pytest
import torch

from analogdecor.decorrelation import FOLDER
from analogdecor.decorrelator import Decorrelator
from analogdecor.passes import Visit
from analogdecor.update import apply
from crossbar.block_diagonal import BlockDiagonal
from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.low_rank import LowRank, orthonormal
from crossbar.scaled import Scaled as DigitalScale

K, B, D = 3, 20, 5
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
RATES = torch.tensor([0.05, 0.1, 0.0], dtype=torch.float64)


def _off(c):
    return c - torch.diag(torch.diag(c))


def scaled(R, g, z, lr, _):
    """g R <- q (I - lr C) g R, as the paper's two lines."""
    xstar = g * z @ R.T
    C = xstar.T @ xstar / len(xstar)
    q = (z.norm(dim=1) / (xstar.norm(dim=1) + 1e-8)).mean()
    return q * (torch.eye(D) - lr * C) @ (g * R)


def copi(R, g, z, lr, _):
    xstar = g * z @ R.T
    C = xstar.T @ xstar / len(xstar)
    return g * (R - lr * _off(C) @ R)


def dbp(R, g, z, lr, kappa):
    xstar = g * z @ R.T
    C = xstar.T @ xstar / len(xstar)
    V = torch.diag(torch.diag(C) - 1)
    return g * (R - lr * ((1 - kappa) * _off(C) @ R + kappa * V @ R))


def recurrent(M, g, z, lr, _):
    xstar = g * z @ torch.linalg.inv(M).T
    return M + lr * xstar.T @ xstar / len(xstar)


OPTIONS = {"dbp": [{"kappa": 0.0}, {"kappa": 0.3}, {"kappa": 1.0}], "scaled": [{"stationary": False}, {"stationary": True}]}
FORMULAS = {"scaled": scaled, "copi": copi, "dbp": dbp, "recurrent": recurrent}


def _plain(array):
    return array


def _on_an_array(array):
    return Deviation(DigitalScale(array, torch.tensor([0.5, 1.0, 2.0])))


def test_every_rule_has_a_formula():
    assert sorted(FORMULAS) == list(FOLDER.names())


@pytest.mark.parametrize("share", [1.0, 0.12], ids=["all samples", "0.12"])
@pytest.mark.parametrize("wrap", [_plain, _on_an_array])
@pytest.mark.parametrize(("name", "options"), [(name, each) for name in FOLDER.names() for each in OPTIONS.get(name, [{}])], ids=str)
def test_one_step_equals_the_formula(identity, visit, normal, name, options, wrap, share):
    rule = FOLDER.load(name).RULE(lr=RATES, share=share, **options)
    decorrelator = identity(K, D, wrap, form=rule.form, centring="running", iterations=200, damping=0.8)
    decorrelator.array.program(torch.eye(D, dtype=torch.float64) + 0.1 * normal(0, K, D, D))
    gain_K = torch.tensor([0.8, 1.0, 1.3], dtype=torch.float64)
    decorrelator.set_gain(gain_K, torch.ones(K, dtype=torch.bool))
    x_KBI = normal(1, K, B, D) @ normal(2, K, D, D)
    decorrelator.track_mean(x_KBI + 1.0, torch.ones(K, dtype=torch.bool))
    before_KII, mean_KI = decorrelator.array.weights(), decorrelator.mean_KI.clone()
    proposal = rule.propose(decorrelator, visit(decorrelator, x_KBI))
    apply(proposal.updates)
    new_gain_K = gain_K if proposal.gain_K is None else proposal.gain_K
    used = {1.0: 20, 0.12: 3}[share]  # 0.12 of 20 samples are 2.4: three are used
    for k in range(K):
        z = (x_KBI[k] - mean_KI[k])[:used]
        wanted = FORMULAS[name](before_KII[k], gain_K[k], z, RATES[k], options.get("kappa"))
        found = decorrelator.array.weights()[k] * (1.0 if name == "recurrent" else new_gain_K[k])
        torch.testing.assert_close(found, wanted, **CLOSE)


@pytest.mark.parametrize("name", FOLDER.names())
def test_a_proposal_writes_nothing(identity, visit, normal, name):
    rule = FOLDER.load(name).RULE(lr=0.1)
    decorrelator = identity(K, D, Deviation, form=rule.form)
    seen = visit(decorrelator, normal(0, K, B, D))
    copies = [value.clone() for value in (seen.x_KBI, seen.z_KBI, seen.xstar_KBI)]
    before = (decorrelator.array.weights(), decorrelator.gain_K.clone(), decorrelator.mean_KI.clone())
    rule.propose(decorrelator, seen)
    for old, new in zip(before, (decorrelator.array.weights(), decorrelator.gain_K, decorrelator.mean_KI), strict=True):
        assert torch.equal(old, new)
    for old, new in zip(copies, (seen.x_KBI, seen.z_KBI, seen.xstar_KBI), strict=True):
        assert torch.equal(old, new)


@pytest.mark.parametrize("name", ["copi", "dbp", "scaled"])
def test_blocks_follow_the_formula_each_on_its_own_lines(name):
    """A block-diagonal R of blocks of 3 and 2 lines equals two decorrelators side by side; scaled's one gain sees both."""
    g = torch.Generator().manual_seed(2)
    z_KBI = torch.randn(K, B, D, generator=g, dtype=torch.float64)
    array = BlockDiagonal(Exact(torch.eye(3, dtype=torch.float64).repeat(2 * K, 1, 1)), D, K)
    decorrelator = Decorrelator(array, centring="none")
    rule = FOLDER.load(name).RULE(lr=RATES, **({"stationary": True} if name == "scaled" else {}))
    z, xstar = decorrelator(z_KBI)
    wanted = rule.propose(decorrelator, Visit(None, z_KBI, z, xstar, xstar))
    apply(wanted.updates)
    ratio_K = (z.norm(dim=2) / (xstar.norm(dim=2) + 1e-8)).mean(1)  # scaled's q: 1 but for its 1e-8
    factor_K = torch.ones_like(ratio_K) if wanted.gain_K is None else wanted.gain_K / ratio_K
    for chip in range(K):
        C = z_KBI[chip].T @ z_KBI[chip] / B
        square = torch.diag(C)
        move = {"copi": C - torch.diag(square), "dbp": 0.99 * (C - torch.diag(square)) + 0.01 * torch.diag(square - 1), "scaled": C}[name]
        inside = torch.block_diag(torch.ones(3, 3), torch.ones(2, 2))
        torch.testing.assert_close(factor_K[chip] * array.weights()[chip], torch.eye(D) - RATES[chip] * move * inside, **CLOSE)


@pytest.mark.parametrize("name", ["copi", "dbp", "scaled"])
def test_factors_take_the_formula_through_each_other(normal, name):
    """Of R = 1 + U V^T: U moves by what the formula asks of R times V, V by its transpose times U."""
    v_KrI = orthonormal(range(K), D, 2)
    array = LowRank(Exact(0.1 * normal(3, K, D, 2)), Exact(v_KrI))
    decorrelator, z_KBI = Decorrelator(array, centring="none"), normal(4, K, B, D)
    rule = FOLDER.load(name).RULE(lr=RATES, **({"stationary": True} if name == "scaled" else {}))
    before_KII, u_KIr = array.weights(), array.up.weights()
    z, xstar = decorrelator(z_KBI)
    wanted = rule.propose(decorrelator, Visit(None, z_KBI, z, xstar, xstar))
    apply(wanted.updates)
    for chip in range(K):
        C = xstar[chip].T @ xstar[chip] / B
        square, rate = torch.diag(C), RATES[chip]
        common = square.mean()
        move = {
            "copi": C - torch.diag(square),
            "dbp": 0.99 * (C - torch.diag(square)) + 0.01 * torch.diag(square - 1),
            "scaled": (C - common * torch.eye(D, dtype=torch.float64)) / (1 - rate * common),
        }[name]
        asked = rate * move @ before_KII[chip]
        torch.testing.assert_close(array.up.weights()[chip], u_KIr[chip] - asked @ v_KrI[chip].T, **CLOSE)
        torch.testing.assert_close(array.down.weights()[chip], v_KrI[chip] - u_KIr[chip].T @ asked, **CLOSE)

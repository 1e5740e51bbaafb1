import torch

from analogdecor.decorrelation.recurrent import Recurrent
from analogdecor.update import apply

K, B, D = 2, 40, 5


def test_one_step_equals_minus_lr_r_c_r_to_first_order(identity, visit, correlated, normal):
    """(M + lr C)^-1 = R - lr R C R + remainder, ||remainder|| <= lr^2 ||C R||^2 ||R|| / (1 - lr ||C R||) in the spectral norm."""
    lr = 0.01
    decorrelator = identity(K, D, form="lateral", iterations=300)
    decorrelator.array.program(torch.eye(D, dtype=torch.float64) + 0.05 * normal(0, K, D, D))
    r_KII = torch.linalg.inv(decorrelator.array.weights())
    x_KBI, _ = correlated(0, K, B, D)
    seen = visit(decorrelator, x_KBI)
    apply(Recurrent(lr=lr).propose(decorrelator, seen).updates)
    c_KII = seen.xstar_KBI.mT @ seen.xstar_KBI / B
    new_KII = torch.linalg.inv(decorrelator.array.weights())
    for k in range(K):
        remainder = torch.linalg.matrix_norm(new_KII[k] - (r_KII[k] - lr * r_KII[k] @ c_KII[k] @ r_KII[k]), ord=2)
        cr, r = torch.linalg.matrix_norm(c_KII[k] @ r_KII[k], ord=2), torch.linalg.matrix_norm(r_KII[k], ord=2)
        bound = lr**2 * cr**2 * r / (1 - lr * cr)
        print(f"chip {k}: remainder {remainder:.2e}, bound {bound:.2e}")
        assert remainder < bound


def test_proposing_reads_nothing(identity, visit, correlated):
    decorrelator = identity(K, D, form="lateral")
    seen = visit(decorrelator, correlated(0, K, B, D)[0])
    before = decorrelator.array.ledger()
    Recurrent().propose(decorrelator, seen)
    after = decorrelator.array.ledger()
    assert torch.equal(before.forward_reads_K, after.forward_reads_K)
    assert torch.equal(before.backward_reads_K, after.backward_reads_K)


def test_decorrelates_and_shrinks(identity, steps, correlated):
    """In the eigenbasis of Sigma: m <- m + lr lambda / m^2, so that lambda / m^2 -> lambda (3 lr lambda n)^(-2/3): sizes grow alike.

    m stays below (1 + 3 lr lambda n)^(1/3) = 3.8, so that 60 iterations with damping 0.3 leave 0.7^60 = 5e-10 of the settling's error.
    """
    x_KBI, sigma_KII = correlated(0, K, B, D)
    lr, n = 0.06, 200
    decorrelator = identity(K, D, form="lateral", iterations=60, damping=0.3)
    xstar_KBI = steps(Recurrent(lr=lr), decorrelator, x_KBI, n)
    lambda_KI, basis_KII = torch.linalg.eigh(sigma_KII)
    m_KI = torch.ones_like(lambda_KI)
    for _ in range(n):
        m_KI = m_KI + lr * lambda_KI / m_KI.square()
    c_KII = basis_KII.mT @ (xstar_KBI.mT @ xstar_KBI / B) @ basis_KII
    torch.testing.assert_close(c_KII, torch.diag_embed(lambda_KI / m_KI.square()), rtol=0, atol=1e-8)
    before_K, after_K = (torch.linalg.cond(sigma_KII), torch.linalg.cond(c_KII))
    print(f"condition numbers {before_K.tolist()} -> {after_K.tolist()}")
    assert bool((after_K < before_K).all())

"""Products in Triton and by the library: exact where the sums are, and the same bits in every fleet."""

import pytest
import torch
from torch import Tensor

from crossbar.gpu.functions import PLAIN, fused

SHAPES = [(5, 70, 33), (64, 3, 10), (33, 130, 1)]
"""(M, N, P)."""


def operands(m: int, n: int, p: int, where: torch.device, *, whole: bool) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(1)
    made = [torch.randint(-8, 9, shape, generator=g).float() if whole else torch.randn(shape, generator=g) for shape in _sizes(m, n, p)]
    a_KMN, b_KNP, w_KMP = (values.to(where) for values in made)
    return a_KMN, b_KNP, w_KMP


def _sizes(m: int, n: int, p: int) -> list[tuple[int, int, int]]:
    return [(3, m, n), (3, n, p), (3, m, p)]


def descended(make, w_KMP: Tensor, b_KNP: Tensor, a_KMN: Tensor, lr_K: Tensor) -> Tensor:
    w_KMP = w_KMP.clone()
    make.descend(w_KMP, b_KNP, a_KMN.mT.contiguous(), lr_K)
    return w_KMP


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("make", [PLAIN, fused()], ids=["library", "triton"])
def test_products_of_whole_numbers_are_exact(shape, make, where):
    """|sums| <= 128 N + 8 < 2^24: every order of summation gives the same."""
    a_KMN, b_KNP, w_KMP = operands(*shape, where, whole=True)
    wanted = (a_KMN[..., None] * b_KNP[:, None]).sum(2)
    transposed = (a_KMN.mT.contiguous().mT, b_KNP.mT.contiguous().mT)
    for a, b in ((a_KMN, b_KNP), transposed, (torch.cat([a_KMN] * 2, 2)[..., shape[1] :], torch.cat([b_KNP] * 2, 2)[..., shape[2] :])):
        assert torch.equal(make.multiply(a, b), wanted)
    lr_K = torch.tensor([0.5, 1.0, 2.0], device=where)
    assert torch.equal(descended(make, w_KMP, b_KNP, a_KMN, lr_K), w_KMP - lr_K[:, None, None] * wanted)


@pytest.mark.parametrize("shape", [*SHAPES, (64, 256, 128)])
@pytest.mark.parametrize("make", [PLAIN, fused()], ids=["library", "triton"])
def test_a_chip_has_the_same_bits_in_every_fleet(shape, make, where):
    """By the library, too: a chip's matrices start alike in every fleet."""
    a_KMN, b_KNP, w_KMP = operands(*shape, where, whole=False)
    lr_K = torch.tensor([0.5, 1.0, 2.0], device=where)
    fleet, changed = make.multiply(a_KMN, b_KNP), descended(make, w_KMP, b_KNP, a_KMN, lr_K)
    for k in range(3):
        one = slice(k, k + 1)
        for a, b, w in ((a_KMN[one], b_KNP[one], w_KMP[one]), (a_KMN[one].clone(), b_KNP[one].clone(), w_KMP[one].clone())):
            assert torch.equal(make.multiply(a, b)[0], fleet[k])
            assert torch.equal(descended(make, w, b, a, lr_K[one])[0], changed[k])
    # N products and sums, each rounded to 2^-24 of at most the sum of magnitudes
    bound = (shape[1] + 2) * 2**-24 * torch.matmul(a_KMN.abs().double(), b_KNP.abs().double())
    assert ((fleet.double() - torch.matmul(a_KMN.double(), b_KNP.double())).abs() <= bound).all()


def test_what_is_large_or_float64_goes_to_the_library(where, monkeypatch):
    from crossbar.gpu.fused import products

    a_KMN, b_KNP, _ = operands(5, 70, 33, where, whole=False)
    assert torch.equal(fused().multiply(a_KMN.double(), b_KNP.double()), PLAIN.multiply(a_KMN.double(), b_KNP.double()))
    monkeypatch.setattr(products, "MOST", 5 * 70 * 33 - 1)
    assert torch.equal(fused().multiply(a_KMN, b_KNP), PLAIN.multiply(a_KMN, b_KNP))

"""Products chip by chip: exact where the sums are, and the same bits wherever a chip lies in memory."""

import pytest
import torch

from crossbar import products
from crossbar.array import Rate
from crossbar.kernels import threads
from crossbar.products import product
from crossbar.rates import rate_per_chip
from crossbar.rows import Outer, Weighted

SHAPES = [(16, 16, 16), (3, 63, 17), (64, 64, 1), (1, 63, 64), (26, 1, 5), (65, 33, 7), (7, 130, 129)]
"""(M, N, P); of the odd ones the chips of a fleet start at any multiple of four bytes."""


def whole_numbers(seed: int, *shape: int) -> torch.Tensor:
    return torch.randint(-8, 9, shape, generator=torch.Generator().manual_seed(seed)).double()


def normal(seed: int, *shape: int, dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def descended(w: torch.Tensor, x: torch.Tensor, d: torch.Tensor, lr: Rate) -> torch.Tensor:
    w = w.clone()
    products.descend(w, rate_per_chip(lr, len(w), w.dtype, w.device), Outer(x, d))
    return w


@pytest.mark.parametrize(("m", "n", "p"), SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_products_of_whole_numbers_are_exact(m, n, p, dtype) -> None:
    """|sums| <= 128 N + 8 < 2^24: every order of summation gives the same."""
    a, b, c = whole_numbers(0, 3, m, n), whole_numbers(1, 3, n, p), whole_numbers(2, 3, m, p)
    wanted = (a[..., None] * b[:, None]).sum(2)
    assert torch.equal(product(a.to(dtype), b.to(dtype)).double(), wanted)
    found = descended(c.to(dtype), b.to(dtype), a.mT.to(dtype), torch.tensor([0.5, 1.0, 2.0]))
    assert torch.equal(found.double(), c - torch.tensor([0.5, 1.0, 2.0])[:, None, None] * wanted)
    assert product(a.to(dtype), b.to(dtype)).dtype == dtype


@pytest.mark.parametrize(("m", "n", "p"), SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("chips", [2, 5, 17])
def test_a_chip_has_the_same_bits_in_every_fleet(m, n, p, dtype, chips) -> None:
    a, b, c = normal(0, chips, m, n, dtype=dtype), normal(1, chips, n, p, dtype=dtype), normal(2, chips, m, p, dtype=dtype)
    operands = {
        "as they lie": (a, b),
        "first transposed": (a.mT.contiguous().mT, b),
        "second transposed": (a, b.mT.contiguous().mT),
        "part of a larger one": (torch.cat([a, a], 2)[..., n:], torch.cat([b, b], 2)[..., :p]),
    }
    for name, (x, y) in operands.items():
        fleet, changed = product(x, y), descended(c, y, x.mT, 0.3)
        for k in reversed(range(chips)):
            one = slice(k, k + 1)
            assert torch.equal(product(x[one].clone(), y[one].clone())[0], fleet[k]), name
            assert torch.equal(product(x[one], y[one])[0], fleet[k]), name
            assert torch.equal(descended(c[one].clone(), y[one].clone(), x[one].mT.clone(), 0.3)[0], changed[k]), name


def test_where_a_matrix_starts_changes_no_bit() -> None:
    a, b = normal(0, 1, 3, 63, dtype=torch.float32), normal(1, 1, 63, 17, dtype=torch.float32)
    wanted = product(a, b)
    for offset in range(1, 16):
        moved = torch.zeros(a.numel() + 16)
        moved[offset : offset + a.numel()] = a.flatten()
        assert torch.equal(product(moved[offset : offset + a.numel()].reshape(a.shape), b), wanted), offset


def test_operands_stay_as_they_were() -> None:
    a, b, c = (normal(seed, 3, 5, 5, dtype=torch.float64) for seed in range(3))
    before = [t.clone() for t in (a, b)]
    product(a, b)
    descended(c, b, a.mT, 0.3)
    assert all(torch.equal(now, then) for now, then in zip((a, b), before, strict=True))


def test_the_number_of_threads_changes_no_bit() -> None:
    a, b, c = (
        normal(0, 3, 70, 130, dtype=torch.float32),
        normal(1, 3, 130, 600, dtype=torch.float32),
        normal(2, 3, 70, 600, dtype=torch.float32),
    )
    before, found = threads.threads(), []
    for count in (1, 3):
        threads.limit(count)
        found.append((product(a, b), product(a, b.mT.contiguous().mT), descended(c, b, a.mT, 0.1)))
    threads.limit(before)
    assert all(torch.equal(one, three) for one, three in zip(*found, strict=True))


def test_zeros_in_what_drives_the_outputs_change_no_bit() -> None:
    """One-hot samples and silent ones are left out of the sums."""
    x, d, w = normal(0, 2, 90, 50, dtype=torch.float32), torch.zeros(2, 90, 40), normal(1, 2, 40, 50, dtype=torch.float32)
    d[:, torch.arange(40), torch.arange(40)] = normal(2, 2, 40, dtype=torch.float32)
    wanted = w.clone()
    wanted -= 0.5 * d[:, torch.arange(40), torch.arange(40), None] * x[:, :40]
    assert torch.allclose(descended(w, x, d, 0.5), wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_of_whole_numbers_are_exact(dtype) -> None:
    w, rows, factor = whole_numbers(0, 3, 17, 33), whole_numbers(1, 3, 17, 33), whole_numbers(2, 3, 17)
    lr_K = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    found = w.to(dtype, copy=True)
    products.descend(found, lr_K.to(dtype), None, Weighted(rows.to(dtype), factor.to(dtype)))
    wanted = w - (lr_K[:, None] * factor)[..., None] * rows
    assert torch.equal(found.double(), wanted)
    x, d = whole_numbers(3, 3, 9, 33), whole_numbers(4, 3, 9, 17)
    products.descend(found, lr_K.to(dtype), Outer(x.to(dtype), d.to(dtype)), Weighted(rows.to(dtype), factor.to(dtype)))
    assert torch.equal(found.double(), 2 * wanted - w - lr_K[:, None, None] * (d.mT @ x))

"""Products chip by chip: exact where the sums are, and the same bits wherever a chip lies in memory."""

import pytest
import torch

from crossbar.products import product, subtracted

SHAPES = [(16, 16, 16), (3, 63, 17), (64, 64, 1), (1, 63, 64), (26, 1, 5), (65, 33, 7), (7, 130, 129)]
"""(M, N, P); of the odd ones the chips of a fleet start at any multiple of four bytes."""


def whole_numbers(seed: int, *shape: int) -> torch.Tensor:
    return torch.randint(-8, 9, shape, generator=torch.Generator().manual_seed(seed)).double()


def normal(seed: int, *shape: int, dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize(("m", "n", "p"), SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_products_of_whole_numbers_are_exact(m, n, p, dtype) -> None:
    """|sums| <= 64 N + 8 < 2^24: every order of summation gives the same."""
    a, b, c = whole_numbers(0, 3, m, n), whole_numbers(1, 3, n, p), whole_numbers(2, 3, m, p)
    wanted = (a[..., None] * b[:, None]).sum(2)
    assert torch.equal(product(a.to(dtype), b.to(dtype)).double(), wanted)
    assert torch.equal(subtracted(c.to(dtype), a.to(dtype), b.to(dtype)).double(), c - wanted)
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
        fleet, changed = product(x, y), subtracted(c, x, y)
        for k in reversed(range(chips)):
            one = slice(k, k + 1)
            assert torch.equal(product(x[one].clone(), y[one].clone())[0], fleet[k]), name
            assert torch.equal(product(x[one], y[one])[0], fleet[k]), name
            assert torch.equal(subtracted(c[one].clone(), x[one].clone(), y[one].clone())[0], changed[k]), name


def test_where_a_matrix_starts_changes_no_bit() -> None:
    a, b = normal(0, 1, 3, 63, dtype=torch.float32), normal(1, 1, 63, 17, dtype=torch.float32)
    wanted = product(a, b)
    for offset in range(1, 16):
        moved = torch.zeros(a.numel() + 16)
        moved[offset : offset + a.numel()] = a.flatten()
        assert torch.equal(product(moved[offset : offset + a.numel()].reshape(a.shape), b), wanted), offset


def test_operands_stay_as_they_were() -> None:
    a, b, c = (normal(seed, 3, 5, 5, dtype=torch.float64) for seed in range(3))
    before = [t.clone() for t in (a, b, c)]
    product(a, b)
    subtracted(c, a, b)
    assert all(torch.equal(now, then) for now, then in zip((a, b, c), before, strict=True))

import pytest
import torch

from crossbar.numbers import finite, numbers


def test_numbers_share_memory_where_they_can():
    v = torch.zeros(2, 3)
    numbers(v)[1, 2] = 5.0
    assert v[1, 2] == 5.0
    learnt = torch.zeros(2, 3, requires_grad=True)
    numbers(learnt)[0, 0] = 1.0
    assert learnt.detach()[0, 0] == 1.0


@pytest.mark.parametrize("v", [torch.randn(3, 2, generator=torch.Generator().manual_seed(0)).mT, torch.ones(2, 3).double()])
def test_numbers_are_contiguous_and_of_the_format(v):
    found = numbers(v)
    assert found.flags.c_contiguous
    assert found.dtype == "float32"
    assert torch.equal(torch.from_numpy(found), v.float())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("at", [0, 16, 17, 99])
def test_one_number_that_is_none_marks_its_chip_alone(at, value, dtype):
    g = torch.Generator().manual_seed(0)
    fine, broken = torch.randn(3, 4, generator=g).to(dtype), (1e30 * torch.randn(3, 10, 10, generator=g)).to(dtype)
    assert finite([fine, broken], 3).tolist() == [True, True, True]
    broken[1].view(-1)[at] = value
    assert finite([fine, broken], 3).tolist() == [True, False, True]
    assert finite([fine, broken.mT], 3).tolist() == [True, False, True]
    assert finite([fine, broken.reshape(30, 10)], 3).tolist() == [True, False, True]


def test_nothing_at_all_is_finite():
    assert finite([torch.zeros(2, 0)], 2).tolist() == [True, True]

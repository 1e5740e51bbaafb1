"""Optimizers of pytorch-optimizer on arrays, against the library used directly."""

import sys

import pytest
import torch

from crossbar import optimizers
from crossbar.digital import gradient
from crossbar.exact import Exact

K, B, OUT, IN = 2, 7, 4, 6


def _batches(count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    g = torch.Generator().manual_seed(1)
    return [(torch.randn(K, B, IN, generator=g).double(), torch.randn(K, B, OUT, generator=g).double() / B) for _ in range(count)]


@pytest.mark.parametrize(("method", "pace"), [("soap", "precondition_frequency"), ("shampoo", "preconditioning_compute_steps")])
def test_it_is_the_librarys_for_every_chip(method, pace) -> None:
    pytorch_optimizer = pytest.importorskip("pytorch_optimizer")
    weights = torch.randn(K, OUT, IN, generator=torch.Generator().manual_seed(0)).double()
    array = optimizers.FOLDER.load(method).optimizer(Exact(weights), every=2)
    alone = [torch.nn.Parameter(w_OI.clone()) for w_OI in weights]
    made = [pytorch_optimizer.load_optimizer(method)([p], lr=0.02, weight_decay=0.0, **{pace: 2}) for p in alone]
    for x_KBI, d_KBO in _batches(6):
        array.update(x_KBI, d_KBO, 0.02)
        for chip, g_OI in enumerate(gradient(x_KBI, d_KBO)):  # the same bits: eigenvectors of small eigenvalues hang on the last of them
            parameter = alone[chip]
            parameter.grad = g_OI.clone()
            made[chip].step()
    torch.testing.assert_close(array.weights(), torch.stack([p.detach() for p in alone]), rtol=1e-9, atol=1e-10)
    assert not torch.allclose(array.weights(), weights)


@pytest.mark.parametrize("method", ["soap", "shampoo"])
def test_without_the_library_and_without_a_pace_there_is_one_line(method, monkeypatch) -> None:
    make, array = optimizers.FOLDER.load(method).optimizer, Exact(torch.zeros(1, 2, 3))
    with pytest.raises(ValueError, match=r"optimizer\.every = 0 is not accepted"):
        make(array, every=0)
    monkeypatch.setitem(sys.modules, "pytorch_optimizer", None)
    with pytest.raises(ValueError, match=rf"optimizer '{method}' needs pytorch-optimizer: pip install 'analogdecor\[optimizers\]'"):
        make(array)


@pytest.mark.parametrize("method", ["soap", "shampoo"])
def test_a_chip_that_has_diverged_takes_no_other_along(method) -> None:
    pytest.importorskip("pytorch_optimizer")
    make, weights = optimizers.FOLDER.load(method).optimizer, torch.ones(K, OUT, IN, dtype=torch.float64)
    both, alone = make(Exact(weights), every=1), make(Exact(weights[1:]), every=1)
    for x_KBI, d_KBO in _batches(4):
        spoilt = d_KBO.clone()
        spoilt[0] = torch.nan
        both.update(x_KBI, spoilt, 0.01)
        alone.update(x_KBI[1:], d_KBO[1:], 0.01)
    assert bool(both.weights()[0].isnan().any())
    assert torch.equal(both.weights()[1], alone.weights()[0])

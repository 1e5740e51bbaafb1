"""Optimizers of pytorch-optimizer on arrays, against the library used directly."""

import pytest
import torch

from crossbar.digital import gradient
from crossbar.exact import Exact
from crossbar.optimizers.library import optimizer

pytorch_optimizer = pytest.importorskip("pytorch_optimizer")


@pytest.mark.parametrize(("method", "pace"), [("soap", {"precondition_frequency": 2}), ("shampoo", {"preconditioning_compute_steps": 2})])
def test_it_is_the_librarys_for_every_chip(weights, batches, method, pace) -> None:
    array = optimizer(Exact(weights), method=method, every=2)
    alone = [torch.nn.Parameter(w_OI.clone()) for w_OI in weights]
    optimizers = [pytorch_optimizer.load_optimizer(method)([p], lr=0.02, weight_decay=0.0, **pace) for p in alone]
    for x_KBI, d_KBO in batches(6):
        array.update(x_KBI, d_KBO, 0.02)
        g_KOI = gradient(x_KBI, d_KBO)  # to the last bit: soap turns rounding into another basis where a gradient is not of full rank
        torch.testing.assert_close(g_KOI, d_KBO.mT @ x_KBI, rtol=1e-12, atol=1e-14)
        for chip, parameter in enumerate(alone):
            parameter.grad = g_KOI[chip].clone()
            optimizers[chip].step()
    torch.testing.assert_close(array.weights(), torch.stack([p.detach() for p in alone]), rtol=1e-9, atol=1e-10)
    assert not torch.allclose(array.weights(), weights)


def test_unknown_methods_and_paces_are_refused(weights) -> None:
    with pytest.raises(ValueError, match=r"optimizer\.method = 'sop' is not accepted: pytorch-optimizer knows .*soap"):
        optimizer(Exact(weights), method="sop")
    with pytest.raises(ValueError, match=r"adam has no preconditioner"):
        optimizer(Exact(weights), method="adam", every=3)

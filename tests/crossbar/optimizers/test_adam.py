"""Adam on an array against torch's own."""

import pytest
import torch

from crossbar.exact import Exact
from crossbar.optimizers.adam import optimizer
from crossbar.scaled import Scaled
from crossbar.writes.accumulate import Accumulate


@pytest.mark.parametrize("scale", [None, 0.3])
def test_it_is_torchs_adam_for_every_chip(weights, batches, scale) -> None:
    options = {"beta1": 0.8, "beta2": 0.99, "eps": 1e-6}
    rates = [0.01, 0.02, 0.05]
    array = optimizer(Exact(torch.zeros_like(weights)), **options)
    if scale:
        array = Scaled(array, scale)
    array.program(weights)
    parameters = [torch.nn.Parameter(w_OI.clone()) for w_OI in weights]
    torchs = [torch.optim.Adam([p], lr=lr, betas=(0.8, 0.99), eps=1e-6) for p, lr in zip(parameters, rates, strict=True)]
    for x_KBI, d_KBO in batches(20):
        array.update(x_KBI, d_KBO, torch.tensor(rates))
        for chip, (parameter, adam) in enumerate(zip(parameters, torchs, strict=True)):
            parameter.grad = d_KBO[chip].T @ x_KBI[chip]
            adam.step()
    torch.testing.assert_close(array.weights(), torch.stack([p.detach() for p in parameters]), rtol=1e-7, atol=1e-9)


def test_state_continues_where_it_was_taken(weights, batches) -> None:
    whole, first = optimizer(Exact(weights)), optimizer(Exact(weights))
    pairs = list(batches(6))
    for x, d in pairs:
        whole.update(x, d, 0.1)
    for x, d in pairs[:3]:
        first.update(x, d, 0.1)
    second = optimizer(Exact(torch.zeros_like(weights)))
    second.load_state(first.state())
    for x, d in pairs[3:]:
        second.update(x, d, 0.1)
    assert torch.equal(second.weights(), whole.weights())


def test_cells_and_silly_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'adam' keeps weights in digital memory: accepted with array\.host = 'exact'"):
        optimizer(Accumulate(Exact(torch.zeros(1, 2, 2))))
    with pytest.raises(ValueError, match=r"beta1 and beta2 in \[0, 1\)"):
        optimizer(Exact(torch.zeros(1, 2, 2)), beta2=1.0)

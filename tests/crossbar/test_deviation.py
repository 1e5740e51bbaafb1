import pytest
import torch

from crossbar.deviation import Deviation
from crossbar.exact import Exact
from crossbar.seeds import generator


def random(*shape):
    return torch.randn(*shape, generator=generator(3, *shape), dtype=torch.float64)


def test_is_the_same_array_with_the_identity_in_a_wire():
    """Every operation against an exact array that holds R itself."""
    r, x, d = random(2, 4, 4), random(2, 3, 4), random(2, 3, 4)
    inner, oracle = Exact(torch.zeros(2, 4, 4)), Exact(r)
    deviation = Deviation(inner)
    deviation.program(r)
    torch.testing.assert_close(inner.weights(), r - torch.eye(4, dtype=torch.float64))
    for array in (deviation, oracle):
        array.update(x, d, 0.2)
        array.pulse(torch.ones(2, 4, 4))
    for name, argument in (("forward", x), ("backward", d)):
        torch.testing.assert_close(getattr(deviation, name)(argument), getattr(oracle, name)(argument))
    torch.testing.assert_close(deviation.weights(), oracle.weights())
    assert [step_K.tolist() for step_K in deviation.steps()] == [step_K.tolist() for step_K in oracle.steps()]


def test_a_blank_array_is_no_decorrelation():
    deviation = Deviation(Exact(torch.zeros(1, 3, 3)))
    x = random(1, 2, 3)
    assert torch.equal(deviation.forward(x), x)
    assert torch.equal(deviation.backward(x), x)


def test_only_a_square_array_deviates_from_the_identity():
    with pytest.raises(ValueError, match="needs a square array, not 3 x 4"):
        Deviation(Exact(torch.zeros(1, 3, 4)))

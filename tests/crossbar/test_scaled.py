import pytest
import torch

from crossbar.exact import Exact
from crossbar.scaled import Scaled
from crossbar.seeds import generator


def random(*shape):
    return torch.randn(*shape, generator=generator(2, *shape), dtype=torch.float64)


def test_is_the_same_array_in_other_units():
    """Every operation against an exact array that holds W itself."""
    w, x, d = random(3, 4, 5), random(3, 6, 5), random(3, 6, 4)
    scale_K = torch.tensor([0.5, 1.0, 4.0], dtype=torch.float64)
    inner, oracle = Exact(torch.zeros(3, 4, 5)), Exact(w)
    scaled = Scaled(inner, scale_K)
    scaled.program(w)
    torch.testing.assert_close(inner.weights(), w / scale_K[:, None, None])
    lr_K = torch.tensor([0.1, 0.0, 0.3], dtype=torch.float64)
    for array in (scaled, oracle):
        array.update(x, d, lr_K)
    for name, argument in (("forward", x), ("backward", d)):
        torch.testing.assert_close(getattr(scaled, name)(argument), getattr(oracle, name)(argument))
    torch.testing.assert_close(scaled.weights(), oracle.weights())


def test_a_pulse_is_a_scaled_step():
    scaled = Scaled(Exact(torch.zeros(2, 1, 1), step=0.1), torch.tensor([1.0, 3.0]))
    scaled.pulse(torch.tensor([[[2]], [[-1]]]))
    torch.testing.assert_close(scaled.weights().flatten(), torch.tensor([0.2, -0.3], dtype=torch.float64))
    for step_K in scaled.steps():
        torch.testing.assert_close(step_K, torch.tensor([0.1, 0.3], dtype=torch.float64))


def test_one_scale_serves_all_chips_and_is_restored():
    first, other = Scaled(Exact(torch.ones(2, 1, 1)), 3.0), Scaled(Exact(torch.ones(2, 1, 1)), 5.0)
    other.load_state(first.state())
    assert other.weights().flatten().tolist() == [3.0, 3.0]


@pytest.mark.parametrize("scale", [0.0, -1.0, [1.0, 0.0], float("nan")])
def test_a_scale_is_positive(scale):
    with pytest.raises(ValueError, match="scale must be positive"):
        Scaled(Exact(torch.zeros(2, 1, 1)), torch.tensor(scale))

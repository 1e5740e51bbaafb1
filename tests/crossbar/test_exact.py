import pytest
import torch

from crossbar.exact import Exact
from crossbar.seeds import generator


def random(*shape):
    return torch.randn(*shape, generator=generator(1, *shape), dtype=torch.float64)


def test_reads_and_updates_are_the_sums_written_out():
    w, x, d = random(2, 3, 4), random(2, 5, 4), random(2, 5, 3)
    array = Exact(w)
    lr = [0.1, 0.3]
    y, e = array.forward(x), array.backward(d)
    array.update(x, d, torch.tensor(lr, dtype=torch.float64))
    after = array.weights()
    for k in range(2):
        for o in range(3):
            for b in range(5):
                assert y[k, b, o] == pytest.approx(sum(float(w[k, o, i] * x[k, b, i]) for i in range(4)))
            for i in range(4):
                change = sum(float(d[k, b, o] * x[k, b, i]) for b in range(5))
                assert after[k, o, i] == pytest.approx(float(w[k, o, i]) - lr[k] * change)
        for b in range(5):
            for i in range(4):
                assert e[k, b, i] == pytest.approx(sum(float(w[k, o, i] * d[k, b, o]) for o in range(3)))


def test_pulses_are_whole_steps():
    array = Exact(torch.zeros(1, 2, 2), step=0.25)
    array.pulse(torch.tensor([[[1, -2], [0, 3]]]))
    assert array.weights().tolist() == [[[0.25, -0.5], [0.0, 0.75]]]
    assert [step_K.tolist() for step_K in array.steps()] == [[0.25], [0.25]]


def test_transposed_weights_are_written_like_any_others():
    w, x, d = random(2, 4, 3).mT, random(2, 5, 4), random(2, 5, 3)
    given, programmed = Exact(w), Exact(torch.zeros(2, 3, 4))
    programmed.program(w)
    for array in (given, programmed):
        array.update(x, d, 0.1)
        torch.testing.assert_close(array.weights(), w - 0.1 * d.mT @ x, rtol=1e-12, atol=1e-12)


def test_an_update_is_not_made_of_pulses():
    array = Exact(torch.zeros(1, 2, 2))
    array.update(torch.ones(1, 3, 2), torch.ones(1, 3, 2), 1.0)
    array.elapse(1e9)
    assert array.weights().tolist() == [[[-3.0, -3.0], [-3.0, -3.0]]]
    assert float(array.ledger().pulses_K()) == 0
    assert array.ledger().counting == "counted"


def test_keeps_its_own_copy_in_its_own_format():
    w = torch.zeros(1, 2, 2)
    array = Exact(w, dtype=torch.float32)
    w += 1
    target = torch.ones(1, 2, 2)
    array.program(target)
    target += 1
    assert array.weights().tolist() == torch.ones(1, 2, 2).tolist()
    assert array.forward(torch.ones(1, 1, 2, dtype=torch.float64)).dtype == torch.float32


def test_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match=r"weights must be \[K, O, I\], not of shape \(2, 2\)"):
        Exact(torch.zeros(2, 2))
    with pytest.raises(ValueError, match="step must be positive, not 0"):
        Exact(torch.zeros(1, 2, 2), step=0)

import pytest
import torch

from analogdecor.draws import Draws


def test_a_chips_numbers_do_not_depend_on_the_fleet():
    fleet, alone = Draws([3, 4, 5], "noise"), Draws([4], "noise")
    for shape in ((2, 3), (5,)):
        assert torch.equal(fleet.normal(*shape)[1], alone.normal(*shape)[0])
        assert torch.equal(fleet.uniform(*shape)[1], alone.uniform(*shape)[0])
    assert torch.equal(fleet.permutation(9)[1], alone.permutation(9)[0])


def test_another_purpose_or_seed_gives_other_numbers():
    first, second = Draws([3, 4], "noise").normal(4)
    assert not torch.equal(first, second)
    assert not torch.equal(first, Draws([3], "order").normal(4)[0])


def test_a_gpus_numbers_are_normal_and_each_chips_own():
    fleet, alone = Draws([3, 4, 5], "noise"), Draws([4], "noise")
    for _ in range(2):
        drawn = fleet._keyed((100, 1000), torch.device("cpu"))
        assert torch.equal(drawn[1], alone._keyed((100, 1000), torch.device("cpu"))[0])
        # false alarms: 4.5 sigmas for each of 2 x 6 numbers, 1e-4 in all
        assert (drawn.mean((1, 2)).abs() < 4.5 / 1e5**0.5).all()
        assert (drawn.square().mean((1, 2)) - 1).abs().max() < 4.5 * (2 / 1e5) ** 0.5
    again = Draws([3, 4, 5], "noise")
    assert not torch.equal(again._keyed((2,), torch.device("cpu")), again._keyed((2,), torch.device("cpu")))
    state = again.state()
    wanted = again._keyed((2,), torch.device("cpu"))
    again.load_state(state)
    assert torch.equal(again._keyed((2,), torch.device("cpu")), wanted)


def test_continues_from_a_state():
    draws, other = Draws([1, 2], "noise"), Draws([7, 8], "noise")
    draws.normal(3)
    state = draws.state()
    wanted = [draws.normal(3), draws.uniform(2), draws.permutation(5)]
    other.load_state(state)
    for one, two in zip(wanted, [other.normal(3), other.uniform(2), other.permutation(5)], strict=True):
        assert torch.equal(one, two)
    with pytest.raises(ValueError, match="2 streams does not fit 3 chips"):
        Draws([1, 2, 3]).load_state(state)
